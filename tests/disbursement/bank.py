"""The disbursement service, and what its callers and other services send it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from services.disbursement.main import service
from shared.contracts import application, repayment
from shared.money import Money
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
from tests.shared.running_service import RunningService

PAYEE = {"name": "苏州精密钢材有限公司", "account": PAYEE_ACCOUNT, "bank": "中国银行"}
DRAWDOWN_BODY: dict[str, Any] = {
    "amount": {"amount": "400000.00"},
    "payment_mode": "entrusted",
    "borrower_account": BORROWER_ACCOUNT,
    "payee": PAYEE,
    "trade_contract": "购销-2026-017",
}


class Bank(RunningService):
    """Called by an officer unless a test says otherwise."""

    service = service
    opening_date = TODAY
    who = "officer-li"
    roles = "officer"

    async def drawdown(self, **changes: Any) -> str:
        """The path of a drawdown that has been requested."""
        answer = await self.post(f"/v1/facilities/{CONTRACT}/drawdowns", DRAWDOWN_BODY | changes)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    async def release(self, drawdown: str) -> httpx.Response:
        return await self.post(f"{drawdown}/release", who="releaser-zhou", roles="releaser")

    async def until(self, drawdown: str, *statuses: str) -> dict[str, Any]:
        """The drawdown as soon as it has one of these statuses."""
        return await self.seen(drawdown, lambda found: found["status"] in statuses)


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
