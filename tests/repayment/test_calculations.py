"""The calculators of repayment: worked figures, every choice once, and what they refuse by field and rule."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.repayment import registry
from services.repayment.calculations.catalogue import CALCULATORS
from shared.problem_details import Problem
from tests.repayment.calculating import calculated, example_of
from tests.shared.strange import strange_answers


def yuan(amount: Any, currency: str = "CNY") -> dict[str, str]:
    return {"amount": f"{Decimal(amount):.2f}", "currency": currency}


def example(name: str, **changes: Any) -> dict[str, Any]:
    return {**deepcopy(example_of(name)), **changes}


def wrong(name: str, request: Any) -> set[tuple[str, str]]:
    with pytest.raises(Problem) as refused:
        calculated(name, request)
    assert refused.value.status == 422
    return {(error.field, error.rule) for error in refused.value.errors}


def terms(**changes: Any) -> dict[str, Any]:
    return {
        **example("schedule", principal=yuan(120_000), annual_rate_percent="6", disbursed_on="2026-01-15"),
        **changes,
    }


def rows(**changes: Any) -> list[tuple[str, str, str]]:
    """Due date, principal and interest of each row."""
    answer = calculated("schedule", terms(**changes))
    return [(row["due_on"], row["principal"]["amount"], row["interest"]["amount"]) for row in answer["items"]]


# --- schedules ----------------------------------------------------------------------------------------


def test_equal_principal_pays_a_share_and_interest_on_the_rest() -> None:
    found = rows(repayment_method="equal_principal", term_months=3)
    assert [one[1:] for one in found] == [("40000.00", "600.00"), ("40000.00", "400.00"), ("40000.00", "200.00")]


def test_flat_interest_is_on_what_was_lent_and_shows_its_true_cost() -> None:
    answer = calculated("schedule", terms(repayment_method="flat"))
    assert {row["interest"]["amount"] for row in answer["items"]} == {"600.00"}
    # 12 instalments of 10,600 for 120,000: IRR 0.9080 % a month, 10.90 % nominal against 6 % flat
    assert answer["nominal_rate_percent"].startswith("10.89")


def test_interest_is_settled_on_the_20th_and_paid_on_the_21st() -> None:
    assert rows(repayment_method="interest_quarterly", term_months=6, day_count="ACT/360") == [
        ("2026-03-21", "0.00", "1300.00"),  # 65 days, the 20th counts
        ("2026-06-21", "0.00", "1840.00"),  # 92
        ("2026-07-15", "120000.00", "480.00"),  # 24: the day of repayment does not count
    ]
    assert [one[0] for one in rows(repayment_method="interest_monthly", term_months=2)] == [
        "2026-01-21", "2026-02-21", "2026-03-15",
    ]  # fmt: skip


def test_one_payment_has_whole_months_of_interest() -> None:
    assert rows(repayment_method="one_payment", term_months=6) == [("2026-07-15", "120000.00", "3600.00")]


def test_a_broken_first_period_bears_its_own_days_and_the_others_follow_its_anchor() -> None:
    found = rows(repayment_method="interest_only", term_months=3, first_due_on="2026-01-31")
    assert found == [
        ("2026-01-31", "0.00", "320.00"),  # 16 days of 20 yuan
        ("2026-02-28", "0.00", "600.00"),
        ("2026-03-31", "120000.00", "600.00"),
    ]


def test_a_free_plan_repays_as_planned() -> None:
    plan = [{"on": "2026-03-15", "principal": yuan(20_000)}, {"on": "2026-12-15", "principal": yuan(100_000)}]
    assert rows(repayment_method="free", term_months=None, plan=plan) == [
        ("2026-03-15", "20000.00", "1200.00"),  # two months on 120,000
        ("2026-12-15", "100000.00", "4500.00"),  # nine months on 100,000
    ]


def test_a_grace_on_interest_lets_it_fall_due_together() -> None:
    grace = {"interest_periods": 2}
    held = rows(repayment_method="equal_principal", term_months=4, grace=grace)
    assert [one[2] for one in held] == ["0.00", "0.00", "1350.00", "150.00"]  # 600 + 450 + 300
    repays = rows(term_months=4, grace={**grace, "held_interest": "instalment_repays"})
    level = rows(term_months=4)
    assert Decimal(repays[0][1]) == Decimal(level[0][1]) + 600


def test_a_due_date_on_a_holiday_moves_to_the_next_working_day() -> None:
    late = terms(repayment_method="interest_only", term_months=2, disbursed_on="2026-09-03", day_count="ACT/360")
    shift = {"shift": "following", "calendar": "cn_2026_1"}
    plain = calculated("schedule", {**late, "due_dates": shift})
    assert [row["due_on"] for row in plain["items"]] == ["2026-10-08", "2026-11-03"]  # the week of 1 October
    assert [row["interest"]["amount"] for row in plain["items"]] == ["600.00", "620.00"]
    assert plain["calendar"] == "cn_2026_1"
    paid = calculated("schedule", {**late, "due_dates": {**shift, "interest_for_shift": True}})
    assert [row["interest"]["amount"] for row in paid["items"]] == ["700.00", "520.00"]


def test_a_make_up_saturday_is_worked_and_a_calendar_may_be_ones_own() -> None:
    saturday = terms(repayment_method="interest_only", term_months=1, disbursed_on="2026-09-10")
    kept = calculated("schedule", {**saturday, "due_dates": {"shift": "following"}})
    assert kept["items"][0]["due_on"] == "2026-10-10"
    own = {"version": "branch", "holidays": ["2026-10-12"]}
    moved = calculated("schedule", {**saturday, "due_dates": {"shift": "following", "calendar": own}})
    assert moved["items"][0]["due_on"] == "2026-10-13"
    back = calculated("schedule", {**saturday, "due_dates": {"shift": "preceding", "calendar": own}})
    assert back["items"][0]["due_on"] == "2026-10-09"


def test_a_fee_makes_a_loan_dearer_and_a_loan_without_one_costs_its_rate() -> None:
    free = calculated("schedule", terms())
    assert free["nominal_rate_percent"][:5] in {"5.999", "6.000"}  # the fen of twelve instalments
    dear = calculated("schedule", terms(fees=[{"name": "arrangement", "amount": yuan(1200)}]))
    assert (dear["nominal_rate_percent"][:4], dear["total_fees"]) == ("7.88", yuan(1200))
    assert Decimal(dear["effective_rate_percent"]) > Decimal(dear["nominal_rate_percent"])


def test_instalments_of_a_whole_ten_yuan_leave_the_residue_to_the_last() -> None:
    found = rows(rounding={"instalment_unit": yuan(10), "instalment_mode": "up"}, term_months=3)
    totals = [Decimal(principal) + Decimal(interest) for _, principal, interest in found]
    assert totals == [Decimal("40410.00"), Decimal("40410.00"), Decimal("40381.85")]


def test_the_residue_of_equal_portions_may_be_in_the_first_row() -> None:
    found = rows(
        principal=yuan(100), repayment_method="equal_principal", term_months=3, rounding={"residue_in": "first"}
    )
    assert [one[1] for one in found] == ["33.34", "33.33", "33.33"]


# --- interest, penalty, pay-off, allocation -------------------------------------------------------------


def test_a_floating_rate_changes_on_its_reset_days_only() -> None:
    floating = {
        "lpr": [{"from_on": "2025-05-20", "percent": "3.00"}, {"from_on": "2025-11-20", "percent": "2.90"}],
        "spread_bps": "100",
        "reset": "january",
        "priced_on": "2025-10-01",
    }
    asked = {
        "movements": [{"on": "2025-12-22", "drawn": yuan(360_000)}],
        "start_on": "2025-12-22",
        "end_on": "2026-01-11",
        "floating": floating,
    }
    found = calculated("interest", asked)
    assert [(one["from_on"], one["percent"]) for one in found["rates"]] == [
        ("2025-10-01", "4.00"),
        ("2026-01-01", "3.90"),
    ]
    assert found["total_interest"] == yuan(790)  # 10 days of 40 yuan, 10 of 39


@pytest.mark.parametrize(
    ("reset", "days"),
    [
        ("none", []),
        ("anniversary", ["2026-08-31", "2027-08-31"]),
        ("january", ["2026-01-01", "2027-01-01"]),
        ("quarterly", ["2025-11-30", "2026-02-28", "2026-05-31"]),
        ("monthly", ["2025-09-30", "2025-10-31", "2025-11-30"]),
        ("calendar_quarter", ["2025-10-01", "2026-01-01", "2026-04-01"]),
        ("calendar_month", ["2025-09-01", "2025-10-01", "2025-11-01"]),
    ],
)
def test_the_reset_days_of_a_loan_priced_on_a_last_of_august(reset: str, days: list[str]) -> None:
    floating = {"lpr": [{"from_on": "2025-08-20", "percent": "3"}], "reset": reset, "priced_on": "2025-08-31"}
    asked = {
        "movements": [{"on": "2025-08-31", "drawn": yuan(1)}],
        "start_on": "2025-08-31",
        "end_on": "2027-12-31",
        "floating": floating,
    }
    assert [one["from_on"] for one in calculated("interest", asked)["rates"]][1 : len(days) + 1] == days


def test_misuse_and_overdue_at_once_bear_the_heavier_only_and_each_alone_its_own() -> None:
    found = calculated(
        "penalty",
        {
            "amount": yuan(360_000),
            "misused_from": "2026-03-01",
            "overdue_from": "2026-03-11",
            "annual_rate_percent": "10",
            "misuse_uplift_percent": "60",
            "overdue_uplift_percent": "50",
            "until": "2026-03-21",
        },
    )
    assert (found["rate_percent"], found["penalty_interest"]) == ("16.0000", yuan(3200))  # 20 days of 160
    late = example("penalty", amount=yuan(360_000), annual_rate_percent="10", payments=[], until="2026-07-25")
    assert calculated("penalty", late)["penalty_interest"] == yuan(1500)


def test_unpaid_interest_compounds_at_the_penalty_rate_or_the_contracts_until_maturity() -> None:
    asked = {
        "annual_rate_percent": "10",
        "unpaid_interest": [{"amount": yuan(3600), "due_on": "2026-03-01"}],
        "until": "2026-03-31",
    }
    assert calculated("penalty", asked)["compound_interest"] == yuan(45)  # 30 days of 1.50
    mixed = {**asked, "compound_bears": "contract", "matures_on": "2026-03-11"}
    assert calculated("penalty", mixed)["compound_interest"] == yuan(40)  # 10 of 1.00, 20 of 1.50


def test_a_payoff_is_for_the_real_days_and_less_what_is_held() -> None:
    found = calculated("payoff", example("payoff", credit=yuan(30), penalty=yuan("1.50")))
    # 80,000 x 4.35 % x 14 / 360 = 135.33
    assert (found["interest"], found["total"]) == (yuan("135.33"), yuan("80106.83"))


def test_an_order_may_follow_the_class_and_an_instalment_may_be_paid_whole() -> None:
    debts = [
        {"component": "interest", "amount": yuan(10), "due_on": "2026-01-15", "installment_no": 1},
        {"component": "principal", "amount": yuan(100), "due_on": "2026-01-15", "installment_no": 1},
        {"component": "interest", "amount": yuan(10), "due_on": "2026-02-15", "installment_no": 2},
    ]
    asked = {"payment": yuan(30), "debts": debts}
    assert calculated("allocation", asked)["by_component"]["interest"] == yuan(20)
    assert calculated("allocation", {**asked, "asset_class": "doubtful"})["by_component"]["principal"] == yuan(30)
    assert calculated("allocation", {**asked, "across": "installment"})["by_component"]["interest"] == yuan(10)


def test_equal_claims_share_by_amount_and_the_named_one_is_first() -> None:
    claims = [
        {"name": name, "due_on": "2026-01-01", "owed": yuan(owed)} for name, owed in (("a", 100), ("b", 200), ("c", 50))
    ]
    asked = {"payment": yuan(100), "claims": claims}
    shares = {one["name"]: one["amount"]["amount"] for one in calculated("allocation", asked)["claims"]}
    assert shares == {"a": "28.57", "b": "57.14", "c": "14.29"}
    named = calculated("allocation", {**asked, "named": ["b"]})["claims"]
    assert [one["amount"]["amount"] for one in named] == ["0.00", "100.00", "0.00"]


def test_the_calendar_that_ships_knows_its_years() -> None:
    calendar = registry.calendars()["cn_2026_1"]
    assert not calendar.works(date(2026, 2, 17))
    assert calendar.works(date(2026, 2, 14))  # a Saturday before the festival
    assert len(calendar.holidays) == 89
    assert all(day.weekday() >= 5 for day in calendar.make_up_days)


# --- bad input ------------------------------------------------------------------------------------------

IMPOSSIBLE = "impossible"
BACK = {"movements": [{"on": "2026-01-15", "drawn": yuan(1)}, {"on": "2026-02-15", "repaid": yuan(2)}]}


@pytest.mark.parametrize(
    ("name", "change", "field", "rule"),
    [
        ("schedule", {"term_months": None}, "term_months", "one_of"),
        ("schedule", {"number_of_instalments": 12}, "term_months", "one_of"),
        ("schedule", {"every": {"count": 5}}, "term_months", "multiple_of"),
        ("schedule", {"every": {"count": 1, "unit": "weeks"}}, "number_of_instalments", "missing"),
        ("schedule", {"term_months": None, "instalment": yuan(100)}, "instalment", "impossible"),
        ("schedule", {"instalment": yuan(100, "EUR"), "term_months": None}, "instalment", "one_currency"),
        ("schedule", {"first_due_on": "2026-03-02"}, "first_due_on", "impossible"),
        ("schedule", {"further_drawdowns": [{"on": "2030-01-01", "amount": yuan(1)}]}, "further_drawdowns", IMPOSSIBLE),
        ("schedule", {"grace": {"principal_periods": 12}}, "grace", "impossible"),
        ("schedule", {"rounding": {"residue_in": "first"}}, "rounding.residue_in", "impossible"),
        ("schedule", {"due_dates": {"calendar": "mars"}}, "due_dates.calendar", "enum"),
        ("schedule", {"repayment_method": "free"}, "plan", "missing"),
        ("schedule", {"day_count": "ACT/ACT"}, "day_count", "literal_error"),
        ("interest", {"end_on": "2026-01-15"}, "end_on", "after_start"),
        ("interest", {"annual_rate_percent": None}, "annual_rate_percent", "one_of"),
        ("interest", BACK, "movements", "impossible"),
        ("interest", {"movements": [{"on": "2026-01-15"}]}, "movements.0", "one_of"),
        ("penalty", {"overdue_uplift_percent": "50.01"}, "overdue_uplift_percent", "lawful_uplift"),
        ("penalty", {"penalty_rate_percent": "6"}, "annual_rate_percent", "one_of"),
        ("penalty", {"payments": [{"on": "2026-07-20", "amount": yuan(2_000_000)}]}, "payments", "impossible"),
        ("payoff", {"paid_on": "2026-04-01"}, "paid_on", "impossible"),
        ("payoff", {"credit": yuan(1, "USD")}, "credit", "one_currency"),
        ("allocation", {"order": ["interest"]}, "order", "each_once"),
        ("allocation", {"debts": []}, "debts", "one_of"),
        ("day-count", {"end_on": "2023-01-01"}, "end_on", "after_start"),
        ("effective-rate", {"count": None}, "payments", "one_of"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_field_and_rule(name: str, change: dict[str, Any], field: str, rule: str) -> None:
    assert (field, rule) in wrong(name, example(name, **change))


FULL: dict[str, dict[str, Any]] = {
    "schedule": terms(
        first_due_on="2026-02-20",
        due_day=20,
        further_drawdowns=[{"on": "2026-03-01", "amount": yuan(1000)}],
        grace={"principal_periods": 2, "interest_periods": 1, "interest_free_periods": 1},
        rounding={"instalment_unit": yuan(1), "smoothing": True, "carry": False, "period_rate_places": 9},
        due_dates={"shift": "modified_following", "calendar": {"version": "x", "holidays": ["2026-03-20"]}},
        fees=[{"name": "fee", "amount": yuan(100), "on": "2026-02-20"}],
    ),
    "allocation": {
        "payment": yuan(9),
        "claims": [{"name": "a", "due_on": "2026-01-01", "owed": yuan(5)}],
        "named": ["a"],
    },
    "penalty": example(
        "penalty",
        misused_from="2026-07-20",
        unpaid_interest=[{"amount": yuan(5), "due_on": "2026-07-15", "payments": []}],
    ),
}


@pytest.mark.slow  # some thousand requests
@pytest.mark.parametrize("name", CALCULATORS)
def test_no_value_in_any_place_breaks_a_calculator(name: str) -> None:
    """It is answered, or refused by field and rule; nothing else ever happens."""
    assert strange_answers(lambda request: calculated(name, request), example(name)) == {422}
    assert strange_answers(lambda request: calculated(name, request), FULL.get(name, example(name))) == {422}
