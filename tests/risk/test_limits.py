"""Every measure of a limit, and the lowest of them."""

from decimal import Decimal

import pytest

from services.risk import registry
from services.risk.domain.collateral_value import accepted_total, accepted_value, collateral_shortfall
from services.risk.domain.credit_limit import Candidate, lowest_of, single_borrower_room
from services.risk.domain.credit_policy import CreditPolicy
from services.risk.domain.limit_measurement import LimitInputs, measured_limit
from services.risk.domain.repayment_capacity import (
    company_cash_available,
    debt_service_cover,
    largest_debt,
    person_cash_available,
    yearly_service_per_yuan,
)
from services.risk.domain.sales_ratio import sales_ratio_limit
from shared.money import Money
from tests.risk.builders import (
    company,
    company_facts,
    evidence,
    person,
    person_facts,
    rulebook,
    security,
    statement,
    yuan,
)

D = Decimal
RATES = {"residential": D("0.70"), "receivables": D("0.50")}
INPUTS = LimitInputs("R4", D("1.5"), D(60), D("5.00"), D(0))


@pytest.mark.parametrize(
    ("collateral_class", "value", "liens", "accepted"),
    [
        ("residential", 1_000_000, 0, 700_000),
        ("residential", 1_000_000, 700_000, 0),  # liens eat it up exactly
        ("residential", 1_000_000, 900_000, 0),  # never below nil
        ("unicorns", 1_000_000, 0, 0),  # a class outside the table counts nothing
    ],
)
def test_security_counts_by_its_class_after_prior_liens(
    collateral_class: str, value: int, liens: int, accepted: int
) -> None:
    assert accepted_value(collateral_class, D(value), D(liens), RATES) == accepted


def test_one_items_shortfall_does_not_eat_anothers_value() -> None:
    items = (security(value=1_000_000, liens=900_000), security("receivables", 1_000_000))
    assert accepted_total(items, RATES) == 500_000
    assert collateral_shortfall(D(700_000), D(500_000)) == 200_000
    assert collateral_shortfall(D(400_000), D(500_000)) == 0


def test_the_sales_ratio_is_net_of_existing_loans_and_not_below_nil() -> None:
    assert sales_ratio_limit(D(20_000_000), D("0.20"), D(500_000)) == 3_500_000
    assert sales_ratio_limit(D(20_000_000), D("0.20"), D(5_000_000)) == 0


def test_cash_for_debt_service_is_ebitda_after_tax_or_what_income_leaves() -> None:
    # EBIT 1.6 m + depreciation 0.3 m - tax (1.6 - 0.16 - 1.08) m
    assert company_cash_available(statement()) == 1_540_000
    assert person_cash_available(person()) == 156_000


@pytest.mark.parametrize(
    ("months", "method", "service"),
    [
        (12, "interest_only", "0.26"),  # 6 % interest and a fifth of the principal
        (6, "interest_only", "0.23"),  # half a year's interest and a fifth of the principal
        (24, "interest_only", "0.16"),  # a year's interest and half of the fifth
        (12, "equal_instalments", "1.0328"),  # twelve annuities at 0.5 %
        (24, "equal_instalments", "0.5318"),
        (12, "equal_principal", "1.0325"),  # 6.5 months' interest of 0.5 % on all of it, and all of it
        (24, "equal_principal", "0.5462"),  # a half, and 12 - 66/24 months' interest
        (24, "flat", "0.56"),
        (24, "interest_quarterly", "0.16"),
        (12, "one_payment", "0.26"),
    ],
)
def test_yearly_service_of_one_yuan_at_six_percent(months: int, method: str, service: str) -> None:
    found = yearly_service_per_yuan(D(6), months, method, D("0.2"))  # type: ignore[arg-type]
    assert found.quantize(D("0.0001")) == D(service)


def test_without_interest_equal_instalments_are_equal_parts() -> None:
    assert yearly_service_per_yuan(D(0), 24, "equal_instalments", D(0)) == D("0.5")


def test_the_largest_debt_has_exactly_the_cover_that_policy_wants() -> None:
    amount = largest_debt(D(1_200_000), D(100_000), D("0.26"), D("1.2"))
    assert debt_service_cover(D(1_200_000), D(100_000) + amount * D("0.26"), D(50)).quantize(D("0.000001")) == D("1.2")
    assert largest_debt(D(100_000), D(100_000), D("0.26"), D("1.2")) == 0


def test_cover_is_capped_and_without_debt_it_is_the_cap_unless_cash_is_lost() -> None:
    assert debt_service_cover(D(1000), D(1), D(50)) == 50
    assert debt_service_cover(D(1000), D(0), D(50)) == 50
    assert debt_service_cover(D(-1), D(0), D(50)) == 0


def test_the_lowest_candidate_binds_and_is_rounded_down_to_the_unit() -> None:
    limit = lowest_of(
        [Candidate("need", D("23876.4")), Candidate("collateral", D("21450")), Candidate("manual", None)], D(100)
    )
    assert (limit.amount, limit.binding, len(limit.candidates)) == (D(21400), "collateral", 3)


def test_of_equal_candidates_the_first_binds_and_a_negative_one_is_nil() -> None:
    assert lowest_of([Candidate("a", D(5)), Candidate("b", D(5))], D(1)).binding == "a"
    assert lowest_of([Candidate("a", D(-5))], D(1)).amount == 0


def test_where_nothing_could_be_measured_the_limit_is_nil() -> None:
    limit = lowest_of([Candidate("need", None)], D(1))
    assert (limit.amount, limit.binding) == (D(0), "nothing_measured")


def test_one_borrower_gets_at_most_a_tenth_of_net_capital() -> None:
    assert single_borrower_room(D(1_000_000_000), D(90_000_000), D(10)) == 10_000_000
    assert single_borrower_room(D(1_000_000_000), D(190_000_000), D(10)) == 0


def test_a_company_has_eleven_measures_and_a_person_nine() -> None:
    policy = rulebook().policy
    of_company = measured_limit(company_facts(), policy, INPUTS).limit
    of_person = measured_limit(person_facts(), policy, INPUTS).limit
    assert [one.method for one in of_company.candidates] == [
        "requested", "working_capital_need", "sales_ratio", "net_assets", "repayment_capacity",
        "collateral", "expected_loss_budget", "single_borrower", "product_maximum", "single_customer", "purpose",
    ]  # fmt: skip
    assert [one.method for one in of_person.candidates] == [
        "requested", "income_ratio", "repayment_capacity",
        "collateral", "expected_loss_budget", "single_borrower", "product_maximum", "single_customer", "purpose",
    ]  # fmt: skip


def test_a_cycle_that_is_not_positive_leaves_the_need_to_a_person_and_the_others_count() -> None:
    late_payer = company(latest={"payables": 9_000_000}, previous={"payables": 9_000_000})
    measured = measured_limit(company_facts(company=late_payer), rulebook().policy, INPUTS)
    assert measured.need is not None
    assert measured.need.need is None
    assert Candidate("working_capital_need", None) in measured.limit.candidates
    assert measured.limit.binding == "requested"


def test_security_adds_to_what_the_grade_gets_without_any() -> None:
    facts, policy = company_facts(requested_amount=yuan(40_000_000)), rulebook().policy
    secured = LimitInputs("R4", D("1.5"), D(60), D("5.00"), D(1_000_000))
    [bare] = [c.amount for c in measured_limit(facts, policy, INPUTS).limit.candidates if c.method == "collateral"]
    [more] = [c.amount for c in measured_limit(facts, policy, secured).limit.candidates if c.method == "collateral"]
    assert (bare, more) == (D(2_000_000), D(3_000_000))


def test_in_a_currency_outside_the_policy_its_amounts_measure_nothing() -> None:
    euros = person_facts(
        requested_amount=Money.of(1000, "EUR"),
        person=person(
            **{name: Money.of(50_000, "EUR") for name in ("monthly_income", "monthly_expenses", "assets", "debts")}
        ),
    )
    candidates = measured_limit(euros, rulebook().policy, INPUTS).limit.candidates
    assert {c.method for c in candidates if c.amount is None} == {
        "collateral", "expected_loss_budget", "single_borrower", "product_maximum", "single_customer",
    }  # fmt: skip


def test_what_the_borrower_and_his_group_have_already_leaves_less_room() -> None:
    facts = company_facts(other_exposure=yuan(95_000_000), group_exposure=yuan(60_000_000))
    limit = measured_limit(facts, rulebook().policy, INPUTS).limit
    amounts = {one.method: one.amount for one in limit.candidates}
    assert amounts["single_borrower"] == 5_000_000  # 10 % of 1,000 m
    assert amounts["single_customer"] == 25_000_000  # 15 % of 800 m
    assert amounts["group"] == 5_000_000  # 20 % of 800 m less 155 m


def test_contracts_and_invoices_bound_the_limit_by_what_of_them_is_not_financed() -> None:
    shown = (evidence(300_000, financed=100_000), evidence(150_000, financed=400_000))  # the second is financed in full
    earlier = next(  # that policy lent without evidence as if it did not matter
        one.document
        for one in registry.library().documents()
        if isinstance(one.document, CreditPolicy) and one.document.version == "2026.2"
    )
    limit = measured_limit(company_facts(evidence=shown), earlier, INPUTS).limit
    assert (limit.amount, limit.binding) == (D(200_000), "purpose")
    unshown = measured_limit(company_facts(), earlier, INPUTS).limit
    assert "purpose" not in {one.method for one in unshown.candidates}


def test_showing_no_evidence_never_pays() -> None:
    policy = rulebook().policy
    unevidenced = policy.limits["company"].unevidenced_maximum
    for shown, amount in ((), unevidenced), ((evidence(300_000),), unevidenced), ((evidence(9_000_000),), 9_000_000):
        limit = measured_limit(company_facts(evidence=shown), policy, INPUTS).limit
        assert [one.amount for one in limit.candidates if one.method == "purpose"] == [amount]
