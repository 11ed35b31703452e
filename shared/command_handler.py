"""Read, fold, decide, append: the one way a command becomes facts."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from uuid import UUID, uuid5

from shared.decider import Decider, Remembered
from shared.event_store import Answer, Metadata, NewEvent, Recorded, Streams, VersionConflict
from shared.messages import Command, Event

S = TypeVar("S")
C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)

ATTEMPTS_MAX = 8
REMEMBERED_AFTER = 5
"""Events of a stream until what it came to is kept anew: at most so many are read behind it, less one."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S, E]):
    """What a command did: the new events, and the state and stream version after them."""

    aggregate_id: UUID
    version: int
    state: S
    events: tuple[E, ...]


class StaleVersion(Exception):  # noqa: N818
    """The caller decided on version `expected`, but the stream is at `actual`."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(f"expected version {expected}, found {actual}")
        self.expected, self.actual = expected, actual


class CommandHandler:
    """Handles commands on the streams of one store, or of one transaction."""

    def __init__(self, store: Streams) -> None:
        self.store = store

    async def load(self, decider: Decider[S, C, E], aggregate_id: UUID) -> Outcome[S, E]:
        """The aggregate as it is now; version 0 when its stream has no events."""
        past = await self.store.read(decider.stream(aggregate_id), memory=decider.memory)
        events: tuple[E, ...] = tuple(recorded.event for recorded in past)
        return Outcome(aggregate_id, past[-1].version if past else 0, decider.fold(events), events)

    async def handle(
        self,
        decider: Decider[S, C, E],
        command: C,
        meta: Metadata,
        *,
        command_id: UUID,
        expected_version: int | None = None,
        answer: Callable[[Outcome[S, E]], Answer | None] = lambda outcome: None,
        dry_run: bool = False,
        admit: Callable[[Sequence[Recorded[E]]], None] = lambda past: None,
    ) -> Outcome[S, E]:
        """Decide `command` on the newest state and commit what it decides, with the answer, at once.

        When someone else wrote the stream in between, the command is decided again on the new
        state; `admit` sees its past first and may raise. Raises Rejected, StaleVersion, KeyUsed,
        StoreUnavailable, and VersionConflict after
        `ATTEMPTS_MAX` lost races.
        """
        for attempt in range(1, ATTEMPTS_MAX + 1):
            outcome, new, read = await self._decide(decider, command, meta, command_id, expected_version, admit)
            try:
                stored = answer(outcome)
                if not dry_run and (new or stored):
                    await self.store.append(new, stored)
            except VersionConflict:
                if attempt == ATTEMPTS_MAX:
                    raise
                await asyncio.sleep(random.uniform(0, 0.002 * 2**attempt))  # noqa: S311  (jitter)
            else:
                if decider.memory and new and not dry_run and read + len(new) >= REMEMBERED_AFTER:
                    await self.store.remember(new[-1], decider.memory, outcome.state)
                return outcome
        raise AssertionError("unreachable")

    async def _decide(
        self,
        decider: Decider[S, C, E],
        command: C,
        meta: Metadata,
        command_id: UUID,
        expected_version: int | None,
        admit: Callable[[Sequence[Recorded[E]]], None],
    ) -> tuple[Outcome[S, E], list[NewEvent], int]:
        aggregate_id = decider.stream_id(command)
        stream = decider.stream(aggregate_id)
        past: list[Recorded[E]] = await self.store.read(stream, memory=decider.memory)
        admit(past)
        version = past[-1].version if past else 0
        if expected_version is not None and expected_version != version:
            raise StaleVersion(expected_version, version)
        before = decider.fold(recorded.event for recorded in past)
        events = tuple(decider.decide(command, before))
        # A stream stays with the branch that began it, whoever acts on it.
        meta = replace(meta, branch=past[0].meta.branch) if past else meta
        new = [
            NewEvent(stream, version + n, uuid5(command_id, f"{stream}/{n}"), event, meta)
            for n, event in enumerate(events, start=1)
        ]
        read = sum(not isinstance(recorded.event, Remembered) for recorded in past)
        return Outcome(aggregate_id, version + len(new), decider.fold(events, before), events), new, read
