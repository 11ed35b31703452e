"""Repayment schedules: published figures, month ends, the residue, and what holds for every schedule."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repayment.domain.installment import Installment
from services.repayment.domain.schedule import repayment_schedule
from shared.money import Money


def schedule(
    principal: str = "120000",
    rate: str = "6",
    months: int = 12,
    method: Any = "equal_instalments",
    day_count: Any = "30/360",
    on: date = date(2026, 1, 15),
) -> tuple[Installment, ...]:
    return repayment_schedule(
        principal=Money.of(principal),
        annual_rate_percent=Decimal(rate),
        term_months=months,
        method=method,
        day_count=day_count,
        disbursed_on=on,
    )


def figures(rows: tuple[Installment, ...]) -> list[tuple[str, str]]:
    return [(str(row.principal.amount), str(row.interest.amount)) for row in rows]


def test_equal_instalments_are_equal_but_for_the_last_which_takes_the_residue() -> None:
    rows = schedule("1500", "7", 3, on=date(2026, 1, 1))  # Apache Fineract, FIN-SCH-001
    assert figures(rows) == [("497.09", "8.75"), ("499.99", "5.85"), ("502.92", "2.93")]
    assert [str(row.total.amount) for row in rows] == ["505.84", "505.84", "505.85"]


def test_a_mortgage_of_a_million_over_thirty_years_at_4_9_percent_pays_5307_27_a_month() -> None:
    assert schedule("1000000", "4.9", 360)[0].total == Money.of("5307.27")


def test_interest_only_repays_the_principal_at_maturity() -> None:
    rows = schedule("100000", "7.2", 3, "interest_only", "ACT/360", date(2026, 1, 10))
    assert figures(rows) == [("0.00", "620.00"), ("0.00", "560.00"), ("100000.00", "620.00")]


def test_a_drawdown_on_the_31st_keeps_its_anchor_day() -> None:
    rows = schedule(months=5, on=date(2026, 1, 31))
    assert [row.due_on for row in rows] == [
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
        date(2026, 6, 30),
    ]


def test_without_interest_the_principal_is_shared_out() -> None:
    assert figures(schedule("1000", "0", 3)) == [("333.33", "0.00"), ("333.33", "0.00"), ("333.34", "0.00")]


def test_a_loan_of_a_few_fen_never_repays_more_than_it_lent() -> None:
    rows = schedule("0.40", "6", 60)
    assert sum(row.principal.minor for row in rows) == 40
    assert all(row.principal.minor >= 0 for row in rows)


@pytest.mark.parametrize(
    ("principal", "rate", "months"), [("0", "6", 12), ("-1", "6", 12), ("1", "6", 0), ("1", "6", 361), ("1", "-1", 1)]
)
def test_impossible_terms_have_no_schedule(principal: str, rate: str, months: int) -> None:
    with pytest.raises(ValueError, match="must"):
        schedule(principal, rate, months)


@given(
    principal=st.integers(1, 10**11),
    rate=st.decimals(0, 36, places=4),
    months=st.integers(1, 120),
    method=st.sampled_from(["equal_instalments", "interest_only"]),
    day_count=st.sampled_from(["30/360", "ACT/360"]),
    on=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_every_schedule_repays_the_principal_and_nothing_else(
    principal: int, rate: Decimal, months: int, method: Any, day_count: Any, on: date
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
    assert all(row.principal.minor >= 0 and row.interest.minor >= 0 for row in rows)
    assert [row.no for row in rows] == list(range(1, months + 1))
    assert rows[0].starts_on == on
    for before, after in pairwise(rows):
        assert after.starts_on == before.due_on
        assert after.balance == before.balance - before.principal
