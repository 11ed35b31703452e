"""A collection service on a test's database: it hears what a test announces and answers over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from services.collection.main import service
from shared.bus import announce
from shared.contracts import repayment, risk
from shared.engine import Engine
from shared.event_store import Metadata, Recorded
from shared.local_bus import LocalBus
from shared.messages import Event, IntegrationEvent
from shared.service import create_app
from tests.collection.builders import BORROWER, DUE_ON, LOAN, TODAY, yuan
from tests.shared.services import migrate, settings

KEY = ECKey.generate_key("P-256", {"kid": "test"}, private=True)


@dataclass
class Bank:
    """`client` calls the API as whoever `token` says; `hear` delivers an announcement of another service."""

    engine: Engine
    client: httpx.AsyncClient
    versions: dict[str, int] = field(default_factory=dict)

    async def hear(self, message: IntegrationEvent, *, on: date = TODAY, branch: str = "SH") -> None:
        """Deliver as repayment or risk would: one stream per loan, versions counted up."""
        stream = f"loan_account-{getattr(message, 'loan_id', 'bank')}"
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        meta = Metadata("system:test", "system:test", "LD01", branch, on, uuid4())
        at = datetime(2026, 3, 2, 8, tzinfo=UTC)
        recorded = Recorded(version, stream, version, uuid4(), Event(), meta, at)
        await self.engine.inbox.handle([announce(recorded, message)])

    async def new_day(self, opened_on: date) -> None:
        """The business date moves to `opened_on`."""
        await self.hear(repayment.BusinessDateClosed(closed_on=opened_on, opened_on=opened_on), on=opened_on)

    async def swept(self, on: date) -> None:
        """Return when the service has done what it does when the business date moves to `on`."""
        async with asyncio.timeout(20):
            while await self.engine.pool.fetchval("select swept_on from business_date") != on:
                await asyncio.sleep(0.02)

    async def caught_up(self) -> None:
        """Return when everything appended is sealed and in every read model."""
        async with asyncio.timeout(20):
            while True:
                status = await self.engine.status()
                shown = min(status["followers"][one.name] for one in service.projections)
                if not status["unsealed"] and shown >= status["head"]:
                    return
                await asyncio.sleep(0.02)

    async def get(self, path: str, *, who: str = "chen", roles: str = "collector", **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=bearer(who, roles))

    async def post(
        self,
        path: str,
        body: dict[str, Any],
        *,
        who: str = "chen",
        roles: str = "collector",
        key: str | None = None,
        **params: Any,
    ) -> httpx.Response:
        headers = bearer(who, roles) | {"Idempotency-Key": key or str(uuid4())}
        return await self.client.post(path, json=body, params=params, headers=headers)


def bearer(person: str, roles: str, *, branch: str = "SH") -> dict[str, str]:
    claims = {
        "iss": "http://issuer",
        "aud": "liudai",
        "sub": person,
        "exp": 4_102_444_800,
        "roles": roles.split(),
        "branch": branch,
    }
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256', 'kid': 'test'}, claims, KEY)}"}


@asynccontextmanager
async def open_bank(database_url: str) -> AsyncIterator[Bank]:
    """The service as it runs in production, on its own role; only the bus is in the process."""
    await migrate(database_url, service)
    app = create_app(
        service,
        settings=settings(database_url, service).model_copy(update={"opening_date": TODAY}),
        bus=LocalBus([]),
    )
    async with app.router.lifespan_context(app):
        engine: Engine = app.state.engine
        engine.verifier._keys = KeySet([KEY])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://collection") as client:
            yield Bank(engine, client)


def overdue(
    *, loan_id: UUID = LOAN, borrower_id: UUID = BORROWER, amount: int = 10_000, days: int = 1
) -> repayment.InstallmentOverdue:
    return repayment.InstallmentOverdue(
        loan_id=loan_id,
        contract_id=uuid4(),
        application_id=uuid4(),
        borrower_id=borrower_id,
        installment_no=1,
        due_on=DUE_ON,
        overdue_principal=yuan(amount - 1_000),
        overdue_interest=yuan(1_000),
        outstanding_principal=yuan(100_000),
        days_past_due=days,
        as_of=TODAY,
    )


def delinquent(days: int, *, on: date, loan_id: UUID = LOAN) -> repayment.DelinquencyAged:
    return repayment.DelinquencyAged(
        loan_id=loan_id,
        borrower_id=BORROWER,
        days_past_due=days,
        overdue_principal=yuan(9_000),
        overdue_interest=yuan(1_000),
        overdue_penalty=yuan(50),
        outstanding_principal=yuan(100_000),
        as_of=on,
    )


def received(amount: int, *, on: date, overdue_after: int, loan_id: UUID = LOAN) -> repayment.RepaymentReceived:
    return repayment.RepaymentReceived(
        receipt_id=uuid4(),
        loan_id=loan_id,
        contract_id=uuid4(),
        borrower_id=BORROWER,
        amount=yuan(amount),
        principal=yuan(amount),
        interest=yuan(0),
        penalty=yuan(0),
        unallocated=yuan(0),
        overdue_after=yuan(overdue_after),
        received_on=on,
    )


def classified_as(classification: Any, *, on: date = TODAY) -> risk.LoanClassified:
    return risk.LoanClassified.model_validate(
        {
            "loan_id": LOAN,
            "classification": classification,
            "previous": "normal",
            "provision_rate_percent": "50",
            "days_past_due": 1,
            "classified_on": on,
        }
    )
