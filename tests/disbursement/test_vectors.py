"""Published and derived figures that concern disbursement, read from the folder that LIUDAI_VECTORS names."""

from datetime import date

import pytest

from services.disbursement.domain.entrusted_payment import entrusted_because
from services.disbursement.domain.splitting import Paid, split_total
from shared.money import Money
from tests.shared.vectors import Row, holds, published

pytestmark = pytest.mark.vectors


def entrusted(given: Row) -> Row:
    if "payments" in given:
        paid = [
            Paid(one["payee"], one["contract"], Money.of(one["amount"]), date.fromisoformat(one["date"]))
            for one in given["payments"]
        ]
        total = split_total(paid, window_days=given["window_days"])
        return {"aggregate": total.amount, "flag": "suspected_splitting"} if total else {"flag": None}
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
    published(("decisions_cn",), concerns=lambda row: row["category"] in ADAPTERS),
)
def test_how_money_is_paid(row: Row) -> None:
    holds(row, ADAPTERS)
