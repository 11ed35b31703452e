"""A risk service on a test's database: it hears what a test announces, assesses by itself and answers over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from services.risk.main import service
from shared.bus import announce
from shared.engine import Engine
from shared.event_store import Metadata, Recorded
from shared.local_bus import LocalBus
from shared.messages import Event, IntegrationEvent
from shared.service import create_app
from tests.risk.builders import TODAY
from tests.shared.services import migrate, settings

KEY = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)


@dataclass
class Bank:
    """`hear` delivers an announcement of another service; `get` and `post` call the API as a reviewer of Shanghai."""

    engine: Engine
    client: httpx.AsyncClient
    versions: dict[str, int] = field(default_factory=dict)

    async def hear(self, message: IntegrationEvent, *, on: date = TODAY, branch: str = "SH") -> None:
        """Deliver as its producer would: one stream per application or loan, versions counted up."""
        about = getattr(message, "loan_id", None) or getattr(message, "application_id", "bank")
        stream = f"{message.producer}-{about}"
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        meta = Metadata("system:test", "system:test", "LD01", branch, on, uuid4())
        recorded = Recorded(version, stream, version, uuid4(), Event(), meta, datetime(2026, 3, 2, 8, tzinfo=UTC))
        await self.engine.inbox.handle([announce(recorded, message)])

    async def caught_up(self) -> None:
        await self.engine.caught_up()

    async def assessment(self, application_id: UUID) -> dict[str, Any]:
        """The assessment of an application, as soon as it is decided."""
        return await self.until(f"/v1/assessments/{application_id}", lambda found: found["status"] == "assessed")

    async def until(self, path: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while True:
                answer = await self.get(path)
                found: dict[str, Any] = answer.json()
                if answer.status_code == 200 and ready(found):
                    return found
                await asyncio.sleep(0.02)

    async def get(self, path: str, *, roles: str = "reviewer", branch: str = "SH", **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=bearer(roles, branch))

    async def post(self, path: str, body: Any = None, *, roles: str = "reviewer", branch: str = "SH") -> httpx.Response:
        return await self.client.post(path, json=body, headers=bearer(roles, branch))


def bearer(roles: str, branch: str) -> dict[str, str]:
    claims = {
        "iss": "http://issuer",
        "aud": "liudai",
        "sub": "chen",
        "exp": 4_102_444_800,
        "roles": roles.split(),
        "branch": branch,
    }
    return {
        "Authorization": f"Bearer {jwt.encode({'alg': 'Ed25519', 'kid': 'test'}, claims, KEY, algorithms=['Ed25519'])}"
    }


@asynccontextmanager
async def open_bank(database_url: str) -> AsyncIterator[Bank]:
    """The service as it runs in production, on its own role; only the bus is in the process."""
    await migrate(database_url, service)
    given = settings(database_url, service).model_copy(update={"opening_date": TODAY})
    app = create_app(service, settings=given, bus=LocalBus([]))
    async with app.router.lifespan_context(app):
        engine: Engine = app.state.engine
        engine.verifier._keys = KeySet([KEY])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://risk") as client:
            yield Bank(engine, client)
