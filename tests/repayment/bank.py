"""A repayment service on a test's database: it hears what a test announces and answers over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from services.repayment.main import service
from shared.bus import announce
from shared.contracts import collection, disbursement, risk
from shared.engine import Engine
from shared.event_store import Metadata, Recorded
from shared.local_bus import LocalBus
from shared.messages import Event, IntegrationEvent
from shared.service import create_app
from tests.repayment.builders import APPLICATION, BORROWER, CONTRACT, DRAWN_ON, LOAN, PROPOSAL, yuan
from tests.shared.services import migrate, settings

KEY = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)
ONE_DAY = timedelta(days=1)


@dataclass
class Bank:
    """`client` calls the API as whoever the token says; `hear` delivers an announcement of another service."""

    engine: Engine
    client: httpx.AsyncClient

    async def hear(self, message: IntegrationEvent, *, on: date = DRAWN_ON, branch: str = "SH") -> None:
        """Deliver one announcement, each on a stream of its own."""
        meta = Metadata("system:test", "system:test", "LD01", branch, on, uuid4())
        at = datetime(2026, 1, 10, 8, tzinfo=UTC)
        recorded = Recorded(1, f"test-{uuid4()}", 1, uuid4(), Event(), meta, at)
        await self.engine.inbox.handle([announce(recorded, message)])

    async def get(self, path: str, *, roles: str = "cashier", **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=bearer(roles))

    async def post(
        self, path: str, body: dict[str, Any], *, roles: str = "cashier", key: str | None = None, **params: Any
    ) -> httpx.Response:
        headers = bearer(roles) | {"Idempotency-Key": key or str(uuid4())}
        return await self.client.post(path, json=body, params=params, headers=headers)

    async def repay(self, amount: str, *, loan_id: UUID = LOAN, **fields: Any) -> httpx.Response:
        body = {"receipt_id": str(uuid4()), "amount": {"amount": amount}} | fields
        return await self.post(f"/v1/loans/{loan_id}/repayments", body)

    async def close_until(self, opened_on: date) -> dict[str, Any]:
        """Close day after day until the bank works on `opened_on`; the report of the last night."""
        while True:
            answer = await self.post("/v1/business-date/close", {}, roles="operator")
            assert answer.status_code == 200, answer.text
            night: dict[str, Any] = answer.json()
            if night["opened_on"] == opened_on.isoformat():
                await self.engine.caught_up()
                return night


def bearer(roles: str, *, branch: str = "SH") -> dict[str, str]:
    claims = {
        "iss": "http://issuer",
        "aud": "liudai",
        "sub": "chen",
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
    opened = settings(database_url, service).model_copy(update={"opening_date": DRAWN_ON})
    app = create_app(service, settings=opened, bus=LocalBus([]))
    async with app.router.lifespan_context(app):
        engine: Engine = app.state.engine
        engine.verifier._keys = KeySet([KEY])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://repayment") as client:
            yield Bank(engine, client)


# --- what other services announce -----------------------------------------------------------------------


def disbursed(
    *,
    loan_id: UUID = LOAN,
    borrower_id: UUID = BORROWER,
    principal: int | str = 100_000,
    term_months: int = 3,
    method: Any = "interest_only",
    day_count: Any = "ACT/360",
    on: date = DRAWN_ON,
) -> disbursement.LoanDisbursed:
    return disbursement.LoanDisbursed(
        loan_id=loan_id,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=borrower_id,
        principal=yuan(principal),
        annual_rate_percent=Decimal("7.2"),
        penalty_uplift_percent=Decimal(50),
        term_months=term_months,
        repayment_method=method,
        day_count=day_count,
        disbursed_on=on,
        core_reference="CB-1",
    )


def write_off_approved(on: date) -> collection.WriteOffApproved:
    return collection.WriteOffApproved(
        proposal_id=PROPOSAL, case_id=uuid4(), loan_id=LOAN, proposed_by="li", approved_by="wang", approved_on=on
    )


def classified(classification: Any, rate: str, on: date) -> risk.LoanClassified:
    return risk.LoanClassified(
        loan_id=LOAN,
        classification=classification,
        previous="normal",
        provision_rate_percent=Decimal(rate),
        days_past_due=1,
        classified_on=on,
    )
