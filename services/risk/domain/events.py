"""Facts of the risk service. A decision and everything it stood on is one fact; a class is one per change."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.classification_events import ClassByOthersEvent
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.expected_credit_loss import Stage
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.provisioning_policy import Booking
from services.risk.domain.source_answers import SourceAnswer
from shared.messages import Event, Value
from shared.money import Money

AliasName = Literal["champion", "challenger", "shadow"]
"""The champion decides; a challenger and a model in shadow are scored beside it and never decide."""


class AssessmentRequested(Event):
    """受理: an application waits for its assessment; the facts are those of this moment, for ever."""

    application_id: UUID
    assessment_id: UUID
    facts: ApplicationFacts
    requested_on: date


class SourcesAnswered(Event):
    """核实: every source has been asked once, or was not to be; `facts` are those that the decision stands on.

    Before there were sources, a decision followed the request at once.
    """

    application_id: UUID
    assessment_id: UUID
    answers: tuple[SourceAnswer, ...]
    facts: ApplicationFacts
    asked_on: date


class CreditAssessed(Event):
    """评估: the decision with its whole record."""

    application_id: UUID
    assessment_id: UUID
    record: DecisionRecord
    assessed_on: date


class LoanEnteredClassification(Event):
    """A loan has been paid out and is classified from now on; normal unless it was heard of before, then `own`."""

    loan_id: UUID
    application_id: UUID
    borrower_id: UUID
    principal: Money
    term_months: int
    entered_on: date
    own: AssetClass | None = Field(default=None, exclude_if=lambda told: told is None)


class LoanClassified(Event):
    """五级分类: the class changed. Rate of the specific provision and impairment stage are those of the new class.

    `own` is the class without what the debtor's other loans demand, told where the borrower is known. `by` a person
    or the debtor's other loans; None where the loan's own payments have moved it.
    """

    loan_id: UUID
    classification: AssetClass
    previous: AssetClass
    provision_rate_percent: Decimal
    stage: Stage
    days_past_due: int
    classified_on: date
    borrower_id: UUID | None = Field(default=None, exclude_if=lambda told: told is None)
    own: AssetClass | None = Field(default=None, exclude_if=lambda told: told is None)
    by: Literal["person", "debtor"] | None = Field(default=None, exclude_if=lambda told: told is None)


class LoanCured(Event):
    """Nothing is past due any more. A loan that was non-performing stays so until `observed_until` has passed well."""

    loan_id: UUID
    cured_on: date
    observed_until: date | None
    stage: Stage


class LoanFellBehind(Event):
    """Something is past due, without a change of class; an observation that was running is over."""

    loan_id: UUID
    days_past_due: int
    stage: Stage
    as_of: date


class LoanLeftClassification(Event):
    """Paid in full or written off: nothing is left to classify."""

    loan_id: UUID
    left_on: date
    written_off: bool


class LoanReturned(Event):
    """The receipt that had paid the loan off was taken back: it stands in the books again, as it had stood."""

    loan_id: UUID
    days_past_due: int
    observed_until: date | None
    stage: Stage
    returned_on: date


class ModelAliasProposed(Event):
    """A model is to serve under an alias; `golden_applicants` of it scored then as they were trained to."""

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


class ModelAliasApproved(Event):
    """The alias names the model from `effective_from` on, until a later move of the same alias."""

    segment: Segment
    proposal_id: UUID
    alias: AliasName
    model_id: str
    sha256: str
    effective_from: date
    proposed_by: str
    approved_by: str
    approved_on: date


class ModelAliasRejected(Event):
    """A proposed move was refused or taken back; nothing moves."""

    segment: Segment
    proposal_id: UUID
    reason: str
    rejected_by: str
    rejected_on: date


class ShadowScored(Event):
    """A model beside the champion has scored an application, log-odds at its own prior; it decides nothing."""

    application_id: UUID
    segment: Segment
    alias: AliasName
    model_id: str
    sha256: str
    z: Decimal
    pd_percent: Decimal
    grade: str
    scored_on: date


class StageLoss(Value):
    """The loans of one stage of impairment: how many, what they owe, what they are expected to lose."""

    stage: Stage
    loans: int
    outstanding: Money
    expected_loss: Money


class ProvisionMeasured(Event):
    """减值计量: expected loss of a branch's loans in one currency, as they stood at the end of `measured_on`.

    `specific` is what their classes demand, `top_up` what is to be held beside it by the policy's `booking`: so that
    both make the expected loss, or, loan by loan, the higher (which is what None did). `undrawn_loss` is expected to be
    lost of the limits that may still be drawn, `undrawn` in all; None before they were measured.
    """

    branch: str
    stages: tuple[StageLoss, ...]
    specific: Money
    top_up: Money
    undrawn: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    undrawn_loss: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    booking: Booking | None = Field(default=None, exclude_if=lambda told: told is None)
    measured_on: date


CreditAssessmentEvent = AssessmentRequested | SourcesAnswered | CreditAssessed
LoanClassificationEvent = (
    LoanEnteredClassification
    | LoanClassified
    | LoanCured
    | LoanFellBehind
    | LoanLeftClassification
    | LoanReturned
    | ClassByOthersEvent
)
ModelAliasEvent = ModelAliasProposed | ModelAliasApproved | ModelAliasRejected
