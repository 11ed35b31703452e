"""Day-count conventions (计息基础): how many interest days lie between two dates, and what part of a year they are.

Each convention is one row of `DAY_COUNTS`; a new one is a new row. The first date counts, the last does not
(算头不算尾). Parts of a year are exact fractions, so that interest is rounded once and never twice.
"""

from calendar import isleap, monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from shared.dates import add_months

DayCount = Literal["30/360", "ACT/360"]
"""The conventions a loan may be priced in; both divide by 360, so the daily rate is annual / 360."""

FEBRUARY = 2
LEAP_DAY = 29
THIRTY = 30
THIRTY_FIRST = 31


@dataclass(frozen=True)
class Convention:
    """`days(start_on, end_on)` interest days, and `years`, the exact part of a year that they are."""

    days: Callable[[date, date], int]
    years: Callable[[date, date], Fraction]


def actual_days(start_on: date, end_on: date) -> int:
    """Calendar days from `start_on` (included) to `end_on` (excluded)."""
    return (end_on - start_on).days


def months_and_odd_days(start_on: date, end_on: date) -> int:
    """Whole months of 30 days each, then the real odd days.

    The per-loan method (逐笔计息) of 银发〔2005〕129号: interest = principal × months × annual/12
    + principal × odd days × annual/360. A month that ends on a shorter month's last day is whole.
    """
    months = (end_on.year - start_on.year) * 12 + end_on.month - start_on.month
    if add_months(start_on, months) > end_on:
        months -= 1
    return months * 30 + (end_on - add_months(start_on, months)).days


def bond_basis_days(start_on: date, end_on: date) -> int:
    """30/360 Bond Basis: a start on the 31st counts as the 30th, an end on the 31st only after such a start.

    Source: 2006 ISDA Definitions, section 4.16(f).
    """
    start_day = min(start_on.day, THIRTY)
    end_day = THIRTY if end_on.day == THIRTY_FIRST and start_day == THIRTY else end_on.day
    return _thirty_day_months(start_on, end_on, start_day, end_day)


def us_days(start_on: date, end_on: date) -> int:
    """30/360 US: as the bond basis, and the last day of February counts as the 30th where the period starts on it.

    An end on the last day of February counts as the 30th where the start does too. Source: SIA, Standard Securities
    Calculation Methods.
    """
    start_day, end_day = start_on.day, end_on.day
    if _ends_february(start_on):
        end_day = THIRTY if _ends_february(end_on) else end_day
        start_day = THIRTY
    if end_day == THIRTY_FIRST and start_day >= THIRTY:
        end_day = THIRTY
    return _thirty_day_months(start_on, end_on, min(start_day, THIRTY), end_day)


def european_days(start_on: date, end_on: date) -> int:
    """30E/360, Eurobond basis (and 30/365): each 31st counts as the 30th. Source: 2006 ISDA Definitions, 4.16(g)."""
    return _thirty_day_months(start_on, end_on, min(start_on.day, THIRTY), min(end_on.day, THIRTY))


def isda_european_days(start_on: date, end_on: date, *, matures_on: date | None = None) -> int:
    """30E/360 ISDA: the last day of every month counts as the 30th, but not a maturity at the end of February.

    Source: 2006 ISDA Definitions, section 4.16(h).
    """
    start_day = THIRTY if _ends_month(start_on) else start_on.day
    keeps = _ends_february(end_on) and end_on == matures_on
    end_day = THIRTY if _ends_month(end_on) and not keeps else end_on.day
    return _thirty_day_months(start_on, end_on, start_day, end_day)


def excel_days(start_on: date, end_on: date) -> int:
    """30/360 NASD: as the bond basis, but an end on the 31st after an earlier start is the first of the next month.

    Source: the documentation of DAYS360 (US method) of spreadsheets, less its rule for February.
    """
    start_day = min(start_on.day, THIRTY)
    if end_on.day == THIRTY_FIRST and start_day < THIRTY:
        end_on = end_on + timedelta(days=1)
    return _thirty_day_months(start_on, end_on, start_day, min(end_on.day, THIRTY))


def isda_years(start_on: date, end_on: date) -> Fraction:
    """ACT/ACT ISDA: days in leap years / 366 and the others / 365, first day included, last excluded.

    Source: 2006 ISDA Definitions, section 4.16(b).
    """
    return sum(
        (
            Fraction(actual_days(max(start_on, date(year, 1, 1)), min(end_on, date(year + 1, 1, 1))), _year_days(year))
            for year in range(start_on.year, end_on.year + 1)
        ),
        Fraction(0),
    )


def last_day_years(start_on: date, end_on: date) -> Fraction:
    """ACT/ACT by the day that an interest day ends on: first day excluded, last included. Source: Apache Fineract."""
    return isda_years(start_on + timedelta(days=1), end_on + timedelta(days=1))


def leap_day_years(start_on: date, end_on: date) -> Fraction:
    """ACT/365L: all days / 366 where 29 February lies in (start, end], else / 365. Source: ICMA rule 251.1(i)."""
    leap_days = (date(year, FEBRUARY, LEAP_DAY) for year in range(start_on.year, end_on.year + 1) if isleap(year))
    year_days = 366 if any(start_on < day <= end_on for day in leap_days) else 365
    return Fraction(actual_days(start_on, end_on), year_days)


def icma_years(start_on: date, end_on: date, *, months: int = 12) -> Fraction:
    """ACT/ACT ICMA: days over the days of the regular period of `months` that they lie in, from the end backwards.

    A regular period is exactly months/12. Source: ICMA rule 251.1(iii).
    """
    total, number = Fraction(0), 0
    stop = end_on
    while stop > start_on:
        number += 1
        begin = add_months(end_on, -number * months, anchor_day=end_on.day)
        part = actual_days(max(begin, start_on), stop)
        total += Fraction(part * months, actual_days(begin, stop) * 12)
        stop = begin
    return total


def _thirty_day_months(start_on: date, end_on: date, start_day: int, end_day: int) -> int:
    years, months = end_on.year - start_on.year, end_on.month - start_on.month
    return 360 * years + 30 * months + end_day - start_day


def _ends_month(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def _ends_february(day: date) -> bool:
    return day.month == FEBRUARY and _ends_month(day)


def _year_days(year: int) -> int:
    return 366 if isleap(year) else 365


def _of(days: Callable[[date, date], int], year_days: int) -> Convention:
    return Convention(days, lambda start_on, end_on: Fraction(days(start_on, end_on), year_days))


DAY_COUNTS = {
    "30/360": _of(months_and_odd_days, 360),
    "30/360 bond basis": _of(bond_basis_days, 360),
    "30/360 US": _of(us_days, 360),
    "30/360 NASD": _of(excel_days, 360),
    "30E/360": _of(european_days, 360),
    "30E/360 ISDA": _of(isda_european_days, 360),
    "30/365": _of(european_days, 365),
    "ACT/360": _of(actual_days, 360),
    "ACT/364": _of(actual_days, 364),
    "ACT/365": _of(actual_days, 365),
    "ACT/365L": Convention(actual_days, leap_day_years),
    "ACT/ACT ISDA": Convention(actual_days, isda_years),
    "ACT/ACT last day": Convention(actual_days, last_day_years),
    "ACT/ACT ICMA": Convention(actual_days, icma_years),
}
"""By name. `30/360` without a qualifier is the People's Bank's: whole months and odd days; `ACT/365` is Fixed."""
