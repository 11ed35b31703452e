"""What has happened in collection: facts, one union per stream. `overdue` includes penalty interest."""

from datetime import date, time
from typing import Literal
from uuid import UUID

from services.collection.domain.older_shapes import (
    evidence_in_plain,
    reason_in_plain,
    without_penalty,
    without_what_is_left,
)
from services.collection.domain.strategy import Action, EvidenceKind, LoanClass, Stage
from shared.messages import Event, Personal, Value
from shared.money import Money

Ground = Literal["loan_class", "days_past_due", "evidence"]
"""Why a write-off may be proposed: the loan's class, its days past due, or a paper."""


ContactDirection = Literal["outbound", "inbound"]
ContactChannel = Literal["phone", "sms", "letter", "visit", "email"]
ContactResult = Literal[
    "reached", "no_answer", "wrong_number", "message_left", "promised", "refused_to_pay", "disputed"
]


class Evidence(Value):
    """One paper of a write-off: its kind and where the bank keeps it, in words that may name the debtor."""

    kind: EvidenceKind
    reference: Personal[str]


class PromiseCredit(Value):
    """The part of a receipt that counts towards one promise."""

    promise_id: UUID
    amount: Money


class CaseOpened(Event):
    """立案: the loan is past due, for the first time or again; `episode` counts from 1."""

    loan_id: UUID
    borrower_id: UUID
    episode: int
    days_past_due: int
    stage: Stage
    overdue: Money
    overdue_penalty: Money
    outstanding_principal: Money
    strategy_version: str
    actions: tuple[Action, ...]
    opened_on: date


class InstallmentJoinedCase(Event):
    """An instalment is unpaid after its due date. `overdue` is the whole loan's, with this instalment.

    `overdue_penalty` is None where it was not told; then, as in all of version 1, `overdue` has in it what was
    known before.
    """

    upcasters = (without_penalty,)

    loan_id: UUID
    installment_no: int
    due_on: date
    days_past_due: int
    stage: Stage
    overdue: Money
    overdue_penalty: Money | None
    outstanding_principal: Money
    strategy_version: str
    actions: tuple[Action, ...]
    joined_on: date


class CaseAged(Event):
    """The days past due crossed a border; `actions` are what the strategy asks for at `stage`."""

    loan_id: UUID
    days_past_due: int
    stage: Stage
    overdue: Money
    overdue_penalty: Money
    outstanding_principal: Money
    strategy_version: str
    actions: tuple[Action, ...]
    aged_on: date


class RepaymentNoted(Event):
    """Money came in on the loan, and counts towards promises; `recovery` when it had been written off.

    `overdue`, `outstanding_principal` and `days_past_due` are what is left after it; the last two None where that
    was not told, as in version 1.
    """

    upcasters = (without_what_is_left,)

    loan_id: UUID
    receipt_id: UUID
    amount: Money
    overdue: Money
    overdue_penalty: Money
    outstanding_principal: Money | None
    days_past_due: int | None
    promise_credits: tuple[PromiseCredit, ...]
    recovery: bool
    received_on: date


class ClassificationNoted(Event):
    """Risk gave the loan another class; noted before there is a case too, for it may be told first."""

    loan_id: UUID
    classification: LoanClass
    classified_on: date


class PromiseMade(Event):
    """承诺还款: the debtor promised to pay `amount` on or before `due_on`."""

    loan_id: UUID
    promise_id: UUID
    amount: Money
    due_on: date
    made_on: date


class PromiseKept(Event):
    """Enough was paid by the promise's date, or nothing is past due any more.

    `after_broken` when it had been called broken before the payment in time was told.
    """

    loan_id: UUID
    promise_id: UUID
    after_broken: bool
    kept_on: date


class PromiseBroken(Event):
    """The promise's date passed and `shortfall` of it had not been paid."""

    loan_id: UUID
    promise_id: UUID
    shortfall: Money
    broken_on: date


class CaseCured(Event):
    """Nothing of the loan is past due any more: the case is closed until it falls overdue again."""

    loan_id: UUID
    cured_on: date


class CaseClosed(Event):
    """The loan has been settled, or its claim recovered after a write-off: there is nothing left to collect."""

    loan_id: UUID
    closed_on: date


class CaseWrittenOff(Event):
    """账销案存: the loan left the balance sheet, its claim remains and is collected as a recovery."""

    loan_id: UUID
    proposal_id: UUID
    claim: Money
    principal: Money
    written_off_on: date


class CaseRescheduled(Event):
    """展期, 重组: what was past due has been put off in part, until `maturity_on` at the latest; `overdue` is left."""

    loan_id: UUID
    proposal_id: UUID
    overdue: Money
    overdue_penalty: Money
    outstanding_principal: Money
    days_past_due: int
    stage: Stage | None
    maturity_on: date
    rescheduled_on: date


class WriteOffProposed(Event):
    """核销申请: one person proposes; `grounds` are the conditions that were met.

    The days are those of `proposed_on`, the amounts those told for `amounts_on`, which version 1 did not say.
    """

    upcasters = (evidence_in_plain,)

    loan_id: UUID
    proposal_id: UUID
    grounds: tuple[Ground, ...]
    evidence: tuple[Evidence, ...]
    classification: LoanClass
    days_past_due: int
    overdue: Money
    outstanding_principal: Money
    amounts_on: date | None
    strategy_version: str
    proposed_by: str
    proposed_on: date


class WriteOffProposalApproved(Event):
    """核销审批: a second person approved, for a `reason` (审批意见). Version 1 kept it in plain."""

    upcasters = (reason_in_plain,)

    loan_id: UUID
    proposal_id: UUID
    reason: Personal[str]
    proposed_by: str
    approved_by: str
    approved_on: date


class WriteOffProposalRejected(Event):
    """A second person rejected the proposal; another one may be made. Version 1 kept the `reason` in plain."""

    upcasters = (reason_in_plain,)

    loan_id: UUID
    proposal_id: UUID
    reason: Personal[str]
    rejected_by: str
    rejected_on: date


class WriteOffProposalRefused(Event):
    """The loan account could not apply the approved write-off, for the `reason` it gave."""

    loan_id: UUID
    proposal_id: UUID
    reason: str
    refused_on: date


class WriteOffProposalLapsed(Event):
    """The case ended before anybody decided the proposal."""

    loan_id: UUID
    proposal_id: UUID
    lapsed_on: date


class ContactRecorded(Event):
    """A contact with the debtor about one loan; `local_time` is the time where the debtor is.

    Only the borrower is ever contacted: a third party is never told of the debt.
    """

    contact_id: UUID
    borrower_id: UUID
    loan_id: UUID
    direction: ContactDirection
    channel: ContactChannel
    result: ContactResult
    contacted_on: date
    local_time: time
    note: Personal[str] | None = None


CollectionCaseEvent = (
    CaseOpened
    | InstallmentJoinedCase
    | CaseAged
    | RepaymentNoted
    | ClassificationNoted
    | CaseRescheduled
    | PromiseMade
    | PromiseKept
    | PromiseBroken
    | CaseCured
    | CaseClosed
    | CaseWrittenOff
    | WriteOffProposed
    | WriteOffProposalApproved
    | WriteOffProposalRejected
    | WriteOffProposalRefused
    | WriteOffProposalLapsed
)

ContactLogEvent = ContactRecorded
