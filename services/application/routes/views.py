"""What readers of a loan application are shown: amounts as text, each part null until it has happened."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.application.domain.application_state import ApplicationStatus, LoanStatus
from services.application.domain.facts import Reason, Segment
from services.application.routes.statements import (
    Bureau,
    Collateral,
    Company,
    Consent,
    Evidence,
    SmallFirm,
    StatedPerson,
    SupplyChain,
)
from shared.money import MoneyText


class AssessmentView(BaseModel):
    """What risk found. `reasons` say why the score is not better, or why the outcome is what it is."""

    assessment_id: UUID
    outcome: Literal["approve", "refer", "decline"]
    score: int
    grade: str
    pd_percent: Decimal
    five_c_score: Decimal
    limit: MoneyText
    binding_limit: str
    annual_rate_percent: Decimal
    benchmark_percent: Decimal
    spread_bps: int
    risk_based_rate_percent: Decimal
    floor_percent: Decimal | None
    reasons: list[Reason]
    model_version: str
    policy_version: str
    assessed_on: date


class ReviewView(BaseModel):
    """What waits for people; recommendation and what follows are null while the first of them is awaited."""

    causes: list[str]
    opened_on: date
    recommendation: Literal["approve", "decline"] | None = None
    amount: MoneyText | None = None
    annual_rate_percent: Decimal | None = None
    authority: Literal["approver", "senior_approver"] | None = None
    reasons: list[Reason] = []
    opinion: str | None = None
    override_reason: str | None = None
    recommended_by: str | None = None
    recommended_on: date | None = None


class ApprovalView(BaseModel):
    amount: MoneyText
    annual_rate_percent: Decimal
    automatic: bool
    recommended_by: str | None
    approved_by: str | None
    approved_on: date


class ChargeView(BaseModel):
    code: str
    payee: str
    amount: MoneyText


class CostStatementView(BaseModel):
    """综合融资成本明示: every charge, the annualised rate, and what default costs; to be confirmed on signing."""

    drawn_on: date
    principal: MoneyText
    charges: list[ChargeView]
    total_payable: MoneyText
    annualised_rate_percent: Decimal
    penalty_rate_percent: Decimal


class OfferView(BaseModel):
    """The bank's offer; `valid_until` is its last day."""

    application_id: UUID
    status: ApplicationStatus
    amount: MoneyText
    annual_rate_percent: Decimal
    term_months: int
    repayment_method: str
    day_count: str
    penalty_uplift_percent: Decimal
    cost_statement: CostStatementView
    made_on: date
    valid_until: date


class LoanView(BaseModel):
    loan_id: UUID
    status: LoanStatus


class ContractView(BaseModel):
    """`status` is that of its loans taken together."""

    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    product_code: str
    status: ApplicationStatus
    limit: MoneyText
    annual_rate_percent: Decimal
    penalty_uplift_percent: Decimal
    term_months: int
    repayment_method: str
    day_count: str
    cost_statement: CostStatementView
    signed_by: str
    signed_on: date
    available_until: date
    new_relation: bool
    average_credit: bool
    loans: list[LoanView]


class ApplicationView(BaseModel):
    """An application. `other_exposure` and `group_exposure` are for the bank's people: a partner is shown null."""

    application_id: UUID
    borrower_id: UUID
    status: ApplicationStatus
    segment: Segment
    product_code: str
    product_version: int
    requested_amount: MoneyText
    term_months: int
    repayment_method: str
    purpose: str
    other_exposure: MoneyText | None
    group_exposure: MoneyText | None
    submitted_by: str
    submitted_on: date
    company: Company | None
    person: StatedPerson | None
    small_firm: SmallFirm | None
    supply_chain: SupplyChain | None
    bureau: Bureau
    bureau_consent: Consent | None
    collateral: list[Collateral]
    evidence: list[Evidence]
    assessment: AssessmentView | None
    review: ReviewView | None
    approval: ApprovalView | None
    offer: OfferView | None
    contract: ContractView | None
    decline_reasons: list[Reason]


class ApplicationAnswer(BaseModel):
    """What an action has led to; the whole is read from the application itself.

    An answer is stored for its Idempotency-Key, so nothing personal may stand in it.
    """

    application_id: UUID
    borrower_id: UUID
    product_code: str
    status: ApplicationStatus


class HistoryEntry(BaseModel):
    """One fact: what, by whom, on which business date, recorded when."""

    version: int
    what: str
    actor: str
    business_date: date
    at: datetime
    facts: dict[str, Any]


class History(BaseModel):
    items: list[HistoryEntry]
