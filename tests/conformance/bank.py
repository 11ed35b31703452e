"""The five services in one process on a real database, and an issuer of tokens good and forged."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import PostgresDsn

from services.operations.deployment import SERVICES
from services.operations.documents import load_apps
from shared.database import as_role
from shared.local_bus import LocalBus
from shared.migrate import migrate_schema, migrate_tables
from shared.service import create_app
from shared.settings import Settings

PASSWORD = "secret"


class Issuer:
    """Publishes its keys on a port of its own, and signs whatever a test wants signed."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        keys = orjson.dumps({"keys": [self.key.as_dict(private=False)]})

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(keys)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, *roles: str, person: str = "somebody", **claims: Any) -> str:
        now = int(time.time())
        said = {
            "iss": self.url, "aud": "liudai", "sub": person, "person": person, "name": person, "azp": "tests",
            "roles": list(roles), "branch": "HQ", "branches": ["HQ"], "legal_entity": "LD01",
            "iat": now, "exp": now + 3600,
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "one"}, said | claims, self.key)


@dataclass
class Bank:
    """Clients of the five services."""

    issuer: Issuer
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    access: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    async def call(
        self, service: str, method: str, path: str, *, token: str | None = None, **more: Any
    ) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        return await self.clients[service].request(method, path, headers=headers, **more)


@asynccontextmanager
async def open_bank(database_url: str) -> AsyncIterator[Bank]:
    """Migrate, start everything on the in-process bus, and stop it again."""
    os.environ["LIUDAI_CORE_BANKING_URL"] = "http://127.0.0.1:9"  # nobody is paid here
    declared = {name: service for name, (service, _) in load_apps().items()}
    bus = LocalBus([interest for service in declared.values() for interest in service.interests])
    bank = Bank(Issuer())
    async with AsyncExitStack() as stack:
        stack.callback(bank.issuer.close)
        for name in SERVICES:
            service = declared[name]
            await asyncio.to_thread(migrate_schema, database_url, service, PASSWORD)
            await migrate_tables(database_url, service)
            settings = Settings(
                database_url=PostgresDsn(as_role(database_url, service.role, PASSWORD)),
                oidc_issuer=bank.issuer.url,
                oidc_jwks_url=f"{bank.issuer.url}/jwks.json",
                pool_size=4,
                log_level="ERROR",
            )
            app = create_app(service, settings=settings, bus=bus)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=f"http://{name}")
            bank.clients[name] = await stack.enter_async_context(client)
            bank.schemas[name] = app.openapi()
            bank.access[name] = dict(app.state.engine.access)
        yield bank
