"""The working-capital need by the annex's formula, figure by figure."""

from decimal import Decimal

import pytest

from services.risk.domain.limit_measurement import measured_need
from services.risk.domain.own_funds import own_funds
from services.risk.domain.working_capital_need import (
    Balances,
    Need,
    TurnoverDays,
    average,
    turnover_days,
    working_capital_need,
)
from tests.risk.builders import company, rulebook, statement

D = Decimal


def days(inventory: int, receivables: int, payables: int, prepayments: int = 0, advances: int = 0) -> TurnoverDays:
    return TurnoverDays(D(inventory), D(receivables), D(payables), D(prepayments), D(advances))


def need(of: TurnoverDays, **changes: str) -> Need | None:
    given = {
        "revenue": "2000",
        "margin": "0.08",
        "growth": "0.10",
        "own_funds": "80",
        "existing_loans": "100",
        "other_channels": "0",
    }
    return working_capital_need(of, **{name: D(value) for name, value in (given | changes).items()})


def test_the_worked_example_gives_a_new_limit_of_326() -> None:
    measured = need(days(60, 75, 40, 5, 10))
    assert measured is not None
    assert (measured.turnover, measured.need, measured.new_limit) == (D(4), D(506), D(326))


def test_a_negative_limit_becomes_nil_and_the_raw_value_is_kept() -> None:
    measured = need(days(60, 75, 40, 5, 10), own_funds="600")
    assert measured is not None
    assert (measured.raw_limit, measured.new_limit) == (D(-194), D(0))


@pytest.mark.parametrize("payables", [135, 136, 500], ids=["nil cycle", "one day below", "far below"])
def test_a_cycle_that_is_not_positive_has_no_result(payables: int) -> None:
    assert need(days(60, 75, payables)) is None


def test_days_come_from_average_balances_over_cost_or_revenue() -> None:
    balances = average(Balances(D(100), D(300), D(50), D(10), D(20)), Balances(D(200), D(500), D(150), D(30), D(40)))
    assert turnover_days(balances, D(3600), D(1800)) == TurnoverDays(D(30), D(40), D(20), D(4), D(3))


def test_nil_balances_are_nil_days_even_without_any_flow() -> None:
    assert turnover_days(Balances(D(0), D(0), D(0), D(0), D(0)), D(0), D(0)) == days(0, 0, 0)


def test_a_balance_without_the_flow_that_turns_it_over_must_be_measured_by_a_person() -> None:
    assert turnover_days(Balances(D(1), D(0), D(0), D(0), D(0)), D(10), D(0)) is None
    assert turnover_days(Balances(D(0), D(1), D(0), D(0), D(0)), D(0), D(10)) is None


def test_own_funds_by_either_method() -> None:
    of = statement()
    assert own_funds(of, "long_term_capital") == D(3_000_000)  # 6.5 m + 0.5 m - (11 m - 7 m)
    assert own_funds(of, "free_cash") == D(1_500_000)


def test_forecast_growth_counts_up_to_the_cap_of_its_industry() -> None:
    policy = rulebook().policy.limits["company"].need
    assert policy is not None
    modest = measured_need(company(revenue_growth_forecast_percent=D(5)), policy)
    bold = measured_need(company(revenue_growth_forecast_percent=D(40)), policy)
    builder = measured_need(company(industry="construction", revenue_growth_forecast_percent=D(40)), policy)
    assert [modest.growth_percent, bold.growth_percent, builder.growth_percent] == [D(5), D(15), D(8)]
