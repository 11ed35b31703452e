"""Writers that do everything a well-behaved one would not, sealers that are killed, and followers that watch.

They stall between insert and commit, roll back, use savepoints, write something else before they append, and are
killed; so are the sealers, in the middle of sealing. What was committed and what each follower saw is the result.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from services.operations.local_bus import LocalBus
from shared.database import UNAVAILABLE, connect
from shared.engine import Engine
from shared.event_store import StoreUnavailable, VersionConflict
from shared.follower import TRANSIENT, heed_cancellation, restarting, seal_log
from shared.internal import verify
from shared.money import Money
from shared.projection import project_batch
from shared.service import open_engine
from tests.shared.sample import balances, deposits, keeper, till
from tests.shared.services import role_url, settings

WRITERS, SEALERS, FOLLOWERS, STREAMS = 8, 2, 2, 24
PAGE = 100
KILL_SECONDS = 0.03
_LOST_THE_RACE = (VersionConflict, asyncpg.DeadlockDetectedError)


class _ChangedHisMind(Exception):  # noqa: N818
    """A writer rolls back."""


@dataclass(frozen=True)
class Seen:
    """An event as a follower met it."""

    pos: int
    event_id: UUID
    stream_id: str
    version: int


@dataclass
class Storm:
    """What happened: what is stored at the end, what each follower saw and in which order."""

    stored: dict[UUID, tuple[str, int]] = field(default_factory=dict)
    followed: list[list[Seen]] = field(default_factory=list)
    told: set[UUID] = field(default_factory=set)
    """Whose commit was acknowledged."""
    balances: dict[UUID, int] = field(default_factory=dict)
    deposited: dict[UUID, int] = field(default_factory=dict)
    verified: dict[str, Any] = field(default_factory=dict)
    out_of_insert_order: int = 0
    did: Counter[str] = field(default_factory=Counter)


async def storm(database_url: str, *, seconds: float, seed: int) -> Storm:
    """Let it blow over the keeper's log in this database for so long; a sealer's own error is raised."""
    async with open_engine(keeper, settings(database_url, keeper, pool_size=6), LocalBus([])) as engine:
        weather = _Weather(engine, database_url, random.Random(seed))
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(one()) for one in weather.background()]
            async with asyncio.TaskGroup() as writing:
                writing.create_task(weather.end_after(seconds))
                for _ in range(WRITERS):
                    writing.create_task(weather.write())
                writing.create_task(weather.write_as_a_service_does())
            for one in background:
                one.cancel()
        weather.everybody_leaves()
        return await weather.settled()


class _Weather:
    def __init__(self, engine: Engine, database_url: str, dice: random.Random) -> None:
        self._engine, self._url, self._dice = engine, database_url, dice
        self._streams = [UUID(int=dice.getrandbits(128), version=4) for _ in range(STREAMS)]
        self._is_over = False
        self._sessions: list[asyncpg.Connection] = []
        self._storm = Storm(followed=[[] for _ in range(FOLLOWERS)])

    def background(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """What goes on until everybody has written."""
        own_sealer = partial(seal_log, self._engine.pool, self._engine.store, self._engine.log)
        followers = [partial(restarting, "tail", partial(self._follow, n)) for n in range(FOLLOWERS)]
        return [
            *([self._seal] * SEALERS),
            partial(restarting, "sealer", own_sealer),
            partial(restarting, "project", self._project),
            *followers,
            self._kill,
        ]

    async def end_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._is_over = True

    async def _session(self, application_name: str) -> asyncpg.Connection:
        opened = await connect(role_url(self._url, keeper), "keeper", application_name=application_name)
        self._sessions.append(opened)
        return opened

    def everybody_leaves(self) -> None:
        for one in self._sessions:
            one.terminate()

    async def _stall(self) -> None:
        longest = self._dice.choice((0.0, 0.0, 0.0, 0.002, 0.02, 0.02, 0.15))
        await asyncio.sleep(self._dice.uniform(0, longest))

    # --- writers -----------------------------------------------------------------------------------------

    async def write(self) -> None:
        """One transaction after the other; a killed session is opened again, and what it did is looked up later."""
        connection = await self._session("writer")
        while not self._is_over:
            try:
                self._storm.told |= await self._transaction(connection)
                self._storm.did["committed"] += 1
            except _ChangedHisMind:
                self._storm.did["rolled back"] += 1
            except _LOST_THE_RACE:
                self._storm.did["lost the race"] += 1
            except (*UNAVAILABLE, StoreUnavailable):
                connection = await self._session("writer")

    async def _transaction(self, connection: asyncpg.Connection) -> set[UUID]:
        dice = self._dice
        async with connection.transaction():
            if dice.random() < 0.5:  # takes its transaction id long before it appends, as a consumer does
                await connection.execute("insert into inbox values ($1, 'payer', 'till_paid.v1')", uuid4())
                await self._stall()
            streams = dice.sample(self._streams, dice.randint(1, 3))
            if dice.random() < 0.3:
                await self._in_vain(connection, streams[0])
            new = [event for stream in streams for event in await self._next(connection, stream)]
            if dice.random() < 0.3:
                async with connection.transaction():
                    await self._engine.store.write_on(connection, new)
            else:
                await self._engine.store.write_on(connection, new)
            await self._stall()
            if dice.random() < 0.1:
                raise _ChangedHisMind
        return {one.event_id for one in new}

    async def _in_vain(self, connection: asyncpg.Connection, stream: UUID) -> None:
        """Append, and roll back to the savepoint."""
        with suppress(_ChangedHisMind):
            async with connection.transaction():
                await self._engine.store.write_on(connection, await self._next(connection, stream))
                await self._stall()
                raise _ChangedHisMind

    async def _next(self, connection: asyncpg.Connection, stream: UUID) -> list[Any]:
        last = "select coalesce(max(version), 0) from events where stream_id = $1"
        version = 1 + await connection.fetchval(last, till.stream(stream))
        return deposits(stream, range(version, version + self._dice.randint(1, 2)), self._amount())

    def _amount(self) -> Money:
        return Money(self._dice.randrange(1, 1000))

    async def write_as_a_service_does(self) -> None:
        """Through the group commit, several at once."""

        async def one(stream: UUID) -> None:
            version = 1 + len(await self._engine.store.read(till.stream(stream)))
            new = deposits(stream, [version], self._amount())
            with suppress(VersionConflict, StoreUnavailable):
                await self._engine.store.append(new)
                self._storm.told.add(new[0].event_id)

        while not self._is_over:
            with suppress(StoreUnavailable):
                await asyncio.gather(*(one(stream) for stream in self._dice.sample(self._streams, 4)))
            await self._stall()

    # --- sealers and those who kill ----------------------------------------------------------------------

    async def _seal(self) -> None:
        connection = await self._session("sealer")
        while True:
            try:
                async with connection.transaction():
                    await connection.execute("select seal()")
                    await self._stall()  # the killer finds it sealing
            except UNAVAILABLE:
                heed_cancellation()
                connection = await self._session("sealer")
            await asyncio.sleep(self._dice.uniform(0, 0.02))

    async def _kill(self) -> None:
        """A sealer in the middle of its work; now and then anybody."""
        killer = await asyncpg.connect(self._url)
        self._sessions.append(killer)
        while True:
            await asyncio.sleep(self._dice.uniform(0, 2 * KILL_SECONDS))
            anybody = self._dice.random() < 0.1
            among = "true" if anybody else "application_name = 'sealer' and state <> 'idle'"
            killed = await killer.fetchval(
                "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend'"
                f" and datname = current_database() and pid <> pg_backend_pid() and {among} order by random() limit 1"
            )
            if killed:
                self._storm.did["killed somebody" if anybody else "killed a sealer"] += 1

    # --- followers ---------------------------------------------------------------------------------------

    async def _follow(self, n: int) -> None:
        while True:
            if not await self._read_page(n):
                await asyncio.sleep(self._dice.uniform(0, 0.005))

    async def _read_page(self, n: int) -> int:
        seen = self._storm.followed[n]
        page = await self._engine.store.log(seen[-1].pos if seen else 0, PAGE)
        seen += [Seen(one.pos, UUID(int=one.event_id.int), one.stream_id, one.version) for one in page]
        return len(page)

    async def _project(self) -> None:
        while True:
            await project_batch(self._engine.pool, self._engine.store, "keeper", balances)
            await asyncio.sleep(self._dice.uniform(0, 0.02))

    # --- the reckoning -----------------------------------------------------------------------------------

    async def settled(self) -> Storm:
        """Seal what is left, let the followers read to the end, and look at what is there."""
        result, pool = self._storm, self._engine.pool
        await self._patiently(self._sealed_page)
        for n in range(FOLLOWERS):
            await self._patiently(partial(self._read_page, n))
        await self._patiently(self._projected_page)
        for row in await pool.fetch("select event_id, stream_id, version, data->'amount'->>'minor' minor from events"):
            result.stored[UUID(int=row["event_id"].int)] = row["stream_id"], row["version"]
            of = UUID(row["stream_id"].removeprefix("till-"))
            result.deposited[of] = result.deposited.get(of, 0) + int(row["minor"])
        result.balances = {row["till_id"]: row["minor"] for row in await pool.fetch("select * from balances")}
        result.verified = await verify(self._engine, 0, 1_000_000)
        order = [row["seq"] for row in await pool.fetch("select seq from log order by pos")]
        result.out_of_insert_order = sum(later < earlier for earlier, later in pairwise(order))
        return result

    async def _sealed_page(self) -> int:
        n: int = await self._engine.pool.fetchval("select seal()")
        return n

    async def _projected_page(self) -> int:
        at = "select pos from checkpoints where name = 'balances'"
        before: int = await self._engine.pool.fetchval(at)
        return await project_batch(self._engine.pool, self._engine.store, "keeper", balances) - before

    async def _patiently(self, step: Callable[[], Awaitable[int]]) -> None:
        """Until nothing is left; a connection that was killed while it was idle is met here first."""
        while True:
            try:
                if not await step():
                    return
            except TRANSIENT:
                await asyncio.sleep(0.01)
