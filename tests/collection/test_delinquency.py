"""Stages at their borders, the order of the work list, and the versions of the strategy."""

from datetime import date, time, timedelta

import pytest

from services.collection.domain.delinquency import (
    ageing_bucket,
    days_past_due,
    due_dates_of,
    overdue_since,
    priority,
    stage_of,
)
from services.collection.domain.strategy import STRATEGIES, Stage, strategy_on
from tests.collection.builders import yuan


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (1, Stage.S1),
        (30, Stage.S1),
        (31, Stage.S2),
        (60, Stage.S2),
        (61, Stage.S3),
        (90, Stage.S3),
        (91, Stage.S4),
        (10_000, Stage.S4),
    ],
)
def test_a_stage_holds_both_its_ends(days: int, stage: Stage) -> None:
    assert stage_of(days) is stage


@pytest.mark.parametrize("stage", Stage)
def test_a_stage_is_found_by_the_oldest_unpaid_due_date(stage: Stage) -> None:
    on, dated = date(2026, 6, 1), {days: date(2026, 6, 1) - timedelta(days=days) for days in range(1, 200)}
    earliest, latest = due_dates_of(stage, on)
    found = {days for days, due in dated.items() if due <= latest and (earliest is None or due >= earliest)}
    assert found == {days for days in dated if stage_of(days) is stage}


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-1, "M0"), (0, "M0"), (1, "M1"), (30, "M1"), (31, "M2"), (150, "M5"), (180, "M6"), (181, "M7+"), (9_999, "M7+")],
)
def test_a_bucket_is_thirty_days_and_the_last_one_has_no_end(days: int, bucket: str) -> None:
    assert ageing_bucket(days) == bucket


def test_days_and_due_date_are_two_ways_to_say_one_thing() -> None:
    on = date(2026, 3, 31)
    assert [days_past_due(overdue_since(days, on), on) for days in (0, 1, 30, 361)] == [0, 1, 30, 361]
    assert days_past_due(date(2026, 4, 1), on) == 0


@pytest.mark.parametrize("days", [0, -1])
def test_a_loan_that_is_not_past_due_has_no_stage(days: int) -> None:
    with pytest.raises(ValueError, match="not past due"):
        stage_of(days)


@pytest.mark.parametrize(
    ("stage", "broken", "overdue", "points"),
    [
        (Stage.S1, 0, "0.01", 100),  # less than one yuan has no digit
        (Stage.S1, 0, "9.99", 101),
        (Stage.S1, 0, "10.00", 102),
        (Stage.S2, 1, "12345.67", 215),
        (Stage.S4, 12, "1000000000.00", 499),  # nine is as far as either counts
        (None, 0, "500.00", 3),  # written off
    ],
)
def test_priority_reads_stage_then_broken_promises_then_size(
    stage: Stage | None, broken: int, overdue: str, points: int
) -> None:
    assert priority(stage, broken, yuan(overdue)) == points


def test_a_later_stage_comes_before_any_earlier_one() -> None:
    assert priority(Stage.S2, 0, yuan("0.01")) > priority(Stage.S1, 9, yuan(10**9))


def test_versions_of_the_strategy_follow_each_other_and_plan_every_stage() -> None:
    effective = [one.effective_on for one in STRATEGIES]
    assert effective == sorted(set(effective))
    assert len({one.version for one in STRATEGIES}) == len(STRATEGIES)
    assert all(set(one.plans) == set(Stage) for one in STRATEGIES)


def test_before_the_first_version_the_first_one_holds() -> None:
    assert strategy_on(date(1999, 1, 1)) is STRATEGIES[0]
    assert strategy_on(date(2026, 3, 1)).contact_from == time(8)
