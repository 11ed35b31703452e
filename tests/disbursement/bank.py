"""A disbursement service on a test's database: it hears what a test announces and answers over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from services.disbursement.main import service
from shared.bus import announce
from shared.contracts import application, repayment
from shared.engine import Engine
from shared.event_store import Metadata, Recorded
from shared.local_bus import LocalBus
from shared.messages import Event, IntegrationEvent
from shared.money import Money
from shared.service import create_app
from tests.disbursement.builders import (
    APPLICATION,
    AVAILABLE_UNTIL,
    BORROWER,
    BORROWER_ACCOUNT,
    CONTRACT,
    PAYEE_ACCOUNT,
    SIGNED_ON,
    TODAY,
    yuan,
)
from tests.shared.services import migrate, settings

KEY = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)
PAYEE = {"name": "苏州精密钢材有限公司", "account": PAYEE_ACCOUNT, "bank": "中国银行"}
DRAWDOWN_BODY: dict[str, Any] = {
    "amount": {"amount": "400000.00"},
    "payment_mode": "entrusted",
    "borrower_account": BORROWER_ACCOUNT,
    "payee": PAYEE,
    "trade_contract": "购销-2026-017",
}


@dataclass
class Bank:
    """`client` calls the API as whoever `who` says; `hear` delivers an announcement of another service."""

    engine: Engine
    client: httpx.AsyncClient
    versions: dict[str, int] = field(default_factory=dict)

    async def hear(self, message: IntegrationEvent, *, on: date = TODAY, branch: str = "SH") -> None:
        stream = f"{message.producer}-{getattr(message, 'contract_id', 'bank')}"
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        meta = Metadata("system:test", "system:test", "LD01", branch, on, uuid4())
        recorded = Recorded(version, stream, version, uuid4(), Event(), meta, datetime(2026, 3, 2, 8, tzinfo=UTC))
        await self.engine.inbox.handle([announce(recorded, message)])

    async def new_day(self, on: date) -> None:
        """The business date moves to `on`, and the service does what it does then."""
        await self.hear(repayment.BusinessDateClosed(closed_on=on, opened_on=on), on=on)
        async with asyncio.timeout(20):
            while await self.engine.pool.fetchval("select swept_on from business_date") != on:
                await asyncio.sleep(0.02)

    async def caught_up(self) -> None:
        """Return when the lists show everything that has happened."""
        await self.engine.caught_up()

    async def get(self, path: str, *, who: str = "officer-li", roles: str = "officer", **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=bearer(who, roles))

    async def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        who: str = "officer-li",
        roles: str = "officer",
        branch: str = "SH",
        key: str | None = None,
        **params: Any,
    ) -> httpx.Response:
        headers = bearer(who, roles, branch=branch) | {"Idempotency-Key": key or str(uuid4())}
        return await self.client.post(path, json=body, params=params, headers=headers)

    async def drawdown(self, **changes: Any) -> str:
        """The path of a drawdown that has been requested."""
        answer = await self.post(f"/v1/facilities/{CONTRACT}/drawdowns", DRAWDOWN_BODY | changes)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    async def release(self, drawdown: str) -> httpx.Response:
        return await self.post(f"{drawdown}/release", who="releaser-zhou", roles="releaser")

    async def until(self, drawdown: str, *statuses: str, seconds: float = 20) -> dict[str, Any]:
        """The drawdown as soon as it has one of these statuses."""
        async with asyncio.timeout(seconds):
            while True:
                seen: dict[str, Any] = (await self.get(drawdown)).json()
                if seen["status"] in statuses:
                    return seen
                await asyncio.sleep(0.05)


def bearer(person: str, roles: str, *, branch: str = "SH") -> dict[str, str]:
    claims = {
        "iss": "http://issuer",
        "aud": "liudai",
        "sub": person,
        "exp": 4_102_444_800,
        "roles": roles.split(),
        "branch": branch,
    }
    token = jwt.encode({"alg": "Ed25519", "kid": "test"}, claims, KEY, algorithms=["Ed25519"])
    return {"Authorization": f"Bearer {token}"}


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
        async with httpx.AsyncClient(transport=transport, base_url="http://disbursement") as client:
            yield Bank(engine, client)


def contract_signed(contract_id: UUID = CONTRACT, **changes: Any) -> application.ContractSigned:
    limit: Money = changes.pop("limit", yuan(1_000_000))
    dull: dict[str, Any] = {
        "contract_id": contract_id,
        "application_id": APPLICATION,
        "borrower_id": BORROWER,
        "segment": "company",
        "product_code": "WCL",
        "limit": limit,
        "annual_rate_percent": Decimal("4.35"),
        "penalty_uplift_percent": Decimal(50),
        "term_months": 12,
        "repayment_method": "equal_instalments",
        "day_count": "30/360",
        "signed_on": SIGNED_ON,
        "available_until": AVAILABLE_UNTIL,
        "new_relation": False,
        "average_credit": False,
        "approved_by": ("approver-sun",),
    }
    return application.ContractSigned(**dull | changes)


def loan_settled(loan_id: str, *, on: date) -> repayment.LoanSettled:
    return repayment.LoanSettled(
        loan_id=UUID(loan_id),
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        settled_on=on,
        early=True,
    )
