"""One service's PostgreSQL, in memory: it answers exactly the statements that the code under test sends, and no other.

A transaction's writes are held back until its commit, which is atomic, checks the versions of the streams, and may
fail or die before or after it. What is committed survives the process; a dead process's connection says no more.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson

from shared.event_store import NewEvent, Recorded
from tests.shared.memory_event_store import InMemoryEventStore

Row = dict[str, Any]
Write = Callable[[], Any]


class Tables:
    """What is committed."""

    def __init__(self, checkpoints: Sequence[str]) -> None:
        self.log = InMemoryEventStore()
        self.inbox: dict[UUID, tuple[str, str]] = {}
        self.inbox_counts: dict[tuple[Any, ...], int] = {}
        self.attempts: dict[tuple[str, UUID], int] = {}
        self.parked: dict[tuple[str, UUID], Row] = {}
        self.checkpoints = dict.fromkeys(checkpoints, 0)
        self.relay_counts: dict[str, int] = {}
        self.delayed: dict[tuple[str, UUID], Row] = {}
        self.opened_on: Any = None
        self.swept_on: Any = None
        self.nights: dict[Any, Any] = {}
        self.folded: dict[str, tuple[int, Any]] = {}

    @property
    def head(self) -> int:
        return len(self.log._log)

    @property
    def events(self) -> list[Recorded[Any]]:
        """All that was committed."""
        return self.log._log

    def streams(self, beginning: str) -> list[tuple[str, list[Recorded[Any]]]]:
        """The streams whose names begin so, in the order of their first events."""
        return [(name, events) for name, events in self.log._streams.items() if name.startswith(beginning)]


class Connection:
    """One connection, or the pool itself, on which every statement is a transaction of its own."""

    def __init__(self, tables: Tables, step: Callable[[], Awaitable[None]]) -> None:
        self.tables, self._step = tables, step
        self._writes: list[Write] | None = None
        self._appends: list[NewEvent] = []

    async def fetch(self, query: str, *arguments: Any) -> list[Row]:
        return await self._run(query, arguments)

    async def fetchrow(self, query: str, *arguments: Any) -> Row | None:
        rows = await self._run(query, arguments)
        return rows[0] if rows else None

    async def fetchval(self, query: str, *arguments: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        rows = await self._run(query, arguments)
        return next(iter(rows[0].values())) if rows else None

    async def execute(self, query: str, *arguments: Any) -> None:
        await self._run(query, arguments)

    async def step(self) -> None:
        """What a statement costs: time, and perhaps the process or the connection."""
        await self._step()

    def write(self, change: Write) -> None:
        """Change a table, when the transaction commits or else now."""
        if self._writes is None:
            change()
        else:
            self._writes.append(change)

    def append(self, events: Sequence[NewEvent]) -> None:
        assert self._writes is not None, "appended in a transaction"
        self._appends.extend(events)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Connection"]:
        yield Connection(self.tables, self._step)

    @asynccontextmanager
    async def transaction(self, **_isolation: Any) -> AsyncIterator[None]:
        self._writes, self._appends = [], []
        try:
            yield
            await self._commit(self._writes, self._appends)
        finally:
            self._writes = None

    async def _commit(self, writes: list[Write], appends: list[NewEvent]) -> None:
        if not writes and not appends:
            return
        await self._step()
        if appends:
            await self.tables.log.append(appends)
        for change in writes:  # no await between the events and these: one commit
            change()
        await self._step()

    async def _run(self, query: str, arguments: Sequence[Any]) -> list[Row]:
        await self._step()
        for beginning, answer in _STATEMENTS.items():
            if query.lstrip().startswith(beginning):
                rows = answer(self, *arguments)
                if self._writes is None and not query.lstrip().startswith("select"):
                    await self._step()  # committed, and the answer may be lost all the same
                return rows
        raise AssertionError(f"the simulated database does not know: {query}")


# --- the statements of shared/{inbox,outbox,effect,parking,business_date,engine}.py ----------------------------------


def _insert_inbox(db: Connection, ids: list[UUID], producers: list[str], types: list[str]) -> list[Row]:
    fresh = []
    for event_id, producer, kind in zip(ids, producers, types, strict=True):
        if event_id not in db.tables.inbox and {"event_id": event_id} not in fresh:
            fresh.append({"event_id": event_id})
            db.write(lambda e=event_id, of=(producer, kind): db.tables.inbox.__setitem__(e, of))  # type: ignore[misc]
    return fresh


def _count_inbox(db: Connection, *columns: list[Any]) -> list[Row]:
    counts = db.tables.inbox_counts
    for *of, n in zip(*columns, strict=True):
        db.write(lambda of=tuple(of), n=n: counts.__setitem__(of, counts.get(of, 0) + n))  # type: ignore[misc]
    return []


def _is_handled(db: Connection, event_id: UUID) -> list[Row]:
    return [{"handled": True}] if event_id in db.tables.inbox else []


def _count_attempts(db: Connection, handler: str, event_ids: list[UUID]) -> list[Row]:
    assert len(set(event_ids)) == len(event_ids), "no statement changes a row twice"
    for one in event_ids:
        db.tables.attempts[handler, one] = db.tables.attempts.get((handler, one), 0) + 1
    return [{"event_id": one, "n": db.tables.attempts[handler, one]} for one in event_ids]


def _parked_streams(db: Connection, handler: str, streams: list[str]) -> list[Row]:
    found = {row["stream_id"]: None for (of, _), row in db.tables.parked.items() if of == handler}
    return [{"stream_id": one} for one in found if one in streams]


def _park(db: Connection, *row: Any) -> list[Row]:
    names = ("handler", "event_id", "stream_id", "version", "body", "error", "attempts")
    named = dict(zip(names, row, strict=True))
    orjson.loads(named["body"])  # as strict as PostgreSQL's json
    assert "\x00" not in named["stream_id"] + named["error"], "PostgreSQL's text holds no NUL"
    db.write(lambda: db.tables.parked.setdefault((named["handler"], named["event_id"]), named))
    return []


def _first_parked(db: Connection, handler: str, stream_id: str) -> list[Row]:
    rows = [r for r in db.tables.parked.values() if (r["handler"], r["stream_id"]) == (handler, stream_id)]
    return sorted(rows, key=lambda row: row["version"])[:1]


def _unpark(db: Connection, handler: str, event_id: UUID) -> list[Row]:
    db.write(lambda: db.tables.parked.pop((handler, event_id), None))
    return []


def _parked_again(db: Connection, handler: str, stream_id: str, error: str) -> list[Row]:
    for row in _first_parked(db, handler, stream_id):
        row.update(error=error, attempts=row["attempts"] + 1)
    return []


def _move_relay(db: Connection, name: str, to: int, since: int, kinds: list[str], numbers: list[int]) -> list[Row]:
    if db.tables.checkpoints[name] == since:
        db.tables.checkpoints[name] = to
        for kind, n in zip(kinds, numbers, strict=True):
            db.tables.relay_counts[kind] = db.tables.relay_counts.get(kind, 0) + n
    return []


def _move(db: Connection, name: str, to: int) -> list[Row]:
    db.write(lambda: db.tables.checkpoints.__setitem__(name, to))
    return []


def _due(db: Connection, effect: str) -> list[Row]:
    now = asyncio.get_running_loop().time()
    return [row for (of, _), row in db.tables.delayed.items() if of == effect and row["due_at"] <= now]


def _put_off(db: Connection, effect: str, event_id: UUID, pos: int, seconds: float, *_why: Any) -> list[Row]:
    due_at = asyncio.get_running_loop().time() + seconds
    db.tables.delayed[effect, event_id] = {"event_id": event_id, "pos": pos, "due_at": due_at}
    return []


def _no_longer_delayed(db: Connection, effect: str, event_id: UUID) -> list[Row]:
    db.write(lambda: db.tables.delayed.pop((effect, event_id), None))
    return []


def _advance(db: Connection, opened_on: Any) -> list[Row]:
    def forward() -> None:
        db.tables.opened_on = max(opened_on, db.tables.opened_on or opened_on)

    db.write(forward)
    return []


def _unswept(db: Connection) -> list[Row]:
    tables = db.tables
    return [{"on": tables.opened_on}] if tables.opened_on and tables.opened_on != tables.swept_on else []


def _swept(db: Connection, on: Any) -> list[Row]:
    db.tables.swept_on = max(on, db.tables.swept_on or on)
    return []


_STATEMENTS: dict[str, Callable[..., list[Row]]] = {
    "insert into inbox(": _insert_inbox,
    "insert into inbox_counts": _count_inbox,
    "select true from inbox where": _is_handled,
    "insert into attempts": _count_attempts,
    "select stream_id from parked": _parked_streams,
    "insert into parked": _park,
    "select * from parked": _first_parked,
    "delete from parked": _unpark,
    "update parked": _parked_again,
    "select pos from checkpoints": lambda db, name: [{"pos": db.tables.checkpoints[name]}],
    "with moved as (update checkpoints": _move_relay,
    "update checkpoints set pos = $2 where name = $1": _move,
    "select event_id, pos from delayed": _due,
    "insert into delayed": _put_off,
    "delete from delayed": _no_longer_delayed,
    "select opened_on from business_date where swept_on": _unswept,
    "select opened_on from business_date": lambda db: [{"on": db.tables.opened_on}],
    "insert into business_date": _advance,
    "update business_date set swept_on": _swept,
    "select coalesce(max(seq), 0) from events": lambda db: [{"seq": db.tables.head}],
    "select exists(select from events": lambda db, *_: [{"behind": False}],
}
