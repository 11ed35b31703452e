"""Delinquency (逾期): the stage that a number of days past due means, and which case to work on first."""

from services.collection.domain.strategy import Stage
from shared.money import Money

_FIRST_DAYS = ((91, Stage.S4), (61, Stage.S3), (31, Stage.S2))

BROKEN_PROMISES_COUNTED_MAX = 9
AMOUNT_DIGITS_MAX = 9


def stage_of(days_past_due: int) -> Stage:
    """The stage of a loan: S1 1–30, S2 31–60, S3 61–90, S4 from 91 days past due.

    The day after the due date is day 1. S4 begins where 次级 does: more than 90 days, 商业银行金融资产
    风险分类办法 (2023). Raises ValueError below 1.
    """
    if days_past_due < 1:
        raise ValueError("a loan that is not past due has no delinquency stage")
    for first_day, stage in _FIRST_DAYS:
        if days_past_due >= first_day:
            return stage
    return Stage.S1


def priority(stage: Stage | None, broken_promises: int, overdue: Money) -> int:
    """Three digits, greatest first: the stage (0 after write-off), broken promises, digits of the amount.

    431 reads: S4, three broken promises, less than ten yuan. Promises and digits are counted up to nine.
    The amount counts in whole currency units; nil has no digit.
    """
    whole = int(overdue.amount)
    digits = len(str(whole)) if whole > 0 else 0
    stage_digit = 0 if stage is None else int(stage.value[1])
    return stage_digit * 100 + min(broken_promises, BROKEN_PROMISES_COUNTED_MAX) * 10 + min(digits, AMOUNT_DIGITS_MAX)
