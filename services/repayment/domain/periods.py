"""Interest periods (计息期): regular with month-end anchors and a broken first one, settled on the 20th, shifted.

A period's interest runs from `starts_on` (included) to `ends_on` (excluded) and is payable on `due_on`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from services.repayment.domain.day_count import DAY_COUNTS, actual_days
from services.repayment.domain.working_days import Shift, WorkingCalendar
from shared.dates import add_months

Unit = Literal["months", "weeks", "days"]
PartRule = Literal["odd_days", "share_of_period"]
"""Part of a 30/360 month: its real days at annual / 360 (the People's Bank's), or its share of the real period."""

SETTLEMENT_DAY = 20
QUARTER_MONTHS = 3
WEEK_DAYS = 7
YEAR_MONTHS = 12
YEAR_DAYS = 360
NAMED_BY_PERIOD = frozenset({"30/360", "ACT/ACT ICMA"})
"""Conventions in which a regular period is the same part of a year whatever its dates."""


@dataclass(frozen=True)
class Period:
    """`years` is the part of a year that a regular period is by name (a month 1/12); None for a broken one."""

    starts_on: date
    ends_on: date
    due_on: date
    years: Fraction | None = None


def regular_periods(
    drawn_on: date,
    count: int,
    *,
    every: int = 1,
    unit: Unit = "months",
    first_due_on: date | None = None,
    due_day: int | None = None,
) -> list[Period]:
    """`count` periods from `drawn_on`. Months keep the day of the first due date: 31 January, 28 February, 31 March.

    `first_due_on` makes the first period broken (首期不规则), the others follow it; `due_day` is the anchor where the
    first due date stands on a shorter month's last day. ValueError when the first due date is not after the drawdown.
    """
    if first_due_on is not None and first_due_on <= drawn_on:
        raise ValueError("the first due date follows the drawdown")
    anchored = first_due_on or drawn_on
    day = due_day or anchored.day
    shifted = 0 if first_due_on else 1
    ends = [_later(anchored, (number + shifted) * every, unit, day) for number in range(count)]
    years = _named_years(every, unit)
    first_is_whole = first_due_on is None or _later(drawn_on, every, unit, day) == first_due_on
    return [
        Period(start, end, end, years if number or first_is_whole else None)
        for number, (start, end) in enumerate(pairwise([drawn_on, *ends]))
    ]


def settlement_periods(drawn_on: date, matures_on: date, months: Literal[1, 3]) -> list[Period]:
    """Interest settled (结息) on the 20th of the month, or of a quarter's last month; the last at maturity.

    The 20th counts, so a period is [21st, 21st) and payable on the 21st. Source: 银发〔2005〕129号.
    ValueError when the maturity does not follow the drawdown.
    """
    if matures_on <= drawn_on:
        raise ValueError("the maturity follows the drawdown")
    day, cuts = drawn_on.replace(day=1), []
    while (cut := day.replace(day=SETTLEMENT_DAY) + timedelta(days=1)) < matures_on:
        if cut > drawn_on and day.month % months == 0:
            cuts.append(cut)
        day = add_months(day, 1)
    return [Period(start, end, end) for start, end in pairwise([drawn_on, *cuts, matures_on])]


def shifted_periods(
    periods: Sequence[Period], calendar: WorkingCalendar, shift: Shift, *, interest_for_shift: bool = False
) -> list[Period]:
    """Periods whose due dates are working days; with `interest_for_shift` interest runs until the date paid."""
    moved = [replace(period, due_on=calendar.shifted(period.due_on, shift)) for period in periods]
    if not interest_for_shift:
        return moved
    starts = [periods[0].starts_on, *(period.due_on for period in moved)]
    return [
        replace(
            period,
            starts_on=start,
            ends_on=period.due_on,
            years=period.years if (start, period.due_on) == (told.starts_on, told.ends_on) else None,
        )
        for start, period, told in zip(starts, moved, periods, strict=False)
    ]


def years_of(period: Period, day_count: str) -> Fraction:
    """The whole period as an exact part of a year."""
    if period.years is not None and day_count in NAMED_BY_PERIOD:
        return period.years
    return DAY_COUNTS[day_count].years(period.starts_on, period.ends_on)


def years_from(period: Period, start_on: date, end_on: date, day_count: str, rule: PartRule = "odd_days") -> Fraction:
    """The part of the period from `start_on` (included) to `end_on` (excluded); never more than the whole."""
    if (start_on, end_on) == (period.starts_on, period.ends_on):
        return years_of(period, day_count)
    if period.years is None or day_count not in NAMED_BY_PERIOD:
        return DAY_COUNTS[day_count].years(start_on, end_on)
    days, whole = actual_days(start_on, end_on), years_of(period, day_count)
    if rule == "odd_days" and day_count == "30/360":
        return min(Fraction(days, YEAR_DAYS), whole)
    return whole * days / actual_days(period.starts_on, period.ends_on)


def _later(start: date, count: int, unit: Unit, day: int) -> date:
    if unit == "months":
        return add_months(start, count, anchor_day=day)
    return start + timedelta(days=count * (WEEK_DAYS if unit == "weeks" else 1))


def _named_years(every: int, unit: Unit) -> Fraction:
    if unit == "months":
        return Fraction(every, YEAR_MONTHS)
    return Fraction(every * (WEEK_DAYS if unit == "weeks" else 1), YEAR_DAYS)
