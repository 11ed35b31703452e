"""Fact → read-model rows, exactly once; and the rebuilding of a read model beside the live one.

The tables of a projection live in a schema of their own per generation, e.g. `risk_assessments_g2`;
views in the service's schema show the live one. The checkpoint row names the live generation, and
a batch finds its tables through `search_path`, so one commit switches readers and the projector.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from shared.database import fetch_one
from shared.event_store import Recorded, StoreUnavailable
from shared.fault_points import fault_point
from shared.postgres_event_store import UNAVAILABLE, PostgresEventStore

if TYPE_CHECKING:
    from shared.follower import Log

PAGE = 1000
REBUILDING = "@rebuilding"
_log = structlog.get_logger()


@dataclass(frozen=True)
class Projection:
    """`tables` is the DDL, with plain names; `project` changes their rows for one event, from that event alone."""

    name: str
    tables: str
    project: Callable[[Any, Recorded[Any]], Awaitable[None]]

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables that the DDL creates."""
        return tuple(re.findall(r"create table (\w+)", self.tables, re.IGNORECASE))


def generation_schema(service: str, projection: Projection, generation: int) -> str:
    """The schema that holds one generation's tables."""
    return f"{service}_{projection.name}_g{generation}"


async def project_batch(pool: asyncpg.Pool, store: PostgresEventStore, service: str, projection: Projection) -> int:
    """Project one page behind the checkpoint; rows and checkpoint commit together. The new position."""
    async with pool.acquire() as connection, connection.transaction():
        at = await fetch_one(
            connection, "select pos, generation from checkpoints where name = $1 for update", projection.name
        )
        page = await store.log_on(connection, at["pos"], PAGE)
        if page:
            await _project(connection, service, projection, at["generation"], page, projection.name)
            fault_point("projection.before_commit")
        position: int = page[-1].pos if page else at["pos"]
    if page:
        fault_point("projection.after_commit")
    return position


async def keep_projected(
    pool: asyncpg.Pool,
    store: PostgresEventStore,
    service: str,
    projection: Projection,
    log: "Log",
    failing: dict[str, str],
) -> None:
    """Project until cancelled.

    An event that cannot be projected stops this projection, not the others: it is tried again ever
    more slowly, and `failing` says why to whoever asks for the service's health.
    """
    pause = 0.0
    while True:
        try:
            position = await project_batch(pool, store, service, projection)
        except (*UNAVAILABLE, StoreUnavailable):
            raise
        except Exception as error:  # noqa: BLE001  (said, and tried again)
            _log.exception("projection_stopped", projection=projection.name)
            failing[projection.name] = f"{type(error).__name__}: {error}".partition("\n")[0]  # no row, no value
            pause = min(30.0, 2 * pause or 0.5)
            await asyncio.sleep(pause)
        else:
            failing.pop(projection.name, None)
            pause = 0.0
            await log.wait_beyond(position)


async def _project(
    connection: Any,
    service: str,
    projection: Projection,
    generation: int,
    page: list[Recorded[Any]],
    checkpoint: str,
) -> None:
    tables = generation_schema(service, projection, generation)
    await connection.execute(f"set local search_path = {tables}, {service}")
    for recorded in page:
        await projection.project(connection, recorded)
    await connection.execute(
        f"update {service}.checkpoints set pos = $2 where name = $1",
        checkpoint,
        page[-1].pos,
    )


async def create_generation(connection: Any, service: str, role: str, projection: Projection, generation: int) -> None:
    """Empty tables of a generation, writable by the service's role. Run by the migrator."""
    tables = generation_schema(service, projection, generation)
    await connection.execute(
        f"drop schema if exists {tables} cascade; create schema {tables}; set local search_path = {tables};"
        f"{projection.tables}; grant usage on schema {tables} to {role};"
        f"grant select, insert, update, delete on all tables in schema {tables} to {role};"
        f"set local search_path = {service}"
    )


async def show_generation(connection: Any, service: str, role: str, projection: Projection, generation: int) -> None:
    """Point the views that readers use at a generation."""
    tables = generation_schema(service, projection, generation)
    for table in projection.table_names:
        view = f"create view {service}.{table} as select * from {tables}.{table}"
        await connection.execute(
            f"drop view if exists {service}.{table}; {view}; grant select on {service}.{table} to {role}"
        )


@dataclass(frozen=True)
class Difference:
    """How the rebuilt table compares with the live one at the same position."""

    table: str
    live_rows: int
    rebuilt_rows: int
    only_live: int
    only_rebuilt: int


class Rebuild:
    """A projection replayed from the beginning into the next generation, compared, then switched to."""

    def __init__(
        self, connection: Any, store: PostgresEventStore, service: str, role: str, projection: Projection
    ) -> None:
        self._connection, self._store = connection, store
        self._service, self._role, self._projection = service, role, projection
        self._checkpoint = projection.name + REBUILDING

    async def replay(self) -> AsyncIterator[tuple[int, int]]:
        """Project the whole log into the next generation. Yields (position, head) after each page."""
        connection = self._connection
        async with connection.transaction():
            live = await connection.fetchval(
                "select generation from checkpoints where name = $1", self._projection.name
            )
            self.live, self.next = live, live + 1
            await create_generation(connection, self._service, self._role, self._projection, self.next)
            await connection.execute(
                "insert into checkpoints values ($1, 0, $2) on conflict (name) do update set pos = 0, generation = $2",
                self._checkpoint,
                self.next,
            )
        while True:
            position = await self._page()
            head = await connection.fetchval("select pos from log_head")
            yield position, head
            if position >= head:
                return

    async def _page(self) -> int:
        connection = self._connection
        async with connection.transaction():
            at: int = await connection.fetchval("select pos from checkpoints where name = $1", self._checkpoint)
            page = await self._store.log_on(connection, at, PAGE)
            if page:
                await _project(connection, self._service, self._projection, self.next, page, self._checkpoint)
                at = page[-1].pos
        return at

    async def compare_and_switch(self, *, switch: bool) -> list[Difference]:
        """Hold the live projector still, bring both sides to one position, compare row for row and, if asked, switch.

        A live side that an event has stopped stays behind, so it differs; the rebuilt side takes over all the same.
        """
        connection, name = self._connection, self._projection.name
        async with connection.transaction():
            live: int = await connection.fetchval("select pos from checkpoints where name = $1 for update", name)
            rebuilt: int = await connection.fetchval("select pos from checkpoints where name = $1", self._checkpoint)
            target = max(live, rebuilt)
            await self._catch_up(self._checkpoint, self.next, rebuilt, target)
            try:
                async with connection.transaction():
                    await self._catch_up(name, self.live, live, target)
            except Exception as error:  # noqa: BLE001  (whatever stops the live side is why it is being rebuilt)
                _log.warning("live_side_stopped", projection=name, reason=f"{type(error).__name__}")
            differences = [await self._difference(table) for table in self._projection.table_names]
            await connection.execute("delete from checkpoints where name = $1", self._checkpoint)
            if switch:
                await show_generation(connection, self._service, self._role, self._projection, self.next)
                await connection.execute(
                    "update checkpoints set generation = $2, pos = $3 where name = $1", name, self.next, target
                )
        stale = self.live if switch else self.next
        await connection.execute(f"drop schema {generation_schema(self._service, self._projection, stale)} cascade")
        return differences

    async def _catch_up(self, checkpoint: str, generation: int, position: int, target: int) -> None:
        while position < target:
            page = await self._store.log_on(self._connection, position, min(PAGE, target - position))
            await _project(self._connection, self._service, self._projection, generation, page, checkpoint)
            position = page[-1].pos

    async def _difference(self, table: str) -> Difference:
        live = f"{generation_schema(self._service, self._projection, self.live)}.{table}"
        rebuilt = f"{generation_schema(self._service, self._projection, self.next)}.{table}"
        row = await self._connection.fetchrow(
            f"select (select count(*) from {live}) live, (select count(*) from {rebuilt}) rebuilt,"
            f" (select count(*) from (select t::text from {live} t except all select t::text from {rebuilt} t) d) a,"
            f" (select count(*) from (select t::text from {rebuilt} t except all select t::text from {live} t) d) b"
        )
        return Difference(table, row["live"], row["rebuilt"], row["a"], row["b"])
