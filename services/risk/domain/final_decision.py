"""终审结果: one stream per application: what became of the recommendation. Kept to see how often people differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from shared.decider import Decider
from shared.messages import Command, Event

Decision = Literal["approve", "decline"]


class NoteFinalDecision(Command):
    """An application was decided, by policy alone (`automatic`) or by people."""

    application_id: UUID
    decision: Decision
    automatic: bool
    decided_on: date


class FinalDecisionNoted(Event):
    """What application announced. People may still decide after an automatic refusal."""

    application_id: UUID
    decision: Decision
    automatic: bool
    decided_on: date


@dataclass(frozen=True)
class FinalDecision:
    """The latest word, and whether it was people's, which is the last."""

    decision: Decision | None = None
    by_people: bool = False


def decide(command: NoteFinalDecision, known: FinalDecision) -> Sequence[FinalDecisionNoted]:
    if known.by_people or (known.decision is not None and command.automatic):
        return []
    return [FinalDecisionNoted(**command.model_dump())]


def evolve(_known: FinalDecision, event: FinalDecisionNoted) -> FinalDecision:
    return FinalDecision(event.decision, not event.automatic)


final_decision = Decider[FinalDecision, NoteFinalDecision, FinalDecisionNoted](
    category="final_decision",
    stream_id=lambda command: command.application_id,
    initial=FinalDecision(),
    decide=decide,
    evolve=evolve,
    events=(FinalDecisionNoted,),
)
