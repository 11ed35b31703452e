"""Fact → read-model rows, exactly once.

The tables of a projection live in a schema of their own per generation, e.g. `risk_assessments_g2`;
views in the service's schema show the live one. The checkpoint row names the live generation, and
a batch finds its tables through `search_path`, so one commit switches readers and the projector.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
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
_log = structlog.get_logger()


@dataclass(frozen=True)
class Projection:
    """`tables` is the DDL, with plain names; `project` changes their rows for one event, from that event alone."""

    name: str
    tables: str
    project: Callable[[Any, Recorded[Any]], Awaitable[None]]

    @cached_property
    def shape(self) -> str:
        """What tells the tables of one release from those of another; a generation carries it as its comment."""
        return sha256(self.tables.encode()).hexdigest()


def generation_schema(service: str, projection: Projection, generation: int) -> str:
    """The schema that holds one generation's tables."""
    return f"{service}_{projection.name}_g{generation}"


async def project_batch(pool: asyncpg.Pool, store: PostgresEventStore, service: str, projection: Projection) -> int:
    """Project one page behind the checkpoint; rows and checkpoint commit together. The new position."""
    async with pool.acquire() as connection, connection.transaction():
        at = await fetch_one(
            connection,
            "select pos, generation, obj_description(to_regnamespace($2 || generation), 'pg_namespace') shape"
            " from checkpoints where name = $1 for update",
            projection.name, f"{service}_{projection.name}_g",
        )  # fmt: skip
        if at["shape"] != projection.shape:
            raise RuntimeError("another release has rebuilt it in its own shape, and serves from now on")
        page = await store.log_on(connection, at["pos"], PAGE)
        if page:
            await project_page(connection, service, projection, at["generation"], page, projection.name)
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


async def project_page(
    connection: Any, service: str, projection: Projection, generation: int, page: list[Recorded[Any]], checkpoint: str
) -> None:
    """Change the rows of one generation for a page of the log, and move `checkpoint` behind it."""
    tables = generation_schema(service, projection, generation)
    await connection.execute(f"set local search_path = {tables}, {service}")
    for recorded in page:
        await projection.project(connection, recorded)
    await connection.execute(f"update {service}.checkpoints set pos = $2 where name = $1", checkpoint, page[-1].pos)
