"""What may be asked of a borrower's record and of a loan application; closed by a union per stream."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.application.domain.events import CompanyIdentity, PersonIdentity
from services.application.domain.facts import (
    BorrowerKind,
    BureauConsent,
    BureauFacts,
    CollateralFacts,
    CompanyFacts,
    EvidenceFacts,
    PersonFacts,
    Reason,
    RepaymentMethod,
    SmallFirmFacts,
    SupplyChainFacts,
)
from services.application.domain.use_of_funds import Purpose
from shared.messages import Command
from shared.money import Money

DeclineCode = Literal[
    "repayment_capacity", "credit_record", "collateral_insufficient", "purpose_unsupported", "outside_policy"
]
"""Why people decline; what the applicant is told."""


class RegisterBorrower(Command):
    """Keep a borrower's particulars. The same particulars again change nothing."""

    borrower_id: UUID
    segment: BorrowerKind
    company: CompanyIdentity | None = None
    person: PersonIdentity | None = None
    registered_by: str
    registered_on: date


BorrowerCommand = RegisterBorrower


class SubmitApplication(Command):
    """Hand in a complete application. `borrower_segment` is what the registered borrower is."""

    application_id: UUID
    borrower_id: UUID
    borrower_segment: BorrowerKind
    product_code: str
    requested_amount: Money
    term_months: int
    repayment_method: RepaymentMethod
    purpose: Purpose
    company: CompanyFacts | None = None
    person: PersonFacts | None = None
    small_firm: SmallFirmFacts | None = None
    supply_chain: SupplyChainFacts | None = None
    bureau: BureauFacts
    collateral: tuple[CollateralFacts, ...] = ()
    evidence: tuple[EvidenceFacts, ...] = ()
    other_exposure: Money
    group_exposure: Money | None = None
    bureau_consent: BureauConsent | None = None
    submitted_by: str
    submitted_on: date


class WithdrawApplication(Command):
    application_id: UUID
    reason: Literal["found_other_funding", "terms_not_acceptable", "entered_in_error", "other"]
    withdrawn_by: str
    withdrawn_on: date


class RecordAssessment(Command):
    """What risk announced about the application."""

    application_id: UUID
    assessment_id: UUID
    outcome: Literal["approve", "refer", "decline"]
    score: int
    grade: str
    pd_percent: Decimal
    five_c_score: Decimal
    limit: Money
    binding_limit: str
    annual_rate_percent: Decimal
    benchmark_percent: Decimal
    spread_bps: int
    risk_based_rate_percent: Decimal
    floor_percent: Decimal | None = None
    reasons: tuple[Reason, ...]
    model_version: str
    policy_version: str
    assessed_on: date


class RequestReview(Command):
    """A person refuses a solely automated decision and asks that people decide."""

    application_id: UUID
    requested_on: date


class RecommendDecision(Command):
    """The first pair of eyes. An approval without amount or rate takes what was assessed."""

    application_id: UUID
    recommendation: Literal["approve", "decline"]
    amount: Money | None = None
    annual_rate_percent: Decimal | None = None
    decline_codes: tuple[DeclineCode, ...] = ()
    opinion: str
    override_reason: str | None = None
    recommended_by: str
    recommended_on: date


class DecideReview(Command):
    """The second pair of eyes. `authority` holds the roles of the person; an amount may only be lower."""

    application_id: UUID
    decision: Literal["approve", "decline", "return"]
    amount: Money | None = None
    decline_codes: tuple[DeclineCode, ...] = ()
    note: str | None = None
    authority: frozenset[str]
    decided_by: str
    decided_on: date


class AcceptOffer(Command):
    application_id: UUID
    accepted_by: str
    accepted_on: date


class ExpireOffer(Command):
    """Close an offer whose last day lies before `business_date`; any other is left as it is."""

    application_id: UUID
    business_date: date


class SignContract(Command):
    """Sign, the borrower confirming the annualised rate of the cost statement that he was shown."""

    application_id: UUID
    contract_id: UUID
    confirmed_annualised_rate_percent: Decimal
    new_relation: bool
    signed_by: str
    signed_on: date


class RecordDisbursement(Command):
    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    principal: Money
    disbursed_on: date


class RecordDisbursementFailure(Command):
    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    amount: Money
    reason: str
    failed_on: date


class RecordSettlement(Command):
    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    early: bool
    settled_on: date


class RecordWriteOff(Command):
    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    written_off_on: date


LoanNews = RecordDisbursement | RecordDisbursementFailure | RecordSettlement | RecordWriteOff
"""What other services say of the contract's loans."""

LoanApplicationCommand = (
    SubmitApplication
    | WithdrawApplication
    | RecordAssessment
    | RequestReview
    | RecommendDecision
    | DecideReview
    | AcceptOffer
    | ExpireOffer
    | SignContract
    | RecordDisbursement
    | RecordDisbursementFailure
    | RecordSettlement
    | RecordWriteOff
)
