"""The in-process bus of the embedded start: the relay's publish is the subscribers' handling.

Nothing is lost because the relay's cursor moves only when every subscriber has handled the batch.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.bus import Announcement, Handler, Interest

BATCH = 50


class LocalBus:
    """See `Bus`. `expected` are all the interests there will be: publishing waits until each is being served."""

    def __init__(self, expected: Iterable[Interest]) -> None:
        self._expected = tuple(expected)
        self._serving: dict[tuple[str, str], Handler] = {}
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def publishing(self, producer: str) -> AsyncIterator["LocalPublisher"]:
        """See `Bus.publishing`."""
        yield LocalPublisher(self, producer)

    async def deliver(self, producer: str, announcements: Sequence[Announcement]) -> None:
        """Hand the announcements to every subscriber, in order; raises what a handler raises."""
        for interest in self._expected:
            if interest.producer != producer:
                continue
            wanted = [one for one in announcements if one.topic in interest.topics]
            for start in range(0, len(wanted), BATCH):
                handle = await self._handler(interest)
                await handle(wanted[start : start + BATCH])

    async def consume(self, interest: Interest, handle: Handler) -> None:
        """Serve an interest until cancelled."""
        key = (interest.subscriber, interest.producer)
        async with self._changed:
            self._serving[key] = handle
            self._changed.notify_all()
        try:
            await asyncio.Event().wait()
        finally:
            del self._serving[key]

    async def _handler(self, interest: Interest) -> Handler:
        key = (interest.subscriber, interest.producer)
        async with self._changed:
            await self._changed.wait_for(lambda: key in self._serving)
        return self._serving[key]


@dataclass(frozen=True)
class LocalPublisher:
    """See `Publisher`."""

    bus: LocalBus
    producer: str

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        """See `Publisher.publish`."""
        await self.bus.deliver(self.producer, announcements)
