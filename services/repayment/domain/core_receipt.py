"""A receipt as the core system reports it: applied to a loan, or kept in suspense (挂账) until it is known whose it is.

One stream per reference, so a reference is used once in the bank, whichever loan it names. What is applied to a loan
is decided by the loan, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never, get_args
from uuid import UUID, uuid5

from services.repayment.domain.events.receipts import (
    CoreReceiptEvent,
    ReceiptPosted,
    ReceiptSuspended,
    ReceiptTaken,
    SuspenseMatched,
    SuspenseProposalDeclined,
    SuspenseProposed,
    SuspenseReturned,
)
from services.repayment.domain.money_rules import RULES
from services.repayment.domain.receipt_commands import (
    CoreReceiptCommand,
    DeclineSuspense,
    MatchSuspense,
    PostReceipt,
    ProposeSuspense,
    ReturnSuspense,
    SuspendReceipt,
)
from shared.decider import Decider
from shared.messages import Rejected

_REFERENCES = UUID("0c6a2f4e-5d7b-5f0a-9e7e-3d1c5b8a9f42")


def receipt_id_of(legal_entity: str, reference: str) -> UUID:
    """The id of a receipt by the core system's own reference, which is unique within a legal entity."""
    return uuid5(_REFERENCES, f"{legal_entity}/{reference}")


@dataclass(frozen=True)
class NoReceipt:
    """This reference has not been seen."""


@dataclass(frozen=True)
class Applied:
    """The money is a loan's."""

    taken: ReceiptTaken
    loan_id: UUID


@dataclass(frozen=True)
class Suspended:
    """The money waits; `proposal` is what one person has said of it."""

    taken: ReceiptTaken
    reason: str
    proposal: SuspenseProposed | None = None


@dataclass(frozen=True)
class Returned:
    """The money was sent back to its payer."""

    taken: ReceiptTaken
    instruction_id: UUID


CoreReceipt = NoReceipt | Applied | Suspended | Returned


def decide(command: CoreReceiptCommand, receipt: CoreReceipt) -> Sequence[CoreReceiptEvent]:
    """The facts that `command` makes of `receipt`; none for a repetition."""
    match command:
        case PostReceipt():
            if repeated(command.taken, receipt):
                return []
            return [ReceiptPosted(**dict(command))]
        case SuspendReceipt():
            if repeated(command.taken, receipt):
                return []
            return [ReceiptSuspended(**dict(command))]
        case ProposeSuspense():
            return propose(command, _suspended(receipt))
        case DeclineSuspense():
            return decline(command, _suspended(receipt))
        case MatchSuspense():
            if isinstance(receipt, Applied) and receipt.loan_id == command.loan_id:
                return []
            return match(command, _suspended(receipt))
        case ReturnSuspense():
            return [] if isinstance(receipt, Returned) else give_back(command, _suspended(receipt))
        case _:
            assert_never(command)


def repeated(taken: ReceiptTaken, receipt: CoreReceipt) -> bool:
    """Whether this very receipt was taken before; Rejected when the reference was used for another one."""
    if isinstance(receipt, NoReceipt):
        return False
    known = receipt.taken
    if (known.amount, known.received_on) != (taken.amount, taken.received_on):
        raise Rejected(
            "receipt_used",
            f"Reference {taken.reference} was taken before: {known.amount} received on {known.received_on}"
            f" ({standing(receipt)}).",
            field="reference",
        )
    return True


def standing(receipt: CoreReceipt) -> str:
    """What became of a receipt, in words for people."""
    match receipt:
        case NoReceipt():
            return "unknown"
        case Applied():
            return f"applied to loan {receipt.loan_id}"
        case Suspended():
            return "in suspense"
        case Returned():
            return f"returned to the payer by {receipt.instruction_id}"


def propose(command: ProposeSuspense, receipt: Suspended) -> Sequence[CoreReceiptEvent]:
    """A first person's word; one proposal at a time."""
    if receipt.proposal is not None:
        same = (receipt.proposal.loan_id, receipt.proposal.proposed_by) == (command.loan_id, command.proposed_by)
        if same:
            return []
        raise Rejected("proposal_open", f"{receipt.proposal.proposed_by} has proposed something: decide on it first.")
    return [
        SuspenseProposed(
            receipt_id=command.receipt_id,
            loan_id=command.loan_id,
            because=command.because,
            proposed_by=command.proposed_by,
            proposed_on=command.today,
        )
    ]


def decline(command: DeclineSuspense, receipt: Suspended) -> Sequence[CoreReceiptEvent]:
    """Anybody may say no, also who proposed it and thinks better of it."""
    if receipt.proposal is None:
        raise Rejected("nothing_proposed", "Nothing has been proposed for this receipt.")
    return [
        SuspenseProposalDeclined(
            receipt_id=command.receipt_id,
            because=command.because,
            declined_by=command.declined_by,
            declined_on=command.today,
        )
    ]


def match(command: MatchSuspense, receipt: Suspended) -> Sequence[CoreReceiptEvent]:
    """One person alone up to the bank's parameter, a second person upon a proposal of the first above it."""
    proposal, amount = receipt.proposal, receipt.taken.amount
    if proposal is None and amount.amount > RULES.match_alone_up_to:
        raise Rejected(
            "second_person_needed",
            f"More than {RULES.match_alone_up_to} is matched by two people: propose it first.",
            field="amount",
        )
    if proposal is not None:
        _second_person(proposal, command.by)
        if proposal.loan_id != command.loan_id:
            raise Rejected("proposal_differs", f"What was proposed is {proposal.loan_id}.", field="loan_id")
    return [
        SuspenseMatched(
            receipt_id=command.receipt_id,
            matched_to=command.loan_id,
            amount=amount,
            matched_by=proposal.proposed_by if proposal else command.by,
            approved_by=command.by if proposal else None,
            matched_on=command.today,
        )
    ]


def give_back(command: ReturnSuspense, receipt: Suspended) -> Sequence[CoreReceiptEvent]:
    """Money leaves the bank: always upon the word of two people."""
    proposal = receipt.proposal
    if proposal is None or proposal.loan_id is not None:
        raise Rejected("nothing_proposed", "Nobody has proposed to return this receipt to its payer.")
    _second_person(proposal, command.by)
    return [
        SuspenseReturned(
            receipt_id=command.receipt_id,
            instruction_id=uuid5(command.receipt_id, "return"),
            amount=receipt.taken.amount,
            payer_reference=receipt.taken.payer_reference,
            because=proposal.because,
            proposed_by=proposal.proposed_by,
            approved_by=command.by,
            returned_on=command.today,
        )
    ]


def _second_person(proposal: SuspenseProposed, by: str) -> None:
    if proposal.proposed_by == by:
        raise Rejected("same_person", "Whoever proposed it does not decide on it.")


def _suspended(receipt: CoreReceipt) -> Suspended:
    if isinstance(receipt, Suspended):
        return receipt
    if isinstance(receipt, NoReceipt):
        raise Rejected("receipt_unknown", "No receipt has been taken under this id.")
    raise Rejected("not_in_suspense", f"This receipt is not in suspense: it was {standing(receipt)}.")


def evolve(receipt: CoreReceipt, event: CoreReceiptEvent) -> CoreReceipt:
    match event:
        case ReceiptPosted():
            return Applied(event.taken, event.loan_id)
        case ReceiptSuspended():
            return Suspended(event.taken, event.reason)
        case _:
            assert isinstance(receipt, Suspended), "only what is in suspense is decided on"
    match event:
        case SuspenseProposed():
            return replace(receipt, proposal=event)
        case SuspenseProposalDeclined():
            return replace(receipt, proposal=None)
        case SuspenseMatched():
            return Applied(receipt.taken, event.matched_to)
        case SuspenseReturned():
            return Returned(receipt.taken, event.instruction_id)
        case _:
            assert_never(event)


core_receipt = Decider[CoreReceipt, CoreReceiptCommand, CoreReceiptEvent](
    category="core_receipt",
    stream_id=lambda command: command.receipt_id,
    initial=NoReceipt(),
    decide=decide,
    evolve=evolve,
    events=get_args(CoreReceiptEvent),
)
