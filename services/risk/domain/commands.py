"""Requests to the risk service. What comes from the bus or from an effect changes nothing when it is repeated."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.risk.domain.classification_commands import ClassByOthersCommand, FollowChangedTerms
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.events import AliasName
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.source_answers import SourceAnswer
from shared.messages import Command
from shared.money import Money


class RequestAssessment(Command):
    """Keep the snapshot of an application and have it assessed."""

    facts: ApplicationFacts


class RecordSources(Command):
    """Keep what the sources said of the applicant on the day they were asked."""

    application_id: UUID
    answers: tuple[SourceAnswer, ...]
    asked_on: date


class RecordAssessment(Command):
    """Record what scoring found for an application that was asked for."""

    application_id: UUID
    record: DecisionRecord


class EnterLoan(Command):
    """A loan was paid out."""

    loan_id: UUID
    application_id: UUID
    borrower_id: UUID
    principal: Money
    term_months: int
    disbursed_on: date


class MeasureDelinquency(Command):
    """A loan is `days_past_due` days behind."""

    loan_id: UUID
    days_past_due: int
    as_of: date


class CureLoan(Command):
    """Nothing of the loan is past due any more."""

    loan_id: UUID
    cured_on: date


class ObserveRepayment(Command):
    """Money came in and nothing is past due after it."""

    loan_id: UUID
    received_on: date


class SettleLoan(Command):
    loan_id: UUID
    settled_on: date


class ReturnLoan(Command):
    """The receipt that paid the loan off was taken back; something has been past due for `days_past_due` days."""

    loan_id: UUID
    days_past_due: int
    as_of: date


class WriteOffLoan(Command):
    loan_id: UUID
    written_off_on: date


class ProposeModelAlias(Command):
    """Let a model of the library serve under an alias from a day on; `golden_applicants` of it were just checked."""

    segment: Segment
    proposal_id: UUID
    alias: AliasName
    model_id: str
    sha256: str
    effective_from: date
    reason: str
    golden_applicants: int
    proposed_by: str
    proposed_on: date


class ApproveModelAlias(Command):
    segment: Segment
    proposal_id: UUID
    approved_by: str
    approved_on: date


class RejectModelAlias(Command):
    segment: Segment
    proposal_id: UUID
    reason: str
    rejected_by: str
    rejected_on: date


class RecordShadowScore(Command):
    """Keep what a model beside the champion says."""

    application_id: UUID
    segment: Segment
    alias: AliasName
    model_id: str
    sha256: str
    z: Decimal
    pd_percent: Decimal
    grade: str
    scored_on: date


CreditAssessmentCommand = RequestAssessment | RecordSources | RecordAssessment
ModelAliasCommand = ProposeModelAlias | ApproveModelAlias | RejectModelAlias
LoanClassificationCommand = (
    EnterLoan
    | MeasureDelinquency
    | CureLoan
    | ObserveRepayment
    | SettleLoan
    | ReturnLoan
    | WriteOffLoan
    | FollowChangedTerms
    | ClassByOthersCommand
)
