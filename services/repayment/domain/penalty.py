"""Penalty interest (罚息) on overdue principal and compound interest (复利) on unpaid interest.

Source of the rule: 银发〔2003〕251号. Days are real days, the daily rate is annual / 360.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from services.repayment.domain.day_count import actual_days
from shared.money import Money

RATE_PLACES = Decimal("0.0001")
"""Places of a penalty rate in percent: a hundredth of a basis point."""
UPLIFT_PERCENT_RANGES = {
    "overdue": (Decimal(30), Decimal(50)),
    "misuse": (Decimal(50), Decimal(100)),
}
"""Lawful uplift on the contract rate, both ends included, by what the borrower did (银发〔2003〕251号)."""


@dataclass(frozen=True)
class PastDue:
    """What is unpaid of one instalment that was due on `due_on`."""

    due_on: date
    principal: Money
    interest: Money


def is_lawful_uplift(kind: Literal["overdue", "misuse"], uplift_percent: Decimal) -> bool:
    lowest, highest = UPLIFT_PERCENT_RANGES[kind]
    return lowest <= uplift_percent <= highest


def heavier_uplift_percent(*uplifts_percent: Decimal) -> Decimal:
    """Of several breaches at once only the heaviest is charged (择其重，不能并处)."""
    return max(uplifts_percent)


def penalty_rate_percent(annual_rate_percent: Decimal, uplift_percent: Decimal) -> Decimal:
    """Contract rate × (1 + uplift), to 4 places half up: 4.35 % and 50 % make 6.5250 %.

    Rounded once, when the loan is booked, to the places in which the borrower was told it before he signed
    (the cost statement's penalty rate): what is charged is what was agreed. Source of the uplift: 银发〔2003〕251号.
    """
    return (annual_rate_percent * (100 + uplift_percent) / 100).quantize(RATE_PLACES, ROUND_HALF_UP)


def penalty_interest(unpaid: Iterable[PastDue], rate_percent: Decimal, since: date, until: date) -> Decimal:
    """Unrounded penalty interest on overdue principal for the days from `since` to `until` (excluded).

    Each part runs from its due date (the first day it is not paid) until it is paid, so the day of
    payment does not count. Nothing runs on penalty interest itself.
    """
    parts = ((part.principal, part.due_on) for part in unpaid)
    return _at_penalty_rate(parts, rate_percent, since, until)


def compound_interest(unpaid: Iterable[PastDue], rate_percent: Decimal, since: date, until: date) -> Decimal:
    """Unrounded compound interest: unpaid interest bears the penalty rate from its due date until paid."""
    parts = ((part.interest, part.due_on) for part in unpaid)
    return _at_penalty_rate(parts, rate_percent, since, until)


def _at_penalty_rate(parts: Iterable[tuple[Money, date]], rate_percent: Decimal, since: date, until: date) -> Decimal:
    """The product sum (积数: Σ amount × days) times the rate, divided once."""
    product_sum = sum(
        (amount.amount * max(0, actual_days(max(since, due_on), until)) for amount, due_on in parts),
        Decimal(0),
    )
    return product_sum * rate_percent / 36000
