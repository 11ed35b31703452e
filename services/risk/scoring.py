"""Assess an application with what is in force, or an old record with what it was made with."""

from collections.abc import MutableMapping, Sequence
from datetime import date
from typing import get_args
from uuid import UUID

from services.risk.domain.credit_decision import decide_credit
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.model_alias import ModelAliases, model_alias, stream_of
from services.risk.registry import Alias, Library, load
from shared.event_store import Streams

HEALTH = "library: "
"""Before what the health of the service says of a document or alias that is refused."""


class ModelShelf:
    """The models and policy that one process serves with: files, and the moves of aliases in the log.

    The log is asked every time: an alias that moved is in force at once, in every replica, and never by half.
    """

    def __init__(self, store: Streams, failing: MutableMapping[str, str], files: Library | None = None) -> None:
        self._store, self._failing = store, failing
        self._files = files or load()
        self._missed: set[str] = set()

    async def library(self, segments: Sequence[Segment] = get_args(Segment)) -> Library:
        """The library with the aliases of these segments as the log has moved them."""
        moved = [alias for segment in segments for alias in moves(await self.aliases(segment))]
        missing = {alias.sha256 for alias in moved if self._files.stored(alias.sha256) is None}
        if missing - self._missed:
            self._missed |= missing
            self.look_again()
        found = self._files.with_aliases(moved)
        self._failing.update({f"{HEALTH}{name}": why for name, why in found.refused.items()})
        return found

    async def aliases(self, segment: Segment) -> ModelAliases:
        """What was proposed and moved in a segment."""
        past = await self._store.read(model_alias.stream(stream_of(segment)))
        return model_alias.fold(recorded.event for recorded in past)

    def look_again(self) -> None:
        """Read the folders anew: a new file joins; what was read before stays, whatever became of its file."""
        self._files = load(self._files)
        for name in [name for name in self._failing if name.startswith(HEALTH)]:
            del self._failing[name]


def moves(aliases: ModelAliases) -> list[Alias]:
    """The approved moves as the library knows aliases; who proposed a model answers for its training."""
    return [
        Alias(
            alias=one.alias,
            segment=one.segment,
            model_id=one.model_id,
            sha256=one.sha256,
            effective_from=one.effective_from,
            trained_by=one.proposed_by,
            approved_by=one.approved_by,
        )
        for one in aliases.moved
    ]


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
