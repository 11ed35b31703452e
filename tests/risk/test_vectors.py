"""Published and derived figures of risk, read from the folder that LIUDAI_VECTORS names: a test per file.

Every expected figure of a row is compared, within the row's tolerance. A row whose convention the bank does not follow
is listed here with the rule that differs, and reported by it.
"""

from decimal import Decimal

import pytest

from services.risk.domain.knock_outs import fires
from tests.risk.builders import rulebook
from tests.risk.vector_adapters import ADAPTERS, BANDS, BELOW_PUBLISHED, LEVELS, collateral
from tests.shared.vectors import Row, holds, published

pytestmark = pytest.mark.vectors
D = Decimal

OTHERS = {
    "entrusted_payment": "disbursement decides how money is paid",
    "extension": "repayment bounds extensions",
    "allocation": "repayment allocates what is received",
    "maker_checker": "persons act in the other services",
    "ageing_bucket": "collection keeps ageing buckets",
    "days_past_due": "repayment counts days past due",
}


def differs(row: Row) -> str | None:
    """The rule that differs, where a source's convention is not followed."""
    for name, published_from in BELOW_PUBLISHED.items():
        if name in row["inputs"] and D(str(row["inputs"][name])) < published_from:
            return f"the source gives no points for {name} below {published_from}"
    indicator = row["inputs"].get("indicator")
    if indicator is not None and indicator not in {*LEVELS, *BANDS}:
        return f"no table of ours scores {indicator} of the template"
    level = str(row["inputs"].get("value", "")).lower()
    if level not in LEVELS.get(str(row["inputs"].get("indicator")), {level: 0}):
        return f"for {level} the source takes points off at discretion; no table of ours has points below nil"
    return None


@pytest.mark.parametrize("row", published(("working_capital_need",)))
def test_working_capital_need(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("limits",)))
def test_limits(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize(
    "row", published(("frappe_lending",), concerns=lambda row: row["category"] == "collateral_shortfall")
)
def test_collateral_shortfall(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("pricing_raroc",)))
def test_pricing_and_raroc(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("scoring",), out_of_scope=differs))
def test_scoring(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("risk_classification_cn",)))
def test_risk_classification(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("provision_ecl",)))
def test_provision_and_expected_credit_loss(row: Row) -> None:
    holds(row, ADAPTERS)


@pytest.mark.parametrize("row", published(("limits",), concerns=lambda row: "rates" in row["inputs"]))
def test_the_haircuts_that_ship_are_the_published_ones(row: Row) -> None:
    shipped = rulebook().collateral.rates
    assert {name: shipped.get(name) for name in row["inputs"]["rates"]} == {
        name: D(rate) for name, rate in row["inputs"]["rates"].items()
    }
    assert collateral(row["inputs"])["total"] is not None


@pytest.mark.parametrize("row", published(("decisions_cn",), out_of_scope=lambda row: OTHERS.get(row["category"])))
def test_decisions(row: Row) -> None:
    """Uses and terms that knock-out rules judge. Above three years is referred: a person confirms the recovery."""
    given, rules = row["inputs"], rulebook().knock_outs.rules
    if row["category"] == "use_of_funds":
        [rule] = [one for one in rules if one.feature == "purpose"]
        assert fires(rule, given["use"]) is not row["expected"]["accepted"]
    else:
        assert row["category"] == "term_limit", f"no rule answers {row['category']}"
        by_result = {one.result: one for one in rules if one.feature == "term_months"}
        rule = by_result["decline" if given["long_cash_recovery"] else "refer"]
        assert fires(rule, D(given["term_months"])) is not row["expected"]["accepted"]
