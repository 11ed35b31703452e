"""Working days (工作日): an editable calendar of holidays and make-up days, and where a date that is none moves to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Shift = Literal["none", "following", "modified_following", "preceding"]
"""不顺延; 顺延至下一工作日; 顺延但不跨月; 提前至上一工作日."""

SATURDAY = 5
CLOSED_DAYS_MAX = 60
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingCalendar:
    """A version of the calendar: Monday to Friday work but for `holidays`, weekends rest but for `make_up_days`."""

    version: str
    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        return day in self.make_up_days or (day.weekday() < SATURDAY and day not in self.holidays)

    def shifted(self, day: date, shift: Shift) -> date:
        """`day` where it is a working day, else the one that `shift` names. Source: 民法典 203 for `following`.

        ValueError where no working day follows within sixty days: the calendar is wrong.
        """
        if shift == "none" or self.works(day):
            return day
        step = -ONE_DAY if shift == "preceding" else ONE_DAY
        moved = self._next(day, step)
        crossed = shift == "modified_following" and moved.month != day.month
        return self._next(day, -ONE_DAY) if crossed else moved

    def _next(self, day: date, step: timedelta) -> date:
        for number in range(1, CLOSED_DAYS_MAX + 1):
            if self.works(day + number * step):
                return day + number * step
        raise ValueError(f"calendar {self.version} has no working day within {CLOSED_DAYS_MAX} days of {day}")


EVERY_DAY = WorkingCalendar("weekends rest")


def days_past_due(due_on: date, as_of: date, shift: Callable[[date], date] = lambda day: day) -> int:
    """Days since the due date, put off where it was no working day: the day after it is 1, never below 0.

    Source: the day after is the first overdue day (R5); 民法典 203 for a holiday.
    """
    return max(0, (as_of - shift(due_on)).days)
