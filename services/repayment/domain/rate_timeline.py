"""Rates over time (利率时间线): a floating rate is the LPR known on a reset day plus the contract's spread.

Between resets nothing changes, whatever the LPR does. Source: 中国人民银行公告〔2019〕第15号 and 第30号.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Literal

from shared.dates import add_months

ResetRule = Literal[
    "none", "anniversary", "january", "quarterly", "monthly", "calendar_quarter", "calendar_month",
]  # fmt: skip
"""不重定价; 每年对月对日; 每年1月1日; 每三个月对日; 每月对日; 每季首日; 每月首日."""

LprTenor = Literal["1Y", "5Y"]

_STEP_MONTHS = {
    "anniversary": 12, "january": 12, "quarterly": 3, "monthly": 1, "calendar_quarter": 3, "calendar_month": 1,
}  # fmt: skip
_ON_CALENDAR = frozenset({"january", "calendar_quarter", "calendar_month"})
SHORT_MONTHS = 12
LONG_MONTHS = 60


@dataclass(frozen=True)
class RateFrom:
    """A rate in percent a year, in force from a day on: a published LPR, or what a loan pays."""

    from_on: date
    percent: Decimal


def rate_on(rates: Sequence[RateFrom], day: date) -> Decimal:
    """The rate in force on a day. ValueError when none is yet."""
    known = [one for one in rates if one.from_on <= day]
    if not known:
        raise ValueError(f"no rate is known on {day}")
    return max(known, key=lambda one: one.from_on).percent


def lpr_tenor(term_months: int, between: LprTenor = "1Y") -> LprTenor:
    """The LPR that prices a term: 1Y up to a year, 5Y above five; between them what the contract says."""
    if term_months <= SHORT_MONTHS:
        return "1Y"
    return "5Y" if term_months > LONG_MONTHS else between


def reset_days(rule: ResetRule, priced_on: date, until: date) -> list[date]:
    """The days after `priced_on` and before `until` on which the rate is set anew.

    `anniversary`, `quarterly` and `monthly` keep the contract's day of the month; the others are first days.
    """
    if rule == "none":
        return []
    step, days = _STEP_MONTHS[rule], []
    first = (
        priced_on.replace(day=1, month=(priced_on.month - 1) // step * step + 1) if rule in _ON_CALENDAR else priced_on
    )
    for number in count(1):
        day = add_months(first, number * step, anchor_day=first.day)
        if day >= until:
            break
        days.append(day)
    return days


def floating_rates(
    lpr: Sequence[RateFrom], spread_bps: Decimal, rule: ResetRule, priced_on: date, until: date
) -> list[RateFrom]:
    """What a loan priced on `priced_on` pays until `until`: LPR + spread / 100 at pricing and at every reset.

    The LPR counts from the day of its publication. ValueError when none was published by `priced_on`.
    """
    days = [priced_on, *reset_days(rule, priced_on, until)]
    return [RateFrom(day, rate_on(lpr, day) + spread_bps / 100) for day in days]
