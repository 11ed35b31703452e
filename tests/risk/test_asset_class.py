"""Five-class floors, provisions and impairment stages, border by border."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.risk.domain.asset_class import (
    SPECIFIC_RATE_PERCENT,
    AssetClass,
    Signs,
    contaminates,
    floor,
    floor_by_days,
    general_provision,
    observation_ends_on,
    specific_provision,
    worst,
)
from services.risk.domain.expected_credit_loss import expected_credit_loss, impairment_stage

D = Decimal
NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = AssetClass


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (0, NORMAL), (1, MENTION), (90, MENTION), (91, SUBSTANDARD), (270, SUBSTANDARD),
        (271, DOUBTFUL), (360, DOUBTFUL), (361, LOSS),
    ],
)  # fmt: skip
def test_the_floor_by_days_past_due(days: int, found: AssetClass) -> None:
    assert floor_by_days(days) == found


@pytest.mark.parametrize(("days", "found"), [(7, NORMAL), (8, MENTION), (91, SUBSTANDARD)])
def test_a_technical_delay_of_seven_days_stays_normal(days: int, found: AssetClass) -> None:
    assert floor_by_days(days, technical=True) == found


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        ({}, NORMAL),
        ({"misused": True}, MENTION),
        ({"refinanced": True}, MENTION),
        ({"refinanced": True, "qualified_renewal": True}, NORMAL),
        ({"restructured": True}, MENTION),
        ({"restructured": True, "restructured_again": True}, SUBSTANDARD),
        ({"non_performing_elsewhere": True}, MENTION),
        ({"overdue_elsewhere_percent": D(20)}, NORMAL),  # more than 20 % is asked for
        ({"overdue_elsewhere_percent": D("20.01")}, SUBSTANDARD),
        ({"rating_fell_sharply": True}, SUBSTANDARD),
        ({"credit_impaired": True}, SUBSTANDARD),
        ({"credit_impaired": True, "expected_loss_percent": D("49.99")}, SUBSTANDARD),
        ({"credit_impaired": True, "expected_loss_percent": D(50)}, DOUBTFUL),
        ({"credit_impaired": True, "expected_loss_percent": D(90)}, LOSS),
        ({"evading_debt": True}, DOUBTFUL),
        ({"in_liquidation": True}, LOSS),
        ({"days_past_due": 95, "evading_debt": True}, DOUBTFUL),  # the worst floor wins
        ({"days_past_due": 361, "misused": True}, LOSS),
    ],
)
def test_the_worst_floor_wins(signs: dict[str, Any], found: AssetClass) -> None:
    assert floor(Signs(**signs)) == found


def test_more_than_a_tenth_non_performing_contaminates_a_company_but_no_person() -> None:
    assert not contaminates(D(10), D(100), retail=False)
    assert contaminates(D("10.01"), D(100), retail=False)
    assert not contaminates(D(60), D(100), retail=True)
    assert not contaminates(D(0), D(0), retail=False)


def test_the_worst_of_nothing_is_normal() -> None:
    assert worst() == NORMAL


@pytest.mark.parametrize(
    ("period", "months_min", "ends"),
    [(1, 12, date(2025, 3, 1)), (12, 12, date(2026, 3, 1)), (1, 6, date(2024, 9, 1)), (6, 6, date(2025, 3, 1))],
)
def test_an_observation_lasts_two_periods_or_the_minimum(period: int, months_min: int, ends: date) -> None:
    assert observation_ends_on(date(2024, 3, 1), period, months_min) == ends


def test_specific_rates_are_0_2_25_50_100_and_the_general_one_is_1_of_every_loan() -> None:
    assert [SPECIFIC_RATE_PERCENT[one] for one in AssetClass] == [0, 2, 25, 50, 100]
    assert general_provision(D(1_000_000)) == 10_000
    assert specific_provision(SUBSTANDARD, D(1_000_000)) == 250_000


def test_substandard_and_doubtful_may_float_by_a_fifth_and_nothing_else() -> None:
    assert specific_provision(DOUBTFUL, D(1_000_000), float_percent=D(-20)) == 400_000
    assert specific_provision(SUBSTANDARD, D(1_000_000), float_percent=D(20)) == 300_000
    for asset_class, percent in ((DOUBTFUL, D("20.01")), (LOSS, D(-1)), (MENTION, D(1))):
        with pytest.raises(ValueError, match="may float"):
            specific_provision(asset_class, D(1), float_percent=percent)


@pytest.mark.parametrize(
    ("days", "impaired", "risen", "stage"),
    [(0, False, False, 1), (30, False, False, 1), (31, False, False, 2), (0, False, True, 2),
     (90, False, False, 2), (91, False, False, 3), (0, True, False, 3)],
)  # fmt: skip
def test_the_impairment_stage(days: int, impaired: bool, risen: bool, stage: int) -> None:
    assert impairment_stage(days, credit_impaired=impaired, risk_has_risen=risen) == stage


def test_expected_loss_is_discounted_year_by_year() -> None:
    loss = expected_credit_loss([D(1000), D(500)], [D(10), D(10)], lgd_percent=D(50), rate_percent=D(0))
    assert (loss.marginal, loss.twelve_months, loss.lifetime) == ((D(50), D(25)), D(50), D(75))
    discounted = expected_credit_loss([D(1100)], [D(10)], lgd_percent=D(50), rate_percent=D(10))
    assert discounted.lifetime == 50


def test_survival_weighting_counts_only_those_who_are_still_there() -> None:
    loss = expected_credit_loss(
        [D(1000), D(1000)], [D(10), D(10)], lgd_percent=D(100), rate_percent=D(0), survival_weighting=True
    )
    assert loss.marginal == (D(100), D(90))


def test_no_years_no_loss() -> None:
    assert expected_credit_loss([], [], lgd_percent=D(50), rate_percent=D(5)).lifetime == 0
