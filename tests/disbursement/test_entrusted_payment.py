"""Who must be paid by the bank itself: one row per case, the comment names the border."""

from typing import Any

import pytest

from services.disbursement.domain.entrusted_payment import entrusted_because
from shared.money import Money

COMPANY: dict[str, Any] = {"segment": "company", "new_relation": False, "average_credit": False}
PERSON: dict[str, Any] = {"segment": "person", "new_relation": False, "average_credit": False}
KNOWN: dict[str, Any] = {"payee_known": True}
UNKNOWN: dict[str, Any] = {"payee_known": False}
TRADE: dict[str, Any] = {"business_use": True}
CONSUMPTION: dict[str, Any] = {"business_use": False}
NEW: dict[str, Any] = {"new_relation": True}
AVERAGE: dict[str, Any] = {"average_credit": True}


@pytest.mark.parametrize(
    ("amount", "case", "because"),
    [
        ("10000000.00", COMPANY | KNOWN, None),  # the border itself is not above it
        ("10000000.01", COMPANY | KNOWN, "single_payment_above_border"),  # one fen above
        ("10000000.01", COMPANY | UNKNOWN, None),  # many payees are to come: none single payment
        ("0.01", COMPANY | KNOWN | NEW | AVERAGE, "new_relation_average_credit"),  # whatever the amount
        ("0.01", COMPANY | UNKNOWN | NEW | AVERAGE, "new_relation_average_credit"),  # and whoever is paid
        ("0.01", COMPANY | KNOWN | NEW, None),  # a new relation alone is not enough
        ("0.01", COMPANY | KNOWN | AVERAGE, None),  # nor average credit alone
        ("300000.00", PERSON | UNKNOWN, None),  # a person without a fixed payee: the border
        ("300000.01", PERSON | UNKNOWN, "person"),  # one fen above
        ("0.01", PERSON | KNOWN, "person"),  # a person with a fixed payee: the rule itself
        ("500000.00", PERSON | KNOWN | TRADE, None),  # a person's trade: the border
        ("500000.01", PERSON | KNOWN | TRADE, "person"),  # one fen above
        ("500000.00", PERSON | UNKNOWN | TRADE, None),  # a person's trade without a fixed payee
    ],
)
def test_entrusted_payment_is_required(amount: str, case: dict[str, Any], because: str | None) -> None:
    assert entrusted_because(Money.of(amount), **CONSUMPTION | case) == because


def test_an_amount_in_another_currency_counts_as_above_the_borders() -> None:
    dollars = Money.of("1", "USD")
    assert entrusted_because(dollars, **COMPANY | KNOWN | CONSUMPTION) == "single_payment_above_border"
    assert entrusted_because(dollars, **PERSON | UNKNOWN | TRADE) == "person"
