"""The consumer as it is often written: it acknowledges too early, keeps no order, or remembers the wrong thing."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from services.operations import topology
from shared import inbox, rabbitmq
from shared.bus import Announcement, Handler
from shared.inbox import HANDLER, Inbox, TransactionStreams
from shared.parking import park

# --- on the broker -----------------------------------------------------------------------------------------


def _consume_with(patch: pytest.MonkeyPatch, each: Any, *, cancels: bool = False) -> None:
    """Consume with a pump of one's own; `cancels` leaves by basic.cancel, as the library's iterator does."""

    async def consume_queue(self: rabbitmq.RabbitBus, name: str, handle: Handler) -> None:
        async with rabbitmq.connected(self._url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=2 * rabbitmq.BATCH if not cancels else 10)
            queue = await channel.get_queue(name, ensure=True)
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            tag = await queue.consume(arrived.put)
            try:
                while True:
                    await each(channel, queue, await arrived.get(), handle)
            finally:
                if cancels:
                    await queue.cancel(tag)
                    await asyncio.sleep(0.3)  # the next consumer is active before the connection gives back the rest

    patch.setattr(rabbitmq.RabbitBus, "_consume_queue", consume_queue)


def acknowledged_before_it_is_handled(patch: pytest.MonkeyPatch) -> None:
    async def each(_channel: Any, _queue: Any, message: AbstractIncomingMessage, handle: Handler) -> None:
        await message.ack()
        await handle([rabbitmq._read(message.body, message.headers)])

    _consume_with(patch, each)


def rejected_when_it_fails(patch: pytest.MonkeyPatch) -> None:
    """Neither put back nor parked."""

    async def each(_channel: Any, _queue: Any, message: AbstractIncomingMessage, handle: Handler) -> None:
        try:
            await handle([rabbitmq._read(message.body, message.headers)])
            await message.ack()
        except ConnectionError:
            await message.reject(requeue=False)

    _consume_with(patch, each)


def tried_again_from_the_end_of_the_queue(patch: pytest.MonkeyPatch) -> None:
    """What a delay queue with a time to live comes to: the next versions go first."""

    async def each(channel: Any, queue: Any, message: AbstractIncomingMessage, handle: Handler) -> None:
        try:
            await handle([rabbitmq._read(message.body, message.headers)])
        except ConnectionError:
            await channel.default_exchange.publish(aio_pika.Message(message.body), queue.name)
        await message.ack()

    _consume_with(patch, each)


def leaves_by_cancel(patch: pytest.MonkeyPatch) -> None:
    async def each(_channel: Any, _queue: Any, message: AbstractIncomingMessage, handle: Handler) -> None:
        await handle([rabbitmq._read(message.body, message.headers)])
        await message.ack()

    _consume_with(patch, each, cancels=True)


def handler_as_callback(patch: pytest.MonkeyPatch) -> None:
    async def consume_queue(self: rabbitmq.RabbitBus, name: str, handle: Handler) -> None:
        async with rabbitmq.connected(self._url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=2 * rabbitmq.BATCH)
            queue = await channel.get_queue(name, ensure=True)

            async def at_once(message: AbstractIncomingMessage) -> None:
                await handle([rabbitmq._read(message.body, message.headers)])
                await message.ack()

            await queue.consume(at_once)
            await asyncio.Event().wait()

    patch.setattr(rabbitmq.RabbitBus, "_consume_queue", consume_queue)


def several_active_consumers(patch: pytest.MonkeyPatch) -> None:
    honest = topology._ordered
    patch.setattr(topology, "_ordered", lambda subscriber: {**honest(subscriber), "x-single-active-consumer": False})


# --- in the database ---------------------------------------------------------------------------------------


def looks_before_it_inserts(patch: pytest.MonkeyPatch) -> None:
    """Whether it was handled is asked first, and noted afterwards."""

    async def apply(self: Inbox, connection: Any, batch: Sequence[Announcement]) -> None:
        known = "select event_id from inbox where event_id = any($1)"
        handled = {UUID(int=row["event_id"].int) for row in await connection.fetch(known, [b.event_id for b in batch])}
        await asyncio.sleep(random.uniform(0, 0.005))
        await _react_to(
            self, connection, [one for key, one in {one.event_id: one for one in batch}.items() if key not in handled]
        )
        for one in batch:
            await connection.execute(
                "insert into inbox values ($1, $2, $3) on conflict do nothing", one.event_id, one.producer, one.topic
            )

    patch.setattr(Inbox, "_apply", apply)


def remembers_apart_from_the_effect(patch: pytest.MonkeyPatch) -> None:
    """The inbox row has a transaction of its own, before the effect's."""

    async def apply(self: Inbox, connection: Any, batch: Sequence[Announcement]) -> None:
        await _react_to(self, connection, await _remembered(self._pool, batch))

    patch.setattr(Inbox, "_apply", apply)


def asks_for_membership_in_the_batch(patch: pytest.MonkeyPatch) -> None:
    """An id that is new to the database is new each time it stands in the batch."""

    async def apply(self: Inbox, connection: Any, batch: Sequence[Announcement]) -> None:
        fresh = {one.event_id for one in await _remembered(connection, batch)}
        await _react_to(self, connection, [one for one in batch if one.event_id in fresh])

    patch.setattr(Inbox, "_apply", apply)


def remembers_the_last_version(patch: pytest.MonkeyPatch) -> None:
    """Of each stream the greatest version that was heard; what has a smaller one is taken for a repetition."""
    seen: dict[str, int] = {}

    async def apply(self: Inbox, connection: Any, batch: Sequence[Announcement]) -> None:
        fresh = []
        for one in await _remembered(connection, batch):
            if one.version > seen.get(one.stream_id, 0):
                seen[one.stream_id] = one.version
                fresh.append(one)
        await _react_to(self, connection, fresh)

    patch.setattr(Inbox, "_apply", apply)


async def _remembered(connection: Any, batch: Sequence[Announcement]) -> list[Announcement]:
    """Those whose ids were new to the inbox, in order; the same one may stand twice."""
    rows = await connection.fetch(
        "insert into inbox(event_id, producer, type) select * from unnest($1::uuid[], $2::text[], $3::text[])"
        " on conflict do nothing returning event_id",
        [one.event_id for one in batch], [one.producer for one in batch], [one.topic for one in batch],
    )  # fmt: skip
    ids = {UUID(int=row["event_id"].int) for row in rows}
    return [one for one in batch if one.event_id in ids]


async def _react_to(self: Inbox, connection: Any, fresh: Sequence[Announcement]) -> None:
    streams = TransactionStreams(self._store, connection)
    for one in fresh:
        await self._react(connection, streams, one, self._reactions(one))
        await connection.execute(
            "insert into inbox_counts values ($1, $2, 0, 1)"
            " on conflict (producer, type, bucket) do update set n = inbox_counts.n + 1",
            one.producer,
            one.topic,
        )
    await streams.flush()


def parks_only_what_failed(patch: pytest.MonkeyPatch) -> None:
    async def none_parked(*_: Any) -> set[str]:
        return set()

    patch.setattr(inbox, "parked_streams", none_parked)


def parks_whoever_came_often(patch: pytest.MonkeyPatch) -> None:
    """The broker's count of deliveries condemns, and it counts whoever was fetched when the process died."""
    honest = Inbox._handle_one

    async def handle_one(self: Inbox, one: Announcement | bytes) -> None:
        if isinstance(one, Announcement) and one.deliveries >= inbox.SUSPECT_DELIVERIES:
            async with self._pool.acquire() as connection:
                event = (one.event_id, one.stream_id, one.version, one.body.decode())
                await park(connection, HANDLER, event, "delivered too often", one.deliveries)
            return
        await honest(self, one)

    patch.setattr(Inbox, "_handle_one", handle_one)


def gives_back_what_the_database_cannot_take(patch: pytest.MonkeyPatch) -> None:
    """While the database is away each try counts against every message of the batch."""
    patch.setattr(Inbox, "handle", Inbox._handle)
