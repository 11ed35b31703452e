"""Facts of the loan account, of the nightly accrual and of the business date. Each carries its results."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from services.repayment.domain.day_count import DayCount
from services.repayment.domain.installment import Installment, RepaymentMethod
from shared.messages import Event, Value
from shared.money import Money

Classification = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
"""The five classes (五级分类): 正常, 关注, 次级, 可疑, 损失."""


PaymentMode = Literal["entrusted", "self"]
"""受托支付: the loan went on to the borrower's payee; 自主支付: it stayed on the borrower's account."""


class AllocationLine(Value):
    """What one instalment received of a payment."""

    installment_no: int
    principal: Money
    interest: Money


class LoanOrigin(Value):
    """Where a loan comes from, for the services that know it by that."""

    contract_id: UUID
    application_id: UUID
    borrower_id: UUID


class Allocation(Value):
    """A payment applied to the debt, and what is owed after it.

    `penalty_accrued` and `compound_accrued` are the totals of the loan's life up to the payment: the
    point from which both run on. `overdue_after` includes both.
    """

    principal: Money
    interest: Money
    penalty: Money
    compound: Money
    lines: tuple[AllocationLine, ...]
    penalty_accrued: Money
    compound_accrued: Money
    outstanding_after: Money
    overdue_after: Money
    days_past_due_after: int
    credit_after: Money
    provision_change: Money


class _LoanFact(Event):
    loan_id: UUID


def _without_payment_mode(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "payment_mode": None}


class LoanBooked(_LoanFact):
    """建账: the money is out and the schedule fixed. `penalty_rate_percent` is the rate after uplift, to 4 places.

    Version 1 was not told the payment mode: its journal ends on the borrower's account.
    """

    upcasters = (_without_payment_mode,)

    origin: LoanOrigin
    principal: Money
    annual_rate_percent: Decimal
    penalty_rate_percent: Decimal
    term_months: int
    repayment_method: RepaymentMethod
    day_count: DayCount
    disbursed_on: date
    maturity_on: date
    installments: tuple[Installment, ...]
    core_reference: str
    payment_mode: PaymentMode | None


class InstallmentBilled(_LoanFact):
    """出账: an instalment has reached its due date and can be paid."""

    installment_no: int
    due_on: date
    principal: Money
    interest: Money
    billed_on: date


class CreditApplied(_LoanFact):
    """Money held from an earlier overpayment paid what fell due on `applied_on`."""

    origin: LoanOrigin
    amount: Money
    allocation: Allocation
    applied_on: date


class RepaymentReceived(_LoanFact):
    """还款: `amount` came in; `unallocated` of it is held as a credit balance until something falls due."""

    origin: LoanOrigin
    receipt_id: UUID
    amount: Money
    unallocated: Money
    allocation: Allocation
    received_on: date


def _without_penalty(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "overdue_penalty": None}


class InstallmentFellOverdue(_LoanFact):
    """逾期: an instalment was not paid in full on its due date. Overdue amounts are of the whole loan.

    `overdue_penalty` has compound interest in it. Version 1 left it out.
    """

    upcasters = (_without_penalty,)

    origin: LoanOrigin
    installment_no: int
    due_on: date
    overdue_principal: Money
    overdue_interest: Money
    overdue_penalty: Money | None
    outstanding_principal: Money
    days_past_due: int
    as_of: date


class DelinquencyAged(_LoanFact):
    """The days past due reached a border of classification or collection; the day after the due date is 1."""

    origin: LoanOrigin
    days_past_due: int
    overdue_principal: Money
    overdue_interest: Money
    overdue_penalty: Money
    outstanding_principal: Money
    as_of: date


class DelinquencyCured(_LoanFact):
    """Nothing is past due any more."""

    origin: LoanOrigin
    cured_on: date


class EarlyRepaymentAccepted(_LoanFact):
    """提前还款: what was not yet due falls due today, with interest for the real time only.

    `installments` is the schedule from now on; `interest_saved` is what the borrower no longer owes.
    """

    installments: tuple[Installment, ...]
    interest_saved: Money
    accepted_on: date


class LoanSettled(_LoanFact):
    """结清: nothing is owed; `credit` is what the bank still holds for the payer.

    `interest_charged` and `penalty_charged` (compound included) are the totals of the loan's life.
    """

    origin: LoanOrigin
    settled_on: date
    early: bool
    interest_charged: Money
    penalty_charged: Money
    credit: Money


class LoanReclassified(_LoanFact):
    """五级分类 taken over: the specific provision is `provision`, `provision_change` more than before."""

    classification: Classification
    provision_rate_percent: Decimal
    provision: Money
    provision_change: Money
    classified_on: date


class LoanWrittenOff(_LoanFact):
    """核销: the claim (principal, interest, penalty with compound) left the balance sheet and remains owed.

    `provision_charged` is what the provision lacked to bear it.
    """

    origin: LoanOrigin
    proposal_id: UUID
    principal: Money
    interest: Money
    penalty: Money
    provision_charged: Money
    interest_charged: Money
    penalty_charged: Money
    written_off_on: date


class WriteOffRefused(_LoanFact):
    """An approved write-off could not be applied; `reason` is a `Reason` code."""

    proposal_id: UUID
    reason: str
    refused_on: date


def _without_origin(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "origin": None}


class WrittenOffLoanRecovered(_LoanFact):
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


class AccrualLine(Value):
    """What one loan accrued since its last accrual, in minor units; `penalty_minor` includes compound interest.

    Negative where too much had been booked, because a payment was dated back.
    """

    loan_id: UUID
    interest_minor: int
    penalty_minor: int


class InterestAccrued(Event):
    """计提: one chunk of the nightly accrual, of one branch and currency, `accrued_on` included."""

    accrued_on: date
    chunk: int
    currency: str
    lines: tuple[AccrualLine, ...]

    @property
    def interest(self) -> Money:
        return Money(sum(line.interest_minor for line in self.lines), self.currency)

    @property
    def penalty(self) -> Money:
        return Money(sum(line.penalty_minor for line in self.lines), self.currency)


class BusinessDateOpened(Event):
    """开业: the first business date of the bank."""

    opened_on: date


class BusinessDateClosed(Event):
    """日终: end of day was run for `closed_on`; the bank now works on `opened_on`, the next calendar day."""

    closed_on: date
    opened_on: date


LoanAccountEvent = (
    LoanBooked
    | InstallmentBilled
    | CreditApplied
    | RepaymentReceived
    | InstallmentFellOverdue
    | DelinquencyAged
    | DelinquencyCured
    | EarlyRepaymentAccepted
    | LoanSettled
    | LoanReclassified
    | LoanWrittenOff
    | WriteOffRefused
    | WrittenOffLoanRecovered
)
BusinessDateEvent = BusinessDateOpened | BusinessDateClosed
