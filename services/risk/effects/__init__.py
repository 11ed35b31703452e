"""An application waits → its sources are asked → the models and policy of its day speak → the decision is recorded."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import assert_never

from services.risk.credit_sources import CreditSources, open_credit_sources
from services.risk.domain.commands import RecordAssessment, RecordSources
from services.risk.domain.credit_assessment import credit_assessment
from services.risk.domain.events import AssessmentRequested, SourcesAnswered
from services.risk.effects.post_loan import post_loan_effects
from services.risk.scoring import ModelShelf, assess
from shared.effect import Do, Effect, Reaction
from shared.engine import Engine
from shared.event_store import Recorded


@dataclass(frozen=True)
class Outside:
    """What an assessment needs besides its facts."""

    shelf: ModelShelf
    sources: CreditSources


@asynccontextmanager
async def open_outside(engine: Engine) -> AsyncIterator[Outside]:
    """The models and policy, checked, and the data gateway.

    A model or policy that is not as it was approved is refused, and the service's health says so.
    """
    shelf = ModelShelf(engine.store, engine.failing)
    await shelf.library()
    async with open_credit_sources() as sources:
        yield Outside(shelf, sources)


async def assess_application(
    recorded: Recorded[AssessmentRequested | SourcesAnswered], outside: Outside, attempt: int
) -> Sequence[Reaction]:
    """One effect for both steps, because one checkpoint says how far an application has come.

    Scored is with what is in force on the day the sources were asked. They are only read: a second attempt asks
    again, and the first answers on record stand.
    """
    del attempt
    match recorded.event:
        case AssessmentRequested() as requested:
            asked_on = max(recorded.meta.business_date, requested.requested_on)
            answers = await outside.sources.ask(requested.facts, asked_on)
            answered = RecordSources(application_id=requested.application_id, answers=answers, asked_on=asked_on)
            return [Do(credit_assessment, answered)]
        case SourcesAnswered() as checked:
            library = await outside.shelf.library([checked.facts.segment])
            record = assess(checked.facts, library, assessment_id=checked.assessment_id, assessed_on=checked.asked_on)
            return [Do(credit_assessment, RecordAssessment(application_id=checked.application_id, record=record))]
        case _:
            assert_never(recorded.event)


effects = (
    Effect(name="assess", on=(AssessmentRequested, SourcesAnswered), act=assess_application),
    *post_loan_effects,
)
