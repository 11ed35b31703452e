"""The generations of a read model: made, shown, and rebuilt from the log beside the live one."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from shared.database import open_pool
from shared.personal_data import Vault
from shared.postgres_event_store import Codec, PostgresEventStore
from shared.projection import PAGE, Projection, generation_schema, project_page
from shared.service import Service

REBUILDING = "@rebuilding"
_log = structlog.get_logger()


def tables_of(projection: Projection) -> tuple[str, ...]:
    """The tables that the DDL of a projection creates."""
    return tuple(re.findall(r"create table (\w+)", projection.tables, re.IGNORECASE))


async def create_generation(connection: Any, service: str, role: str, projection: Projection, generation: int) -> None:
    """Empty tables of a generation, writable by the service's role. Run by the migrator."""
    tables = generation_schema(service, projection, generation)
    await connection.execute(
        f"drop schema if exists {tables} cascade; create schema {tables}; set local search_path = {tables};"
        f"{projection.tables}; grant usage on schema {tables} to {role};"
        f"grant select, insert, update, delete on all tables in schema {tables} to {role};"
        f"comment on schema {tables} is '{projection.shape}'; set local search_path = {service}"
    )


async def outdated(connection: Any, service: Service) -> list[Projection]:
    """The read models whose live tables were made by a release that wanted other tables."""
    live = dict(await connection.fetch("select name, generation from checkpoints"))
    shapes = dict(await connection.fetch("select nspname, obj_description(oid, 'pg_namespace') from pg_namespace"))
    return [
        one for one in service.projections
        if shapes[generation_schema(service.name, one, live[one.name])] != one.shape
    ]  # fmt: skip


async def show_generation(connection: Any, service: str, role: str, projection: Projection, generation: int) -> None:
    """Point the views that readers use at a generation."""
    tables = generation_schema(service, projection, generation)
    for table in tables_of(projection):
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


@asynccontextmanager
async def rebuilding(
    database_url: str, service: Service, projection: Projection, master_key: bytes
) -> AsyncIterator["Rebuild"]:
    """A rebuild on connections of its own, as the owner; one at a time for each read model."""
    async with open_pool(database_url, service.name, 2) as pool:
        store = PostgresEventStore(pool, Codec(service.events, Vault(pool, master_key)))
        connection = await asyncpg.connect(database_url, server_settings={"search_path": service.name})
        try:
            await connection.execute(f"select pg_advisory_lock(hashtext('rebuild:{service.name}.{projection.name}'))")
            yield Rebuild(connection, store, service.name, service.role, projection)
        finally:
            await connection.close()


class Rebuild:
    """A projection replayed from the beginning into the next generation, compared, then switched to."""

    def __init__(
        self, connection: Any, store: PostgresEventStore, service: str, role: str, projection: Projection
    ) -> None:
        self._connection, self._store = connection, store
        self._service, self._role, self._projection = service, role, projection
        self._checkpoint = projection.name + REBUILDING

    async def is_due(self, service: Service) -> bool:
        """Whether the live tables are of another shape, now that nobody else rebuilds them."""
        return self._projection in await outdated(self._connection, service)

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
                await project_page(connection, self._service, self._projection, self.next, page, self._checkpoint)
                at = page[-1].pos
        return at

    async def compare_and_switch(self, *, switch: bool, compare: bool = True) -> list[Difference]:
        """Hold the live projector still, bring both sides to one position, compare row for row and, if asked, switch.

        A live side that an event has stopped stays behind, so it differs; the rebuilt side takes over all the same.
        Sides of two shapes cannot be compared.
        """
        connection, name = self._connection, self._projection.name
        async with connection.transaction():
            live: int = await connection.fetchval("select pos from checkpoints where name = $1 for update", name)
            rebuilt: int = await connection.fetchval("select pos from checkpoints where name = $1", self._checkpoint)
            target = max(live, rebuilt)
            await self._catch_up(self._checkpoint, self.next, rebuilt, target)
            differences = await self._compare(live, target) if compare else []
            await connection.execute("delete from checkpoints where name = $1", self._checkpoint)
            if switch:
                await show_generation(connection, self._service, self._role, self._projection, self.next)
                await connection.execute(
                    "update checkpoints set generation = $2, pos = $3 where name = $1", name, self.next, target
                )
        stale = self.live if switch else self.next
        await connection.execute(f"drop schema {generation_schema(self._service, self._projection, stale)} cascade")
        return differences

    async def _compare(self, live: int, target: int) -> list[Difference]:
        try:
            async with self._connection.transaction():
                await self._catch_up(self._projection.name, self.live, live, target)
        except Exception as error:  # noqa: BLE001  (whatever stops the live side is why it is being rebuilt)
            _log.warning("live_side_stopped", projection=self._projection.name, reason=f"{type(error).__name__}")
        return [await self._difference(table) for table in tables_of(self._projection)]

    async def _catch_up(self, checkpoint: str, generation: int, position: int, target: int) -> None:
        while position < target:
            page = await self._store.log_on(self._connection, position, min(PAGE, target - position))
            await project_page(self._connection, self._service, self._projection, generation, page, checkpoint)
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
