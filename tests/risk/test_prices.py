"""The published price, the risk-based price, RAROC and capital, against worked figures."""

from datetime import date
from decimal import Decimal
from typing import get_args

import pytest

from services.risk.domain.facts import Segment
from services.risk.domain.irb_capital import capital_share
from services.risk.domain.price import BenchmarkQuote, Step, benchmark, bps_of_percent, published_price, step_bps
from services.risk.domain.risk_price import (
    CapitalTerms,
    loss_given_default_percent,
    raroc_percent,
    risk_based_price,
)
from services.risk.domain.terms import price_for, risk_price_for
from tests.risk.builders import rulebook

D = Decimal
TERMS = CapitalTerms(hurdle_percent=D(12), tax_percent=D(25), credit_percent=D("2.2"))
QUOTES = [
    BenchmarkQuote(published_on=date(2025, 5, 20), one_year_percent=D("3.00"), five_year_percent=D("3.50")),
    BenchmarkQuote(published_on=date(2024, 10, 21), one_year_percent=D("3.10"), five_year_percent=D("3.60")),
]


@pytest.mark.parametrize(
    ("on", "term_months", "rate"),
    [
        (date(2025, 5, 19), 12, "3.10"),  # the day before publication
        (date(2025, 5, 20), 12, "3.00"),  # the day of publication
        (date(2026, 1, 1), 60, "3.00"),
        (date(2026, 1, 1), 61, "3.50"),  # beyond the border of the price book
    ],
)
def test_the_benchmark_is_what_was_known_on_the_day(on: date, term_months: int, rate: str) -> None:
    assert benchmark(QUOTES, on, term_months, 60)[0] == D(rate)


def test_before_the_first_benchmark_there_is_no_price() -> None:
    with pytest.raises(ValueError, match="no benchmark rate"):
        benchmark(QUOTES, date(2024, 10, 20), 12, 60)


def test_steps_begin_at_their_own_value() -> None:
    steps = [Step(from_value=D(0), bps=0), Step(from_value=D(13), bps=10)]
    assert [step_bps(steps, D(months)) for months in (12, 13, 14)] == [0, 10, 10]


@pytest.mark.parametrize(
    ("grade_bps", "rate", "spread", "bound"),
    [(200, "5.00", 200, None), (10, "3.20", 20, "floor"), (1300, "15.00", 1200, "cap")],
)
def test_floor_and_cap_bound_the_rate_and_the_spread_follows(
    grade_bps: int, rate: str, spread: int, bound: str | None
) -> None:
    price = published_price(
        (D("3.00"), date(2025, 5, 20)),
        grade_bps=grade_bps,
        term_bps=0,
        collateral_bps=0,
        floor_percent=D("3.20"),
        cap_percent=D("15.00"),
    )
    assert (price.annual_rate_percent, price.spread_bps, price.bound) == (D(rate), spread, bound)


@pytest.mark.parametrize(
    ("pd", "loss", "rate"),
    [
        ("0.5", "0.225", "4.311750"),
        ("1", "0.45", "4.536750"),
        ("2", "0.90", "4.986750"),
        ("3.5", "1.575", "5.661750"),
        ("6", "2.70", "6.786750"),
        ("10", "4.50", "8.586750"),
    ],
)
def test_the_risk_based_price_at_a_risk_weight_of_75_percent(pd: str, loss: str, rate: str) -> None:
    price = risk_based_price(
        funding_percent=D("2.2"),
        operating_percent=D("0.8"),
        pd_percent=D(pd),
        lgd_percent=D(45),
        capital_percent=D("7.875"),
        terms=TERMS,
    )
    assert (price.expected_loss_percent, price.rate_percent) == (D(loss), D(rate))


@pytest.mark.parametrize(
    ("pd", "capital"),
    [(0.005, 0.03292), (0.01, 0.04597), (0.02, 0.05907), (0.035, 0.07000), (0.06, 0.08493), (0.10, 0.10669)],
)
def test_internal_ratings_capital_of_the_smallest_company_at_lgd_45(pd: float, capital: float) -> None:
    assert capital_share(pd, 0.45, 1.0, 5.0) == pytest.approx(capital, abs=5e-6)


@pytest.mark.parametrize(("pd", "capital"), [(0.01, 0.040864), (0.02, 0.052504), (0.05, 0.070267)])
def test_internal_ratings_capital_of_the_smallest_company_at_lgd_40(pd: float, capital: float) -> None:
    assert capital_share(pd, 0.40, 1.0, 5.0) == pytest.approx(capital, abs=1e-6)


def test_a_company_of_full_size_needs_more_capital_and_a_tiny_pd_the_floors() -> None:
    assert capital_share(0.01, 0.45, 1.0, None) > capital_share(0.01, 0.45, 1.0, 5.0)
    assert capital_share(0.0001, 0.45, 1.0, 5.0) == capital_share(0.0005, 0.45, 1.0, 5.0)


def test_raroc_at_the_risk_based_price_is_exactly_the_hurdle() -> None:
    capital = D("7.875")
    price = risk_based_price(
        funding_percent=D("2.2"),
        operating_percent=D("0.8"),
        pd_percent=D("1.4"),
        lgd_percent=D(60),
        capital_percent=capital,
        terms=TERMS,
    )
    raroc = raroc_percent(
        revenue=price.rate_percent,
        operating=D("0.8"),
        funding=D("2.2"),
        expected_loss=price.expected_loss_percent,
        capital=capital,
        credit=capital * D("2.2") / 100,
        tax_percent=D(25),
    )
    assert abs(raroc - 12) < D("1e-9")


def test_without_capital_there_is_no_return_on_it() -> None:
    nil = D(0)
    with pytest.raises(ValueError, match="needs capital"):
        raroc_percent(
            revenue=nil, operating=nil, funding=nil, expected_loss=nil, capital=nil, credit=nil, tax_percent=nil
        )


def test_vat_is_charged_on_all_of_the_rate() -> None:
    price = risk_based_price(
        funding_percent=D(2),
        operating_percent=D(1),
        pd_percent=D(1),
        lgd_percent=D(100),
        capital_percent=D(0),
        terms=CapitalTerms(D(12), D(25), D(0), vat_percent=D(6)),
    )
    assert (price.vat_percent, price.rate_percent) == (D("0.24"), D("4.24"))


@pytest.mark.parametrize(("coverage", "lgd"), [("0", "60"), ("0.5", "45"), ("1", "30"), ("7", "30")])
def test_loss_given_default_falls_with_coverage_down_to_that_of_a_secured_loan(coverage: str, lgd: str) -> None:
    assert loss_given_default_percent(D(coverage), unsecured_percent=D(60), secured_percent=D(30)) == D(lgd)


@pytest.mark.parametrize("segment", get_args(Segment))
def test_the_published_spread_of_every_grade_is_the_formula_to_the_basis_point(segment: Segment) -> None:
    rules = rulebook(segment)
    book, weight_class = rules.price_book, "person" if segment == "person" else "small"
    spreads = book.spreads[segment]
    for grade, pd in spreads.reference_pd_percent.items():
        price = risk_price_for(
            book.cost,
            segment,
            weight_class,
            12,
            pd,
            spreads.reference_lgd_percent,
        )
        rate = min(price.rate_percent, book.cap_percent)
        assert bps_of_percent(rate - spreads.set_at_benchmark_percent) == spreads.grade_bps[grade], grade


def test_prices_rise_from_grade_to_grade_and_security_lowers_them() -> None:
    rules, today = rulebook(), date(2026, 3, 2)
    grades = [grade.grade for grade in rules.policy.master_scale]
    rates = [price_for(rules, "company", grade, 12, D(0), today).annual_rate_percent for grade in grades]
    assert rates == sorted(set(rates))
    assert price_for(rules, "company", "R4", 12, D(1), today).annual_rate_percent < rates[3]


def test_every_grade_has_a_price_and_its_reference_pd_lies_in_its_band() -> None:
    rules = rulebook()
    scale = rules.policy.master_scale
    starts = [grade.pd_from_percent for grade in scale] + [D(100)]
    for spreads in rules.price_book.spreads.values():
        assert list(spreads.grade_bps) == [grade.grade for grade in scale]
        for grade, low, high in zip(scale, starts, starts[1:], strict=False):
            assert low <= spreads.reference_pd_percent[grade.grade] < high
