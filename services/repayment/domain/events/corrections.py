"""Facts that put right what was posted: reversals (冲正) and refunds (退款), each upon the word of two people."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from services.repayment.domain.events.parts import Classification, LoanFact, LoanOrigin, ScheduleVersion
from services.repayment.domain.installment import Installment
from shared.messages import Value
from shared.money import Money


class ReversalProposed(LoanFact):
    """One person says that a receipt of `amount` should never have been posted."""

    proposal_id: UUID
    receipt_id: UUID
    amount: Money
    because: str
    proposed_by: str
    proposed_on: date


class RefundProposed(LoanFact):
    """One person says that `amount` of what is held should go back to the borrower."""

    proposal_id: UUID
    amount: Money
    because: str
    proposed_by: str
    proposed_on: date


class CorrectionDeclined(LoanFact):
    """A proposed reversal or refund was not done."""

    proposal_id: UUID
    because: str
    declined_by: str
    declined_on: date


class CreditRefunded(LoanFact):
    """退款: money that was held left for the borrower's account; `credit_after` is what is still held.

    Core banking carries it out under `proposal_id`: what is recorded here is the instruction.
    """

    origin: LoanOrigin
    proposal_id: UUID
    amount: Money
    credit_after: Money
    because: str
    proposed_by: str
    approved_by: str
    refunded_on: date


class RowAfter(Value):
    """A row of the schedule as a correction leaves it."""

    row: Installment
    principal_paid: Money
    interest_paid: Money
    billed: bool
    fell_overdue: bool


class RateAfter(Value):
    """What the loan pays from a day on, in percent a year."""

    from_on: date
    percent: Decimal
    penalty_percent: Decimal


class AccountAfter(Value):
    """The whole account as a correction leaves it, so that a replay runs no rule again."""

    rows: tuple[RowAfter, ...]
    credit: Money
    penalty_settled: Money
    compound_settled: Money
    penalty_paid: Money
    compound_paid: Money
    settled_on: date
    provision: Money
    provision_rate_percent: Decimal
    classification: Classification
    delinquent: bool
    days_past_due: int
    last_event_on: date
    rates: tuple[RateAfter, ...]
    next_reset_on: date | None
    schedule_number: int


class SettledAfter(Value):
    """A loan that is settled also without the receipt."""

    rows: tuple[RowAfter, ...]
    settled_on: date
    early: bool
    credit: Money
    interest_charged: Money
    penalty_charged: Money


class ReceiptAfter(Value):
    """Where the money of another receipt is now that this one has gone; `penalty` includes compound interest."""

    receipt_id: UUID
    principal: Money
    interest: Money
    penalty: Money
    unallocated: Money


class OverdueAfter(Value):
    """What is past due on the day of the correction, and the oldest row of it."""

    installment_no: int
    due_on: date
    principal: Money
    interest: Money
    penalty: Money


class RepaymentReversed(LoanFact):
    """冲正: a receipt is taken back, and all that followed is as if it had never come.

    `principal` to `provision_change` are the differences to what was posted, nil or negative where the receipt had
    paid: their sum, the provision apart, is the negative `amount`. The account is open again, or (`settled`) paid all
    the same. `receipts` are the others whose money went elsewhere. `fee_change`, negative where it is given back, and
    `maturity_on` are told where the receipt, or one after it, had repaid a part early.
    """

    origin: LoanOrigin
    proposal_id: UUID
    receipt_id: UUID
    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    unallocated: Money
    provision_change: Money
    account: AccountAfter | None
    settled: SettledAfter | None
    schedule: ScheduleVersion | None
    receipts: tuple[ReceiptAfter, ...]
    reopened: bool
    outstanding_after: Money
    overdue: OverdueAfter | None
    days_past_due_after: int
    fee_change: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    maturity_on: date | None = Field(default=None, exclude_if=lambda told: told is None)
    because: str
    proposed_by: str
    approved_by: str
    reversed_on: date

    @property
    def fee_returned(self) -> Money:
        """The change of fees, nil where there were none."""
        return self.fee_change or Money(0, self.amount.currency)


class RecoveryReversed(LoanFact):
    """冲正 of money for a written-off claim: the amounts are negative, and the claim is what it was without it."""

    origin: LoanOrigin
    proposal_id: UUID
    receipt_id: UUID
    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    claim_principal_after: Money
    claim_interest_after: Money
    claim_penalty_after: Money
    because: str
    proposed_by: str
    approved_by: str
    reversed_on: date
