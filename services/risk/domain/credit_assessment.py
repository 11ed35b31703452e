"""授信评估: one stream per application: asked for once, checked once, decided once; the decision never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never, get_args
from uuid import UUID, uuid5

from services.risk.domain.answered_facts import answered_facts
from services.risk.domain.commands import (
    CreditAssessmentCommand,
    RecordAssessment,
    RecordSources,
    RequestAssessment,
)
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.events import (
    AssessmentRequested,
    CreditAssessed,
    CreditAssessmentEvent,
    SourcesAnswered,
)
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.source_answers import SourceAnswer
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
class Answered:
    """`declared` are the facts of the application, `facts` those after the sources have been asked."""

    assessment_id: UUID
    declared: ApplicationFacts
    facts: ApplicationFacts
    answers: tuple[SourceAnswer, ...]


@dataclass(frozen=True)
class Assessed:
    """`answers` is empty where the decision is of before there were sources."""

    assessment_id: UUID
    declared: ApplicationFacts
    answers: tuple[SourceAnswer, ...]
    record: DecisionRecord


CreditAssessment = NotRequested | Requested | Answered | Assessed


def assessment_id_of(application_id: UUID) -> UUID:
    """The id of an application's one assessment."""
    return uuid5(application_id, "credit_assessment")


def decide(command: CreditAssessmentCommand, assessment: CreditAssessment) -> Sequence[CreditAssessmentEvent]:
    match command, assessment:
        case RequestAssessment(), NotRequested():
            return [request(command)]
        case RequestAssessment(), _:
            return []  # the announcement was delivered twice
        case RecordSources() | RecordAssessment(), NotRequested():
            raise Rejected("assessment_not_requested", "nobody asked for an assessment of this application")
        case RecordSources(), Requested():
            return [check(command, assessment)]
        case RecordSources(), _:
            return []  # asked twice, because the process died between; the first answers stand
        case RecordAssessment(), Requested():
            raise Rejected("sources_not_asked", "the sources are asked before anything is decided")
        case RecordAssessment(), Answered():
            return [record(command, assessment)]
        case RecordAssessment(), _:
            return []  # scored twice, likewise; the first decision stands
        case _:
            assert_never(command)


def request(command: RequestAssessment) -> AssessmentRequested:
    """Keep the facts. Rejected when they are not one borrower's, or not in one currency: no rule could weigh them."""
    facts = command.facts
    if not facts.has_its_parts:
        raise Rejected("facts_of_another_segment", f"a {facts.segment} is assessed on a {facts.segment}'s facts")
    if len(facts.currencies()) > 1:
        raise Rejected("currencies_mixed", "all amounts of an application are in one currency")
    return AssessmentRequested(
        application_id=facts.application_id,
        assessment_id=assessment_id_of(facts.application_id),
        facts=facts,
        requested_on=facts.submitted_on,
    )


def check(command: RecordSources, assessment: Requested) -> SourcesAnswered:
    """Keep the answers, and the facts as they correct them."""
    return SourcesAnswered(
        application_id=command.application_id,
        assessment_id=assessment.assessment_id,
        answers=command.answers,
        facts=answered_facts(assessment.facts, command.answers, command.asked_on),
        asked_on=command.asked_on,
    )


def record(command: RecordAssessment, assessment: Answered) -> CreditAssessed:
    """Record the decision. Rejected when it was made on other facts than those kept."""
    if command.record.facts != assessment.facts:
        raise Rejected("assessed_other_facts", "the decision does not stand on the facts that were checked")
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
        case SourcesAnswered():
            assert isinstance(assessment, Requested), "only what was requested can have been checked"
            return Answered(event.assessment_id, assessment.facts, event.facts, event.answers)
        case CreditAssessed():
            if isinstance(assessment, Requested):  # recorded before there were sources
                return Assessed(event.assessment_id, assessment.facts, (), event.record)
            assert isinstance(assessment, Answered), "only what was requested can have been assessed"
            return Assessed(event.assessment_id, assessment.declared, assessment.answers, event.record)
        case _:
            assert_never(event)


def stream_id(command: CreditAssessmentCommand) -> UUID:
    match command:
        case RequestAssessment():
            return command.facts.application_id
        case RecordSources() | RecordAssessment():
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
