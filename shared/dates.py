"""Business dates: as they are written by whoever asks, and their arithmetic. No clock: the date is always given."""

import re
from calendar import monthrange
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


def _written(value: Any) -> Any:
    """Seconds since 1970, which pydantic would take for a date in any notation of a number, are refused."""
    if not isinstance(value, date) and not (isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        raise PydanticCustomError("iso_8601", "write a date as 2026-03-31, an instant as 2026-03-31T17:00:00Z")
    return value


ISO = BeforeValidator(_written)
Day = Annotated[date, ISO]
"""A date that comes from outside: ISO 8601 alone."""
Instant = Annotated[datetime, ISO]
"""An instant that comes from outside: ISO 8601 alone."""


def add_months(start: date, months: int, *, anchor_day: int | None = None) -> date:
    """The same day `months` later, or the last day of a shorter month.

    `anchor_day` keeps a month-end plan on its day: 31 Jan, 28 Feb, 31 Mar, not 28 Mar.
    """
    month_index = start.year * 12 + start.month - 1 + months
    year, month = divmod(month_index, 12)
    day = min(anchor_day or start.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day)
