"""Loan products: effective-dated versions, and terms that the rules allow."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from services.application.domain.loan_product import (
    PRODUCTS,
    AllocationTerms,
    LoanProduct,
    is_lawful_overdue_uplift,
    product_on,
    product_version,
    products_on,
    suited_product,
    term_months_max,
)
from shared.messages import Rejected
from tests.application.builders import TODAY, yuan

WC_TERM, MICRO, PERSONAL, SMALL_FIRM, SUPPLY_CHAIN = products_on(TODAY)


def product(**other: Any) -> LoanProduct:
    return LoanProduct(**(dict(MICRO) | other))


def test_a_product_is_in_force_from_its_first_day_until_the_day_before_its_end() -> None:
    first = product(effective_until=date(2026, 4, 1))
    second = product(version=2, effective_from=date(2026, 4, 1), amount_max=yuan(5_000_000))
    both = (first, second)
    assert product_on("micro-fast", date(2026, 3, 31), both) == first
    assert product_on("micro-fast", date(2026, 4, 1), both) == second
    assert products_on(date(2019, 12, 31), both) == []
    with pytest.raises(Rejected, match="product_not_offered"):
        product_on("micro-fast", date(2019, 12, 31), both)


def test_an_application_keeps_the_version_under_which_it_was_made() -> None:
    ended = product(effective_until=date(2026, 4, 1))
    assert product_version("micro-fast", 1, (product(version=2), ended)) == ended


def test_no_two_versions_of_a_product_are_in_force_together() -> None:
    for one in PRODUCTS:
        others = [other for other in PRODUCTS if other.code == one.code and other is not one]
        assert not any(other.is_effective(one.effective_from) for other in others)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"penalty_uplift_percent": Decimal("29.99")}, "30 to 50"),
        ({"penalty_uplift_percent": Decimal("50.01")}, "30 to 50"),
        ({"term_months_max": 37}, "longer than"),
        ({"term_months_max": 61, "long_cash_recovery": True}, "longer than"),
        ({"company_sizes": ("small", "medium")}, "approved by a machine"),
        ({"amount_min": yuan(4_000_000)}, "above its maximum"),
        ({"term_months_min": 0}, "above its maximum"),
        ({"allocation": AllocationTerms(order=("interest", "principal"))}, "names each component once"),
        ({"allocation": AllocationTerms(non_performing_order=("principal",))}, "names each component once"),
    ],
)
def test_terms_outside_the_law_make_no_product(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        product(**wrong)


@pytest.mark.parametrize(("percent", "lawful"), [("29.99", False), ("30", True), ("50", True), ("50.01", False)])
def test_the_overdue_uplift_lies_between_30_and_50_percent(percent: str, lawful: bool) -> None:
    assert is_lawful_overdue_uplift(Decimal(percent)) is lawful


def test_a_term_is_three_years_in_principle_and_five_when_cash_comes_back_slowly() -> None:
    assert term_months_max(long_cash_recovery=False) == 36
    assert term_months_max(long_cash_recovery=True) == 60


@pytest.mark.parametrize(
    ("segment", "size", "amount", "suited"),
    [
        ("person", None, 100_000, PERSONAL),
        ("company", "small", 3_000_000, MICRO),  # as much as it lends
        ("company", "small", 3_000_001, WC_TERM),
        ("company", "large", 10_000, WC_TERM),
        ("small_firm", "micro", 100_000, SMALL_FIRM),
        ("supply_chain", "large", 100_000, SUPPLY_CHAIN),
        ("person", None, 2_000_000, PERSONAL),  # more than any: its own rule refuses
    ],
)
def test_the_narrowest_product_that_lends_the_amount_is_suited(
    segment: Any, size: Any, amount: int, suited: LoanProduct
) -> None:
    assert suited_product(segment, size, yuan(amount), TODAY) == suited


def test_nothing_is_suited_where_nothing_is_offered() -> None:
    with pytest.raises(Rejected, match="product_not_offered"):
        suited_product("person", None, yuan(100_000), date(2019, 12, 31))
