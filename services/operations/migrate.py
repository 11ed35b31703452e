"""`liudai migrate`: every service's schema, role and tables, and the bus's topology; repeating it changes nothing."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import stamina
from aio_pika.exceptions import AMQPConnectionError

from services.operations.generations import outdated, rebuilding
from services.operations.schemas import migrate_schema, migrate_tables, role_password
from services.operations.topology import declare_topology
from shared.bus import Interest
from shared.database import UNAVAILABLE
from shared.projection import Projection
from shared.service import Service
from shared.settings import DEMO_MASTER_KEY

WAIT_SECONDS = 60.0
_QUEUES_ALLOWED = ("1", "2", "4", "8", "16")


@dataclass(frozen=True)
class Target:
    """What to bring up to date. `amqp_url` None: an in-process bus, which needs no topology."""

    database_url: str
    passwords: Mapping[str, str]
    amqp_url: str | None
    queues_per_subscriber: int
    master_key: str | None


def as_role(database_url: str, role: str, password: str) -> str:
    """The same database for another role. A URL without a host (a Unix socket in its query) works too."""
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{place}"))


def database_password(service: str, environment: Mapping[str, str] = os.environ) -> str:
    """What the service's role logs in with: LIUDAI_<SERVICE>_DB_PASSWORD, else derived from LIUDAI_MASTER_KEY."""
    given = environment.get(f"LIUDAI_{service.upper()}_DB_PASSWORD")
    if not given and environment.get("LIUDAI_ENV") == "production" and "LIUDAI_MASTER_KEY" not in environment:
        names = f"LIUDAI_{service.upper()}_DB_PASSWORD or LIUDAI_MASTER_KEY"
        raise SystemExit(f"set {names}: production has no demo secrets")
    return given or role_password(environment.get("LIUDAI_MASTER_KEY", DEMO_MASTER_KEY), f"liudai_{service}")


def target(database_url: str, services: Sequence[Service], environment: Mapping[str, str] = os.environ) -> Target:
    """The target that the environment describes; SystemExit where it cannot be right."""
    queues = environment.get("LIUDAI_QUEUES_PER_SUBSCRIBER", "1")
    if queues not in _QUEUES_ALLOWED:
        raise SystemExit(f"LIUDAI_QUEUES_PER_SUBSCRIBER must be one of {', '.join(_QUEUES_ALLOWED)}, not {queues}")
    return Target(
        database_url=database_url,
        passwords={one.name: database_password(one.name, environment) for one in services},
        amqp_url=environment.get("AMQP_URL"),
        queues_per_subscriber=int(queues),
        master_key=environment.get(
            "LIUDAI_MASTER_KEY", None if environment.get("LIUDAI_ENV") == "production" else DEMO_MASTER_KEY
        ),
    )


async def migrate(goal: Target, services: Sequence[Service], done: Callable[[str], None]) -> None:
    """Bring everything up to date, calling `done` after each step. Waits a minute for servers that still start."""
    await _await_database(goal.database_url)
    for service in services:
        await asyncio.to_thread(migrate_schema, goal.database_url, service, goal.passwords[service.name])
        await migrate_tables(goal.database_url, service)
        done(f"schema {service.name}")
        for projection in await _outdated(goal.database_url, service):
            await _rebuild(goal, service, projection)
            done(f"read model {service.name} {projection.name} in its new shape")
    if goal.amqp_url:
        interests: list[Interest] = [interest for service in services for interest in service.interests]
        producers = [service.name for service in services]
        async for attempt in stamina.retry_context(
            on=(AMQPConnectionError, OSError, TimeoutError), attempts=None, timeout=WAIT_SECONDS, wait_max=2.0
        ):
            with attempt:
                await declare_topology(goal.amqp_url, producers, interests, goal.queues_per_subscriber)
        done("exchanges, queues and bindings")


async def _outdated(database_url: str, service: Service) -> list[Projection]:
    connection = await asyncpg.connect(database_url, server_settings={"search_path": service.name})
    try:
        return await outdated(connection, service)
    finally:
        await connection.close()


async def _rebuild(goal: Target, service: Service, projection: Projection) -> None:
    """Give a read model the tables that this release wants, filled from the log; the old ones serve until then."""
    if goal.master_key is None:
        name = f"{service.name} {projection.name}"
        raise SystemExit(f"set LIUDAI_MASTER_KEY: the read model {name} has a new shape and is rebuilt from the log")
    async with rebuilding(goal.database_url, service, projection, bytes.fromhex(goal.master_key)) as rebuild:
        if not await rebuild.is_due(service):
            return
        async for _ in rebuild.replay():
            pass
        await rebuild.compare_and_switch(switch=True, compare=False)


async def _await_database(url: str) -> None:
    async for attempt in stamina.retry_context(on=UNAVAILABLE, attempts=None, timeout=WAIT_SECONDS, wait_max=2.0):
        with attempt:
            connection = await asyncpg.connect(url, timeout=10)
            await connection.close()
