"""Calendar arithmetic on business dates. No clock: the date is always given."""

from calendar import monthrange
from datetime import date


def add_months(start: date, months: int, *, anchor_day: int | None = None) -> date:
    """The same day `months` later, or the last day of a shorter month.

    `anchor_day` keeps a month-end plan on its day: 31 Jan, 28 Feb, 31 Mar, not 28 Mar.
    """
    month_index = start.year * 12 + start.month - 1 + months
    year, month = divmod(month_index, 12)
    day = min(anchor_day or start.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day)
