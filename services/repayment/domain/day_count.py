"""Day-count conventions: how many interest days lie between two dates, and of how many a year is made.

Each convention is one row of `DAY_COUNTS`; a new one is a new row and its name in the contracts.
The first date counts, the last does not (算头不算尾).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.dates import add_months

DayCount = Literal["30/360", "ACT/360"]
"""The conventions a loan may be priced in; both divide by 360, so the daily rate is annual / 360."""


@dataclass(frozen=True)
class Convention:
    """`days(start_on, end_on)` interest days of a year of `year_days`."""

    days: Callable[[date, date], int]
    year_days: int


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
    start_day = min(start_on.day, 30)
    end_day = 30 if end_on.day == 31 and start_day == 30 else end_on.day  # noqa: PLR2004
    years, months = end_on.year - start_on.year, end_on.month - start_on.month
    return 360 * years + 30 * months + end_day - start_day


DAY_COUNTS = {
    "30/360": Convention(months_and_odd_days, 360),
    "30/360 bond basis": Convention(bond_basis_days, 360),
    "30/365": Convention(bond_basis_days, 365),
    "ACT/360": Convention(actual_days, 360),
    "ACT/365": Convention(actual_days, 365),
}
"""By name. `30/360` without a qualifier is the People's Bank's: whole months and odd days."""
