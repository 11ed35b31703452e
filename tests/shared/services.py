"""Opening services on the test servers: migrated schemas, engines, running followers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import PostgresDsn

from shared.bus import Bus
from shared.database import as_role
from shared.engine import Engine
from shared.follower import restarting
from shared.migrate import migrate_schema, migrate_tables
from shared.service import Service, followers, open_engine
from shared.settings import Settings

PASSWORD = "secret"


async def migrate(database_url: str, *services: Service) -> None:
    """Schemas, roles and tables of the services."""
    for service in services:
        await asyncio.to_thread(migrate_schema, database_url, service, PASSWORD)
        await migrate_tables(database_url, service)


def settings(database_url: str, service: Service) -> Settings:
    """The settings of a service that connects as its own role."""
    return Settings(
        database_url=PostgresDsn(as_role(database_url, service.role, PASSWORD)),
        oidc_issuer="http://issuer",
        oidc_jwks_url="http://issuer/jwks.json",
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
