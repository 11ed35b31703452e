"""The calculators: worked figures, what sources do differently, and what they refuse by line and rule."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from services.operations.calculators import CALCULATORS
from services.risk.calculations.catalogue import CALCULATORS as OF_RISK
from services.risk.domain.facts import Segment
from services.risk.domain.plausibility import INDUSTRIES
from shared.problem_details import Problem
from tests.risk.builders import TODAY
from tests.shared.strange import strange_answers

D = Decimal


def calculated(name: str, request: Any, on: date = TODAY) -> dict[str, Any]:
    answer = CALCULATORS[name].of_json(request, on)
    return answer.model_dump(mode="json")


def wrong(name: str, request: Any, on: date = TODAY) -> set[tuple[str, str]]:
    """The lines and rules of the problem that answers the request."""
    with pytest.raises(Problem) as refused:
        calculated(name, request, on)
    assert refused.value.status == 422
    return {(error.field, error.rule) for error in refused.value.errors}


def example(name: str, **changes: Any) -> dict[str, Any]:
    return {**deepcopy(CALCULATORS[name].example), **changes}


def yuan(amount: Any, currency: str = "CNY") -> dict[str, str]:
    return {"amount": f"{D(amount):.2f}", "currency": currency}


GOLDEN_NEED = {
    "revenue": yuan(2000),
    "turnover_days": {"inventory": 60, "receivables": 75, "payables": 40, "prepayments": 5, "advance_receipts": 10},
    "margin_percent": "8",
    "growth_percent": "10",
    "own_funds": yuan(80),
    "existing_working_capital_loans": yuan(100),
}


@pytest.mark.parametrize("name", OF_RISK)
def test_every_calculator_answers_its_own_example(name: str) -> None:
    assert any(value not in (None, []) for value in calculated(name, example(name)).values())


@pytest.mark.parametrize("name", ["score", "price"])
def test_each_segment_has_an_example_that_is_answered(name: str) -> None:
    for segment, given in zip(get_args(Segment), CALCULATORS[name].examples, strict=True):
        assert CALCULATORS[name].example_of(segment) == given
        found = calculated(name, given)
        if name == "price":
            assert found["annual_rate_percent"]
        else:
            assert found["applicant"]["score"]["grade"]
            assert found["applicant"]["missing"] == [], "an example tells what the segment's policy demands"


def test_the_need_of_the_worked_example_is_506_and_326_of_it_new() -> None:
    found = calculated("working-capital-need", GOLDEN_NEED)
    assert (found["turnover"], found["need"], found["new_limit"]) == ("4.000000", yuan(506), yuan(326))


@pytest.mark.parametrize(
    ("change", "new_limit"),
    [
        ({"growth_cap_percent": "5"}, "303.00"),  # 2000 x 0.92 x 1.05 / 4 - 180
        ({"year_days": 365}, "319.07"),  # 365 / 90 turns
        ({"own_funds": None, "own_funds_by": {"method": "free_cash", "cash": yuan(100)}}, "306.00"),
        (
            {
                "own_funds": None,
                "own_funds_by": {
                    "method": "long_term_capital",
                    "net_assets": yuan(300),
                    "long_term_liabilities": yuan(50),
                    "long_term_assets": yuan(270),
                },
            },
            "326.00",
        ),
    ],
)
def test_what_sources_measure_differently_is_a_named_parameter(change: dict[str, Any], new_limit: str) -> None:
    assert calculated("working-capital-need", {**GOLDEN_NEED, **change})["new_limit"]["amount"] == new_limit


def test_balances_turn_over_by_the_flow_of_the_basis() -> None:
    request = example("working-capital-need", basis={"inventory": "revenue"})
    by_revenue, by_cost = (
        calculated("working-capital-need", one)["inventory_days"] for one in (request, example("working-capital-need"))
    )
    assert (by_revenue, by_cost) == ("55.800000", "60.652174")  # 360 x 3.1 m / 20 m, / 18.4 m


def test_a_cycle_that_is_not_positive_is_left_to_a_person_with_its_reason() -> None:
    nil = {**GOLDEN_NEED, "turnover_days": {"inventory": 30, "receivables": 20, "payables": 50}}
    found = calculated("working-capital-need", nil)
    assert (found["manual_measurement"], found["reason"], found["new_limit"]) == (True, "cash_cycle_not_positive", None)
    still = example("working-capital-need", cost_of_sales=yuan(0))
    assert calculated("working-capital-need", still)["reason"] == "nothing_turns_over"


def test_a_sales_limit_takes_the_policys_ratio_of_a_grade() -> None:
    given = {"annual_revenue": yuan(20_000_000), "grade": "R4", "existing_working_capital_loans": yuan(5_000_000)}
    found = calculated("sales-limit", given)
    assert (found["limit"], found["raw_limit"]["amount"]) == (yuan(0), "-1000000.00")
    assert (found["ratio_percent"], found["policy_version"]) == ("20.000000", "2026.3")


def test_security_has_a_shortfall_when_the_debt_is_above_its_value() -> None:
    found = calculated("collateral-limit", example("collateral-limit", outstanding=yuan(3_500_000)))
    assert (found["total"], found["shortfall"]) == (yuan(3_300_000), yuan(200_000))
    assert found["loan_to_value_percent"] == "106.060606"


def test_caps_purpose_and_capacity_join_the_lowest_of_and_are_kept() -> None:
    request = {
        "candidates": [{"method": "requested", "amount": yuan(9_000_000)}],
        "concentration": {
            "single_borrower": {"capital": yuan(100_000_000), "percent": "10", "existing": yuan(2_000_000)},
            "group": {"capital": yuan(90_000_000), "percent": "20", "existing": yuan(12_500_000)},
        },
        "purpose": {"evidenced": yuan(8_000_000), "financed": yuan(1_000_000), "share_percent": "80"},
        "repayment_capacity": {
            "cash_available": yuan(1_200_000),
            "annual_rate_percent": "6",
            "term_months": 12,
            "bullet_share": "0.2",
        },
        "round_down_to": yuan(100),
    }
    found = calculated("limit", request)
    amounts = {one["method"]: one["amount"]["amount"] for one in found["candidates"]}
    assert amounts == {
        "requested": "9000000.00",
        "single_borrower": "8000000.00",
        "group": "5500000.00",
        "purpose": "5600000.00",
        "repayment_capacity": "3846153.85",  # 1.0 m of service at 0.26 a yuan
    }
    assert (found["limit"]["amount"], found["binding"]) == ("3846100.00", "repayment_capacity")


RAROC = {
    "funding_percent": "2.2",
    "operating_percent": "0.8",
    "pd_percent": "2",
    "lgd_percent": "45",
    "capital": {"method": "risk_weight"},
    "vat_percent": "0",
}


@pytest.mark.parametrize(
    ("change", "rate"),
    [
        ({}, "4.986750"),  # 75 % x 10.5 %, hurdle 12 %, tax 25 %, credit at the funding rate
        ({"capital_credit_percent": "0"}, "5.160000"),
        ({"tax_percent": "0"}, "4.671750"),
        ({"vat_percent": "6"}, "5.285955"),
        ({"expected_loss": "break_even"}, "5.066342"),  # 0.979592 instead of 0.90
        ({"capital": {"method": "internal_ratings", "sales_size": 5, "sales_unit": "eur_millions"}}, "4.715120"),
    ],
)
def test_the_risk_based_rate_by_each_convention(change: dict[str, Any], rate: str) -> None:
    assert calculated("raroc", {**RAROC, **change})["risk_based_rate_percent"] == rate


@pytest.mark.parametrize("change", [{}, {"vat_percent": "6"}, {"expected_loss": "break_even"}, {"tax_percent": "0"}])
def test_raroc_at_the_risk_based_rate_is_the_hurdle(change: dict[str, Any]) -> None:
    rate = calculated("raroc", {**RAROC, **change})["risk_based_rate_percent"]
    found = calculated("raroc", {**RAROC, **change, "annual_rate_percent": rate})
    assert abs(D(found["raroc_percent"]) - 12) < D("0.00002")  # the rate itself has six places


def test_a_rate_below_the_floor_or_below_its_risk_needs_the_next_authority() -> None:
    granted = {
        offered: calculated("price", example("price", offered_rate_percent=offered))["authority"]
        for offered in ("3.19", "4.71", "4.72")
    }
    assert granted == {"3.19": "senior_approver", "4.71": "senior_approver", "4.72": "approver"}


def test_the_benchmark_is_that_of_the_day_that_is_asked_about() -> None:
    assert calculated("price", example("price", on="2019-08-20"))["benchmark_percent"] == "4.25"
    assert calculated("price", example("price", on="2025-05-19"))["benchmark_percent"] == "3.10"


@pytest.mark.parametrize("day", ["2019-08-19", "2000-01-01", "0001-01-01"])
def test_before_the_first_benchmark_a_price_is_refused_by_its_day(day: str) -> None:
    assert wrong("price", example("price", on=day)) == {("on", "benchmark_known")}
    assert wrong("score", example("score", on=day)) == {("on", "in_force")}
    assert wrong("price", example("price"), on=date.fromisoformat(day)) == {("on", "benchmark_known")}


def test_contagion_and_observation_of_a_class() -> None:
    debtor = {"retail": False, "non_performing": yuan(11), "claims": yuan(100)}
    assert calculated("classification", {"debtor": debtor})["floors"] == {"contagion": "substandard"}
    assert calculated("classification", {"debtor": {**debtor, "enhanced": True}})["classification"] == "normal"
    back = {"of": "non_performing", "started_on": "2026-01-31", "repayment_period_months": 1}
    assert calculated("classification", {"observation": back})["observation_ends_on"] == "2026-07-31"
    better = calculated("classification", {"days_past_due": 95, "proposed_class": "special_mention"})
    worse = calculated("classification", {"days_past_due": 95, "proposed_class": "loss"})
    assert (better["proposed_needs_approval"], worse["proposed_needs_approval"]) == (True, False)


def test_the_supervisor_requires_the_higher_measure_of_a_book() -> None:
    book = {"loans": yuan(1000), "non_performing": yuan(20), "held": yuan(26)}
    found = calculated("provision", {"book": book})["book"]
    assert (found["required"], found["shortfall"], found["coverage_percent"]) == (yuan(30), yuan(4), "130.000000")
    eased = calculated("provision", {"book": {**book, "coverage_percent": "120", "loan_provision_percent": "1.5"}})
    assert eased["book"]["required"] == yuan(24)


def test_interest_is_income_by_either_regime() -> None:
    late = {
        "days_past_due": 91,
        "accrued_interest": yuan(125),
        "carrying_amount": yuan(1000),
        "allowance": yuan(400),
        "stage": 3,
    }
    new, old = (
        calculated("provision", {"interest": {**late, "regime": regime}})["interest"]
        for regime in ("cas_22", "non_accrual")
    )
    assert (new["accrues"], new["earning_base"]) == (True, yuan(600))
    assert (old["accrues"], old["reversed_income"], old["off_balance"]) == (False, yuan(125), yuan(125))
    day_90 = calculated("provision", {"interest": {**late, "days_past_due": 90, "regime": "non_accrual"}})
    assert day_90["interest"]["accrues"] is True


def test_what_is_undrawn_is_lost_with_its_conversion_factor_and_the_stage_books() -> None:
    loan = {"years": [{"exposure": yuan(100), "pd_percent": "10"}, {"exposure": yuan(50), "pd_percent": "10"}]}
    terms = {"lgd_percent": "50", "undrawn": yuan(100), "conversion_percent": "20"}
    first, second = (calculated("ecl", {**loan, **terms, "days_past_due": days}) for days in (30, 31))
    assert (first["stage"], first["booked"], first["lifetime"]) == (1, yuan("6.00"), yuan("9.50"))
    assert (second["stage"], second["booked"]) == (2, yuan("9.50"))
    assert calculated("ecl", {**loan, **terms, "days_past_due": 31, "presumption_rebutted": True})["stage"] == 1


def applicant(path: str, value: Any) -> dict[str, Any]:
    """The example of a score with one line of its applicant changed."""
    request = example("score")
    place: Any = request["applicant"]
    *parents, last = path.split(".")
    for name in parents:
        place = place[name]
    place[last] = value
    return request


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("company.latest.total_assets", yuan("11000001.01"), "balances"),  # a fen more than the tolerance
        ("company.latest.inventory", yuan(-1), "not_negative"),
        ("company.latest.current_assets", yuan(6_000_000), "covers_its_parts"),
        ("company.latest.operating_profit", yuan(20_000_001), "margin"),
        ("company.latest.year", 2027, "not_future"),
        ("company.latest.year", 2023, "recent"),
        ("company.previous.year", 2023, "consecutive"),
        ("company.industry", "unicorns", "listed"),
        ("company.largest_customer_share_percent", "100.1", "share"),
        ("company.years_in_business", -1, "not_negative"),
        ("bureau.court_cases_open", -1, "not_negative"),
        ("requested_amount", yuan(0), "positive"),
        ("requested_amount", yuan(5, "USD"), "one_currency"),
        ("collateral", [{"collateral_class": "unicorns", "value": yuan(1), "prior_liens": yuan(0)}], "listed"),
    ],
)
def test_an_applicants_line_that_cannot_be_true_is_named_with_its_rule(path: str, value: Any, rule: str) -> None:
    where = f"applicant.{path}" if path != "collateral" else "applicant.collateral.0.collateral_class"
    assert (where, rule) in wrong("score", applicant(path, value))


def test_a_balance_sheet_may_be_a_yuan_apart() -> None:
    assert (
        calculated("score", applicant("company.latest.equity", yuan("6500001.00")))["applicant"]["outcome"] == "approve"
    )


def test_an_applicants_score_is_the_decision_that_the_bank_would_make() -> None:
    found = calculated("score", example("score"))["applicant"]
    assert (found["score"]["grade"], found["outcome"], found["missing"]) == ("R2", "approve", [])
    assert found["model_version"].startswith("company-2026.1+")


def test_the_industries_are_those_that_applications_know() -> None:
    from services.application.domain import code_lists  # noqa: PLC0415  (the one place that may compare them)

    assert set(code_lists.INDUSTRIES) == INDUSTRIES


DEBTOR = {"retail": True, "non_performing": yuan(2), "claims": yuan(1)}
ENDLESS = {"of": "restructured", "started_on": "9999-12-31", "repayment_period_months": 1}
UNICORN = {"collateral_class": "unicorns", "value": yuan(1)}
FLOATING = {"asset_class": "normal", "balance": yuan(1), "float_percent": "5"}
NO_LOSS = {"capital": {"method": "internal_ratings"}, "lgd_percent": "0"}
LIGHT = {"points": 1, "weight_percent": 99}
BAD_BOOK = {"loans": yuan(1), "non_performing": yuan(2), "held": yuan(0)}
NEED = "working-capital-need"


@pytest.mark.parametrize(
    ("name", "change", "field", "rule"),
    [
        (NEED, {"revenue": {"amount": "NaN"}}, "revenue", "value_error"),
        (NEED, {"other_channels": yuan(1, "EUR")}, "other_channels", "one_currency"),
        (NEED, {"closing": None}, "opening", "one_of"),
        (NEED, {"cost_of_sales": None}, "cost_of_sales", "missing"),
        (NEED, {"own_funds": None}, "own_funds", "one_of"),
        (NEED, {"own_funds": None, "own_funds_by": {"method": "free_cash"}}, "own_funds_by.cash", "missing"),
        ("sales-limit", {"ratio_percent": None, "grade": "R0"}, "grade", "enum"),
        ("collateral-limit", {"collateral": [UNICORN]}, "collateral.0.collateral_class", "enum"),
        ("limit", {"candidates": [], "collateral": []}, "candidates", "missing"),
        ("score", {"applicant": None, "value": "1", "bands": [{"from_value": "0"}]}, "bands", "no_gap"),
        ("score", {"applicant": None, "sub_scores": [LIGHT]}, "sub_scores", "weights_are_whole"),
        ("score", {"logit": "1"}, "body", "value_error"),
        ("price", {"offered_rate_percent": "Infinity"}, "offered_rate_percent", "finite_number"),
        ("raroc", {"capital": {"method": "given"}}, "capital.percent", "missing"),
        ("raroc", NO_LOSS, "lgd_percent", "needs_capital"),
        ("classification", {"debtor": DEBTOR}, "debtor.non_performing", "part_of_claims"),
        ("classification", {"observation": ENDLESS}, "observation.started_on", "calendar"),
        ("provision", {"loans": [FLOATING]}, "loans.0.float_percent", "class_may_not_float"),
        ("provision", {"book": BAD_BOOK}, "book.non_performing", "part_of_loans"),
        ("ecl", {"days_past_due": -1}, "days_past_due", "greater_than_equal"),
    ],
)
def test_bad_input_is_refused_by_line_and_rule(name: str, change: dict[str, Any], field: str, rule: str) -> None:
    assert (field, rule) in wrong(name, example(name, **change))


@pytest.mark.slow  # some thousand requests
@pytest.mark.parametrize("name", OF_RISK)
def test_no_value_in_any_place_breaks_a_calculator(name: str) -> None:
    """It is answered, or refused by line and rule; nothing else ever happens."""
    assert strange_answers(lambda request: calculated(name, request), example(name)) == {422}
