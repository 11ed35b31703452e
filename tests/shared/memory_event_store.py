"""The event store in memory, for tests of everything above it: it passes the contract suite of the real one."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.decider import Memory
from shared.event_store import Answer, KeyUsed, NewEvent, Recorded, VersionConflict


class InMemoryEventStore:
    """The store for tests of everything above it: one process, nothing durable, sealed at once."""

    def __init__(self) -> None:
        self._log: list[Recorded[Any]] = []
        self._streams: dict[str, list[Recorded[Any]]] = {}
        self._ids: set[UUID] = set()
        self._answers: dict[tuple[str, str, str], Answer] = {}

    async def read(self, stream_id: str, memory: Memory[Any] | None = None) -> list[Recorded[Any]]:
        await asyncio.sleep(0)  # a real store lets others run here: races must show
        return self._streams.get(stream_id, [])[:]

    async def remember(self, last: NewEvent, memory: Memory[Any], state: Any) -> None:
        """What is in memory need not be remembered."""

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> None:
        await asyncio.sleep(0)
        lengths: dict[str, int] = {}
        for new in events:
            length = lengths.get(new.stream_id, len(self._streams.get(new.stream_id, [])))
            if new.version != length + 1 or new.event_id in self._ids:
                raise VersionConflict(new.stream_id)
            lengths[new.stream_id] = new.version
        if answer and (answer.client, answer.operation, answer.key) in self._answers:
            raise KeyUsed(answer.key)
        if answer:
            self._answers[answer.client, answer.operation, answer.key] = answer
        for new in events:
            recorded = Recorded(
                pos=len(self._log) + 1,
                stream_id=new.stream_id,
                version=new.version,
                event_id=new.event_id,
                event=new.event,
                meta=new.meta,
                at=datetime.now(UTC),  # noqa: TID251  (the store stamps, as PostgreSQL's does)
            )
            self._log.append(recorded)
            self._streams.setdefault(new.stream_id, []).append(recorded)
            self._ids.add(new.event_id)

    async def answered(self, client: str, operation: str, key: str) -> Answer | None:
        return self._answers.get((client, operation, key))

    async def log(self, after: int, limit: int = 1000) -> list[Recorded[Any]]:
        return self._log[after : after + limit]
