"""Facts with dull defaults: a sound small company and a sound person, who ask for little and get it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.risk import registry
from services.risk.domain.credit_assessment import assessment_id_of
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.facts import (
    ApplicationFacts,
    Bureau,
    CollateralItem,
    Company,
    Evidence,
    Person,
    SmallFirm,
    Statement,
    SupplyChain,
)
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.source_answers import BureauAnswer, CourtsAnswer, RegistryAnswer, SourceAnswer, TaxAnswer
from services.risk.scoring import assess
from shared.money import Money

APPLICATION = UUID("10000000-0000-0000-0000-000000000001")
BORROWER = UUID("20000000-0000-0000-0000-000000000001")
LOAN = UUID("30000000-0000-0000-0000-000000000001")
TODAY = date(2026, 3, 2)

CLEAN = Bureau(overdue_count_24_months=0, worst_days_past_due=0, has_unpaid_default=False, court_cases_open=0)
STATEMENT: dict[str, Any] = {
    "year": 2025,
    "revenue": 20_000_000,
    "cost_of_sales": 16_000_000,
    "operating_profit": 1_600_000,
    "net_profit": 1_080_000,
    "interest_expense": 160_000,
    "depreciation": 300_000,
    "cash": 1_500_000,
    "receivables": 3_000_000,
    "inventory": 2_000_000,
    "prepayments": 250_000,
    "current_assets": 7_000_000,
    "total_assets": 11_000_000,
    "payables": 1_200_000,
    "advance_receipts": 200_000,
    "current_liabilities": 4_000_000,
    "long_term_liabilities": 500_000,
    "total_liabilities": 4_500_000,
    "equity": 6_500_000,
}


def yuan(amount: int | str | Decimal) -> Money:
    return Money.of(amount)


GOOD = (
    SourceAnswer(
        source="bureau",
        status="answered",
        bureau=BureauAnswer(overdue_count_24_months=0, worst_days_past_due=0, has_unpaid_default=False),
    ),
    SourceAnswer(
        source="registry",
        status="answered",
        registry=RegistryAnswer(registration="active", established_on=date(2000, 1, 1)),
    ),
    SourceAnswer(source="courts", status="answered", courts=CourtsAnswer(cases_open=0, is_dishonest=False)),
    SourceAnswer(source="tax", status="answered", tax=TaxAnswer(taxed_revenue=yuan(20_000_000), in_arrears=False)),
)
"""Sources that know nothing bad of a company."""


def statement(**changes: Any) -> Statement:
    figures = STATEMENT | changes
    return Statement(year=figures["year"], **{name: yuan(value) for name, value in figures.items() if name != "year"})


def company(*, latest: dict[str, Any] | None = None, previous: dict[str, Any] | None = None, **changes: Any) -> Company:
    before = {"year": 2024, "revenue": 18_500_000, "cost_of_sales": 15_000_000}
    given: dict[str, Any] = {
        "size": "small",
        "industry": "manufacturing",
        "years_in_business": 9,
        "previous": statement(**(before | (previous or {}))),
        "latest": statement(**(latest or {})),
        "revenue_growth_forecast_percent": Decimal(10),
        "existing_working_capital_loans": yuan(500_000),
        "other_funding": yuan(0),
        "largest_customer_share_percent": Decimal(25),
        "audited": True,
    }
    return Company(**(given | changes))


def person(**changes: Any) -> Person:
    given: dict[str, Any] = {
        "age": 38,
        "monthly_income": yuan(18_000),
        "monthly_expenses": yuan(5_000),
        "assets": yuan(900_000),
        "debts": yuan(0),
        "seniority_years": 10,
        "job": "fixed",
        "home": "owner",
    }
    return Person(**(given | changes))


def small_firm(**changes: Any) -> SmallFirm:
    given: dict[str, Any] = {
        "size": "micro",
        "industry": "manufacturing",
        "years_in_business": 6,
        "employees": 14,
        "turnover_by_account": yuan(4_200_000),
        "turnover_by_tax": yuan(3_600_000),
        "turnover_by_invoices": yuan(3_900_000),
        "existing_loans": yuan(100_000),
        "guaranteed_percent": Decimal(80),
        "owner": CLEAN,
    }
    return SmallFirm(**(given | changes))


def supply_chain(**changes: Any) -> SupplyChain:
    given: dict[str, Any] = {
        "anchor_grade": "R2",
        "confirmed_receivables": yuan(2_000_000),
        "dilution_percent": Decimal(2),
        "anchor_sales_share_percent": Decimal(45),
        "notice_given": True,
        "assigned": True,
    }
    return SupplyChain(**(given | changes))


def security(collateral_class: str = "residential", value: int = 3_000_000, liens: int = 0) -> CollateralItem:
    return CollateralItem(collateral_class=collateral_class, value=yuan(value), prior_liens=yuan(liens))


def evidence(amount: int, financed: int = 0) -> Evidence:
    return Evidence(kind="contract", amount=yuan(amount), financed=yuan(financed))


def company_facts(**changes: Any) -> ApplicationFacts:
    given: dict[str, Any] = {
        "application_id": APPLICATION,
        "borrower_id": BORROWER,
        "segment": "company",
        "product_code": "micro-fast",
        "requested_amount": yuan(500_000),
        "term_months": 12,
        "repayment_method": "interest_only",
        "purpose": "purchase_of_goods",
        "submitted_on": TODAY,
        "company": company(),
        "bureau": CLEAN,
    }
    return ApplicationFacts(**(given | changes))


def person_facts(**changes: Any) -> ApplicationFacts:
    given: dict[str, Any] = {
        "application_id": APPLICATION,
        "borrower_id": BORROWER,
        "segment": "person",
        "product_code": "personal-business",
        "requested_amount": yuan(100_000),
        "term_months": 24,
        "repayment_method": "equal_instalments",
        "purpose": "purchase_of_goods",
        "submitted_on": TODAY,
        "person": person(),
        "bureau": CLEAN,
    }
    return ApplicationFacts(**(given | changes))


def small_firm_facts(**changes: Any) -> ApplicationFacts:
    given: dict[str, Any] = {
        "segment": "small_firm",
        "product_code": "small-firm-fast",
        "requested_amount": yuan(400_000),
        "company": None,
        "small_firm": small_firm(),
    }
    return company_facts(**(given | changes))


def supply_chain_facts(**changes: Any) -> ApplicationFacts:
    given: dict[str, Any] = {
        "segment": "supply_chain",
        "product_code": "supply-chain",
        "requested_amount": yuan(1_000_000),
        "supply_chain": supply_chain(),
    }
    return company_facts(**(given | changes))


FACTS: dict[str, Any] = {
    "company": company_facts,
    "small_firm": small_firm_facts,
    "person": person_facts,
    "supply_chain": supply_chain_facts,
}
"""By segment, how to build an application of a sound borrower."""


def assessed(facts: ApplicationFacts, on: date = TODAY) -> DecisionRecord:
    """The decision of the models and policy that ship."""
    return assess(facts, registry.library(), assessment_id=assessment_id_of(facts.application_id), assessed_on=on)


def rulebook(segment: Any = "company", on: date = TODAY) -> Rulebook:
    return registry.library().in_force(segment, on)
