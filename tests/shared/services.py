"""Opening services on the test servers: migrated schemas, engines, running followers."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
from pydantic import PostgresDsn

from services.operations.migrate import as_role
from services.operations.schemas import migrate_schema, migrate_tables, role_password
from shared.bus import Bus
from shared.engine import Engine
from shared.follower import restarting
from shared.service import Service, followers, open_engine
from shared.settings import DEMO_MASTER_KEY, Settings
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer


@asynccontextmanager
async def migrated(postgres: PostgresServer, *services: Service) -> AsyncIterator[str]:
    """A superuser's URL of a database of one's own with the services' schemas, roles and tables.

    Each set of services is migrated once in a session. A copy's log may seal: it is in the same cluster.
    """

    def fill(database_url: str) -> None:
        for service in services:
            migrate_schema(database_url, service, _password(service))
            asyncio.run(migrate_tables(database_url, service))

    template = await asyncio.to_thread(postgres.template, f"migrated_{_fingerprint(services)}", fill)
    with postgres.database(template) as database_url:
        with psycopg.connect(database_url, autocommit=True) as owner:
            for service in services:  # roles belong to the whole server, and other tests give them other passwords
                owner.execute(f"alter role {service.role} password '{_password(service)}'".encode())
        yield database_url


def _fingerprint(services: Sequence[Service]) -> str:
    """Of all that migrating writes: two services of one name may differ in their tables and followers."""
    written = [
        (one.name, one.tables, [(p.name, p.tables) for p in one.projections], [e.handler for e in one.effects])
        for one in services
    ]
    return hashlib.sha256(repr(written).encode()).hexdigest()[:16]


def _password(service: Service) -> str:
    return role_password(DEMO_MASTER_KEY, service.role)


def role_url(database_url: str, service: Service) -> str:
    """The same database as the service's own role sees it."""
    return as_role(database_url, service.role, _password(service))


def settings(database_url: str, service: Service, issuer: Issuer | None = None, **other: Any) -> Settings:
    """The settings of a service that connects as its own role; without an issuer nobody can call it."""
    return Settings(
        database_url=PostgresDsn(role_url(database_url, service)),
        oidc_issuer=issuer.url if issuer else "http://nobody",
        oidc_jwks_url=issuer.jwks_url if issuer else "http://nobody/jwks.json",
        **other,
    )


@asynccontextmanager
async def running(database_url: str, bus: Bus, *services: Service) -> AsyncIterator[list[Engine]]:
    """Engines of the services with their followers at work, until left; a follower's death is raised."""
    async with AsyncExitStack() as stack:
        engines = [
            await stack.enter_async_context(open_engine(service, settings(database_url, service), bus))
            for service in services
        ]
        tasks = [
            asyncio.create_task(restarting(name, run), name=f"{engine.name}/{name}")
            for engine in engines
            for name, run in followers(engine).items()
        ]
        try:
            yield engines
        finally:
            dead = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in dead:
                task.result()
