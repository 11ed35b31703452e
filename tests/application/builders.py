"""Facts of application with dull defaults: a sound small company asks for 500,000 yuan for a year."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.application.domain import events
from services.application.domain.cost_statement import cost_statement
from services.application.domain.facts import (
    BureauFacts,
    CollateralFacts,
    CompanyFacts,
    PersonFacts,
    Reason,
    SmallFirmFacts,
    StatementFacts,
    SupplyChainFacts,
)
from shared.messages import Personal
from shared.money import Money

BORROWER = UUID("10000000-0000-0000-0000-000000000001")
APPLICATION = UUID("20000000-0000-0000-0000-000000000001")
ASSESSMENT = UUID("30000000-0000-0000-0000-000000000001")
CONTRACT = UUID("40000000-0000-0000-0000-000000000001")
LOAN = UUID("50000000-0000-0000-0000-000000000001")
OTHER_LOAN = UUID("50000000-0000-0000-0000-000000000002")

TODAY = date(2026, 3, 2)
OFFICER, REVIEWER, APPROVER = "chen", "li", "wang"
KNOCKED_OUT = Reason(code="unpaid_default", zh="有未结清违约", en="there is an unpaid default")
COMPANY_CODE = "91110000600037341L"
RESIDENT_ID = "11010519491231002X"


def yuan(amount: int | str) -> Money:
    return Money.of(amount)


def personal(value: str | None, subject: UUID = BORROWER) -> Personal[str]:
    return Personal(subject_id=subject, value=value)


# --- values -------------------------------------------------------------------------------------------


def statement(year: int = 2025, **other: Any) -> StatementFacts:
    figures: dict[str, Any] = {
        "revenue": 12_000_000,
        "cost_of_sales": 9_000_000,
        "operating_profit": 1_200_000,
        "net_profit": 900_000,
        "interest_expense": 100_000,
        "depreciation": 200_000,
        "cash": 800_000,
        "receivables": 2_000_000,
        "inventory": 1_500_000,
        "prepayments": 200_000,
        "current_assets": 4_500_000,
        "total_assets": 7_000_000,
        "payables": 1_000_000,
        "advance_receipts": 100_000,
        "current_liabilities": 2_500_000,
        "long_term_liabilities": 500_000,
        "total_liabilities": 3_000_000,
        "equity": 4_000_000,
    }
    amounts = {name: yuan(amount) if isinstance(amount, int) else amount for name, amount in (figures | other).items()}
    return StatementFacts(year=year, **amounts)


def company_facts(**other: Any) -> CompanyFacts:
    facts: dict[str, Any] = {
        "size": "small",
        "industry": "manufacturing",
        "years_in_business": 8,
        "previous": statement(2024),
        "latest": statement(2025),
        "revenue_growth_forecast_percent": Decimal(5),
        "existing_working_capital_loans": yuan(300_000),
        "other_funding": yuan(0),
    }
    return CompanyFacts(**(facts | other))


def person_facts(**other: Any) -> PersonFacts:
    facts: dict[str, Any] = {
        "age": 35,
        "monthly_income": yuan(18_000),
        "monthly_expenses": yuan(6_000),
        "assets": yuan(400_000),
        "debts": yuan(50_000),
        "seniority_years": 6,
        "job": "fixed",
        "home": "owner",
    }
    return PersonFacts(**(facts | other))


def small_firm_facts(**other: Any) -> SmallFirmFacts:
    facts: dict[str, Any] = {
        "size": "micro",
        "industry": "catering",
        "years_in_business": 4,
        "employees": 9,
        "turnover_by_account": yuan(2_400_000),
        "turnover_by_tax": yuan(2_000_000),
        "turnover_by_invoices": yuan(2_200_000),
        "existing_loans": yuan(0),
        "guaranteed_percent": Decimal(80),
        "owner": BureauFacts(overdue_count_24_months=0),
    }
    return SmallFirmFacts(**(facts | other))


def supply_chain_facts(**other: Any) -> SupplyChainFacts:
    facts: dict[str, Any] = {
        "anchor_grade": "R2",
        "confirmed_receivables": yuan(1_500_000),
        "dilution_percent": Decimal(2),
        "anchor_sales_share_percent": Decimal(40),
        "notice_given": True,
        "assigned": True,
    }
    return SupplyChainFacts(**(facts | other))


COMPANY = events.CompanyIdentity(
    name="上海流水贸易有限公司",
    unified_social_credit_code=COMPANY_CODE,
    legal_representative=personal("张三丰"),
    phone=personal("13800138000"),
)
PERSON = events.PersonIdentity(name=personal("李四"), resident_id=personal(RESIDENT_ID), phone=personal("13800138000"))


# --- facts --------------------------------------------------------------------------------------------


def registered(**other: Any) -> events.BorrowerRegistered:
    facts: dict[str, Any] = {
        "borrower_id": BORROWER,
        "segment": "company",
        "company": COMPANY,
        "registered_by": OFFICER,
        "registered_on": TODAY,
    }
    return events.BorrowerRegistered(**(facts | other))


def asked_for(other: dict[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "application_id": APPLICATION,
        "borrower_id": BORROWER,
        "product_code": "micro-fast",
        "requested_amount": yuan(500_000),
        "term_months": 12,
        "repayment_method": "equal_instalments",
        "purpose": "purchase_of_goods",
        "company": company_facts(),
        "bureau": BureauFacts(overdue_count_24_months=0),
        "collateral": (
            CollateralFacts(collateral_class="residential", value=yuan(900_000), prior_liens=yuan(100_000)),
        ),
        "other_exposure": yuan(0),
        "submitted_by": OFFICER,
        "submitted_on": TODAY,
    }
    return asked | other


def submitted(**other: Any) -> events.ApplicationSubmitted:
    return events.ApplicationSubmitted(**asked_for({"segment": "company", "product_version": 1} | other))


def submitted_by_person(**other: Any) -> events.ApplicationSubmitted:
    own = {"segment": "person", "product_code": "personal-business", "company": None, "person": person_facts()}
    return submitted(**(own | {"requested_amount": yuan(100_000)} | other))


SMALL_FIRM: dict[str, Any] = {"product_code": "small-firm-fast", "company": None, "small_firm": small_firm_facts()}
SUPPLIER: dict[str, Any] = {
    "product_code": "supply-chain",
    "repayment_method": "interest_only",
    "supply_chain": supply_chain_facts(),
}


def found_out(other: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "application_id": APPLICATION,
        "assessment_id": ASSESSMENT,
        "outcome": "approve",
        "score": 712,
        "grade": "A",
        "pd_percent": Decimal("1.20"),
        "five_c_score": Decimal("81.5"),
        "limit": yuan(800_000),
        "binding_limit": "working_capital_need",
        "annual_rate_percent": Decimal("4.35"),
        "benchmark_percent": Decimal("3.00"),
        "spread_bps": 135,
        "risk_based_rate_percent": Decimal("4.10"),
        "reasons": (),
        "model_version": "card-1",
        "policy_version": "2026-1",
        "assessed_on": TODAY,
    }
    return found | other


def assessed(**other: Any) -> events.AssessmentRecorded:
    return events.AssessmentRecorded(**found_out(other))


def review_opened(*causes: str, on: date = TODAY) -> events.ReviewOpened:
    return events.ReviewOpened(
        application_id=APPLICATION, causes=causes or ("referred_by_risk",), submitted_by=OFFICER, opened_on=on
    )


def recommended(**other: Any) -> events.ReviewRecommended:
    facts: dict[str, Any] = {
        "application_id": APPLICATION,
        "recommendation": "approve",
        "amount": yuan(500_000),
        "annual_rate_percent": Decimal("4.35"),
        "reasons": (),
        "authority": "approver",
        "opinion": personal("sound"),
        "override_reason": None,
        "recommended_by": REVIEWER,
        "recommended_on": TODAY,
    }
    return events.ReviewRecommended(**(facts | other))


def recommended_to_decline(**other: Any) -> events.ReviewRecommended:
    terms = {"recommendation": "decline", "amount": None, "annual_rate_percent": None}
    return recommended(**(terms | {"reasons": (no_capacity(),)} | other))


def no_capacity() -> Reason:
    return Reason(code="repayment_capacity", zh="还款能力不足", en="the means to repay are not sufficient")


def returned(*, by: str = APPROVER) -> events.ReviewReturned:
    return events.ReviewReturned(
        application_id=APPLICATION, note=personal("visit the warehouse"), returned_by=by, returned_on=TODAY
    )


def approved(**other: Any) -> events.ApplicationApproved:
    facts: dict[str, Any] = {
        "application_id": APPLICATION,
        "amount": yuan(500_000),
        "annual_rate_percent": Decimal("4.35"),
        "automatic": True,
        "recommended_by": None,
        "approved_by": None,
        "approved_on": TODAY,
    }
    return events.ApplicationApproved(**(facts | other))


def approved_by_people(**other: Any) -> events.ApplicationApproved:
    return approved(**({"automatic": False, "recommended_by": REVIEWER, "approved_by": APPROVER} | other))


def declined(**other: Any) -> events.ApplicationDeclined:
    facts: dict[str, Any] = {
        "application_id": APPLICATION,
        "reasons": (KNOCKED_OUT,),
        "automatic": True,
        "note": None,
        "recommended_by": None,
        "declined_by": None,
        "declined_on": TODAY,
    }
    return events.ApplicationDeclined(**(facts | other))


def offered(*, amount: int = 500_000, rate: str = "4.35", on: date = TODAY, **other: Any) -> events.OfferMade:
    facts: dict[str, Any] = {
        "application_id": APPLICATION,
        "amount": yuan(amount),
        "annual_rate_percent": Decimal(rate),
        "term_months": 12,
        "repayment_method": "equal_instalments",
        "day_count": "30/360",
        "penalty_uplift_percent": Decimal(50),
        "cost_statement": cost_statement(
            principal=yuan(amount),
            annual_rate_percent=Decimal(rate),
            term_months=12,
            method="equal_instalments",
            day_count="30/360",
            penalty_uplift_percent=Decimal(50),
            drawn_on=on,
        ),
        "made_on": on,
        "valid_until": date(2026, 3, 16),
    }
    return events.OfferMade(**(facts | other))


def accepted(on: date = TODAY) -> events.OfferAccepted:
    return events.OfferAccepted(application_id=APPLICATION, accepted_by=OFFICER, accepted_on=on)


def offer_expired(on: date = date(2026, 3, 17)) -> events.OfferExpired:
    return events.OfferExpired(application_id=APPLICATION, valid_until=date(2026, 3, 16), expired_on=on)


def withdrawn() -> events.ApplicationWithdrawn:
    return events.ApplicationWithdrawn(
        application_id=APPLICATION, reason="found_other_funding", withdrawn_by=OFFICER, withdrawn_on=TODAY
    )


def signed(**other: Any) -> events.ContractSigned:
    offer = offered()
    facts: dict[str, Any] = {
        "contract_id": CONTRACT,
        "application_id": APPLICATION,
        "borrower_id": BORROWER,
        "segment": "company",
        "product_code": "micro-fast",
        "product_version": 1,
        "limit": offer.amount,
        "annual_rate_percent": offer.annual_rate_percent,
        "penalty_uplift_percent": Decimal(50),
        "term_months": 12,
        "repayment_method": "equal_instalments",
        "day_count": "30/360",
        "cost_statement": offer.cost_statement,
        "signed_by": OFFICER,
        "signed_on": TODAY,
        "available_until": date(2026, 9, 2),
        "new_relation": True,
        "average_credit": False,
        "approved_by": (OFFICER,),
    }
    return events.ContractSigned(**(facts | other))


def _loan(loan_id: UUID, status: str) -> dict[str, Any]:
    return {
        "application_id": APPLICATION,
        "contract_id": CONTRACT,
        "loan_id": loan_id,
        "contract_status": status,
    }


def disbursed(loan_id: UUID = LOAN, status: str = "disbursed") -> events.LoanDisbursed:
    return events.LoanDisbursed(**_loan(loan_id, status), principal=yuan(200_000), disbursed_on=TODAY)


def disbursement_failed(loan_id: UUID = LOAN, status: str = "disbursement_failed") -> events.DisbursementFailed:
    facts = _loan(loan_id, status)
    return events.DisbursementFailed(**facts, amount=yuan(200_000), reason="account_closed", failed_on=TODAY)


def settled(loan_id: UUID = LOAN, status: str = "settled") -> events.LoanSettled:
    return events.LoanSettled(**_loan(loan_id, status), early=False, settled_on=TODAY)


def written_off(loan_id: UUID = LOAN, status: str = "written_off") -> events.LoanWrittenOff:
    return events.LoanWrittenOff(**_loan(loan_id, status), written_off_on=TODAY)


IN_REVIEW = (submitted(), assessed(outcome="refer"), review_opened())
OFFERED = (submitted(), assessed(), approved(), offered())
SIGNED = (*OFFERED, accepted(), signed())
