"""What has happened to borrowers and loan applications: frozen facts, closed by a union per stream."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.application.domain import facts
from services.application.domain.cost_statement import CostStatement
from services.application.domain.loan_product import AllocationTerms
from services.application.domain.use_of_funds import Purpose
from shared.messages import Event, Personal, Value
from shared.money import Money

Authority = Literal["approver", "senior_approver"]
"""The lowest role that may give the final decision."""

ContractStatus = Literal["signed", "disbursement_failed", "disbursed", "settled", "written_off"]


class CompanyIdentity(Value):
    """Who a company is: public register data, and the person behind it as personal data of his own."""

    name: str
    unified_social_credit_code: str
    legal_representative: Personal[str]
    phone: Personal[str]


class PersonIdentity(Value):
    """Who a person is; everything is personal."""

    name: Personal[str]
    resident_id: Personal[str]
    phone: Personal[str]


class BorrowerRegistered(Event):
    """建档: a borrower is known to the bank. Exactly one of company, person is set, by `segment`."""

    borrower_id: UUID
    segment: facts.BorrowerKind
    company: CompanyIdentity | None = None
    person: PersonIdentity | None = None
    registered_by: str
    registered_on: date


BorrowerEvent = BorrowerRegistered


class ApplicationSubmitted(Event):
    """受理: an application is complete and waits for assessment, under the terms of `product_version`.

    `other_exposure` is what the borrower had been granted, or had asked for elsewhere with us, at that time;
    `group_exposure` what those connected with him had, where somebody told. What was not told is not stored.
    """

    application_id: UUID
    borrower_id: UUID
    segment: facts.Segment
    product_code: str
    product_version: int
    requested_amount: Money
    term_months: int
    repayment_method: facts.RepaymentMethod
    purpose: Purpose
    company: facts.CompanyFacts | None = None
    person: facts.PersonFacts | None = None
    small_firm: facts.SmallFirmFacts | None = Field(default=None, exclude_if=lambda told: told is None)
    supply_chain: facts.SupplyChainFacts | None = Field(default=None, exclude_if=lambda told: told is None)
    bureau: facts.BureauFacts
    collateral: tuple[facts.CollateralFacts, ...] = ()
    evidence: tuple[facts.EvidenceFacts, ...] = Field(default=(), exclude_if=lambda told: not told)
    other_exposure: Money
    group_exposure: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    bureau_consent: facts.BureauConsent | None = Field(default=None, exclude_if=lambda told: told is None)
    submitted_by: str
    submitted_on: date


class ApplicationWithdrawn(Event):
    """撤回: the borrower no longer wants the loan."""

    application_id: UUID
    reason: Literal["found_other_funding", "terms_not_acceptable", "entered_in_error", "other"]
    withdrawn_by: str
    withdrawn_on: date


class AssessmentRecorded(Event):
    """Risk has scored, measured and priced the application. `limit` is by 孰低法, rates are a year's."""

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
    floor_percent: Decimal | None = Field(default=None, exclude_if=lambda told: told is None)
    reasons: tuple[facts.Reason, ...]
    model_version: str
    policy_version: str
    assessed_on: date


class ReviewOpened(Event):
    """转人工: people must decide, because of `causes`; not those who submitted it."""

    application_id: UUID
    causes: tuple[str, ...]
    submitted_by: str
    opened_on: date


class ReviewRecommended(Event):
    """审查意见: amount and rate for an approval, reasons for a refusal. `authority` must decide."""

    application_id: UUID
    recommendation: Literal["approve", "decline"]
    amount: Money | None
    annual_rate_percent: Decimal | None
    reasons: tuple[facts.Reason, ...]
    authority: Authority
    opinion: Personal[str]
    override_reason: Personal[str] | None
    recommended_by: str
    recommended_on: date


class ReviewReturned(Event):
    """退回: the approver wants another recommendation."""

    application_id: UUID
    note: Personal[str]
    returned_by: str
    returned_on: date


class ApplicationApproved(Event):
    """审批通过: by policy alone (`automatic`), or by a second person on the first one's recommendation."""

    application_id: UUID
    amount: Money
    annual_rate_percent: Decimal
    automatic: bool
    recommended_by: str | None
    approved_by: str | None
    approved_on: date


class ApplicationDeclined(Event):
    """审批拒绝: with reasons, always. A person may ask that people look at an automatic refusal."""

    application_id: UUID
    reasons: tuple[facts.Reason, ...]
    automatic: bool
    note: Personal[str] | None
    recommended_by: str | None
    declined_by: str | None
    declined_on: date


class OfferMade(Event):
    """The bank's offer, binding until `valid_until` (inclusive), with its cost statement."""

    application_id: UUID
    amount: Money
    annual_rate_percent: Decimal
    term_months: int
    repayment_method: facts.RepaymentMethod
    day_count: facts.DayCount
    penalty_uplift_percent: Decimal
    cost_statement: CostStatement
    made_on: date
    valid_until: date


class OfferAccepted(Event):
    application_id: UUID
    accepted_by: str
    accepted_on: date


class OfferExpired(Event):
    """The offer's last day passed without a contract."""

    application_id: UUID
    valid_until: date
    expired_on: date


class ContractSigned(Event):
    """签约: both have signed, the borrower after seeing and confirming the cost statement.

    Up to `limit` may be drawn until `available_until` (inclusive). `new_relation`: the borrower has had no contract
    before. `average_credit`: his credit standing is 一般. `approved_by`: who submitted (also where policy approved
    alone), who recommended and who approved; none of them may release the money (审贷分离). `allocation`: as the
    product has it; None is the legal order.
    """

    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    segment: facts.Segment
    product_code: str
    product_version: int
    limit: Money
    annual_rate_percent: Decimal
    penalty_uplift_percent: Decimal
    term_months: int
    repayment_method: facts.RepaymentMethod
    day_count: facts.DayCount
    cost_statement: CostStatement
    signed_by: str
    signed_on: date
    available_until: date
    new_relation: bool
    average_credit: bool
    approved_by: tuple[str, ...] = ()
    allocation: AllocationTerms | None = Field(default=None, exclude_if=lambda told: told is None)


class LoanDisbursed(Event):
    """放款: a loan was paid out under the contract."""

    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    principal: Money
    disbursed_on: date
    contract_status: ContractStatus


class DisbursementFailed(Event):
    """A drawdown was not paid; nothing left the bank."""

    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    amount: Money
    reason: str
    failed_on: date
    contract_status: ContractStatus


class LoanSettled(Event):
    """结清: a loan of the contract has been paid in full; `early` when before its last due date."""

    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    early: bool
    settled_on: date
    contract_status: ContractStatus


class LoanWrittenOff(Event):
    """核销: a loan of the contract left the balance sheet; the claim remains."""

    application_id: UUID
    contract_id: UUID
    loan_id: UUID
    written_off_on: date
    contract_status: ContractStatus


LoanApplicationEvent = (
    ApplicationSubmitted
    | ApplicationWithdrawn
    | AssessmentRecorded
    | ReviewOpened
    | ReviewRecommended
    | ReviewReturned
    | ApplicationApproved
    | ApplicationDeclined
    | OfferMade
    | OfferAccepted
    | OfferExpired
    | ContractSigned
    | LoanDisbursed
    | DisbursementFailed
    | LoanSettled
    | LoanWrittenOff
)
