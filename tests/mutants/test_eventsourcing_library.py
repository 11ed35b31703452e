"""One schedule of two sessions on our log, and on that of the PyPI library `eventsourcing` in its two modes.

The first writer has drawn its place in the order and must wait for somebody else's row, the second commits
meanwhile, a follower reads, and then the first commits. The library's database functions leave out the table lock
of its normal mode, and its follower, which remembers the greatest number it saw, never meets the first writer's
events. In its normal mode nothing is skipped, and the second writer waits. Ours neither skips nor waits.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from services.operations.local_bus import LocalBus
from shared.database import connect
from shared.event_store import NewEvent
from shared.service import open_engine
from tests.servers import PostgresServer
from tests.shared.sample import deposits, keeper, till
from tests.shared.services import migrated, role_url, settings
from tests.shared.test_buses import until

WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
FIRST, CONTENDED, SECOND = (uuid4() for _ in range(3))


@dataclass
class Outcome:
    """What the follower met before the first writer committed, and after; whether the second writer had to wait."""

    before: list[UUID] = field(default_factory=list)
    after: list[UUID] = field(default_factory=list)
    second_waited: bool = False


async def test_ours_meets_every_event_and_lets_nobody_wait(postgres_server: PostgresServer) -> None:
    async with (
        migrated(postgres_server, keeper) as database_url,
        open_engine(keeper, settings(database_url, keeper), LocalBus([])) as engine,
    ):
        holder = await connect(role_url(database_url, keeper), "keeper")
        holding = holder.transaction()
        await holding.start()
        await engine.store.write_on(holder, deposits(CONTENDED, [1]))
        first = asyncio.create_task(engine.store.write_on(engine.pool, [*_ours(FIRST), *_ours(CONTENDED)]))
        await until(lambda: _is_waiting(database_url))

        async with asyncio.timeout(10):
            await engine.store.append(_ours(SECOND))
        await engine.pool.fetchval("select seal()")
        before = await engine.store.log(0)
        await holding.rollback()
        await first
        await engine.pool.fetchval("select seal()")
        after = await engine.store.log(before[-1].pos)
        await holder.close()
    assert [one.stream_id for one in before] == [till.stream(SECOND)]
    assert {one.stream_id for one in after} == {till.stream(FIRST), till.stream(CONTENDED)}
    assert [one.pos for one in (*before, *after)] == [1, 2, 3]


def test_the_librarys_database_functions_make_its_follower_skip_events(postgres_server: PostgresServer) -> None:
    outcome = _schedule(postgres_server, enable_db_functions=True)
    assert not outcome.second_waited
    assert outcome.before == [SECOND]
    assert outcome.after == [], "where it meets the first writer's events, the library has been repaired: say so"


def test_the_librarys_normal_mode_skips_nothing_and_the_second_writer_waits(postgres_server: PostgresServer) -> None:
    outcome = _schedule(postgres_server, enable_db_functions=False)
    assert outcome.second_waited
    assert outcome.before == []
    assert set(outcome.after) == {FIRST, CONTENDED, SECOND}


def _ours(stream: UUID) -> list[NewEvent]:
    return deposits(stream, [1])


async def _is_waiting(database_url: str) -> bool:
    return await asyncio.to_thread(_waiting, database_url) > 0


def _waiting(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(WAITING).fetchone()
        assert row is not None
        return int(row[0])


def _schedule(postgres_server: PostgresServer, *, enable_db_functions: bool) -> Outcome:
    outcome = Outcome()
    with (
        postgres_server.database() as database_url,
        _recorder(database_url, enable_db_functions=enable_db_functions) as recorder,
        psycopg.connect(database_url) as holder,
    ):
        holder.execute("insert into stored_events values (%s, 1, 'held', '')", [CONTENDED])
        first = _started(recorder, FIRST, CONTENDED)
        _await_waiting(database_url, 1)
        second = _started(recorder, SECOND)
        if not enable_db_functions:
            _await_waiting(database_url, 2)
        else:
            second.join(10)
        outcome.second_waited = second.is_alive()
        seen = recorder.select_notifications(1, 10)
        outcome.before = [_as_uuid(one.originator_id) for one in seen]
        holder.rollback()
        first.join(10)
        second.join(10)
        last = seen[-1].id if seen else 0
        later = recorder.select_notifications(last, 10, inclusive_of_start=False)
        outcome.after = [_as_uuid(one.originator_id) for one in later]
    return outcome


@contextmanager
def _recorder(database_url: str, *, enable_db_functions: bool) -> Iterator[PostgresApplicationRecorder]:
    parts = urlsplit(database_url)
    host = dict(pair.split("=") for pair in parts.query.split("&") if pair).get("host", parts.hostname)
    with PostgresDatastore(
        parts.path.strip("/"), str(host), parts.port or 5432, parts.username or "", parts.password or "",
        pool_size=4, enable_db_functions=enable_db_functions,
    ) as datastore:  # fmt: skip
        recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        yield recorder


def _started(recorder: PostgresApplicationRecorder, *streams: UUID) -> threading.Thread:
    events = [StoredEvent(stream, 1, "Deposited", b"{}") for stream in streams]
    thread = threading.Thread(target=recorder.insert_events, args=(events,))
    thread.start()
    return thread


def _await_waiting(database_url: str, sessions: int) -> None:
    while _waiting(database_url) < sessions:
        threading.Event().wait(0.02)


def _as_uuid(stream: UUID | str) -> UUID:
    return stream if isinstance(stream, UUID) else UUID(stream)
