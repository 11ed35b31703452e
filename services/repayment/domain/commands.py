"""Requests to the loan account, the nightly accrual and the business date."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from services.repayment.domain.allocation import AllocationTerms
from services.repayment.domain.change_terms import ChangeTerms
from services.repayment.domain.correction_commands import CorrectionCommand
from services.repayment.domain.day_count import DayCount
from services.repayment.domain.events import (
    AccountChange,
    AccrualLines,
    Classification,
    FloatingRate,
    Keeps,
    LprRate,
    PaymentMode,
)
from services.repayment.domain.installment import RepaymentMethod, SchedulePlan
from shared.messages import Command
from shared.money import Money


class BookLoan(Command):
    """Open the account of a loan whose money has gone out."""

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    principal: Money
    annual_rate_percent: Decimal
    penalty_uplift_percent: Decimal
    term_months: int
    repayment_method: RepaymentMethod
    day_count: DayCount
    disbursed_on: date
    core_reference: str
    payment_mode: PaymentMode | None = None
    floating: FloatingRate | None = None
    agreed: SchedulePlan = SchedulePlan()
    allocation: AllocationTerms | None = None


class ReceiveRepayment(Command):
    """Apply money received on `received_on`. The payer chooses `receipt_id`, so a retry is harmless."""

    loan_id: UUID
    receipt_id: UUID
    amount: Money
    received_on: date
    today: date


class PayOffLoan(Command):
    """Repay everything early: `amount` is the pay-off quote for `received_on`."""

    loan_id: UUID
    receipt_id: UUID
    amount: Money
    received_on: date
    today: date


class PrepayLoan(Command):
    """Repay a part early: what is due, and with the rest principal that is not. The instalment or the term is kept."""

    loan_id: UUID
    receipt_id: UUID
    amount: Money
    keeps: Keeps
    received_on: date
    today: date


class AgeLoan(Command):
    """Bring the account to the beginning of `as_of`: bill, apply credit, fall overdue, cross borders.

    Floating rates are reset to the published `lpr`; without it they are left as they are.
    """

    loan_id: UUID
    as_of: date
    lpr: tuple[LprRate, ...] = ()


class ReclassifyLoan(Command):
    """Take over the class that risk has given, with the rate of the specific provision."""

    loan_id: UUID
    classification: Classification
    provision_rate_percent: Decimal
    classified_on: date


class WriteOffLoan(Command):
    """Take an approved write-off into the books."""

    loan_id: UUID
    proposal_id: UUID
    approved_on: date


class RecoverWrittenOff(Command):
    """Apply money received for a loan that has been written off."""

    loan_id: UUID
    receipt_id: UUID
    amount: Money
    received_on: date
    today: date


class ProposeAccountChange(Command):
    """Ask for a change of an account that another person has to approve."""

    loan_id: UUID
    proposal_id: UUID
    change: AccountChange = Field(discriminator="kind")
    reason: str
    proposed_by: str
    today: date


class ApproveAccountChange(Command):
    """Make the change that somebody else proposed."""

    loan_id: UUID
    proposal_id: UUID
    approved_by: str
    today: date


class RejectAccountChange(Command):
    """Turn a proposed change down, or withdraw it."""

    loan_id: UUID
    proposal_id: UUID
    reason: str
    rejected_by: str
    today: date


class ProposeLpr(Command):
    """Type in a publication of the LPR."""

    proposal_id: UUID
    rate: LprRate
    proposed_by: str
    today: date


class ApproveLpr(Command):
    """Publish what somebody else typed in."""

    proposal_id: UUID
    approved_by: str
    today: date


class RejectLpr(Command):
    """Turn down what was typed in."""

    proposal_id: UUID
    reason: str
    rejected_by: str
    today: date


class ProposeLoanChange(Command):
    """One person proposes other terms. The client chooses `proposal_id`, so a retry is harmless."""

    loan_id: UUID
    proposal_id: UUID
    terms: ChangeTerms
    reason: str
    guarantor_consent: str | None
    proposed_by: str
    proposed_on: date


class DecideLoanChange(Command):
    """A second person approves or rejects the terms that were proposed."""

    loan_id: UUID
    proposal_id: UUID
    approve: bool
    reason: str
    decided_by: str
    decided_on: date


class AccrueInterest(Command):
    """Record one chunk of the night: what accrued on `accrued_on`, and which instalments fall due the day after.

    `batch_id` is derived from date and chunk. `billed_loan_ids` and `billed_nos` are columns as in `AccrualLines`.
    """

    batch_id: UUID
    accrued_on: date
    chunk: int
    currency: str
    lines: AccrualLines
    billed_on: date
    billed: int = 0
    billed_loan_ids: str = ""
    billed_nos: str = ""


class OpenBusinessDate(Command):
    """Open the bank's first business date."""

    opened_on: date


class CloseBusinessDate(Command):
    """Close the open business date; the next calendar day opens."""

    closed_on: date


LoanAccountCommand = (
    CorrectionCommand
    | BookLoan
    | ReceiveRepayment
    | PayOffLoan
    | PrepayLoan
    | AgeLoan
    | ReclassifyLoan
    | WriteOffLoan
    | RecoverWrittenOff
    | ProposeAccountChange
    | ApproveAccountChange
    | RejectAccountChange
    | ProposeLoanChange
    | DecideLoanChange
)
LprCommand = ProposeLpr | ApproveLpr | RejectLpr
BusinessDateCommand = OpenBusinessDate | CloseBusinessDate
