"""The event store of a simulated process: `InMemoryEventStore`, as seen over a connection that may fail."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shared.decider import Memory
from shared.event_store import Answer, NewEvent, Recorded, StoreUnavailable, VersionConflict
from shared.messages import Event
from tests.simulation.memory_database import Connection, Tables


class Store:
    """The event store as one process sees it: its appends may fail, and may have been committed all the same."""

    def __init__(
        self, tables: Tables, step: Callable[[], Awaitable[None]], check_readable: Callable[[str], None]
    ) -> None:
        self._tables, self._step, self._check_readable = tables, step, check_readable
        self.appended = asyncio.Event()

    async def read(self, stream_id: str, memory: Memory[Any] | None = None) -> list[Recorded[Any]]:
        await self._step()
        self._check_readable(stream_id)
        return await self._tables.log.read(stream_id, memory)

    async def remember(self, last: NewEvent, memory: Memory[Any], state: Any) -> None:
        """What is in memory need not be remembered."""

    async def read_on(self, connection: Connection, streams: list[str]) -> list[Recorded[Any]]:
        await connection.step()
        for stream_id in streams:
            self._check_readable(stream_id)
        return [one for stream_id in streams for one in await self._tables.log.read(stream_id)]

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> None:
        await self._tell(self._step())
        await self._tables.log.append([as_stored(new) for new in events], answer)
        self.appended.set()
        await self._tell(self._step())

    async def write_on(self, connection: Connection, events: Sequence[NewEvent]) -> None:
        await connection.step()
        for new in events:
            if new.event_id in self._tables.log._ids:
                raise VersionConflict(new.stream_id)
        connection.append([as_stored(new) for new in events])

    async def answered(self, client: str, operation: str, key: str) -> Answer | None:
        await self._tell(self._step())
        return await self._tables.log.answered(client, operation, key)

    async def log(self, after: int, limit: int = 1000) -> list[Recorded[Any]]:
        await self._step()
        return await self._tables.log.log(after, limit)

    next_page = log

    async def _tell(self, step: Awaitable[None]) -> None:
        try:
            await step
        except ConnectionError as error:
            raise StoreUnavailable(str(error)) from error


def as_stored(new: NewEvent) -> NewEvent:
    """The event as it comes back from its stored text."""
    kind: type[Event] = type(new.event)
    event = kind.model_validate_json(new.event.model_dump_json())
    return NewEvent(new.stream_id, new.version, new.event_id, event, new.meta)
