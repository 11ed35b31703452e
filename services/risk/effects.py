"""An application waits → the models and policy of its day speak → the decision is recorded."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from services.risk.domain.commands import RecordAssessment
from services.risk.domain.credit_assessment import credit_assessment
from services.risk.domain.events import AssessmentRequested
from services.risk.scoring import ModelShelf, assess
from shared.effect import Do, Effect, Reaction
from shared.engine import Engine
from shared.event_store import Recorded


@asynccontextmanager
async def open_models(engine: Engine) -> AsyncIterator[ModelShelf]:
    """The models and policy, checked; what is not as it was approved is refused, and the service's health says so."""
    shelf = ModelShelf(engine.store, engine.failing)
    await shelf.library()
    yield shelf


async def score_application(
    recorded: Recorded[AssessmentRequested], shelf: ModelShelf, attempt: int
) -> Sequence[Reaction]:
    """Score it with what is in force on the business date of the request.

    The same attempt after attempt: nothing outside is touched, so a repetition finds the same record.
    """
    del attempt
    requested = recorded.event
    record = assess(
        requested.facts,
        await shelf.library([requested.facts.segment]),
        assessment_id=requested.assessment_id,
        assessed_on=max(recorded.meta.business_date, requested.requested_on),
    )
    command = RecordAssessment(application_id=requested.application_id, record=record)
    return [Do(credit_assessment, command)]


effects = (Effect(name="assess", on=(AssessmentRequested,), act=score_application),)
