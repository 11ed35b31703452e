"""Published and derived figures, read from the folder that LIUDAI_VECTORS names; each kind has one adapter."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.repayment.domain.day_count import DAY_COUNTS
from services.repayment.domain.interest import interest_for_days, simple_interest
from services.repayment.domain.penalty import (
    PastDue,
    heavier_uplift_percent,
    is_lawful_uplift,
    penalty_interest,
    penalty_rate_percent,
)
from services.repayment.domain.schedule import equal_instalment, repayment_schedule
from shared.money import Money
from tests.shared.vectors import Row, published

pytestmark = pytest.mark.vectors
FILES = ("fineract_schedules", "day_count", "interest_cn", "penalty_cn", "amortization_py")


def out_of_scope(row: Row) -> str | None:
    """Why a row asks for something that this service does not lend yet; None where it must hold."""
    inputs = row["inputs"]
    match row["category"]:
        case "amortization_schedule":
            if inputs["method"] != "equal_instalment" or inputs["interest_on"] != "outstanding_principal":
                return f"method {inputs['method']} is not lent"
            if inputs["day_count"] not in {"30/360", "ACT/360"}:
                return f"day count {inputs['day_count']} is not lent"
            if inputs["period"] != {"every": 1, "unit": "months"}:
                return "only monthly instalments are lent"
            if inputs["instalment_smoothing"]:
                return "instalments are not smoothed: the residue is in the last row"
        case "revolving" | "lpr_pricing":
            return f"{row['category']} is not lent"
        case "number_of_instalments":
            return "the term is given, never solved for"
        case "input_validation" if "solve" in inputs:
            return "the term is given, never solved for"
    return None


@pytest.mark.parametrize("row", published(FILES, out_of_scope=out_of_scope))
def test_published_figures(row: Row) -> None:
    ADAPTERS[row["category"]](row["inputs"], row["expected"])


def amortization_schedule(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    rows = repayment_schedule(
        principal=Money.of(inputs["principal"]),
        annual_rate_percent=Decimal(inputs["annual_rate_percent"]),
        term_months=inputs["number_of_instalments"],
        method="equal_instalments",
        day_count=inputs["day_count"],
        disbursed_on=date.fromisoformat(inputs["disbursement_date"]),
    )
    got = [
        {
            "n": row.no,
            "from": row.starts_on.isoformat(),
            "due": row.due_on.isoformat(),
            "days": (row.due_on - row.starts_on).days,
            "principal": str(row.principal.amount),
            "interest": str(row.interest.amount),
            "total": str(row.total.amount),
            "balance_after": str((row.balance - row.principal).amount),
        }
        for row in rows
    ]
    assert got == expected["periods"]


def day_count(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    name = "30/360 bond basis" if inputs["day_count"] == "30/360" else inputs["day_count"]
    days = [
        DAY_COUNTS[name].days(date.fromisoformat(case["from"]), date.fromisoformat(case["to"]))
        for case in inputs["cases"]
    ]
    assert days == expected["days"]


def interest_settlement(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    """The settlement periods are taken from the row: this service settles monthly, not on the 20th."""
    principal, rate = Money.of(inputs["principal"]), Decimal(inputs["annual_rate_percent"])
    total = Money(0)
    for period in expected["periods"]:
        start, end = date.fromisoformat(period["from"]), date.fromisoformat(period["to_exclusive"])
        interest = simple_interest(principal, rate, inputs["day_count"], start, end)
        assert str(interest.amount) == period["interest"]
        assert DAY_COUNTS[inputs["day_count"]].days(start, end) == period["days"]
        total += interest
    assert str(total.amount) == expected["total_interest"]


def simple(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    """Whole months and odd days is what 30/360 means here."""
    start, end = date.fromisoformat(inputs["value_date"]), date.fromisoformat(inputs["maturity"])
    principal, rate = Money.of(inputs["principal"]), Decimal(inputs["annual_rate_percent"])
    basis = "30/360" if "months" in inputs.get("basis", "") else inputs["day_count"]
    assert str(simple_interest(principal, rate, basis, start, end).amount) == expected["interest"]
    if basis == "30/360":
        assert DAY_COUNTS[basis].days(start, end) == 30 * expected["months"] + expected["odd_days"]


def instalment_amount(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    """`annual_rate` is a fraction, `annual_rate_percent` a percentage."""
    percent = Decimal(inputs.get("annual_rate_percent") or Decimal(inputs["annual_rate"]) * 100)
    days = 360 // inputs.get("periods_per_year", 12)
    instalment = equal_instalment(Money.of(inputs["principal"]), percent, [days] * inputs["number_of_instalments"])
    assert str(instalment.amount) == expected["instalment"]


def input_validation(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=expected["reason"]):
        repayment_schedule(
            principal=Money.of(inputs["principal"]),
            annual_rate_percent=Decimal(inputs["annual_rate"]) * 100,
            term_months=inputs["number_of_instalments"],
            method="equal_instalments",
            day_count="30/360",
            disbursed_on=date(2026, 1, 1),
        )


def penalty(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    contract = Decimal(inputs["contract_annual_rate_percent"])
    if "overdue_uplift_percent" in inputs:
        uplift = heavier_uplift_percent(
            Decimal(inputs["overdue_uplift_percent"]), Decimal(inputs["misuse_uplift_percent"])
        )
        rate = penalty_rate_percent(contract, uplift)
        assert rate == Decimal(expected["penalty_rate_percent"])
        interest = interest_for_days(Money.of(inputs["principal"]), rate, inputs["days"])
        assert str(interest.amount) == expected["penalty_interest"]
        return
    rate = penalty_rate_percent(contract, Decimal(inputs["uplift_percent"]))
    unpaid, since = Money.of(inputs["overdue_principal"]), date.fromisoformat(inputs.get("due") or inputs["from"])
    due_on, segments = since, []
    payments = inputs.get("payments") or [{"date": inputs["paid_on"], "principal": inputs["overdue_principal"]}]
    for payment in payments:
        until = date.fromisoformat(payment["date"])
        part = PastDue(due_on, unpaid, Money(0))
        segments.append(Money.round(penalty_interest([part], rate, since, until)))
        unpaid, since = unpaid - Money.of(payment["principal"]), until
    assert str(Money.sum(segments).amount) == expected["penalty_interest"]
    if "penalty_interest_by_segment" in expected:
        assert [str(segment.amount) for segment in segments] == expected["penalty_interest_by_segment"]


def penalty_uplift_range(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    assert is_lawful_uplift(inputs["kind"], Decimal(inputs["uplift_percent"])) is expected["accepted"]


ADAPTERS = {
    "amortization_schedule": amortization_schedule,
    "day_count": day_count,
    "interest_settlement": interest_settlement,
    "simple_interest": simple,
    "instalment_amount": instalment_amount,
    "input_validation": input_validation,
    "penalty_interest": penalty,
    "penalty_uplift_range": penalty_uplift_range,
}
