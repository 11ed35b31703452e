"""`liudai rebase`: after a dump was loaded into another cluster, its logs go on from where they stood.

Transaction ids belong to a cluster, and the sealer reads them: in another cluster it refuses, rather than
skip what it cannot place. Rebasing seals what was not sealed, in order, and takes the new cluster for its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from services.operations.terminal import Exit, Failure
from shared.database import UNAVAILABLE


@dataclass(frozen=True)
class Rebased:
    """One service's log after rebasing; `sealed` is what the dump held unsealed. `was_due` tells a repetition."""

    service: str
    was_due: bool
    sealed: int
    head: int


async def rebase(database_url: str, services: Sequence[str]) -> list[Rebased]:
    """Rebase the logs of these services, as their owner. Services may not write meanwhile: events are locked."""
    try:
        connection = await asyncpg.connect(database_url)
    except UNAVAILABLE as error:
        raise Failure(Exit.AWAY, f"the database does not answer: {error}") from error
    try:
        return [await _rebase(connection, service) for service in services]
    except asyncpg.UndefinedTableError as error:
        raise Failure(Exit.WRONG, "this database holds no bank: load the dump first") from error
    finally:
        await connection.close()


async def _rebase(connection: asyncpg.Connection, service: str) -> Rebased:
    async with connection.transaction():
        was_due = await connection.fetchval(
            f"select sysid <> (select system_identifier from pg_control_system()) from {service}.log_head"
        )
        sealed = await connection.fetchval(f"select {service}.rebase()")
        return Rebased(service, was_due, sealed, await connection.fetchval(f"select pos from {service}.log_head"))
