"""授信评估: one stream per application: asked for once, decided once, and the decision never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never, get_args
from uuid import UUID, uuid5

from services.risk.domain.commands import CreditAssessmentCommand, RecordAssessment, RequestAssessment
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.events import AssessmentRequested, CreditAssessed, CreditAssessmentEvent
from services.risk.domain.facts import ApplicationFacts
from shared.decider import Decider
from shared.messages import Rejected


@dataclass(frozen=True)
class NotRequested:
    pass


@dataclass(frozen=True)
class Requested:
    assessment_id: UUID
    facts: ApplicationFacts


@dataclass(frozen=True)
class Assessed:
    assessment_id: UUID
    record: DecisionRecord


CreditAssessment = NotRequested | Requested | Assessed


def assessment_id_of(application_id: UUID) -> UUID:
    """The id of an application's one assessment."""
    return uuid5(application_id, "credit_assessment")


def decide(command: CreditAssessmentCommand, assessment: CreditAssessment) -> Sequence[CreditAssessmentEvent]:
    match command, assessment:
        case RequestAssessment(), NotRequested():
            return [request(command)]
        case RequestAssessment(), _:
            return []  # the announcement was delivered twice
        case RecordAssessment(), Requested():
            return [record(command, assessment)]
        case RecordAssessment(), Assessed():
            return []  # scored twice, because the process died between; the first decision stands
        case RecordAssessment(), NotRequested():
            raise Rejected("assessment_not_requested", "nobody asked for an assessment of this application")
        case _:
            assert_never(command)


def request(command: RequestAssessment) -> AssessmentRequested:
    """Keep the facts. Rejected when they are not one borrower's, or not in one currency: no rule could weigh them."""
    facts = command.facts
    given = {"company": facts.company, "person": facts.person}
    if [name for name, part in given.items() if part is not None] != [facts.segment]:
        raise Rejected("facts_of_another_segment", f"a {facts.segment} is assessed on a {facts.segment}'s facts")
    if len(facts.currencies()) > 1:
        raise Rejected("currencies_mixed", "all amounts of an application are in one currency")
    return AssessmentRequested(
        application_id=facts.application_id,
        assessment_id=assessment_id_of(facts.application_id),
        facts=facts,
        requested_on=facts.submitted_on,
    )


def record(command: RecordAssessment, assessment: Requested) -> CreditAssessed:
    """Record the decision. Rejected when it was made on other facts than those kept."""
    if command.record.facts != assessment.facts:
        raise Rejected("assessed_other_facts", "the decision does not stand on the facts of the request")
    return CreditAssessed(
        application_id=command.application_id,
        assessment_id=assessment.assessment_id,
        record=command.record,
        assessed_on=command.record.assessed_on,
    )


def evolve(assessment: CreditAssessment, event: CreditAssessmentEvent) -> CreditAssessment:
    match event:
        case AssessmentRequested():
            return Requested(event.assessment_id, event.facts)
        case CreditAssessed():
            assert isinstance(assessment, Requested), "only what was requested can have been assessed"
            return Assessed(event.assessment_id, event.record)
        case _:
            assert_never(event)


def stream_id(command: CreditAssessmentCommand) -> UUID:
    match command:
        case RequestAssessment():
            return command.facts.application_id
        case RecordAssessment():
            return command.application_id
        case _:
            assert_never(command)


credit_assessment = Decider[CreditAssessment, CreditAssessmentCommand, CreditAssessmentEvent](
    category="credit_assessment",
    stream_id=stream_id,
    initial=NotRequested(),
    decide=decide,
    evolve=evolve,
    events=get_args(CreditAssessmentEvent),
)
