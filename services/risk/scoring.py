"""Assess an application with what is in force, or an old record with what it was made with."""

from datetime import date
from uuid import UUID

from services.risk.domain.credit_decision import decide_credit
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.facts import ApplicationFacts
from services.risk.registry import Library


def assess(facts: ApplicationFacts, library: Library, *, assessment_id: UUID, assessed_on: date) -> DecisionRecord:
    """The decision with the champion and the policy data of `assessed_on`. LookupError where something lacks."""
    rules = library.in_force(facts.segment, assessed_on)
    return decide_credit(facts, rules, assessment_id=assessment_id, assessed_on=assessed_on)


def replay_assessment(record: DecisionRecord, library: Library) -> DecisionRecord:
    """The record computed again from its own facts, model and policy, whatever serves today.

    LookupError when the library no longer holds one of them.
    """
    return decide_credit(
        record.facts,
        library.of_record(record.documents),
        assessment_id=record.assessment_id,
        assessed_on=record.assessed_on,
        engine=record.engine,
    )
