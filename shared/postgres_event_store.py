"""The event store on PostgreSQL: one plain INSERT, grouped over concurrent callers; reads of the sealed log."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, field
from functools import lru_cache, reduce
from typing import Any, TypeVar
from zlib import crc32

import asyncpg
import orjson

from shared.database import UNAVAILABLE
from shared.decider import Memory, Remembered
from shared.event_store import METADATA, Answer, KeyUsed, NewEvent, Recorded, StoreUnavailable, VersionConflict
from shared.fault_points import fault_point
from shared.messages import Event
from shared.personal_data import Vault, holds_personal
from shared.together import Together

S = TypeVar("S")

WRITERS, BATCH_MAX, RECENT, TAIL = 2, 200, 256, 256
"""RECENT: decoded events that are kept, for what runs in a process reads the same ones by turns."""

_INSERT = """
with answers as (
  insert into idempotency(client, operation, key, request_hash, status, location, etag, body)
  select * from unnest($8::text[], $9::text[], $10::text[], $11::bytea[], $12::smallint[], $13::text[], $14::text[],
                       $15::bytea[])), memories as (
  insert into snapshots select * from unnest($16::text[], $17::int[], $18::uuid[], $19::smallint[], $20::json[])
  on conflict (stream_id) do update set version = excluded.version, event_id = excluded.event_id,
    state_v = excluded.state_v, state = excluded.state)
insert into events(stream_id, version, event_id, type, schema_v, data, meta)
select * from unnest($1::text[], $2::int[], $3::uuid[], $4::text[], $5::smallint[], $6::json[], $7::json[])"""

_COLUMNS = "e.stream_id, e.version, e.event_id, e.type, e.schema_v, e.data, e.meta, e.at"
_STREAMS = (
    f"select 0 as pos, {_COLUMNS} from unnest($1::text[]) asked(stream),"
    " lateral (select * from events where stream_id = stream order by version) e"
)
_REMEMBERED = f"""
with kept as materialized (
  select s.version, s.event_id, s.state, last.at from snapshots s
  join events last on (last.stream_id, last.version, last.event_id) = (s.stream_id, s.version, s.event_id)
  where s.stream_id = $1 and s.state_v = $2)
select -1 as pos, $1 as stream_id, version, event_id, '' as type, 0::smallint as schema_v, state as data,
  null::json as meta, at from kept
union all select 0, {_COLUMNS} from events e where stream_id = $1 and version > coalesce((select version from kept), 0)
union all select 0, {_COLUMNS} from events e where stream_id = $1 and version = 1 and exists (select from kept)
order by version"""
_LOG = f"select l.pos, {_COLUMNS} from log l join events e using (seq) where l.pos > $1 order by l.pos limit $2"


class UnknownEvent(Exception):  # noqa: N818
    """A stored type or version that this code does not know: written by a newer release, or not ours."""


class Codec:
    """Typed events to stored rows and back. The class name is the stored type."""

    def __init__(self, types: Iterable[type[Event]], vault: Vault) -> None:
        self._vault = vault
        self._types = {one.__name__: one for one in types}
        self.personal = {name for name, one in self._types.items() if holds_personal(one)}
        self._recently = lru_cache(RECENT)(self._event)

    async def encode(self, new: NewEvent) -> tuple[Any, ...]:
        """The row of `new`, in the order of the INSERT's columns."""
        kind = type(new.event)
        if kind.__name__ in self.personal:
            data = await self._vault.encrypt(new.event_id, new.event.model_dump(mode="json"))
            text = orjson.dumps(data).decode()
        else:
            text = new.event.model_dump_json()
        meta = METADATA.dump_json(new.meta, exclude_none=True).decode()
        return (new.stream_id, new.version, new.event_id, kind.__name__, len(kind.upcasters) + 1, text, meta)

    async def decode(self, rows: Iterable[asyncpg.Record]) -> list[Recorded[Any]]:
        """The typed events of rows, each brought to its newest version; stored bytes never change."""
        return [
            self._recorded(row, await self._opened(row) if row["type"] in self.personal else row["data"])
            for row in rows
        ]

    async def _opened(self, row: asyncpg.Record) -> bytes:
        return orjson.dumps(await self._vault.decrypt(row["event_id"], orjson.loads(row["data"])))

    def _recorded(self, row: asyncpg.Record, data: str | bytes) -> Recorded[Any]:
        pos, stream_id, version, event_id, name, schema_v, _, meta, at = row
        # What is personal is forgotten at once; the rest is a frozen value of its text, however often it is read.
        event = (self._event if name in self.personal else self._recently)(name, schema_v, data)
        return Recorded(pos, stream_id, version, event_id, event, METADATA.validate_json(meta), at)

    def _event(self, name: str, schema_v: int, data: str | bytes) -> Event:
        kind = self._types.get(name)
        if kind is None or schema_v > len(kind.upcasters) + 1:
            raise UnknownEvent(f"{name} version {schema_v}")
        if stale := kind.upcasters[schema_v - 1 :]:
            data = orjson.dumps(reduce(lambda old, upcast: upcast(old), stale, orjson.loads(data)))
        return kind.model_validate_json(data)


@dataclass
class _Append:
    """One caller's events and answer, or what a stream came to; all or nothing, and the future it waits on."""

    rows: list[tuple[Any, ...]]
    answer: Answer | None = None
    kept: tuple[Any, ...] | None = None
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


async def insert(connection: Any, appends: Sequence[_Append]) -> None:
    """Write the appends as one statement, sorted by stream so that two writers cannot deadlock."""
    rows = sorted((row for append in appends for row in append.rows), key=lambda row: (row[0], row[1]))
    answers = [astuple(append.answer) for append in appends if append.answer]
    kept = sorted(append.kept for append in appends if append.kept)
    try:
        await connection.execute(_INSERT, *columns(rows, 7), *columns(answers, 8), *columns(kept, 5))
    except asyncpg.UniqueViolationError as error:
        if error.table_name == "idempotency":
            raise KeyUsed(str(error)) from error
        raise VersionConflict(str(error)) from error


def columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    """The `count` columns of rows, of which there may be none: what `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


class PostgresEventStore:
    """See `EventStore`. Appends of concurrent callers share a commit; each waits for its own to be durable."""

    def __init__(self, pool: asyncpg.Pool, codec: Codec) -> None:
        self._pool, self._codec = pool, codec
        self._queues: list[asyncio.Queue[_Append]] = [asyncio.Queue() for _ in range(WRITERS)]
        self.appended = asyncio.Event()
        self._rows: Together[str, list[asyncpg.Record]] = Together(self._rows_of)
        self._tail: dict[int, Recorded[Any] | asyncpg.Record] = {}
        self._reading_tail = asyncio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Run the writers; when left, every accepted append has been answered."""
        writers = [asyncio.create_task(self._write(queue), name="writer") for queue in self._queues]
        try:
            yield
        finally:
            for queue in self._queues:
                await queue.join()
            for writer in writers:
                writer.cancel()

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> None:
        """See `EventStore.append`. A stream always goes to the same writer, so its appends keep their order."""
        fault_point("append.before_insert")
        try:
            pending = _Append([await self._codec.encode(new) for new in events], answer)
        except UNAVAILABLE as error:
            raise StoreUnavailable(str(error)) from error
        self._queue_of(events[0].stream_id if events else "").put_nowait(pending)
        await pending.done
        fault_point("append.after_commit")
        self.appended.set()

    def _queue_of(self, stream_id: str) -> "asyncio.Queue[_Append]":
        return self._queues[crc32(stream_id.encode()) % WRITERS]

    async def _write(self, queue: asyncio.Queue[_Append]) -> None:
        while True:
            batch = [await queue.get()]
            while len(batch) < BATCH_MAX and not queue.empty():
                batch.append(queue.get_nowait())
            await self._commit(batch)
            for _ in batch:
                queue.task_done()

    async def _commit(self, batch: list[_Append]) -> None:
        """Commit a batch; when it fails, halve it until only the guilty caller fails."""
        try:
            await insert(self._pool, batch)
        except Exception as error:  # noqa: BLE001  (whatever it is, the guilty caller gets it; the writer lives on)
            away = isinstance(error, UNAVAILABLE) and not isinstance(error, ValueError)
            if away or len(batch) == 1:
                _answer(batch, StoreUnavailable(str(error) or type(error).__name__) if away else error)
                return
            await self._commit(batch[: len(batch) // 2])
            await self._commit(batch[len(batch) // 2 :])
        else:
            _answer(batch, None)

    async def read(self, stream_id: str, memory: Memory[Any] | None = None) -> list[Recorded[Any]]:
        """See `EventStore.read`. What is kept counts only where its last event is the stream's, and it can be read."""
        if memory is None:
            return await self._codec.decode(await self._rows.get(stream_id))
        # The first fact, what is kept, the rest.
        rows = await _fetch(self._pool, _REMEMBERED, stream_id, memory.version)
        kept = rows.pop(1) if len(rows) > 1 and rows[1]["pos"] < 0 else None
        past = await self._codec.decode(rows)
        if kept is None:
            return past
        try:
            state = Remembered(memory.read(kept["data"], past[0].event))
        except (ValueError, LookupError, TypeError):
            return await self.read_on(self._pool, [stream_id])
        return [Recorded(0, stream_id, kept["version"], kept["event_id"], state, past[0].meta, kept["at"]), *past[1:]]

    async def remember(self, last: NewEvent, memory: Memory[S], state: S) -> None:
        """See `EventStore.remember`; nobody waits for it, it goes with what is appended next."""
        if text := memory.write(state):
            kept = (last.stream_id, last.version, last.event_id, memory.version, text.decode())
            self._queue_of(last.stream_id).put_nowait(_Append([], kept=kept))

    async def _rows_of(self, streams: Sequence[str]) -> list[list[asyncpg.Record]]:
        found: dict[str, list[asyncpg.Record]] = {stream: [] for stream in streams}
        for row in await _fetch(self._pool, _STREAMS, list(found)):
            found[row["stream_id"]].append(row)
        return [found[stream] for stream in streams]

    async def read_on(self, connection: Any, streams: list[str]) -> list[Recorded[Any]]:
        """The events of several streams, each in order, inside a transaction of the caller's."""
        return await self._codec.decode(await _fetch(connection, _STREAMS, streams))

    async def answered(self, client: str, operation: str, key: str) -> Answer | None:
        """See `EventStore.answered`."""
        query = "select * from idempotency where client = $1 and operation = $2 and key = $3"
        rows = await _fetch(self._pool, query, client, operation, key)
        return Answer(**{name: value for name, value in rows[0].items() if name != "at"}) if rows else None

    async def log(self, after: int, limit: int = 1000) -> list[Recorded[Any]]:
        """See `EventStore.log`."""
        return await self.log_on(self._pool, after, limit)

    async def next_page(self, after: int, limit: int) -> list[Recorded[Any]]:
        """Some of `log`, and something if there is anything. Its end is kept: all followers read it, by turns."""
        if after + 1 not in self._tail:
            async with self._reading_tail:
                if after + 1 not in self._tail:
                    rows = await _fetch(self._pool, _LOG, after, limit)
                    page = await self._codec.decode(rows)
                    if len(rows) < limit:
                        self._keep(rows, page)
                    return page
        last = min(after + limit, next(reversed(self._tail)))
        kept = [self._tail[pos] for pos in range(after + 1, last + 1)]
        return [one if isinstance(one, Recorded) else (await self._codec.decode([one]))[0] for one in kept]

    def _keep(self, rows: Sequence[asyncpg.Record], page: Sequence[Recorded[Any]]) -> None:
        """Keep the end of the log; what is personal as it is stored, to be opened anew each time."""
        if len(page) > TAIL or (page and page[0].pos - 1 not in self._tail):
            self._tail.clear()  # no hole in it
        self._tail |= {
            one.pos: row if row["type"] in self._codec.personal else one for row, one in zip(rows, page, strict=True)
        }
        for pos in list(self._tail)[:-TAIL]:
            del self._tail[pos]

    async def log_on(self, connection: Any, after: int, limit: int = 1000) -> list[Recorded[Any]]:
        """`log` inside a transaction of the caller's."""
        return await self._codec.decode(await _fetch(connection, _LOG, after, limit))

    async def write_on(self, connection: Any, events: Sequence[NewEvent]) -> None:
        """Append inside a transaction of the caller's."""
        await insert(connection, [_Append([await self._codec.encode(new) for new in events])])


def _answer(batch: Iterable[_Append], error: BaseException | None) -> None:
    for append in batch:
        if append.kept or append.done.done():  # nobody waits (any more); it is committed all the same
            continue
        if error is None:
            append.done.set_result(None)
        else:
            append.done.set_exception(error)


async def _fetch(connection: Any, query: str, *arguments: Any) -> list[asyncpg.Record]:
    try:
        rows: list[asyncpg.Record] = await connection.fetch(query, *arguments)
    except UNAVAILABLE as error:
        raise StoreUnavailable(str(error) or type(error).__name__) from error
    return rows
