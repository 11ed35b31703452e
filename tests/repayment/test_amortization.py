"""What holds for the rows of every method, over any periods: sums to the fen, residues, grace, further drawdowns."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repayment.domain.amortization import Drawdown, Grace, Plan, amortize
from services.repayment.domain.periods import regular_periods, settlement_periods, shifted_periods, years_of
from services.repayment.domain.rounding import Rounding, rounded
from services.repayment.domain.schedule import instalments_needed, repayment_schedule
from services.repayment.domain.working_days import EVERY_DAY, WorkingCalendar, days_past_due
from shared.money import Money

METHODS = (
    "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
    "one_payment",
)  # fmt: skip
SHAPES = ("equal_instalments", "equal_principal", "flat", "principal_last", "capitalised")
DAY_COUNTS = ("30/360", "ACT/360", "ACT/365", "ACT/ACT ISDA", "ACT/ACT ICMA", "30E/360")
RATES = st.decimals(0, 36, places=4)
ROUNDINGS = st.builds(
    Rounding,
    mode=st.sampled_from(["half_up", "half_even", "up", "down"]),
    instalment_mode=st.sampled_from(["half_up", "up"]),
    instalment_unit=st.sampled_from([1, 100]),
    smoothing=st.booleans(),
    carry=st.booleans(),
)
GRACES = st.builds(
    Grace,
    principal_periods=st.integers(0, 3),
    interest_periods=st.integers(0, 3),
    interest_free_periods=st.integers(0, 3),
    held_interest=st.sampled_from(["beside_instalment", "instalment_repays"]),
)


@given(
    method=st.sampled_from(METHODS),
    principal=st.integers(1, 10**11),
    rate=RATES,
    months=st.integers(1, 60),
    day_count=st.sampled_from(["30/360", "ACT/360"]),
    on=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
def test_every_method_repays_the_principal_and_interest_of_the_balance(
    method: Any, principal: int, rate: Decimal, months: int, day_count: Any, on: date
) -> None:
    rows = repayment_schedule(
        principal=Money(principal),
        annual_rate_percent=rate,
        term_months=months,
        method=method,
        day_count=day_count,
        disbursed_on=on,
    )
    assert sum(row.principal.minor for row in rows) == principal
    assert sum(row.total.minor for row in rows) == principal + sum(row.interest.minor for row in rows)
    assert all(row.principal.minor >= 0 and row.interest.minor >= 0 for row in rows)
    assert rows[0].starts_on == on
    assert rows[-1].balance == rows[-1].principal
    for before, after in pairwise(rows):
        assert (after.starts_on, after.balance) == (before.due_on, before.balance - before.principal)


@given(
    shape=st.sampled_from(SHAPES),
    drawn=st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 200)), min_size=1, max_size=4),
    rate=RATES,
    count=st.integers(4, 24),
    day_count=st.sampled_from(DAY_COUNTS),
    rounding=ROUNDINGS,
    grace=GRACES,
    part_rule=st.sampled_from(["odd_days", "share_of_period"]),
)
def test_any_plan_repays_exactly_what_was_drawn(
    shape: Any, drawn: Any, rate: Decimal, count: int, day_count: str, rounding: Rounding, grace: Grace, part_rule: Any
) -> None:
    start = date(2026, 1, 31)
    periods = regular_periods(start, count)
    last = (periods[-1].ends_on - start).days - 1
    drawdowns = [Drawdown(start, Money(drawn[0][0]))]
    drawdowns += [
        Drawdown(date.fromordinal(start.toordinal() + min(day, last)), Money(amount)) for amount, day in drawn[1:]
    ]
    rows = amortize(
        Plan(shape, periods, drawdowns, rate, day_count, rounding=rounding, grace=grace, part_rule=part_rule)
    )
    assert sum(row.principal.minor for row in rows) == sum(one.amount.minor for one in drawdowns)
    assert all(row.principal.minor >= 0 and row.interest.minor >= 0 for row in rows)
    assert all(not row.principal for row in rows[: grace.principal_periods])
    if shape != "capitalised":
        free = max(grace.interest_periods, grace.interest_free_periods)
        assert all(not row.interest for row in rows[: min(free, len(rows) - 1)])


@given(rate=RATES, principal=st.integers(10**4, 10**10), count=st.integers(1, 60))
def test_what_rounding_leaves_is_never_more_than_a_fen_when_it_is_carried(
    rate: Decimal, principal: int, count: int
) -> None:
    periods = regular_periods(date(2026, 1, 15), count)
    rows = amortize(
        Plan(
            "principal_last",
            periods,
            [Drawdown(date(2026, 1, 15), Money(principal))],
            rate,
            "30/360",
            Rounding(carry=True),
        )
    )
    exact = principal * Fraction(rate) / 1200 * count
    assert abs(sum(row.interest.minor for row in rows) - exact) < 1


@given(numerator=st.integers(-(10**12), 10**12), denominator=st.integers(1, 10**6))
def test_rounding_is_to_the_nearest_and_ties_go_by_the_mode(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert rounded(exact, "half_even") == round(exact)
    assert abs(rounded(exact) - exact) <= Fraction(1, 2)
    assert rounded(-exact) == -rounded(exact)
    assert rounded(exact, "down") == int(exact)
    assert abs(rounded(exact, "up")) >= abs(exact)


@pytest.mark.parametrize(("mode", "found"), [("half_up", 3), ("half_even", 2), ("up", 3), ("down", 2)])
def test_a_tie(mode: Any, found: int) -> None:
    assert rounded(Fraction(5, 2), mode) == found


@given(on=st.dates(date(2000, 1, 1), date(2090, 1, 1)), days=st.integers(1, 2000), months=st.sampled_from([1, 3]))
def test_settlement_periods_cover_every_day_once_and_end_behind_the_20th(on: date, days: int, months: Any) -> None:
    matures_on = date.fromordinal(on.toordinal() + days)
    periods = settlement_periods(on, matures_on, months)
    assert (periods[0].starts_on, periods[-1].ends_on) == (on, matures_on)
    assert all(before.ends_on == after.starts_on for before, after in pairwise(periods))
    assert all(one.ends_on.day == 21 and one.ends_on.month % months == 0 for one in periods[:-1])


def test_interest_for_a_shift_is_earned_once() -> None:
    closed = WorkingCalendar("test", frozenset({date(2026, 3, 16)}))
    periods = regular_periods(date(2026, 1, 15), 3)  # 15 February and 15 March 2026 are Sundays
    paid = shifted_periods(periods, closed, "following", interest_for_shift=True)
    assert [one.due_on for one in paid] == [date(2026, 2, 16), date(2026, 3, 17), date(2026, 4, 15)]
    assert all(before.ends_on == after.starts_on for before, after in pairwise(paid))
    assert sum(years_of(one, "ACT/360") for one in paid) == sum(years_of(one, "ACT/360") for one in periods)


def test_a_calendar_without_a_working_day_is_wrong() -> None:
    start = date(2026, 1, 1).toordinal()
    closed = WorkingCalendar("closed", frozenset(date.fromordinal(start + number) for number in range(100)))
    with pytest.raises(ValueError, match="no working day"):
        closed.shifted(date(2026, 1, 2), "following")
    assert EVERY_DAY.works(date(2026, 1, 2))


def test_the_day_after_a_deferred_due_date_is_the_first_past_due() -> None:
    closed = WorkingCalendar("labour day", frozenset(date(2026, 5, day) for day in range(1, 6)))
    due = date(2026, 5, 1)
    seen = [days_past_due(due, date(2026, 5, day), lambda day: closed.shifted(day, "following")) for day in (1, 6, 7)]
    assert seen == [0, 0, 1]


@pytest.mark.parametrize(
    ("rate", "instalment", "count"),
    [("0", "5000", 30), ("0", "4999.99", 31), ("10", "4840.08", 36), ("10", "4840.07", 37), ("10", "151250", 1)],
)
def test_the_number_of_instalments_that_repay_150_000(rate: str, instalment: str, count: int) -> None:
    assert instalments_needed(Money.of(150_000), Decimal(rate), Money.of(instalment)) == count
