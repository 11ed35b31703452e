"""What collection may be asked: by other services' announcements, by people, and by the end of day."""

from datetime import date, time
from uuid import UUID

from services.collection.domain.events import ContactChannel, ContactDirection, ContactResult
from services.collection.domain.strategy import EvidenceKind, LoanClass
from shared.messages import Command, Value
from shared.money import Money


class OpenOrUpdateCase(Command):
    """An instalment is past due: it opens a case or joins the open one.

    `overdue` leaves out the penalty interest, which is `overdue_penalty` where it was told.
    """

    loan_id: UUID
    borrower_id: UUID
    installment_no: int
    due_on: date
    overdue: Money
    overdue_penalty: Money | None = None
    outstanding_principal: Money
    days_past_due: int
    as_of: date


class AgeCase(Command):
    """The loan's days past due crossed a border. `overdue` includes `overdue_penalty`."""

    loan_id: UUID
    borrower_id: UUID
    days_past_due: int
    overdue: Money
    overdue_penalty: Money
    outstanding_principal: Money
    as_of: date


class RecordRepaymentOnCase(Command):
    """Money came in on the loan; `overdue_after` is past due after it, `penalty` was paid by it.

    What is outstanding, and how many days past due, after it: None where it was not told.
    """

    loan_id: UUID
    receipt_id: UUID
    amount: Money
    penalty: Money
    overdue_after: Money
    outstanding_after: Money | None = None
    days_past_due_after: int | None = None
    received_on: date


class RecordRecoveryOnCase(Command):
    """Money came in for a written-off claim, of which `claim_after` remains, `principal_after` of it principal."""

    loan_id: UUID
    receipt_id: UUID
    amount: Money
    claim_after: Money
    principal_after: Money | None = None
    received_on: date


class RescheduleCase(Command):
    """When the loan is repaid has changed: `overdue`, `overdue_penalty` included, is what is still past due."""

    loan_id: UUID
    proposal_id: UUID
    overdue: Money
    overdue_penalty: Money
    outstanding_principal: Money
    days_past_due: int
    maturity_on: date
    changed_on: date


class CureCase(Command):
    """Nothing of the loan is past due any more."""

    loan_id: UUID
    cured_on: date


class CloseCase(Command):
    """The loan has been settled."""

    loan_id: UUID
    settled_on: date


class NoteClassification(Command):
    """Risk gave the loan another class."""

    loan_id: UUID
    classification: LoanClass
    classified_on: date


class CloseCaseWrittenOff(Command):
    """The loan account applied the write-off; `claim` is what is still owed (账销案存)."""

    loan_id: UUID
    proposal_id: UUID
    claim: Money
    principal: Money
    written_off_on: date


class RefuseWriteOff(Command):
    """The loan account could not apply an approved write-off."""

    loan_id: UUID
    proposal_id: UUID
    reason: str
    refused_on: date


class MakePromise(Command):
    """The debtor promises to pay `amount` on or before `due_on`."""

    loan_id: UUID
    promise_id: UUID
    amount: Money
    due_on: date
    made_on: date


class BreakPromises(Command):
    """The bank works on `business_date`: promises due before it and not kept are broken."""

    loan_id: UUID
    business_date: date


class Paper(Value):
    """A paper that speaks for a write-off, and where the bank keeps it."""

    kind: EvidenceKind
    reference: str


class ProposeWriteOff(Command):
    """One person proposes to write the loan off, with the papers that speak for it."""

    loan_id: UUID
    proposal_id: UUID
    evidence: tuple[Paper, ...]
    proposed_by: str
    proposed_on: date


class ApproveWriteOff(Command):
    """A second person approves the proposal."""

    loan_id: UUID
    proposal_id: UUID
    reason: str
    approved_by: str
    approved_on: date


class RejectWriteOff(Command):
    """A second person rejects the proposal."""

    loan_id: UUID
    proposal_id: UUID
    reason: str
    rejected_by: str
    rejected_on: date


class RecordContact(Command):
    """A contact with the debtor about one loan; `being_collected` says whether its case is being worked."""

    contact_id: UUID
    borrower_id: UUID
    loan_id: UUID
    being_collected: bool
    direction: ContactDirection
    channel: ContactChannel
    result: ContactResult
    contacted_on: date
    local_time: time
    note: str | None
    recorded_on: date


CollectionCaseCommand = (
    OpenOrUpdateCase
    | AgeCase
    | RecordRepaymentOnCase
    | RecordRecoveryOnCase
    | RescheduleCase
    | CureCase
    | CloseCase
    | NoteClassification
    | CloseCaseWrittenOff
    | RefuseWriteOff
    | MakePromise
    | BreakPromises
    | ProposeWriteOff
    | ApproveWriteOff
    | RejectWriteOff
)
