"""提前结清: what would clear a loan on a day of its current period."""

from datetime import date
from fractions import Fraction

from pydantic import BaseModel, ConfigDict

from services.repayment.calculations.grounds import (
    NO_MONEY,
    Day,
    DayCountName,
    Grounds,
    Lent,
    Owing,
    RatePercent,
    as_refusal,
    in_currency,
    one_currency,
)
from services.repayment.domain.payoff import InterestUntil, PayoffTotal, interest_to_payoff
from services.repayment.domain.periods import YEAR_MONTHS, PartRule, Period
from shared.dates import add_months
from shared.http import RequestBody
from shared.money import MoneyText
from shared.problem_details import refused


class PayoffBody(RequestBody):
    """The current interest period, what is left of the principal, and what else is unpaid on the day.

    `interest_until`: interest for the real time (民法典 677), or for the whole period where the contract says so.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "principal": {"amount": "80000.00"},
                    "annual_rate_percent": "4.35",
                    "day_count": "30/360",
                    "period_starts_on": "2026-02-15",
                    "period_ends_on": "2026-03-15",
                    "paid_on": "2026-03-01",
                }
            ]
        }
    )
    principal: Lent
    annual_rate_percent: RatePercent
    day_count: DayCountName
    period_starts_on: Day
    period_ends_on: Day
    paid_on: Day
    interest_until: InterestUntil = "payoff_day"
    part_rule: PartRule = "odd_days"
    unpaid_interest: Owing = NO_MONEY
    penalty: Owing = NO_MONEY
    compound: Owing = NO_MONEY
    fees: Owing = NO_MONEY
    credit: Owing = NO_MONEY


class PayoffView(BaseModel):
    """`interest` is the unpaid interest and that of the current period; `total` is never below nil."""

    paid_on: date
    principal: MoneyText
    interest: MoneyText
    interest_of_period: MoneyText
    penalty: MoneyText
    compound: MoneyText
    fees: MoneyText
    credit: MoneyText
    total: MoneyText


def payoff(body: PayoffBody, grounds: Grounds) -> PayoffView:
    """Everything unpaid and the interest of the current period, less what is held for the payer."""
    del grounds
    names = ("principal", "unpaid_interest", "penalty", "compound", "fees", "credit")
    currency = one_currency([(name, getattr(body, name)) for name in names])
    if body.period_ends_on <= body.period_starts_on:
        raise refused("period_ends_on", "after_start", "a period ends after it starts")
    period = Period(body.period_starts_on, body.period_ends_on, body.period_ends_on, _whole_months(body))
    with as_refusal("paid_on"):
        earned = interest_to_payoff(
            body.principal,
            body.annual_rate_percent,
            period,
            body.paid_on,
            day_count=body.day_count,
            until=body.interest_until,
            part_rule=body.part_rule,
        )
    rest = {name: in_currency(getattr(body, name), currency) for name in names[2:]}
    interest = in_currency(body.unpaid_interest, currency) + earned
    owed = PayoffTotal(principal=body.principal, interest=interest, **rest)
    return PayoffView(
        paid_on=body.paid_on,
        principal=body.principal,
        interest=interest,
        interest_of_period=earned,
        **rest,
        total=owed.total,
    )


def _whole_months(body: PayoffBody) -> Fraction | None:
    """The part of a year that the period is where it is a whole number of months, month ends included."""
    start, end = body.period_starts_on, body.period_ends_on
    months = (end.year - start.year) * YEAR_MONTHS + end.month - start.month
    day = max(start.day, end.day)
    whole = (
        months > 0
        and add_months(start, months, anchor_day=day) == end
        and add_months(start, 0, anchor_day=day) == start
    )
    return Fraction(months, YEAR_MONTHS) if whole else None
