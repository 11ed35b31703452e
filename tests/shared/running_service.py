"""One service as it runs in production, on a database of its own; only the bus is in the process.

The tests of each service subclass `RunningService`: they say which service it is, and who calls it by default.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, ClassVar, Self
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from services.operations.generations import Difference, Rebuild
from services.operations.local_bus import LocalBus
from shared.bus import announce
from shared.contracts import repayment
from shared.database import connect
from shared.engine import Engine
from shared.event_store import Metadata, Recorded
from shared.messages import Event, IntegrationEvent
from shared.projection import Projection
from shared.service import Service, create_app
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer
from tests.shared.services import migrated, role_url

BRANCH = "SH"
ABOUT = ("loan_id", "contract_id", "application_id")
"""What an announcement is about, in the order in which a producer's streams are told apart."""
WAIT_SECONDS = 30.0
LOOK_SECONDS = 0.02


@dataclass
class RunningService:
    """`get` and `post` call the API as whoever a test says; `hear` delivers an announcement of another service."""

    service: ClassVar[Service]
    opening_date: ClassVar[date]
    roles: ClassVar[str]
    """The roles of who calls when a test does not say, with a blank between them."""
    who: ClassVar[str] = "chen"

    engine: Engine
    client: httpx.AsyncClient
    issuer: Issuer
    database_url: str
    """A superuser's."""
    versions: dict[str, int] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(cls, postgres: PostgresServer, issuer: Issuer) -> AsyncIterator[Self]:
        """The service with nothing in its database."""
        async with migrated(postgres, cls.service) as database_url, cls.on(database_url, issuer) as opened:
            yield opened

    @classmethod
    @asynccontextmanager
    async def on(cls, database_url: str, issuer: Issuer) -> AsyncIterator[Self]:
        """The service on a migrated database, with whatever is in it."""
        app = cls.app()
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DATABASE_URL", role_url(database_url, cls.service))
            environment.setenv("LIUDAI_OIDC_ISSUER", issuer.url)
            environment.setenv("LIUDAI_OIDC_JWKS_URL", issuer.jwks_url)
            environment.setenv("LIUDAI_OPENING_DATE", cls.opening_date.isoformat())
            async with app.router.lifespan_context(app):
                transport = httpx.ASGITransport(app)
                async with httpx.AsyncClient(transport=transport, base_url=f"http://{cls.service.name}") as client:
                    yield cls(app.state.engine, client, issuer, database_url)

    @classmethod
    @cache
    def app(cls) -> FastAPI:
        """Made once, which takes a third of a second; each start reads the environment anew."""
        return create_app(cls.service, bus=LocalBus([]))

    # --- HTTP --------------------------------------------------------------------------------------------

    def bearer(self, who: str | None = None, roles: str | None = None, *, branch: str = BRANCH) -> dict[str, str]:
        """The header that says who calls; everybody has a client of his own."""
        person = who or self.who
        token = self.issuer.token(*(roles or self.roles).split(), person=person, branch=branch, azp=person)
        return {"Authorization": f"Bearer {token}"}

    async def get(
        self, path: str, *, who: str | None = None, roles: str | None = None, branch: str = BRANCH, **params: Any
    ) -> httpx.Response:
        return await self.client.get(path, params=params, headers=self.bearer(who, roles, branch=branch))

    async def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        who: str | None = None,
        roles: str | None = None,
        branch: str = BRANCH,
        key: str | None = None,
        **params: Any,
    ) -> httpx.Response:
        """One request, with an idempotency key of its own unless a test gives one."""
        headers = self.bearer(who, roles, branch=branch) | {"Idempotency-Key": key or str(uuid4())}
        return await self.client.post(path, json=body, params=params, headers=headers)

    async def seen(self, path: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What a GET answers, as soon as it is there and `ready`."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                answer = await self.get(path)
                found: dict[str, Any] = answer.json()
                if answer.status_code == 200 and ready(found):
                    return found
                await asyncio.sleep(LOOK_SECONDS)

    # --- the bus -----------------------------------------------------------------------------------------

    async def hear(self, message: IntegrationEvent, *, on: date | None = None, branch: str = BRANCH) -> None:
        """Deliver as its producer would: one stream per thing that is announced, versions counted up."""
        about = next((getattr(message, name) for name in ABOUT if hasattr(message, name)), "bank")
        stream = f"{message.producer}-{about}"
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        meta = Metadata("system:test", "system:test", "LD01", branch, on or self.opening_date, uuid4())
        at = datetime.combine(self.opening_date, time(8), UTC)
        recorded = Recorded(version, stream, version, uuid4(), Event(), meta, at)
        await self.engine.inbox.handle([announce(recorded, message)])

    async def new_day(self, opened_on: date) -> None:
        """The business date moves to `opened_on`; return when the service has done what it then does."""
        closed_on = opened_on - timedelta(days=1)
        await self.hear(repayment.BusinessDateClosed(closed_on=closed_on, opened_on=opened_on), on=opened_on)
        async with asyncio.timeout(WAIT_SECONDS):
            while await self.engine.pool.fetchval("select swept_on from business_date") != opened_on:
                await asyncio.sleep(LOOK_SECONDS)

    # --- read models -------------------------------------------------------------------------------------

    async def caught_up(self) -> None:
        """Return when every read model shows everything that has happened."""
        await self.engine.caught_up()

    async def rebuild(self, projection: Projection) -> list[Difference]:
        """Replay a projection from the log, and lead its readers to what was rebuilt; how its tables differ."""
        migrator = await connect(self.database_url, self.service.name)
        try:
            rebuild = Rebuild(migrator, self.engine.store, self.service.name, self.service.role, projection)
            async for _ in rebuild.replay():
                pass
            return await rebuild.compare_and_switch(switch=True)
        finally:
            await migrator.close()
