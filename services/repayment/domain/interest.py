"""Normal interest (利息): for a span of days, and how much of one instalment period has accrued."""

from datetime import date
from decimal import Decimal

from services.repayment.domain.day_count import DAY_COUNTS, actual_days
from shared.money import Money


def simple_interest(
    principal: Money, annual_rate_percent: Decimal, day_count: str, start_on: date, end_on: date
) -> Money:
    """Interest from `start_on` (included) to `end_on` (excluded), rounded half up once.

    The drawdown day counts, the repayment day does not. `day_count` is a name in `DAY_COUNTS`.
    ValueError when `end_on` precedes `start_on`. Source: 银发〔2005〕129号.
    """
    if end_on < start_on:
        raise ValueError("interest cannot end before it starts")
    convention = DAY_COUNTS[day_count]
    return interest_for_days(principal, annual_rate_percent, convention.days(start_on, end_on), convention.year_days)


def interest_for_days(principal: Money, annual_rate_percent: Decimal, days: int, year_days: int = 360) -> Money:
    """Principal × rate × days / year, divided once and rounded half up once to the minor unit."""
    product = principal.amount * annual_rate_percent * days
    return Money.round(product / (100 * year_days), principal.currency)


def interest_of_part(balance: Money, annual_rate_percent: Decimal, starts_on: date, until: date, whole: Money) -> Money:
    """What has accrued of a period's interest `whole` before `until`, which lies inside the period.

    Less than a month has passed, so the real days are odd days at annual/360 in either convention
    (银发〔2005〕129号); never more than the period's own interest.
    """
    part = interest_for_days(balance, annual_rate_percent, actual_days(starts_on, until))
    return min(part, whole)
