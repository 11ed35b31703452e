"""The five services in one process on a real database, and clients that may send them anything."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from services.operations.deployment import load_services
from services.operations.local_bus import LocalBus
from shared.engine import Engine
from shared.service import create_app
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer
from tests.shared.services import migrated, settings


@dataclass
class Bank:
    """Clients and engines of the five services, by name."""

    issuer: Issuer
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)

    async def call(
        self, service: str, method: str, path: str, *, token: str | None = None, **more: Any
    ) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        return await self.clients[service].request(method, path, headers=headers, **more)


@asynccontextmanager
async def open_bank(postgres: PostgresServer, issuer: Issuer) -> AsyncIterator[Bank]:
    """Start everything on the in-process bus, and stop it again."""
    services = load_services()
    bus = LocalBus([interest for service in services for interest in service.interests])
    bank = Bank(issuer)
    async with AsyncExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("LIUDAI_CORE_BANKING_URL", "http://127.0.0.1:9")  # nobody is paid here
        database_url = await stack.enter_async_context(migrated(postgres, *services))
        for service in services:
            given = settings(database_url, service, issuer, pool_size=4, log_level="ERROR")
            app = create_app(service, settings=given, bus=bus)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=f"http://{service.name}")
            bank.clients[service.name] = await stack.enter_async_context(client)
            bank.engines[service.name] = app.state.engine
        yield bank
