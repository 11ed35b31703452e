"""Announcements heard: each handled once, with its effects, in one transaction.

A batch shares a transaction. When anything in it fails, its messages go one by one; one that keeps
failing is parked with its reason, and the later messages of its stream behind it.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson
import structlog

from shared import business_date
from shared.bus import Announcement, Interest, Undecodable, bucket, parse, topic
from shared.command_handler import ATTEMPTS_MAX, CommandHandler
from shared.database import UNAVAILABLE
from shared.decider import Decider, Memory
from shared.event_store import Answer, NewEvent, Recorded, StoreUnavailable, VersionConflict
from shared.fault_points import fault_point
from shared.follower import heed_cancellation
from shared.messages import Command
from shared.parking import count_attempts, park, parked_streams
from shared.postgres_event_store import PostgresEventStore, columns
from shared.subscription import Subscription

IN_PLACE_SECONDS = (0.01, 0.1, 1.0)
SUSPECT_DELIVERIES = 3
"""A message delivered this often was there when the process died: its attempts are counted before it is handled."""
HANDLER_SECONDS = 30.0
HANDLER = "inbox"
_COUNT = (
    "insert into inbox_counts select * from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[])"
    " on conflict (producer, type, bucket) do update set n = inbox_counts.n + excluded.n"
)
_UNDECODABLE = UUID("5a1f3f9e-0d0e-5d8e-9b57-1f4f7a1c2d3e")
_log = structlog.get_logger()


_Reaction = tuple[int, Decider[Any, Any, Any], Command]


class _OneByOne(Exception):  # noqa: N818
    """A stream of the batch is parked: its messages must be looked at one at a time."""


class TransactionStreams:
    """The streams as one consumer's transaction sees them.

    Appends are held back, and read back, until `flush` writes them as one statement, the last before the commit.
    """

    def __init__(self, store: PostgresEventStore, connection: Any) -> None:
        self._store, self._connection = store, connection
        self._pending: list[NewEvent] = []
        self._past: dict[str, list[Recorded[Any]]] = {}

    async def foresee(self, streams: Iterable[str]) -> None:
        """Read at once what will be asked for one by one."""
        asked = list(set(streams) - self._past.keys())
        self._past |= {stream: [] for stream in asked}
        for recorded in await self._store.read_on(self._connection, asked):
            self._past[recorded.stream_id].append(recorded)

    async def read(self, stream_id: str, memory: Memory[Any] | None = None) -> list[Recorded[Any]]:  # noqa: ARG002
        """See `Streams.read`; always whole."""
        if stream_id not in self._past:
            await self.foresee([stream_id])
        return self._past[stream_id][:]

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> None:
        """See `Streams.append`; durable when the transaction is."""
        assert answer is None, "a message has no client to answer"
        now = datetime.now(UTC)  # noqa: TID251  (the database will say when; nobody reads this)
        for one in events:
            held = Recorded(0, one.stream_id, one.version, one.event_id, one.event, one.meta, now)
            self._past[one.stream_id].append(held)
        self._pending.extend(events)

    async def remember(self, last: NewEvent, memory: Memory[Any], state: Any) -> None:
        """Nothing: it is not certain yet that this happened."""

    async def flush(self) -> bool:
        """Write what was appended. Whether there was anything."""
        if self._pending:
            await self._store.write_on(self._connection, self._pending)
        return bool(self._pending)


class Inbox:
    """What one service hears, and how a message becomes commands."""

    def __init__(
        self, service: str, pool: asyncpg.Pool, store: PostgresEventStore, subscriptions: Sequence[Subscription[Any]]
    ) -> None:
        self._service, self._pool, self._store = service, pool, store
        self._heard: dict[tuple[str, str], list[Subscription[Any]]] = {}
        for one in subscriptions:
            self._heard.setdefault((one.to.producer, topic(one.to)), []).append(one)

    async def handle(self, batch: Sequence[Announcement | bytes]) -> None:
        """Handle a batch in order, however long the database is away.

        To give the batch back instead would count against every message in it, until the broker gave them up.
        """
        pause = 0.1
        while True:
            try:
                return await self._handle(batch)
            except (*UNAVAILABLE, StoreUnavailable) as error:
                heed_cancellation()
                _log.warning("inbox_waits", service=self._service, reason=repr(error)[:300])
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311  (jitter)
                pause = min(5.0, 2 * pause)

    async def unheard(self, announced: Sequence[Announcement]) -> list[Announcement]:
        """Those that were neither handled nor parked here, of the kinds that are heard here."""
        known = await self._pool.fetch(
            "select event_id from inbox where event_id = any($1) union all"
            " select event_id from parked where handler = $2 and event_id = any($1)",
            [one.event_id for one in announced], HANDLER,
        )  # fmt: skip
        ids = {row["event_id"] for row in known}
        return [one for one in announced if one.event_id not in ids and self._hears(one)]

    def _hears(self, one: Announcement) -> bool:
        kind = (one.producer, one.topic)
        return kind in self._heard or kind == (business_date.PRODUCER, business_date.TOPIC)

    async def _handle(self, batch: Sequence[Announcement | bytes]) -> None:
        fault_point("consume.before_transaction")
        readable = [one for one in batch if isinstance(one, Announcement)]
        async with asyncio.timeout(HANDLER_SECONDS):
            try:
                if len(readable) < len(batch) or any(one.deliveries >= SUSPECT_DELIVERIES for one in readable):
                    raise _OneByOne  # noqa: TRY301  (the same path as a failing batch)
                await self._transact(readable)
            except (*UNAVAILABLE, StoreUnavailable):
                raise
            except Exception:  # noqa: BLE001  (whichever message it was, each is now tried alone)
                for one in batch:
                    await self._handle_one(one)
        self._store.appended.set()
        fault_point("consume.after_commit")

    async def _transact(self, batch: Sequence[Announcement]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            if await parked_streams(connection, HANDLER, [one.stream_id for one in batch]):
                raise _OneByOne
            await self._apply(connection, batch)
            fault_point("consume.before_commit")

    async def _apply(self, connection: Any, batch: Sequence[Announcement]) -> None:
        """Handle what is fresh of the batch on the caller's transaction, and count it."""
        rows = await connection.fetch(
            "insert into inbox(event_id, producer, type) select * from unnest($1::uuid[], $2::text[], $3::text[])"
            " on conflict do nothing returning event_id",
            [one.event_id for one in batch], [one.producer for one in batch], [one.topic for one in batch],
        )  # fmt: skip
        fresh = {row["event_id"] for row in rows}
        new: list[tuple[Announcement, list[_Reaction]]] = []
        for one in batch:
            if one.event_id in fresh:
                fresh.remove(one.event_id)  # the same id can stand twice in one batch
                new.append((one, self._reactions(one)))
        streams = TransactionStreams(self._store, connection)
        await streams.foresee(kind.stream(kind.stream_id(ask)) for _, asked in new for _, kind, ask in asked)
        counts = Counter((one.producer, one.topic, bucket(one.stream_id)) for one, _ in new)
        for one, reactions in new:
            await self._react(connection, streams, one, reactions)
        await streams.flush()
        await connection.execute(_COUNT, *columns([(*kind, n) for kind, n in sorted(counts.items())], 4))

    def _reactions(self, one: Announcement) -> list[_Reaction]:
        """The commands that it causes, each with its subscription's place and decider."""
        if not self._hears(one):
            raise Undecodable(f"{one.topic} of {one.producer} is not known here")
        heard = enumerate(self._heard.get((one.producer, one.topic), []))
        asked = [(n, it.decider, it.then(it.to.model_validate(one.data))) for n, it in heard]
        return [(n, decider, command) for n, decider, command in asked if command is not None]

    async def _react(
        self, connection: Any, streams: TransactionStreams, one: Announcement, reactions: list[_Reaction]
    ) -> None:
        if (one.producer, one.topic) == (business_date.PRODUCER, business_date.TOPIC):
            await business_date.advance(connection, business_date.opened_by(one.data))
        meta = replace(one.meta, actor=f"system:{self._service}", client=f"system:{self._service}")
        for n, decider, command in reactions:
            command_id = uuid5(one.event_id, f"{self._service}/{n}")
            await CommandHandler(streams).handle(decider, command, meta, command_id=command_id)

    async def _handle_one(self, one: Announcement | bytes) -> None:
        if isinstance(one, bytes):
            event_id = uuid5(_UNDECODABLE, sha256(one).hexdigest())
            text = orjson.dumps({"undecodable": one.decode(errors="replace")[:10_000].replace("\x00", "�")}).decode()
            await self._park((event_id, "undecodable", 1, text), "not a CloudEvent of ours", 1)
            return
        event = (one.event_id, one.stream_id, one.version, one.body.decode())
        if (
            one.deliveries >= SUSPECT_DELIVERIES
            and (await count_attempts(self._pool, HANDLER, [one.event_id]))[0] > SUSPECT_DELIVERIES
        ):
            await self._park(event, "the process died while handling it, several times", SUSPECT_DELIVERIES)
            return
        async with self._pool.acquire() as connection, connection.transaction():
            if await parked_streams(connection, HANDLER, [one.stream_id]):
                await self._park_on(connection, event, "behind a parked message of its stream", 0)
                return
        races, failures = 0, 0
        while True:
            try:
                await self._transact([one])
            except (*UNAVAILABLE, StoreUnavailable):
                raise
            except (VersionConflict, asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                races += 1
                if races > ATTEMPTS_MAX:
                    raise TimeoutError("kept losing races for a stream") from None
                await asyncio.sleep(random.uniform(0, 0.005 * 2**races))  # noqa: S311  (jitter)
            except Exception as error:  # noqa: BLE001  (parked with its reason)
                if failures == len(IN_PLACE_SECONDS):
                    _log.exception("message_parked", event_id=str(one.event_id), topic=one.topic)
                    await self._park(event, f"{type(error).__name__}: {error}", failures + 1)
                    return
                await asyncio.sleep(IN_PLACE_SECONDS[failures])
                failures += 1
            else:
                return

    async def _park(self, event: tuple[UUID, str, int, str], error: str, attempts: int) -> None:
        """Park, unless it was handled before: a duplicate of a handled message is nothing to wait for."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._park_on(connection, event, error, attempts)

    async def _park_on(self, connection: Any, event: tuple[UUID, str, int, str], error: str, attempts: int) -> None:
        if not await connection.fetchval("select true from inbox where event_id = $1", event[0]):
            await park(connection, HANDLER, event, error, attempts)

    async def redrive(self, connection: Any, row: asyncpg.Record) -> None:
        """Handle a parked message on the transaction that removes it."""
        await self._apply(connection, [parse(row["body"].encode())])


def interests(service: str, subscriptions: Sequence[Subscription[Any]]) -> tuple[Interest, ...]:
    """What a service hears, by producer; every service hears the business date close."""
    topics: dict[str, set[str]] = {business_date.PRODUCER: {business_date.TOPIC}}
    for one in subscriptions:
        topics.setdefault(one.to.producer, set()).add(topic(one.to))
    return tuple(Interest(service, producer, tuple(sorted(heard))) for producer, heard in sorted(topics.items()))
