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

from shared.database import UNAVAILABLE, fetch_one
from shared.event_store import Recorded, StoreUnavailable
from shared.fault_points import fault_point
from shared.postgres_event_store import PostgresEventStore

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
    at = await fetch_one(
        pool,
        "select pos, generation, obj_description(to_regnamespace($2 || generation), 'pg_namespace') shape"
        " from checkpoints where name = $1",
        projection.name, f"{service}_{projection.name}_g",
    )  # fmt: skip
    if at["shape"] != projection.shape:
        raise RuntimeError("another release has rebuilt it in its own shape, and serves from now on")
    position: int = at["pos"]
    page = await store.next_page(position, PAGE)
    if not page:
        return position
    if await _says_nothing(projection, page):
        moved = await _move(pool, service, projection, at["generation"], page, projection.name)
    else:
        async with pool.acquire() as connection, connection.transaction():
            moved = await project_page(connection, service, projection, at["generation"], page, projection.name)
            fault_point("projection.before_commit")
    fault_point("projection.after_commit")
    return page[-1].pos if moved else position


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
) -> bool:
    """Change the rows of one generation for a page of the log, and move `checkpoint` behind it; whether it moved.

    Not where it does not stand before the page: another replica has projected it, or a rebuild has taken over.
    """
    if moved := await _move(connection, service, projection, generation, page, checkpoint):
        for recorded in page:
            await projection.project(connection, recorded)
    return moved


async def _move(
    connection: Any, service: str, projection: Projection, generation: int, page: list[Recorded[Any]], checkpoint: str
) -> bool:
    """Move a checkpoint behind the page that it stood before; its row stays locked, and its tables are found."""
    found = await connection.fetchval(
        f"update {service}.checkpoints set pos = $2 where name = $1 and pos = $3 and generation = $4"
        " returning set_config('search_path', $5, true)",
        checkpoint, page[-1].pos, page[0].pos - 1, generation,
        f"{generation_schema(service, projection, generation)}, {service}",
    )  # fmt: skip
    return found is not None


class _Spoken(BaseException):
    """A fact concerns this read model; raised by itself when it is asked for anything that a connection has."""

    def __getattr__(self, _name: str) -> Any:
        raise self


async def _says_nothing(projection: Projection, page: list[Recorded[Any]]) -> bool:
    """Whether a page leaves the rows as they are, as most pages do most read models: then nothing need be begun."""
    try:
        for recorded in page:
            await projection.project(_Spoken(), recorded)
    except _Spoken:
        return False
    return True
