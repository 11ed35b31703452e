"""An application service on a test's database: it hears what a test announces and answers over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from services.application.main import service
from shared.bus import announce
from shared.contracts import repayment, risk
from shared.engine import Engine
from shared.event_store import Metadata, Recorded
from shared.local_bus import LocalBus
from shared.messages import Event, IntegrationEvent
from shared.service import create_app
from tests.application.asked import record_assessment
from tests.application.builders import COMPANY_CODE, RESIDENT_ID, TODAY
from tests.shared.services import migrate, settings

KEY = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)

COMPANY_PARTICULARS = {
    "name": "上海流水贸易有限公司",
    "unified_social_credit_code": COMPANY_CODE,
    "legal_representative": "张三丰",
    "phone": "13800138000",
}
PERSON_PARTICULARS = {"name": "李四", "resident_id": RESIDENT_ID, "phone": "13900139000"}


def money(amount: int | str) -> dict[str, str]:
    return {"amount": str(amount)}


def statement(year: int) -> dict[str, Any]:
    figures = {
        "revenue": "12000000.00",
        "cost_of_sales": "9000000.00",
        "operating_profit": "1200000.00",
        "net_profit": "900000.00",
        "cash": "800000.00",
        "receivables": "2000000.00",
        "inventory": "1500000.00",
        "current_assets": "4500000.00",
        "total_assets": "7000000.00",
        "payables": "1000000.00",
        "current_liabilities": "2500000.00",
        "total_liabilities": "3000000.00",
    }
    return {"year": year} | {name: money(amount) for name, amount in figures.items()}


COMPANY_FACTS = {
    "size": "small",
    "industry": "manufacturing",
    "years_in_business": 8,
    "previous": statement(2024),
    "latest": statement(2025),
    "revenue_growth_forecast_percent": "5",
    "existing_working_capital_loans": money("300000.00"),
}
PERSON_FACTS = {
    "monthly_income": money("18000.00"),
    "monthly_expenses": money("6000.00"),
    "assets": money("400000.00"),
    "debts": money("50000.00"),
    "seniority_years": 6,
    "job": "fixed",
    "home": "owner",
}


@dataclass
class Bank:
    """`client` calls the API as whoever the token says; `hear` delivers an announcement of another service."""

    app: FastAPI
    engine: Engine
    client: httpx.AsyncClient
    versions: dict[str, int] = field(default_factory=dict)

    async def hear(self, message: IntegrationEvent, *, on: date = TODAY, branch: str = "SH") -> None:
        """Deliver as the producer would: one stream per thing, versions counted up."""
        stream = f"{message.producer}-{getattr(message, 'application_id', 'bank')}"
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        meta = Metadata("system:test", "system:test", "LD01", branch, on, uuid4())
        recorded = Recorded(version, stream, version, uuid4(), Event(), meta, datetime(2026, 3, 2, 8, tzinfo=UTC))
        await self.engine.inbox.handle([announce(recorded, message)])

    async def assess(self, application_id: str, **found: Any) -> None:
        """Risk announces its assessment."""
        facts = dict(record_assessment(application_id=UUID(application_id), **found))
        facts["reasons"] = tuple(risk.Reason(**dict(reason)) for reason in facts["reasons"])
        await self.hear(risk.CreditAssessed(**facts, limit_candidates=()))

    async def new_day(self, opened_on: date) -> None:
        """The business date moves to `opened_on`; return when the service has done what it then does."""
        await self.hear(repayment.BusinessDateClosed(closed_on=opened_on, opened_on=opened_on), on=opened_on)
        async with asyncio.timeout(20):
            while await self.engine.pool.fetchval("select swept_on from business_date") != opened_on:
                await asyncio.sleep(0.02)

    async def caught_up(self) -> None:
        await self.engine.caught_up()

    async def get(
        self, path: str, *, who: str = "chen", roles: str = "officer", branch: str = "SH", **params: Any
    ) -> httpx.Response:
        return await self.client.get(path, params=params, headers=bearer(who, roles, branch=branch))

    async def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        who: str = "chen",
        roles: str = "officer",
        branch: str = "SH",
        key: str | None = None,
        **params: Any,
    ) -> httpx.Response:
        headers = bearer(who, roles, branch=branch) | {"Idempotency-Key": key or str(uuid4())}
        return await self.client.post(path, json=body, params=params, headers=headers)

    async def registered(self, **particulars: Any) -> str:
        """A registered borrower, by default the company; its id."""
        answer = await self.post("/v1/borrowers", particulars or {"company": COMPANY_PARTICULARS})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["borrower_id"])

    async def submitted(self, **other: Any) -> str:
        """A submitted application, by default of the company; its id."""
        answer = await self.post("/v1/applications", application(await self.registered(), **other))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["application_id"])

    async def offered(self) -> str:
        """An application that policy approved; its id."""
        application_id = await self.submitted()
        await self.assess(application_id)
        return application_id

    async def signed(self) -> tuple[str, str]:
        """A signed contract: the ids of its application and of itself."""
        application_id = await self.offered()
        await self.post(f"/v1/applications/{application_id}/offer/accept")
        answer = await self.post(
            f"/v1/applications/{application_id}/contract", {"confirmed_annualised_rate_percent": "4.44"}
        )
        assert answer.status_code == 201, answer.text
        return application_id, answer.json()["contract_id"]


def application(borrower_id: str, **other: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "borrower_id": borrower_id,
        "product_code": "micro-fast",
        "requested_amount": money("500000.00"),
        "term_months": 12,
        "repayment_method": "equal_instalments",
        "purpose": "purchase_of_goods",
        "company": COMPANY_FACTS,
    }
    return body | other


def bearer(person: str, roles: str, *, branch: str = "SH") -> dict[str, str]:
    claims = {
        "iss": "http://issuer",
        "aud": "liudai",
        "sub": person,
        "exp": 4_102_444_800,
        "roles": roles.split(),
        "branch": branch,
    }
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'Ed25519', 'kid': 'test'}, claims, KEY, ['Ed25519'])}"}


@asynccontextmanager
async def open_bank(database_url: str) -> AsyncIterator[Bank]:
    """The service as it runs in production, on its own role; only the bus is in the process."""
    await migrate(database_url, service)
    opened_today = settings(database_url, service).model_copy(update={"opening_date": TODAY})
    app = create_app(service, settings=opened_today, bus=LocalBus([]))
    async with app.router.lifespan_context(app):
        engine: Engine = app.state.engine
        engine.verifier._keys = KeySet([KEY])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://application") as client:
            yield Bank(app, engine, client)
