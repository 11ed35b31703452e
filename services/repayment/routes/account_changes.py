"""Changes of an account that one person proposes and another approves: a rate, a waiver of charges.

`dry_run=true` with the approval shows the loan and its new schedule first.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.repayment.domain.commands import ApproveAccountChange, ProposeAccountChange, RejectAccountChange
from services.repayment.domain.events import AccountChangeProposed, RateTerms, WaiverTerms
from services.repayment.domain.loan import LoanAccount, OpenLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.routes.account_answers import Schedule, schedule_of_loan
from services.repayment.routes.loan_answers import Loan, loan_body
from shared.command_handler import Outcome
from shared.dates import Day
from shared.http import Caller, Commands, RequestBody, Today
from shared.money import Money, MoneyOrNil, MoneyText

router = APIRouter(prefix="/v1/loans", tags=["account changes"])

PROPOSAL = "018f4e9a-2f63-7c1e-9d51-2f0c3a7b9e11"
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=9, decimal_places=4)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class RateBody(RequestBody):
    """A rate to be paid from a day on: today or earlier; dated back, the difference is charged or given back."""

    kind: Literal["rate"]
    annual_rate_percent: Percent
    from_on: Day


class WaiverBody(RequestBody):
    """Interest that is due, penalty and compound interest that the bank does without."""

    kind: Literal["waiver"]
    interest: MoneyOrNil = Money(0)
    penalty: MoneyOrNil = Money(0)
    compound: MoneyOrNil = Money(0)


class Proposal(RequestBody):
    """What should be changed and why; the proposer chooses the id, so a retry is harmless."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "proposal_id": PROPOSAL,
                    "change": {"kind": "rate", "annual_rate_percent": "6.8", "from_on": "2026-01-10"},
                    "reason": "agreed with the borrower on 9 January",
                }
            ]
        }
    )
    proposal_id: UUID
    change: RateBody | WaiverBody = Field(discriminator="kind")
    reason: Reason


class Rejection(RequestBody):
    """Why the proposal is turned down."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "not what was agreed"}]})
    reason: Reason


class WaiverAnswer(BaseModel):
    """What would be waived."""

    kind: Literal["waiver"]
    interest: MoneyText
    penalty: MoneyText
    compound: MoneyText


class PendingChange(BaseModel):
    """A change that waits for a second person."""

    proposal_id: UUID
    change: RateTerms | WaiverAnswer
    reason: str
    proposed_by: str
    proposed_on: date


class PendingChanges(BaseModel):
    """The changes of a loan that wait, in the order in which they were proposed."""

    items: list[PendingChange]


class ChangedLoan(BaseModel):
    """The loan after the decision, its schedule, and what still waits."""

    loan: Loan
    schedule: Schedule
    pending: list[PendingChange]


@router.get("/{loan_id}/account-changes", response_model=PendingChanges)
async def list_account_changes(loan_id: UUID, commands: Commands) -> Response:
    """The changes of a loan that wait for a second person."""
    outcome = await commands.load(loan_account, loan_id)
    return commands.read_answer(outcome, PendingChanges(items=_pending(outcome.state)))


@router.post("/{loan_id}/account-changes", response_model=ChangedLoan, status_code=201)
async def propose_account_change(
    loan_id: UUID, body: Proposal, commands: Commands, caller: Caller, today: Today
) -> Response:
    """Propose a change of the account. Nothing happens before another person approves."""
    await commands.load(loan_account, loan_id)
    command = ProposeAccountChange(
        loan_id=loan_id,
        proposal_id=body.proposal_id,
        change=_terms(body.change),
        reason=body.reason,
        proposed_by=caller.person,
        today=today,
    )
    return await commands.handle(loan_account, command, answer=_changed(today), status=201)


@router.post("/{loan_id}/account-changes/{proposal_id}/approval", response_model=ChangedLoan)
async def approve_account_change(
    loan_id: UUID, proposal_id: UUID, commands: Commands, caller: Caller, today: Today
) -> Response:
    """Make the change that somebody else proposed."""
    await commands.load(loan_account, loan_id)
    command = ApproveAccountChange(loan_id=loan_id, proposal_id=proposal_id, approved_by=caller.person, today=today)
    return await commands.handle(loan_account, command, answer=_changed(today))


@router.post("/{loan_id}/account-changes/{proposal_id}/rejection", response_model=ChangedLoan)
async def reject_account_change(
    loan_id: UUID, proposal_id: UUID, body: Rejection, commands: Commands, caller: Caller, today: Today
) -> Response:
    """Turn a proposal down, or withdraw it."""
    await commands.load(loan_account, loan_id)
    command = RejectAccountChange(
        loan_id=loan_id, proposal_id=proposal_id, reason=body.reason, rejected_by=caller.person, today=today
    )
    return await commands.handle(loan_account, command, answer=_changed(today))


def _terms(body: RateBody | WaiverBody) -> RateTerms | WaiverTerms:
    if isinstance(body, RateBody):
        return RateTerms(annual_rate_percent=body.annual_rate_percent, from_on=body.from_on)
    return WaiverTerms(interest=body.interest, penalty=body.penalty, compound=body.compound)


def _changed(today: date) -> Any:
    def answer(outcome: Outcome[LoanAccount, Any]) -> ChangedLoan:
        loan = outcome.state
        return ChangedLoan(loan=loan_body(loan, today), schedule=schedule_of_loan(loan, today), pending=_pending(loan))

    return answer


def _pending(loan: LoanAccount) -> list[PendingChange]:
    proposed: list[AccountChangeProposed] = list(loan.changes_proposed.values()) if isinstance(loan, OpenLoan) else []
    return [
        PendingChange.model_validate(
            {name: getattr(one, name) for name in PendingChange.model_fields} | {"change": dict(one.change)}
        )
        for one in proposed
    ]
