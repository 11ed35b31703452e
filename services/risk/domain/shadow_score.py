"""影子评分: what a challenger or a model in shadow says of an application. It is a fact, and it decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from services.risk.domain.commands import RecordShadowScore
from services.risk.domain.events import ShadowScored
from shared.decider import Decider


@dataclass(frozen=True)
class ShadowScores:
    """The hashes of the models that have spoken of the application."""

    by_model: frozenset[str] = frozenset()


def decide(command: RecordShadowScore, scores: ShadowScores) -> Sequence[ShadowScored]:
    """A model speaks once: what it says again is what it said."""
    match command:
        case RecordShadowScore():
            return [] if command.sha256 in scores.by_model else [ShadowScored(**dict(command))]
        case _:
            assert_never(command)


def evolve(scores: ShadowScores, event: ShadowScored) -> ShadowScores:
    match event:
        case ShadowScored():
            return ShadowScores(scores.by_model | {event.sha256})
        case _:
            assert_never(event)


shadow_score = Decider[ShadowScores, RecordShadowScore, ShadowScored](
    category="shadow_score",
    stream_id=lambda command: command.application_id,
    initial=ShadowScores(),
    decide=decide,
    evolve=evolve,
    events=(ShadowScored,),
)
