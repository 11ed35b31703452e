"""Delinquency (逾期): the stage that a number of days past due means, and which case to work on first."""

from datetime import date, timedelta

from services.collection.domain.strategy import Stage
from shared.money import Money

_FIRST_DAYS = {Stage.S4: 91, Stage.S3: 61, Stage.S2: 31, Stage.S1: 1}

BUCKET_DAYS, BUCKETS_MAX = 30, 7
BROKEN_PROMISES_COUNTED_MAX = 9
AMOUNT_DIGITS_MAX = 9


def stage_of(days_past_due: int) -> Stage:
    """The stage of a loan: S1 1–30, S2 31–60, S3 61–90, S4 from 91 days past due.

    The day after the due date is day 1. S4 begins where 次级 does: more than 90 days, 商业银行金融资产
    风险分类办法 (2023). Raises ValueError below 1.
    """
    if days_past_due < 1:
        raise ValueError("a loan that is not past due has no delinquency stage")
    return next(stage for stage, first_day in _FIRST_DAYS.items() if days_past_due >= first_day)


def ageing_bucket(days_past_due: int) -> str:
    """The bucket of a loan in ageing tables (账龄): M0 not past due, M1 1–30 days, each further one thirty days more.

    M7+ from 181 days. Common practice of banks here; finer than the stages that collection works by.
    """
    months = -(-max(days_past_due, 0) // BUCKET_DAYS)
    return f"M{months}" if months < BUCKETS_MAX else f"M{BUCKETS_MAX}+"


def overdue_since(days_past_due: int, on: date) -> date | None:
    """The oldest unpaid due date of a loan that is `days_past_due` on a day; None when nothing is past due."""
    return on - timedelta(days=days_past_due) if days_past_due > 0 else None


def days_past_due(since: date | None, on: date) -> int:
    """Days on a day since the oldest unpaid due date: the day after it is 1."""
    return max((on - since).days, 0) if since else 0


def due_dates_of(stage: Stage, on: date) -> tuple[date | None, date]:
    """Between which oldest unpaid due dates, both included, a loan is at `stage` on a day; S4 has no first one."""
    later = [first for first in _FIRST_DAYS.values() if first > _FIRST_DAYS[stage]]
    earliest = on - timedelta(days=min(later) - 1) if later else None
    return earliest, on - timedelta(days=_FIRST_DAYS[stage])


def priority(stage: Stage | None, broken_promises: int, overdue: Money) -> int:
    """Three digits, greatest first: the stage (0 after write-off), broken promises, digits of the amount.

    431 reads: S4, three broken promises, less than ten yuan. Promises and digits are counted up to nine.
    The amount counts in whole currency units; nil has no digit.
    """
    whole = int(overdue.amount)
    digits = len(str(whole)) if whole > 0 else 0
    stage_digit = 0 if stage is None else int(stage.value[1])
    return stage_digit * 100 + min(broken_promises, BROKEN_PROMISES_COUNTED_MAX) * 10 + min(digits, AMOUNT_DIGITS_MAX)
