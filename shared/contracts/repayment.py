"""What the repayment service announces."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from shared.messages import IntegrationEvent
from shared.money import MoneyText


class _Announced(IntegrationEvent):
    producer: ClassVar[str] = "repayment"


class RepaymentReceived(_Announced):
    """还款: money came in and was allocated. What is owed after it is as of `received_on`.

    `overdue_after` is what is still past due, for `days_past_due_after` days; None where that was not announced yet.
    """

    receipt_id: UUID
    loan_id: UUID
    contract_id: UUID
    borrower_id: UUID
    amount: MoneyText
    principal: MoneyText
    interest: MoneyText
    penalty: MoneyText
    unallocated: MoneyText
    overdue_after: MoneyText
    received_on: date
    outstanding_after: MoneyText | None = None
    days_past_due_after: int | None = None


class RepaymentReversed(_Announced):
    """冲正: a receipt was taken back, and the loan is as if it had never come; it is `reopened` where it was settled.

    Amounts are what is owed now and, of it, what has been past due for `days_past_due` days as of `as_of`.
    """

    receipt_id: UUID
    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    amount: MoneyText
    reopened: bool
    overdue_principal: MoneyText
    overdue_interest: MoneyText
    overdue_penalty: MoneyText
    outstanding_principal: MoneyText
    days_past_due: int
    as_of: date


class InstallmentOverdue(_Announced):
    """逾期: an instalment was not paid on its due date. Amounts are what is unpaid of the whole loan and past due.

    `overdue_penalty` has compound interest in it; None where it was not announced yet.
    """

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    installment_no: int
    due_on: date
    overdue_principal: MoneyText
    overdue_interest: MoneyText
    outstanding_principal: MoneyText
    days_past_due: int
    as_of: date
    overdue_penalty: MoneyText | None = None


class DelinquencyAged(_Announced):
    """The loan's days past due crossed a border of classification or collection (1, 31, 61, 91, 181, 271, 361)."""

    loan_id: UUID
    borrower_id: UUID
    days_past_due: int
    overdue_principal: MoneyText
    overdue_interest: MoneyText
    overdue_penalty: MoneyText
    outstanding_principal: MoneyText
    as_of: date


class InstallmentCured(_Announced):
    """Nothing of the loan is past due any more."""

    loan_id: UUID
    borrower_id: UUID
    cured_on: date


class _TermsChanged(_Announced):
    """When a loan is repaid has changed: from `changed_on` on its schedule is another one.

    `first_due_on`: the first due date of what is new; `restructured`: eased because the debtor is in difficulty (重组).
    `overdue` is what is past due after it, with `overdue_penalty`, for `days_past_due` days.
    """

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    proposal_id: UUID
    maturity_on: date
    previous_maturity_on: date
    annual_rate_percent: Decimal
    first_due_on: date
    repayment_period_months: int
    restructured: bool
    outstanding: MoneyText
    overdue: MoneyText
    overdue_penalty: MoneyText
    days_past_due: int
    approved_by: str
    changed_on: date


class LoanExtended(_TermsChanged):
    """展期: by `months`; not `operation_normal`, the loan is special mention at best."""

    months: int
    operation_normal: bool


class LoanRenewed(_TermsChanged):
    """无还本续贷: the qualified borrower keeps the money for `months` more."""

    months: int


class LoanRescheduled(_TermsChanged):
    """重新安排还款, 重组: another plan for what is owed. `capitalised` of the interest became principal."""

    capitalised: MoneyText


class LoanSettled(_Announced):
    """结清: everything has been paid; `early` when before the last due date."""

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    settled_on: date
    early: bool


class LoanWrittenOff(_Announced):
    """核销: the loan has left the balance sheet; the claim remains (账销案存)."""

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    proposal_id: UUID
    principal: MoneyText
    interest: MoneyText
    penalty: MoneyText
    written_off_on: date


class CommitmentMoved(_Announced):
    """贷款承诺: what may still be drawn under a contract, from `moved_on` on; nil once nothing can.

    `application_id` is None where the end of a commitment was heard of first, or it was kept before this was told.
    """

    contract_id: UUID
    application_id: UUID | None
    undrawn: MoneyText
    moved_on: date


class RecoveryReceived(_Announced):
    """收回已核销贷款: money came in for a written-off claim; `claim_after` remains owed, and at nil nothing does.

    `principal_after` of it is principal; None where that was not announced yet.
    """

    receipt_id: UUID
    loan_id: UUID
    borrower_id: UUID
    amount: MoneyText
    claim_after: MoneyText
    received_on: date
    principal_after: MoneyText | None = None


class WriteOffRefused(_Announced):
    """An approved write-off could not be applied: the loan had been paid or written off before."""

    loan_id: UUID
    proposal_id: UUID
    reason: str
    refused_on: date


class BusinessDateClosed(_Announced):
    """日终: end of day has been run for `closed_on`; the bank now works on `opened_on`."""

    closed_on: date
    opened_on: date
