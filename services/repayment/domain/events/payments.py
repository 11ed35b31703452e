"""Facts of money that comes in: what is received, applied, repaid early, recovered, and the end of it."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.repayment.domain.events.parts import Allocation, LoanFact, LoanOrigin, ScheduleVersion
from services.repayment.domain.installment import Installment
from shared.money import Money

Keeps = Literal["instalment", "term"]
"""What stays as it was when a part is repaid early: the instalment (缩短期限) or the term (减少月供)."""


class CreditApplied(LoanFact):
    """Money held from an earlier overpayment paid what fell due on `applied_on`."""

    origin: LoanOrigin
    amount: Money
    allocation: Allocation
    applied_on: date


class RepaymentReceived(LoanFact):
    """还款: `amount` came in; `unallocated` of it is held as a credit balance until something falls due."""

    origin: LoanOrigin
    receipt_id: UUID
    amount: Money
    unallocated: Money
    allocation: Allocation
    received_on: date


class EarlyRepaymentAccepted(LoanFact):
    """提前还款: what was not yet due falls due today, with interest for the real time only.

    `installments` is the schedule from now on; `interest_saved` is what the borrower no longer owes.
    """

    installments: tuple[Installment, ...]
    interest_saved: Money
    accepted_on: date


class LoanPrepaid(LoanFact):
    """提前部分还款: `principal` that is not due yet is repaid by the receipt that follows, the rest is planned anew.

    The instalment is kept and the loan ends sooner, or the term is and each instalment is smaller. `fee` is taken from
    the borrower's account beside the receipt; `interest_saved` is what he no longer owes.
    """

    origin: LoanOrigin
    receipt_id: UUID
    keeps: Keeps
    principal: Money
    fee: Money
    interest_saved: Money
    schedule: ScheduleVersion
    maturity_on: date
    previous_maturity_on: date
    next_reset_on: date | None = Field(default=None, exclude_if=lambda told: told is None)
    accepted_on: date


class LoanSettled(LoanFact):
    """结清: nothing is owed; `credit` is what the bank still holds for the payer.

    `interest_charged` and `penalty_charged` (compound included) are the totals of the loan's life.
    """

    origin: LoanOrigin
    settled_on: date
    early: bool
    interest_charged: Money
    penalty_charged: Money
    credit: Money


def _without_origin(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "origin": None}


class WrittenOffLoanRecovered(LoanFact):
    """收回已核销贷款: money came in for a written-off claim; `…_after` is what remains of it.

    Version 1 did not say where the loan comes from: it was not announced.
    """

    upcasters = (_without_origin,)

    origin: LoanOrigin | None
    receipt_id: UUID
    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    claim_principal_after: Money
    claim_interest_after: Money
    claim_penalty_after: Money
    received_on: date
