"""计息: interest of any days by the product sum (积数) or per loan (逐笔), settled on the 20th, fixed or floating."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.repayment.calculations.grounds import (
    Day,
    DayCountName,
    FloatingBody,
    Grounds,
    Lent,
    RatePercent,
    as_refusal,
    one_currency,
)
from services.repayment.domain.day_count import DAY_COUNTS
from services.repayment.domain.interest import (
    BalanceChange,
    Stretch,
    available_credit,
    product_sum_interest,
    simple_interest,
    stretches,
)
from services.repayment.domain.periods import settlement_periods
from services.repayment.domain.rate_timeline import RateFrom
from shared.http import RequestBody
from shared.money import Money, MoneyText
from shared.problem_details import refused


class MovementBody(RequestBody):
    """A drawdown or a repayment of principal: interest runs from the day of the one to the day before the other."""

    on: Day
    drawn: Lent | None = None
    repaid: Lent | None = None


class InterestBody(RequestBody):
    """Interest from `start_on` (included) to `end_on` (excluded), at a rate in percent a year or a floating one.

    `settled`: once for all days, or on the 20th of the month or of a quarter's last month. Each settlement rounds once.
    With a `limit` (随借随还) the answer says what may still be drawn.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "movements": [{"on": "2026-01-15", "drawn": {"amount": "1000000.00"}}],
                    "annual_rate_percent": "4.35",
                    "start_on": "2026-01-15",
                    "end_on": "2026-07-15",
                    "settled": "quarterly",
                }
            ]
        }
    )
    movements: Annotated[tuple[MovementBody, ...], Field(min_length=1, max_length=1000)]
    annual_rate_percent: RatePercent | None = None
    floating: FloatingBody | None = None
    start_on: Day
    end_on: Day
    method: Literal["product_sum", "per_loan"] = "product_sum"
    day_count: DayCountName | None = None
    settled: Literal["once", "monthly", "quarterly"] = "once"
    limit: Lent | None = None


class RateView(BaseModel):
    """What is paid from a day on."""

    from_on: date
    percent: Decimal


class SettlementView(BaseModel):
    """One settlement: `days` by the convention, `product_sum` in yuan-days, `interest` rounded once."""

    starts_on: date
    ends_on: date
    days: int
    product_sum: Decimal
    interest: MoneyText


class InterestView(BaseModel):
    """The settlements, and how the loan stands on the last day."""

    items: list[SettlementView]
    days: int
    product_sum: Decimal
    total_interest: MoneyText
    rates: list[RateView]
    drawn: MoneyText
    available: MoneyText | None


def interest(body: InterestBody, grounds: Grounds) -> InterestView:
    """Σ balance × days × rate; per loan it is one principal for whole months and odd days."""
    del grounds
    named = [("limit", body.limit)]
    for no, one in enumerate(body.movements):
        if (one.drawn is None) == (one.repaid is None):
            raise refused(f"movements.{no}", "one_of", "tell drawn or repaid: one of them")
        named += [(f"movements.{no}.drawn", one.drawn), (f"movements.{no}.repaid", one.repaid)]
    currency = one_currency(named)
    if body.end_on <= body.start_on:
        raise refused("end_on", "after_start", "interest ends after it starts")
    changes, rates = [_change(one) for one in body.movements], _rates(body)
    with as_refusal("movements"):
        items = [_settlement(body, changes, rates, start, end) for start, end in _settled(body)]
    drawn = Money.sum((one.amount for one in changes if one.on <= body.end_on), currency)
    return InterestView(
        items=items,
        days=sum(one.days for one in items),
        product_sum=sum((one.product_sum for one in items), Decimal(0)),
        total_interest=Money.sum((one.interest for one in items), currency),
        rates=[RateView(from_on=one.from_on, percent=one.percent) for one in rates],
        drawn=drawn,
        available=None if body.limit is None else available_credit(body.limit, changes, body.end_on),
    )


def _settled(body: InterestBody) -> list[tuple[date, date]]:
    if body.settled == "once":
        return [(body.start_on, body.end_on)]
    periods = settlement_periods(body.start_on, body.end_on, 1 if body.settled == "monthly" else 3)
    return [(one.starts_on, one.ends_on) for one in periods]


def _change(one: MovementBody) -> BalanceChange:
    return BalanceChange(one.on, one.drawn if one.drawn is not None else -(one.repaid or Money(0)))


def _rates(body: InterestBody) -> list[RateFrom]:
    if (body.annual_rate_percent is None) == (body.floating is None):
        raise refused("annual_rate_percent", "one_of", "tell annual_rate_percent or floating: one of them")
    if body.floating is not None:
        return body.floating.rates(body.end_on)
    return [RateFrom(body.start_on, body.annual_rate_percent or Decimal(0))]


def _settlement(
    body: InterestBody, changes: Sequence[BalanceChange], rates: Sequence[RateFrom], start: date, end: date
) -> SettlementView:
    parts = stretches(changes, rates, start, end)
    day_count = body.day_count or ("30/360" if body.method == "per_loan" else "ACT/360")
    return SettlementView(
        starts_on=start,
        ends_on=end,
        days=DAY_COUNTS[day_count].days(start, end),
        product_sum=sum((part.product for part in parts), Decimal(0)),
        interest=_per_loan(parts, day_count) if body.method == "per_loan" else product_sum_interest(parts, day_count),
    )


def _per_loan(parts: Sequence[Stretch], day_count: str) -> Money:
    if len({(part.balance, part.annual_rate_percent) for part in parts}) > 1:
        raise refused("method", "per_loan", "interest per loan is of one principal at one rate: use product_sum")
    first, last = parts[0], parts[-1]
    return simple_interest(first.balance, first.annual_rate_percent, day_count, first.since, last.until)
