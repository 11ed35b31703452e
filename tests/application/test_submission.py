"""Submitting an application: what is taken in, and which rule refuses what is not."""

import json
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from itertools import chain
from typing import Any

import pytest

from services.application.domain.code_lists import COLLATERAL_CLASSES, INDUSTRIES
from services.application.domain.facts import CollateralFacts, EvidenceFacts
from services.application.domain.loan_application import loan_application
from shared.messages import Rejected
from shared.money import Money
from tests.application.asked import submit, submit_by_person
from tests.application.builders import (
    OFFERED,
    SMALL_FIRM,
    SUPPLIER,
    company_facts,
    declined,
    person_facts,
    small_firm_facts,
    statement,
    submitted,
    submitted_by_person,
    supply_chain_facts,
    yuan,
)
from tests.given import given


def test_a_complete_application_is_taken_in_under_the_terms_in_force() -> None:
    given(loan_application).when(submit()).then(submitted())


def test_a_person_applies_with_his_own_facts() -> None:
    given(loan_application).when(submit_by_person()).then(submitted_by_person())


def test_a_small_firm_applies_without_statements_and_a_supplier_with_its_claims() -> None:
    given(loan_application).when(submit(**SMALL_FIRM)).then(submitted(segment="small_firm", **SMALL_FIRM))
    given(loan_application).when(submit(**SUPPLIER)).then(submitted(segment="supply_chain", **SUPPLIER))


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        (SMALL_FIRM | {"company": company_facts()}, "facts_of_segment", "small_firm"),
        (SMALL_FIRM | {"small_firm": None}, "facts_of_segment", "small_firm"),
        (SMALL_FIRM | {"borrower_segment": "person"}, "product_of_other_segment", "product_code"),
        (SMALL_FIRM | {"small_firm": small_firm_facts(industry="magic")}, "industry_unlisted", "small_firm.industry"),
        (
            SMALL_FIRM | {"small_firm": small_firm_facts(turnover_by_tax=Money.of(1, "USD"))},
            "currency_not_offered",
            "small_firm.turnover_by_tax",
        ),
        (SUPPLIER | {"supply_chain": None}, "facts_of_segment", "supply_chain"),
        (SUPPLIER | {"company": None}, "facts_of_segment", "company"),
        (SUPPLIER | {"term_months": 13}, "term_outside_product", "term_months"),
        (
            SUPPLIER
            | {
                "collateral": (
                    CollateralFacts(collateral_class="receivables", value=yuan(1_000_000), prior_liens=yuan(0)),
                )
            },
            "receivables_counted_twice",
            "collateral.0.collateral_class",
        ),
        ({"supply_chain": supply_chain_facts()}, "facts_of_segment", "company"),
        ({"small_firm": small_firm_facts()}, "facts_of_segment", "company"),
    ],
)
def test_each_segment_is_asked_for_its_own_facts(asked: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        loan_application.decide(submit(**asked), loan_application.initial)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("past", [(submitted(),), OFFERED, (submitted(), declined())])
def test_an_application_is_submitted_once(past: Any) -> None:
    given(loan_application, *past[:1]).when(submit()).then_rejected("wrong_status")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"product_code": "gold-card"}, "product_not_offered"),
        ({"submitted_on": date(2019, 12, 31)}, "product_not_offered"),
        ({"borrower_segment": "person"}, "product_of_other_segment"),
        ({"company": None}, "facts_of_segment"),
        ({"company": None, "person": person_facts()}, "facts_of_segment"),
        ({"person": person_facts()}, "facts_of_segment"),
        ({"requested_amount": Money.of(500_000, "USD")}, "currency_not_offered"),
        ({"requested_amount": Money.of("9999.99")}, "amount_outside_product"),
        ({"requested_amount": Money.of("3000000.01")}, "amount_outside_product"),
        ({"term_months": 25}, "term_outside_product"),
        ({"purpose": "dividends"}, "purpose_forbidden"),
        ({"purpose": "fixed_assets"}, "purpose_forbidden"),
        ({"company": company_facts(size="medium")}, "company_too_large"),
    ],
)
def test_what_the_product_does_not_lend_is_refused(asked: dict[str, Any], code: str) -> None:
    given(loan_application).when(submit(**asked)).then_rejected(code)


@pytest.mark.parametrize("industry", ["Real_Estate", "real-estate", "property", "mining_of_coals", ""])
def test_an_industry_is_a_code_of_the_list_however_it_is_spelled(industry: str) -> None:
    company = company_facts(industry=industry)
    given(loan_application).when(submit(company=company)).then_rejected("industry_unlisted")


def test_security_of_a_class_without_a_rate_is_not_taken() -> None:
    ship = CollateralFacts(collateral_class="ship", value=yuan(1), prior_liens=yuan(0))
    given(loan_application).when(submit(collateral=(ship,))).then_rejected("collateral_class_unlisted")


@pytest.mark.parametrize(
    ("age", "seniority", "taken"), [(35, 19, True), (35, 20, False), (18, 2, True), (35, 40, False)]
)
def test_nobody_has_worked_since_before_the_working_age(age: int, seniority: int, *, taken: bool) -> None:
    person = person_facts(age=age, seniority_years=seniority)
    asked = given(loan_application).when(submit_by_person(person=person))
    if taken:
        asked.then(submitted_by_person(person=person))
    else:
        asked.then_rejected("seniority_above_age")


def test_every_code_that_credit_policy_knows_can_be_given() -> None:
    policies = files("services.risk.policies")
    rules = json.loads((policies / "knock_outs_2026_1.json").read_text(encoding="utf-8"))["rules"]
    restricted = [rule["values"] for rule in rules if rule["feature"] == "industry"]
    capped = json.loads((policies / "credit_policy_2026_2.json").read_text(encoding="utf-8"))
    growth = next(iter(found(capped, "growth_cap_by_industry_percent")))
    rates = json.loads((policies / "collateral_2026_1.json").read_text(encoding="utf-8"))["classes"]
    assert {*chain(*restricted), *growth} <= set(INDUSTRIES)
    assert {code: row["zh"] for code, row in rates.items()} == COLLATERAL_CLASSES


def found(node: Any, name: str) -> Iterator[Any]:
    """The values under a name, wherever it stands."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key == name:
            yield value
        yield from found(value, name)


@pytest.mark.parametrize("amount", [10_000, 3_000_000])
def test_the_product_lends_its_least_and_its_most(amount: int) -> None:
    given(loan_application).when(submit(requested_amount=yuan(amount))).then(submitted(requested_amount=yuan(amount)))


def test_an_amount_in_another_currency_is_found_wherever_it_stands() -> None:
    lien = CollateralFacts(collateral_class="residential", value=yuan(1), prior_liens=Money.of(0, "USD"))
    given(loan_application).when(submit(collateral=(lien,))).then_rejected("currency_not_offered")
    latest = statement(2025, cash=Money.of(1, "USD"))
    given(loan_application).when(submit(company=company_facts(latest=latest))).then_rejected("currency_not_offered")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"previous": statement(2023)}, "statements_not_consecutive"),
        ({"previous": statement(2025)}, "statements_not_consecutive"),
        ({"previous": statement(2022), "latest": statement(2023)}, "statement_of_wrong_year"),  # 2026 - 2 at least
        ({"previous": statement(2026), "latest": statement(2027)}, "statement_of_wrong_year"),
    ],
)
def test_statements_are_of_the_last_two_years_in_order(facts: dict[str, Any], code: str) -> None:
    given(loan_application).when(submit(company=company_facts(**facts))).then_rejected(code)


@pytest.mark.parametrize(
    "wrong",
    [
        {"equity": 4_000_002},  # total assets are liabilities and equity, within a yuan
        {"receivables": 2_100_000},  # with cash, inventory and prepayments more than the current assets
        {"current_assets": 7_000_001},
        {"payables": 2_400_001},
        {"long_term_liabilities": 500_001},
        {"current_liabilities": 3_000_001, "long_term_liabilities": -1},
    ],
)
def test_a_balance_sheet_balances_and_no_part_exceeds_its_whole(wrong: dict[str, Any]) -> None:
    company = company_facts(latest=statement(2025, **wrong))
    given(loan_application).when(submit(company=company)).then_rejected("statement_unbalanced")


def test_a_balance_sheet_may_be_a_yuan_apart_because_its_lines_are_rounded() -> None:
    company = company_facts(latest=statement(2025, equity=4_000_001))
    given(loan_application).when(submit(company=company)).then(submitted(company=company))


@pytest.mark.parametrize("line", ["operating_profit", "net_profit"])
def test_a_profit_is_not_more_than_the_revenue_it_is_made_of(line: str) -> None:
    company = company_facts(latest=statement(2025, **{line: 12_000_001}))
    given(loan_application).when(submit(company=company)).then_rejected("margin_above_revenue")


def test_what_the_loan_would_pay_and_what_the_group_owes_is_kept_and_announced() -> None:
    shown = EvidenceFacts(kind="invoice", amount=yuan(200_000), financed=yuan(50_000))
    told = {"evidence": (shown,), "group_exposure": yuan(1_000_000)}
    given(loan_application).when(submit(**told)).then(submitted(**told))


def test_a_person_is_of_age() -> None:
    given(loan_application).when(submit_by_person(person=person_facts(age=17))).then_rejected("below_age")
    of_age = person_facts(age=18, seniority_years=0)
    given(loan_application).when(submit_by_person(person=of_age)).then(submitted_by_person(person=of_age))
