"""抵押率: what security is worth to the bank, by class, after liens that rank before ours."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from services.risk.domain.facts import CollateralItem
from services.risk.domain.fractions import HUNDRED, NIL

Rates = Mapping[str, Decimal]
"""Share of the appraised value that is accepted, by class of the collateral table, 0 to 1."""


def accepted_value(collateral_class: str, value: Decimal, prior_liens: Decimal, rates: Rates) -> Decimal:
    """Value x rate of its class - prior liens, in yuan, not below nil; a class outside the table counts nothing."""
    return max(value * rates.get(collateral_class, NIL) - prior_liens, NIL)


def accepted_total(items: Iterable[CollateralItem], rates: Rates) -> Decimal:
    """The accepted value of all items, in yuan. An item's shortfall does not reduce another's value."""
    return sum(
        (accepted_value(item.collateral_class, item.value.amount, item.prior_liens.amount, rates) for item in items),
        NIL,
    )


def loan_to_value_percent(outstanding: Decimal, accepted: Decimal) -> Decimal | None:
    """Debt over accepted value, in percent, unrounded; None where nothing is accepted."""
    return outstanding * HUNDRED / accepted if accepted else None


def collateral_shortfall(outstanding: Decimal, accepted: Decimal) -> Decimal:
    """What the accepted value falls short of the debt, in yuan, not below nil."""
    return max(outstanding - accepted, NIL)
