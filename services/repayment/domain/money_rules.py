"""What the bank decides about money that comes in and goes back. Parameters; no text sets the defaults."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class MoneyRules:
    """`match_alone_up_to`: the largest suspended amount that one person matches to a loan, in the money's currency.

    `backdating_days_max`: how many days before the business date money may be dated back, and
    `reversal_days_max` how many days before it the money of a receipt may have come that is still reversed.
    """

    match_alone_up_to: Decimal = Decimal(50_000)
    backdating_days_max: int = 31
    reversal_days_max: int = 366


RULES = MoneyRules()
