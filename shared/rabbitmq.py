"""The bus on RabbitMQ (3.10 to 4.x): topology declared at migration, confirms awaited, order kept.

One durable topic exchange per producer with an alternate exchange for what nobody hears; per
subscriber and producer a number of quorum queues with a single active consumer each, bound to
their share of the 16 buckets. A connection is never repaired: on any error it is dropped and built anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from shared.bus import Announcement, Handler, Interest, Undecodable, parse
from shared.fault_points import fault_point

CONNECT_SECONDS = 10.0
CONFIRM_SECONDS = 10.0
BATCH = 50
PERSISTENT = 2
_log = structlog.get_logger()


def exchange_name(producer: str) -> str:
    """The topic exchange that a service publishes to."""
    return f"{producer}.events"


def queue_names(interest: Interest, queues: int) -> list[str]:
    """The queues of an interest: `<subscriber>.<producer>.<n>`."""
    return [f"{interest.subscriber}.{interest.producer}.{n}" for n in range(queues)]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AbstractConnection]:
    try:
        connection = await aio_pika.connect(url, timeout=CONNECT_SECONDS, heartbeat=10)
    except StopAsyncIteration as hung_up:  # aiormq's word for it, which would leave a generator as a RuntimeError
        raise ConnectionError("the broker closed the connection before it answered") from hung_up
    try:
        yield connection
    finally:
        with suppress(Exception):
            await asyncio.wait_for(connection.close(), 2.0)


class RabbitBus:
    """See `Bus`. One connection per producer's relay and one per consumed queue."""

    def __init__(self, url: str, queues: int) -> None:
        self._url, self._queues = url, queues

    @asynccontextmanager
    async def publishing(self, producer: str) -> AsyncIterator["RabbitPublisher"]:
        """A channel of its own: one channel, one order."""
        async with connected(self._url) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.get_exchange(exchange_name(producer), ensure=True)
            yield RabbitPublisher(await channel.get_underlay_channel(), exchange_name(producer))

    async def consume(self, interest: Interest, handle: Handler) -> None:
        """Consume the interest's queues, one task each: strict order within a queue."""
        async with asyncio.TaskGroup() as group:
            for name in queue_names(interest, self._queues):
                group.create_task(self._consume_queue(name, handle), name=name)

    async def _consume_queue(self, name: str, handle: Handler) -> None:
        # Leaving closes channel and connection, never basic.cancel: a cancel would wake the next consumer
        # before the prefetched messages are back, and it would see later messages first.
        async with connected(self._url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=2 * BATCH)
            await channel.get_queue(name, ensure=True)
            arrived: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
            # The handler is never the callback: aiormq would run one task a delivery, in any order. And it is aiormq's
            # callback, for aio_pika would make a message of its own of each and run a second task for it.
            await (await channel.get_underlay_channel()).basic_consume(name, arrived.put)
            await _pump([connection.closed(), channel.closed()], name, arrived, handle)


async def _pump(
    endings: Sequence[Awaitable[object]], name: str, arrived: "asyncio.Queue[DeliveredMessage]", handle: Handler
) -> None:
    """Batch, handle, acknowledge, until the channel or its connection ends."""
    ended = [asyncio.ensure_future(ending) for ending in endings]
    try:
        while True:
            first = asyncio.ensure_future(arrived.get())
            await asyncio.wait([first, *ended], return_when=asyncio.FIRST_COMPLETED)
            if not first.done() or any(one.done() for one in ended):
                first.cancel()
                raise ConnectionError(f"the channel consuming {name} was closed")
            batch = [first.result()]
            while len(batch) < BATCH and not arrived.empty():
                batch.append(arrived.get_nowait())
            await handle([_read(one.body, one.header.properties.headers) for one in batch])
            last = batch[-1]
            await last.channel.basic_ack(last.delivery_tag or 0, multiple=True)
            fault_point("consume.after_ack")
    finally:
        for one in ended:
            one.cancel()


def _read(body: bytes, headers: Mapping[str, object] | None) -> Announcement | bytes:
    deliveries = (headers or {}).get("x-delivery-count", 0)
    try:
        return parse(body, deliveries if isinstance(deliveries, int) else 0)
    except Undecodable:
        _log.warning("undecodable_message", size=len(body))
        return body


class RabbitPublisher:
    """Publishes batches on one channel and waits for all their confirms together."""

    def __init__(self, channel: Any, exchange: str) -> None:  # aiormq's, whose abstract type knows no `wait`
        self._channel, self._exchange = channel, exchange

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        """Return when every announcement is confirmed; raise if one is returned, refused or not confirmed in time."""
        async with asyncio.timeout(CONFIRM_SECONDS):  # one for all: a timeout for each would cost a task for each
            await asyncio.gather(*map(self._publish, announcements))

    async def _publish(self, one: Announcement) -> None:
        properties = Basic.Properties(
            message_id=str(one.event_id), content_type="application/cloudevents+json", delivery_mode=PERSISTENT,
            headers={"stream_id": one.stream_id, "version": one.version},
        )  # fmt: skip
        # Each waits for its confirm, and not, as aio_pika would have it, for its turn to leave the socket as well.
        await self._channel.basic_publish(
            one.body, exchange=self._exchange, routing_key=one.routing_key, properties=properties, mandatory=True,
            wait=False,
        )  # fmt: skip
