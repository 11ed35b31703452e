"""The bus of a simulation. It keeps the port's promise, at least once and in order per stream, and nothing beyond.

Announcements of different streams overtake each other; batches come late, come again, are lost on the way until a
later try, or lose their acknowledgement; a publisher may be cut off before, in the middle of, or after sending; and
now and then a message is rubbish.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from shared.bus import Announcement, Handler, Interest, Undecodable, bucket, parse

QUEUES = 2
BATCH_MAX = 20


@dataclass
class _Queue:
    """What waits for one subscriber; it survives the subscriber's process."""

    waiting: list[tuple[str, bytes]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    deliveries: dict[bytes, int] = field(default_factory=dict)


class Network:
    """See `Bus`. `trouble` is the chance of each fault at each step; 0 ends all faults."""

    def __init__(self, interests: Sequence[Interest], chance: Random, trouble: float) -> None:
        self._interests, self._chance, self.trouble = interests, chance, trouble
        self._queues = {(one.subscriber, one.producer, n): _Queue() for one in interests for n in range(QUEUES)}
        self.rubbish = self.redelivered = 0

    @property
    def is_empty(self) -> bool:
        return not any(queue.waiting for queue in self._queues.values())

    @asynccontextmanager
    async def publishing(self, producer: str) -> AsyncIterator["_Publisher"]:
        yield _Publisher(self, producer)

    def _fails(self) -> bool:
        return self._chance.random() < self.trouble

    async def send(self, producer: str, announcements: Sequence[Announcement]) -> None:
        sent = list(announcements)
        cut_off = self._fails()
        if cut_off:
            sent = sent[: self._chance.randint(0, len(sent))]
        for one in sent:
            for _ in range(2 if self._fails() else 1):
                self._enqueue(producer, one.topic, one.stream_id, one.body)
        await asyncio.sleep(self._chance.uniform(0, 0.02))
        if cut_off:
            raise ConnectionError("the broker is away; what was sent may have arrived")

    def _enqueue(self, producer: str, topic: str, stream_id: str, body: bytes) -> None:
        for interest in self._interests:
            if interest.producer == producer and topic in interest.topics:
                queue = self._queues[interest.subscriber, producer, bucket(stream_id) % QUEUES]
                if self._chance.random() < self.trouble / 10:
                    self.rubbish += 1
                    queue.waiting.append(("rubbish", self._chance.randbytes(8)))
                queue.waiting.append((stream_id, body))
                queue.came.set()

    async def consume(self, interest: Interest, handle: Handler) -> None:
        """Serve the queues of an interest side by side, each in order per stream, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for n in range(QUEUES):
                queue = self._queues[interest.subscriber, interest.producer, n]
                group.create_task(self._serve(queue, handle))

    async def _serve(self, queue: _Queue, handle: Handler) -> None:
        while True:
            while not queue.waiting:
                queue.came.clear()
                await queue.came.wait()
            longest = 2.0 if self._fails() else 0.02
            await asyncio.sleep(self._chance.uniform(0, longest))
            batch = self._pick(queue)
            await handle([self._delivered(queue, body) for _, body in batch])
            if self._fails():
                raise ConnectionError("the broker is away; what was handled was not acknowledged")
            for one in batch:
                queue.waiting.remove(one)

    def _pick(self, queue: _Queue) -> list[tuple[str, bytes]]:
        """The first messages of some streams, in an order that the streams' own orders alone bind."""
        streams: dict[str, list[tuple[str, bytes]]] = {}
        for one in queue.waiting[: 2 * BATCH_MAX]:
            streams.setdefault(one[0], []).append(one)
        left, batch = list(streams.values()), list[tuple[str, bytes]]()
        while left and len(batch) < BATCH_MAX:
            stream = self._chance.choice(left)
            batch.append(stream.pop(0))
            if not stream:
                left.remove(stream)
        return batch

    def _delivered(self, queue: _Queue, body: bytes) -> Announcement | bytes:
        before = queue.deliveries.get(body, 0)
        queue.deliveries[body] = before + 1
        self.redelivered += before > 0
        try:
            return parse(body, before)
        except Undecodable:
            return body


@dataclass(frozen=True)
class _Publisher:
    network: Network
    producer: str

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        await self.network.send(self.producer, announcements)
