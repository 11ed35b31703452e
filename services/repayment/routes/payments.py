"""Money that comes in: repayments, early pay-off, recoveries. `dry_run=true` shows the allocation first."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.repayment.domain.commands import PayOffLoan, PrepayLoan, ReceiveRepayment, RecoverWrittenOff
from services.repayment.domain.events import Keeps, LoanPrepaid
from services.repayment.domain.loan import LoanAccount, NoLoan, OpenLoan, SettledLoan, WrittenOffLoan, outstanding
from services.repayment.domain.loan_account import loan_account
from services.repayment.routes.change_answers import ChangedSide, side_of
from services.repayment.routes.loan_answers import Status
from shared.command_handler import Outcome
from shared.dates import Day
from shared.http import Commands, RequestBody, Today
from shared.money import Money, MoneyOrNil, MoneyText, PositiveMoney

router = APIRouter(prefix="/v1/loans", tags=["payments"])

RECEIPT = "018f4e9a-2f63-7c1e-9d51-2f0c3a7b9e10"


class Payment(RequestBody):
    """A receipt: the payer's own id of it, the amount, and the day on which the money came in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"receipt_id": RECEIPT, "amount": {"amount": "620.00"}}]})
    receipt_id: UUID
    amount: PositiveMoney
    received_on: Day | None = Field(default=None, description="The business date unless given")


class Payoff(RequestBody):
    """A pay-off: exactly the quoted amount for the day (nil where what is held covers everything)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"receipt_id": RECEIPT, "amount": {"amount": "100200.00"}}]}
    )
    receipt_id: UUID
    amount: MoneyOrNil
    received_on: Day | None = Field(default=None, description="The business date unless given")


class Prepayment(Payment):
    """A receipt that pays what is due and, with the rest, principal that is not: the instalment or the term stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"receipt_id": RECEIPT, "amount": {"amount": "20620.00"}, "keeps": "instalment"}]
        }
    )
    keeps: Keeps = Field(description="`instalment`: the loan ends sooner; `term`: each instalment gets smaller")


class AppliedReceipt(BaseModel):
    """Where the money went, and how the loan stands. `penalty` includes compound interest.

    `unallocated` of this receipt is held for what falls due next; `credit` is all that is held.
    """

    loan_id: UUID
    receipt_id: UUID
    amount: MoneyText
    principal: MoneyText
    interest: MoneyText
    penalty: MoneyText
    unallocated: MoneyText
    received_on: date
    status: Status
    outstanding: MoneyText
    credit: MoneyText
    claim: MoneyText


class PrepaidLoan(BaseModel):
    """Where the money went, and the loan before and after it. The fee is taken from the borrower's account beside it.

    A receipt that was applied before tells no fee and no saving again, and finds the loan changed already.
    """

    receipt: AppliedReceipt
    fee: MoneyText | None
    interest_saved: MoneyText | None
    before: ChangedSide | None
    after: ChangedSide | None


@router.post("/{loan_id}/repayments", response_model=AppliedReceipt, status_code=201)
async def receive_repayment(loan_id: UUID, body: Payment, commands: Commands, today: Today) -> Response:
    """Post a repayment. What is not due yet is held; the same receipt is applied once."""
    await commands.load(loan_account, loan_id)
    command = ReceiveRepayment(
        loan_id=loan_id,
        receipt_id=body.receipt_id,
        amount=body.amount,
        received_on=body.received_on or today,
        today=today,
    )
    return await commands.handle(loan_account, command, answer=_applied(command), status=201)


@router.post("/{loan_id}/payoff", response_model=AppliedReceipt, status_code=201)
async def pay_off_loan(loan_id: UUID, body: Payoff, commands: Commands, today: Today) -> Response:
    """Settle the loan early with the amount of its pay-off quote."""
    await commands.load(loan_account, loan_id)
    command = PayOffLoan(
        loan_id=loan_id,
        receipt_id=body.receipt_id,
        amount=body.amount,
        received_on=body.received_on or today,
        today=today,
    )
    return await commands.handle(loan_account, command, answer=_applied(command), status=201)


@router.post("/{loan_id}/prepayments", response_model=PrepaidLoan, status_code=201)
async def prepay_loan(loan_id: UUID, body: Prepayment, commands: Commands, today: Today) -> Response:
    """提前部分还款: repay a part early. `dry_run=true` shows the loan before and after, with both schedules."""
    before = (await commands.load(loan_account, loan_id)).state
    command = PrepayLoan(
        loan_id=loan_id,
        receipt_id=body.receipt_id,
        amount=body.amount,
        keeps=body.keeps,
        received_on=body.received_on or today,
        today=today,
    )

    def answer(outcome: Outcome[LoanAccount, Any]) -> PrepaidLoan:
        fact = next((one for one in outcome.events if isinstance(one, LoanPrepaid)), None)
        return PrepaidLoan(
            receipt=_applied(command)(outcome),
            fee=fact.fee if fact else None,
            interest_saved=fact.interest_saved if fact else None,
            before=side_of(before, command.received_on),
            after=side_of(outcome.state, command.received_on),
        )

    return await commands.handle(loan_account, command, answer=answer, status=201)


@router.post("/{loan_id}/recoveries", response_model=AppliedReceipt, status_code=201)
async def recover_written_off(loan_id: UUID, body: Payment, commands: Commands, today: Today) -> Response:
    """Post money received for a loan that has been written off."""
    await commands.load(loan_account, loan_id)
    command = RecoverWrittenOff(
        loan_id=loan_id,
        receipt_id=body.receipt_id,
        amount=body.amount,
        received_on=body.received_on or today,
        today=today,
    )
    return await commands.handle(loan_account, command, answer=_applied(command), status=201)


def _applied(
    command: ReceiveRepayment | PayOffLoan | PrepayLoan | RecoverWrittenOff,
) -> Callable[[Outcome[LoanAccount, Any]], AppliedReceipt]:
    def answer(outcome: Outcome[LoanAccount, Any]) -> AppliedReceipt:
        loan = outcome.state
        assert not isinstance(loan, NoLoan), "money is applied to a booked loan"
        nil = Money(0, loan.terms.principal.currency)
        receipt = loan.receipts.get(command.receipt_id)
        return AppliedReceipt(
            loan_id=command.loan_id,
            receipt_id=command.receipt_id,
            amount=receipt.amount if receipt else nil,
            principal=receipt.principal if receipt else nil,
            interest=receipt.interest if receipt else nil,
            penalty=receipt.penalty if receipt else nil,
            unallocated=receipt.unallocated if receipt else nil,
            received_on=receipt.received_on if receipt else command.received_on,
            **standing(loan, nil),
        )

    return answer


def standing(loan: OpenLoan | SettledLoan | WrittenOffLoan, nil: Money) -> dict[str, Any]:
    match loan:
        case OpenLoan():
            return {"status": "open", "outstanding": outstanding(loan), "credit": loan.credit, "claim": nil}
        case SettledLoan():
            return {"status": "settled", "outstanding": nil, "credit": loan.credit, "claim": nil}
        case WrittenOffLoan():
            claim = loan.claim_principal + loan.claim_interest + loan.claim_penalty
            return {"status": "written_off", "outstanding": nil, "credit": nil, "claim": claim}
