"""Ratios as they are stored and scored: six decimal places, half even, so that a replay bins alike."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import Field

SIX_PLACES = Decimal("0.000001")
HUNDRED = Decimal(100)
ONE = Decimal(1)
NIL = Decimal(0)
Share = Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)]
"""A part of a whole, in percent."""


def six_places(value: Decimal | float) -> Decimal:
    """`value` with six decimal places, half even; a float by its shortest decimal form."""
    return (value if isinstance(value, Decimal) else Decimal(repr(value))).quantize(SIX_PLACES, ROUND_HALF_EVEN)


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """`part / whole` to six places; None when `whole` is nil and nothing can be said."""
    return six_places(part / whole) if whole else None


def clip(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """`value`, or the bound that it passes."""
    return max(low, min(high, value))
