"""Schedules the short way and in batches are those of `amortize`, row for row and to the fen."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.repayment.domain.amortization import Drawdown, Grace, Plan, amortize, level_instalment
from services.repayment.domain.periods import Period, regular_periods
from services.repayment.domain.plain_schedule import (
    YEAR_DAYS,
    Terms,
    exact_instalment,
    figures,
    is_sure,
    rows_of,
    terms_of,
)
from services.repayment.domain.rounding import Rounding, rounded
from services.repayment.domain.schedule import TERM_MONTHS_MAX, periods_of, shape_of
from services.repayment.domain.schedule_batch import PRINCIPAL_MAX, LoanColumns, schedules
from shared.money import Money

METHODS = (
    "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
    "one_payment",
)  # fmt: skip
SHAPES: tuple[Any, ...] = ("equal_instalments", "equal_principal", "flat", "principal_last")
CONVENTIONS = tuple(YEAR_DAYS)
RATES = st.decimals(0, 100, places=6)
START = date(2026, 1, 31)


def plan(periods: list[Period], amount: int, rate: Decimal, shape: Any, day_count: str, **more: Any) -> Plan:
    return Plan(shape, periods, [Drawdown(periods[0].starts_on, Money(amount))], rate, day_count, **more)


@settings(deadline=None)
@given(
    method=st.sampled_from(METHODS),
    amount=st.integers(1, 10**15),
    rate=RATES,
    months=st.integers(1, 60),
    day_count=st.sampled_from(CONVENTIONS),
    on=st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
@example(method="equal_instalments", amount=10**15, rate=Decimal("0.000001"), months=60, day_count="30/360", on=START)
def test_the_short_way_has_the_same_rows(
    method: Any, amount: int, rate: Decimal, months: int, day_count: str, on: date
) -> None:
    plain = plan(periods_of(method, on, months), amount, rate, shape_of(method), day_count)
    assert terms_of(plain) is not None
    assert rows_of(plain) == amortize(plain)
    assert [row.model_dump_json() for row in rows_of(plain)] == [row.model_dump_json() for row in amortize(plain)]


@settings(deadline=None)
@given(
    shape=st.sampled_from(SHAPES),
    every=st.integers(1, 12),
    unit=st.sampled_from(["months", "weeks", "days"]),
    first=st.integers(1, 400),
    day_count=st.sampled_from(CONVENTIONS),
    amount=st.integers(1, 10**11),
    rate=RATES,
)
def test_also_over_other_periods_and_a_broken_first_one(
    shape: Any, every: int, unit: Any, first: int, day_count: str, amount: int, rate: Decimal
) -> None:
    first_due_on = date.fromordinal(START.toordinal() + first)
    periods = regular_periods(START, 12, every=every, unit=unit, first_due_on=first_due_on)
    plain = plan(periods, amount, rate, shape, day_count)
    assert rows_of(plain) == amortize(plain)


@pytest.mark.parametrize(
    "special",
    [
        {"grace": Grace(principal_periods=1)},
        {"rounding": Rounding(smoothing=True)},
        {"rounding": Rounding(mode="half_even")},
        {"instalment": Money(900_000)},
        {"day_count": "ACT/ACT ISDA"},
        {"shape": "capitalised"},
    ],
)
def test_what_is_not_plain_goes_the_long_way(special: dict[str, Any]) -> None:
    told = {"shape": "equal_instalments", "day_count": "30/360"} | special
    special_plan = plan(regular_periods(START, 12), 10_000_000, Decimal("4.35"), **told)
    assert terms_of(special_plan) is None
    assert rows_of(special_plan) == amortize(special_plan)


def test_several_drawdowns_go_the_long_way() -> None:
    drawdowns = [Drawdown(START, Money(10_000_000)), Drawdown(date(2026, 3, 15), Money(5_000_000))]
    drawn_twice = Plan("equal_instalments", regular_periods(START, 12), drawdowns, Decimal("4.35"), "ACT/360")
    assert terms_of(drawn_twice) is None
    assert rows_of(drawn_twice) == amortize(drawn_twice)


@given(amount=st.integers(1, 10**12), rate=st.integers(1, 10**8), months=st.integers(1, TERM_MONTHS_MAX))
@settings(deadline=None)
def test_an_estimate_that_is_sure_is_right(amount: int, rate: int, months: int) -> None:
    """Against the exact instalment, in fractions to the end for short terms."""
    per = 100 * 10**6 * 360
    terms = Terms("equal_instalments", amount, rate, per, [30] * months)
    level = figures(terms)
    if months > 1:
        assert level.principal[0] + level.interest[0] == max(
            level.interest[0], min(exact_instalment(terms), amount + level.interest[0])
        )
    if months <= 24:
        growth, annuity = exactly(Fraction(30 * rate, per), amount, months)
        assert abs(exact_instalment(terms) - growth / annuity) <= Fraction(1, 2) + Fraction(1, 10**9)


def exactly(factor: Fraction, amount: int, months: int) -> tuple[Fraction, Fraction]:
    growth, annuity = Fraction(amount), Fraction(0)
    for _ in range(months):
        growth, annuity = growth * (1 + factor), annuity * (1 + factor) + 1
    return growth, annuity


@pytest.mark.parametrize(
    ("estimate", "sure"),
    [(7.5, False), (7.4999999, False), (7.49, True), (7.0, True), (8e8, True), (8e11, False)],  # the last: too large
)
def test_near_the_middle_between_two_fen_nothing_is_sure(estimate: float, sure: bool) -> None:
    assert is_sure(estimate) is sure


def test_a_tie_is_rounded_as_amortize_rounds_it() -> None:
    """One row of 1.000000 % over a month of 30 days of 360: 600 fen earn half a fen."""
    terms = Terms("equal_instalments", 600, 10**6, 100 * 10**6 * 360, [30])
    growth, annuity = level_instalment([Fraction(1, 1200)], 0, [600 * (1 + Fraction(1, 1200))])
    assert exact_instalment(terms) == rounded(Fraction(growth / annuity))
    assert figures(terms).interest == [1]


LOANS = st.lists(
    st.tuples(
        st.integers(1, PRINCIPAL_MAX),
        st.integers(0, 10**8),
        st.integers(1, 48),
        st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(loans=LOANS, shape=st.sampled_from(SHAPES), day_count=st.sampled_from(CONVENTIONS))
@example(loans=[(PRINCIPAL_MAX, 10**8, 48, START), (1, 1, 1, START)], shape="flat", day_count="ACT/365")
def test_a_batch_has_the_figures_of_each_of_its_loans(loans: Any, shape: Any, day_count: str) -> None:
    found = schedules(columns(loans), shape, day_count)
    for place, (amount, rate, months, on) in enumerate(loans):
        rows = amortize(plan(regular_periods(on, months), amount, Decimal(rate).scaleb(-6), shape, day_count))
        assert found.principal[:months, place].tolist() == [row.principal.minor for row in rows]
        assert found.interest[:months, place].tolist() == [row.interest.minor for row in rows]
        assert not found.principal[months:, place].any()
        assert not found.interest[months:, place].any()


def columns(loans: Any) -> LoanColumns:
    amounts, rates, months, days = zip(*loans, strict=True)
    return LoanColumns(
        np.array(amounts, np.int64), np.array(rates, np.int64), np.array(months, np.int64),
        np.array(days, "datetime64[D]"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("loan", "shape", "day_count"),
    [
        ((0, 1, 1, START), "flat", "30/360"),
        ((PRINCIPAL_MAX + 1, 1, 1, START), "flat", "30/360"),
        ((1, -1, 1, START), "flat", "30/360"),
        ((1, 1, 0, START), "flat", "30/360"),
        ((1, 1, 361, START), "flat", "30/360"),
        ((1, 1, 1, START), "capitalised", "30/360"),
        ((1, 1, 1, START), "flat", "ACT/ACT ISDA"),
    ],
)
def test_what_a_batch_cannot_work_out_is_refused(loan: Any, shape: Any, day_count: str) -> None:
    with pytest.raises(ValueError, match="batch"):
        schedules(columns([loan]), shape, day_count)


def test_real_days_need_a_drawdown() -> None:
    one = np.ones(1, np.int64)
    with pytest.raises(ValueError, match="counts days from a drawdown"):
        schedules(LoanColumns(one, one, one), "flat", "ACT/360")
