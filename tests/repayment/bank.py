"""The repayment service, and what other services tell it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.repayment.main import service
from shared.contracts import collection, disbursement, risk
from tests.repayment.builders import APPLICATION, BORROWER, CONTRACT, DRAWN_ON, LOAN, PROPOSAL, yuan
from tests.shared.running_service import RunningService

ONE_DAY = timedelta(days=1)


class Bank(RunningService):
    """Called by a cashier unless a test says otherwise; the first business date is the one of the payout."""

    service = service
    opening_date = DRAWN_ON
    roles = "cashier"

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
        payment_mode="self",
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


def measured(
    expected: str, specific: str, top_up: str, on: date, *, branch: str = "SH", undrawn_loss: str | None = None
) -> risk.ProvisionMeasured:
    stage = risk.StageLoss(stage=1, loans=1, outstanding=yuan(100_000), expected_loss=yuan(expected))
    return risk.ProvisionMeasured(
        branch=branch,
        stages=(stage,),
        specific=yuan(specific),
        top_up=yuan(top_up),
        measured_on=on,
        undrawn_loss=None if undrawn_loss is None else yuan(undrawn_loss),
    )
