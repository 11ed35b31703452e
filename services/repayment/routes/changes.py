"""Changed terms (展期, 续贷, 重组) by two people. `dry_run=true` shows the old and the new schedule side by side."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, JsonValue
from starlette.responses import Response

from services.repayment.domain.commands import DecideLoanChange, ProposeLoanChange
from services.repayment.domain.loan import LoanAccount
from services.repayment.domain.loan_account import loan_account
from services.repayment.queries import changes as queries
from services.repayment.routes.change_answers import (
    ChangeDecision,
    ChangeRows,
    LoanChange,
    change_row,
    decided_change,
    proposed_change,
)
from services.repayment.routes.change_bodies import TermsBody
from shared.command_handler import Outcome
from shared.http import Caller, Commands, Db, Page, RequestBody, Today, branch_scope

router = APIRouter(prefix="/v1", tags=["changes"])

PROPOSAL = "018f4e9a-2f63-7c1e-9d51-2f0c3a7b9e20"
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
_EXTENSION: dict[str, JsonValue] = {
    "kind": "extension", "months": 3, "guaranteed": False, "operation_normal": True, "financial_difficulty": False,
}  # fmt: skip


class ChangeBody(RequestBody):
    """The proposer's own id of the proposal, the terms, and why. A guarantor's consent is told by its paper."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"proposal_id": PROPOSAL, "terms": _EXTENSION, "reason": "the buyer pays a quarter later"}]
        }
    )
    proposal_id: UUID
    terms: Annotated[TermsBody, Field(discriminator="kind")]
    reason: Reason
    guarantor_consent: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class ChangeDecisionBody(RequestBody):
    """The second person's decision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decision": "approve", "reason": "papers seen"}]})
    decision: Literal["approve", "reject"]
    reason: Reason


@router.post("/loans/{loan_id}/changes", response_model=LoanChange, status_code=201)
async def propose_loan_change(
    loan_id: UUID, body: ChangeBody, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Propose an extension, a renewal or another plan; a second person decides. The same proposal is made once."""
    await commands.load(loan_account, loan_id)
    command = ProposeLoanChange(
        loan_id=loan_id,
        proposal_id=body.proposal_id,
        terms=body.terms.told(),
        reason=body.reason,
        guarantor_consent=body.guarantor_consent,
        proposed_by=caller.person,
        proposed_on=today,
    )

    def answer(outcome: Outcome[LoanAccount, Any]) -> LoanChange:
        return proposed_change(outcome.state, today)

    location = f"/v1/loan-changes?loan_id={loan_id}"
    return await commands.handle(loan_account, command, answer=answer, status=201, location=location)


@router.post("/loans/{loan_id}/changes/{proposal_id}/decision", response_model=ChangeDecision)
async def decide_loan_change(
    loan_id: UUID, proposal_id: UUID, body: ChangeDecisionBody, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Approve or reject as a second person. Approved, the loan has its new schedule at once, and others hear of it."""
    before = (await commands.load(loan_account, loan_id)).state
    command = DecideLoanChange(
        loan_id=loan_id,
        proposal_id=proposal_id,
        approve=body.decision == "approve",
        reason=body.reason,
        decided_by=caller.person,
        decided_on=today,
    )
    return await commands.handle(loan_account, command, answer=_decided(command, before))


def _decided(command: DecideLoanChange, before: LoanAccount) -> Callable[[Outcome[LoanAccount, Any]], ChangeDecision]:
    return lambda outcome: decided_change(command, before, outcome.state)


@router.get("/loan-changes", response_model=ChangeRows)
async def list_loan_changes(
    caller: Caller,
    db: Db,
    page: Page,
    status: Literal["proposed", "approved", "rejected", "lapsed"] | None = None,
    loan_id: Annotated[UUID | None, Query(description="Of one loan")] = None,
) -> Any:
    """Proposals by day, the oldest first; `status=proposed` is the work list of those who decide."""
    rows = await queries.loan_changes(
        db,
        branches=branch_scope(caller),
        status=status,
        loan_id=loan_id,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer([change_row(row) for row in rows], key=lambda row: (row.proposed_on, row.proposal_id))
