"""Putting right what was posted: reversal of a receipt (冲正) and refund of what is held (退款), each by two people.

`dry_run=true` on an approval shows what would come of it.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.repayment.domain.correction_commands import (
    DeclineCorrection,
    ProposeRefund,
    ProposeReversal,
    RefundCredit,
    ReverseReceipt,
)
from services.repayment.domain.events import (
    CreditRefunded,
    RecoveryReversed,
    RepaymentReversed,
)
from services.repayment.domain.loan import LoanAccount, NoLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.routes.loan_answers import Status
from services.repayment.routes.payments import RECEIPT, standing
from shared.command_handler import Outcome
from shared.http import Caller, Commands, RequestBody, Today
from shared.money import Money, MoneyText, PositiveMoney

router = APIRouter(prefix="/v1/loans", tags=["corrections"])

Reasoned = Annotated[str, Field(min_length=1, max_length=500)]


class ReversalBody(RequestBody):
    """The receipt that should never have been posted, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"receipt_id": RECEIPT, "because": "6,200 typed for 620"}]}
    )
    receipt_id: UUID
    because: Reasoned


class RefundBody(RequestBody):
    """How much of what is held goes back to the borrower's account, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": {"amount": "380.00"}, "because": "overpaid"}]})
    amount: PositiveMoney
    because: Reasoned


class CorrectionDecline(RequestBody):
    """Why not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"because": "the receipt is right"}]})
    because: Reasoned


class Differences(BaseModel):
    """What a reversal posts: nil, or negative where the receipt had paid. `penalty` includes compound interest."""

    principal: MoneyText
    interest: MoneyText
    penalty: MoneyText
    unallocated: MoneyText


class Correction(BaseModel):
    """A reversal or a refund, and how the loan stands. A refund that is `done` is an instruction to core banking."""

    loan_id: UUID
    proposal_id: UUID
    kind: Literal["reversal", "refund"]
    state: Literal["proposed", "done", "declined"]
    receipt_id: UUID | None
    amount: MoneyText
    because: str
    proposed_by: str
    differences: Differences | None = None
    days_past_due: int | None = None
    status: Status
    outstanding: MoneyText
    credit: MoneyText
    claim: MoneyText


class PendingCorrections(BaseModel):
    """What waits for a second person, and the receipts that were reversed with the day of it."""

    loan_id: UUID
    pending: list[Correction]
    reversed: dict[UUID, date]


@router.post("/{loan_id}/reversals", response_model=Correction, status_code=201)
async def propose_reversal(
    loan_id: UUID, body: ReversalBody, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Propose to take a receipt back, as if it had never come; a second person approves."""
    await commands.load(loan_account, loan_id)
    command = ProposeReversal(
        loan_id=loan_id,
        proposal_id=commands.new_id,
        receipt_id=body.receipt_id,
        because=body.because,
        proposed_by=caller.person,
        today=today,
    )
    return await commands.handle(loan_account, command, answer=_pending(command.proposal_id), status=201)


@router.post("/{loan_id}/reversals/{proposal_id}/approval", response_model=Correction)
async def approve_reversal(
    loan_id: UUID, proposal_id: UUID, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Take the receipt back as a second person: what followed it is done again without it."""
    past = await commands.history(loan_account, loan_id)
    command = ReverseReceipt(
        loan_id=loan_id,
        proposal_id=proposal_id,
        approved_by=caller.person,
        today=today,
        past=tuple(one.event for one in past),
    )
    return await commands.handle(loan_account, command, answer=_decided)


@router.post("/{loan_id}/refunds", response_model=Correction, status_code=201)
async def propose_refund(loan_id: UUID, body: RefundBody, caller: Caller, commands: Commands, today: Today) -> Response:
    """Propose to send back what is held, also of a settled loan; a second person approves."""
    await commands.load(loan_account, loan_id)
    command = ProposeRefund(
        loan_id=loan_id,
        proposal_id=commands.new_id,
        amount=body.amount,
        because=body.because,
        proposed_by=caller.person,
        today=today,
    )
    return await commands.handle(loan_account, command, answer=_pending(command.proposal_id), status=201)


@router.post("/{loan_id}/refunds/{proposal_id}/approval", response_model=Correction)
async def approve_refund(
    loan_id: UUID, proposal_id: UUID, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Send the money back as a second person: recorded as an instruction, which core banking carries out."""
    await commands.load(loan_account, loan_id)
    command = RefundCredit(loan_id=loan_id, proposal_id=proposal_id, approved_by=caller.person, today=today)
    return await commands.handle(loan_account, command, answer=_decided)


@router.post("/{loan_id}/corrections/{proposal_id}/decline", response_model=Correction)
async def decline_correction(
    loan_id: UUID, proposal_id: UUID, body: CorrectionDecline, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Say no to a proposed reversal or refund."""
    before = (await commands.load(loan_account, loan_id)).state
    command = DeclineCorrection(
        loan_id=loan_id, proposal_id=proposal_id, because=body.because, declined_by=caller.person, today=today
    )

    def answer(outcome: Outcome[LoanAccount, Any]) -> Correction:
        assert not isinstance(before, NoLoan), "a stream with events is a booked loan"
        return _correction(outcome.state, proposal_id, before, "declined", because=body.because)

    return await commands.handle(loan_account, command, answer=answer)


@router.get("/{loan_id}/corrections", response_model=PendingCorrections)
async def list_corrections(loan_id: UUID, commands: Commands) -> Response:
    """What is proposed to be put right on a loan, and which of its receipts were reversed."""
    outcome = await commands.load(loan_account, loan_id)
    loan = outcome.state
    assert not isinstance(loan, NoLoan), "a stream with events is a booked loan"
    pending = [_correction(loan, one, loan, "proposed") for one in loan.desk.pending]
    return commands.read_answer(
        outcome, PendingCorrections(loan_id=loan_id, pending=pending, reversed=dict(loan.desk.reversed_on))
    )


def _pending(proposal_id: UUID) -> Callable[[Outcome[LoanAccount, Any]], Correction]:
    def answer(outcome: Outcome[LoanAccount, Any]) -> Correction:
        return _correction(outcome.state, proposal_id, outcome.state, "proposed")

    return answer


def _correction(
    loan: LoanAccount,
    proposal_id: UUID,
    where: LoanAccount,
    state: Literal["proposed", "declined"],
    because: str | None = None,
) -> Correction:
    """A proposal as it stands on the desk of `where`."""
    assert not isinstance(loan, NoLoan), "a booked loan"
    assert not isinstance(where, NoLoan), "a booked loan"
    pending = where.desk.pending[proposal_id]
    return Correction(
        loan_id=loan.terms.loan_id,
        proposal_id=proposal_id,
        kind="reversal" if pending.receipt_id else "refund",
        state=state,
        receipt_id=pending.receipt_id,
        amount=pending.amount,
        because=because or pending.because,
        proposed_by=pending.proposed_by,
        **_stands(loan),
    )


def _decided(outcome: Outcome[LoanAccount, Any]) -> Correction:
    fact, loan = outcome.events[-1], outcome.state
    assert not isinstance(loan, NoLoan), "a booked loan"
    assert isinstance(fact, RepaymentReversed | RecoveryReversed | CreditRefunded), "a decision makes one fact"
    more: dict[str, Any] = {}
    if not isinstance(fact, CreditRefunded):
        unallocated = fact.unallocated if isinstance(fact, RepaymentReversed) else Money(0, fact.amount.currency)
        more["differences"] = Differences(
            principal=fact.principal, interest=fact.interest, penalty=fact.penalty, unallocated=unallocated
        )
        more["receipt_id"] = fact.receipt_id
    if isinstance(fact, RepaymentReversed):
        more["days_past_due"] = fact.days_past_due_after
    return Correction(
        **{"receipt_id": None} | more,
        loan_id=fact.loan_id,
        proposal_id=fact.proposal_id,
        kind="refund" if isinstance(fact, CreditRefunded) else "reversal",
        state="done",
        amount=fact.amount,
        because=fact.because,
        proposed_by=fact.proposed_by,
        **_stands(loan),
    )


def _stands(loan: LoanAccount) -> dict[str, Any]:
    assert not isinstance(loan, NoLoan), "a booked loan"
    return standing(loan, Money(0, loan.terms.principal.currency))
