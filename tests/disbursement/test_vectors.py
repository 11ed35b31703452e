"""Published and derived figures that concern disbursement, read from the folder that LIUDAI_VECTORS names."""

import pytest

from services.disbursement.domain.entrusted_payment import entrusted_because
from shared.money import Money
from tests.shared.vectors import Row, holds, published

pytestmark = pytest.mark.vectors


def differs(row: Row) -> str | None:
    """What no rule of ours decides."""
    if "payments" in row["inputs"]:
        return "a drawdown is judged by itself: several payments to one payee within some days are not added up yet"
    return None


def entrusted(given: Row) -> Row:
    because = entrusted_because(
        Money.of(given["single_payment_to_one_payee"]),
        segment="company",
        new_relation=given["new_credit_relation"],
        average_credit=given["credit_standing_average"],
        payee_known=given["payee_known"],
        business_use=True,
    )
    return {"result": "entrusted_required" if because else "self_payment_allowed"}


ADAPTERS = {"entrusted_payment": entrusted}


@pytest.mark.parametrize(
    "row",
    published(("decisions_cn",), concerns=lambda row: row["category"] in ADAPTERS, out_of_scope=differs),
)
def test_how_money_is_paid(row: Row) -> None:
    holds(row, ADAPTERS)
