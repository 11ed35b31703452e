"""Published and derived figures of repayment, read from the folder that LIUDAI_VECTORS names: a test per file.

Every expected figure of a row is compared, tier A to the last digit. A row that another service answers, or whose rule
the bank does not follow, is listed here with the reason, and reported by it.
"""

import pytest

from tests.repayment.lifecycle import COURSES, NOWHERE, compare, parted
from tests.repayment.vector_adapters import ADAPTERS, refused
from tests.shared.vectors import Row, holds, published

pytestmark = pytest.mark.vectors

OTHERS = {
    "entrusted_payment": "disbursement decides how money is paid",
    "use_of_funds": "risk's knock-out rules judge the use",
    "term_limit": "risk's knock-out rules judge the term",
    "maker_checker": "persons act in the other services",
    "ageing_bucket": "collection keeps ageing buckets",
    "collateral_shortfall": "risk values collateral",
}
UNROUNDED = "interest_unrounded"
"""The source's own figure before its rounding: nothing that is lent or shown."""


def other(row: Row) -> str | None:
    """The service that answers."""
    return OTHERS.get(row["category"])


@pytest.mark.parametrize("row", published(("fineract_schedules",)))
def test_schedules(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("fineract_schedules_special",)))
def test_schedules_of_other_methods(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("fineract_emi_unit",)))
def test_rows_with_drawdowns_and_grace(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("capsens_loan_creator",)))
def test_schedules_that_carry_what_rounding_leaves(row: Row) -> None:
    periods = [{name: value for name, value in one.items() if name != UNROUNDED} for one in row["expected"]["periods"]]
    holds({**row, "expected": {**row["expected"], "periods": periods}}, ADAPTERS)


@pytest.mark.parametrize("row", published(("amortization_py",)))
def test_instalments_and_their_number(row: Row) -> None:
    if row["category"] != "input_validation":
        holds(row, ADAPTERS)
        return
    found = refused(row["inputs"])
    assert found["rejected"] is row["expected"]["rejected"]
    reason = row["expected"]["reason"]
    assert any(word in reason for field in found["fields"] for word in field.split("_")), (found["fields"], reason)


@pytest.mark.parametrize("row", published(("frappe_lending",), out_of_scope=other))
def test_figures_of_a_lending_system(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("fineract_functions",)))
def test_payoffs_and_recalculation(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("fineract_wc_eir",)))
def test_effective_interest(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("day_count",)))
def test_day_counts(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("interest_cn",)))
def test_interest(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("penalty_cn",)))
def test_penalty(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("decisions_cn",), out_of_scope=other))
def test_decisions(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("fineract_lifecycle",), out_of_scope=parted))
def test_lives_of_loans_as_far_as_this_banks_rules_go(row: Row) -> None:
    assert row["id"] in COURSES, "say how far this scenario goes here, and by which rule it parts"
    assert compare(row) > 0


def test_each_life_that_parts_says_by_which_rule() -> None:
    reasons = [course.parts for course in COURSES.values() if course.parts]
    assert all(len(reason.split()) > 8 for reason in reasons)
    assert sum(course.until != NOWHERE for course in COURSES.values()) == 10
