"""Requests to receipts of the core system, to money in suspense, and to files of receipts."""

from datetime import date
from uuid import UUID

from services.repayment.domain.events.receipts import BadRow, FileRow, ReceiptSource, ReceiptTaken, SuspenseReason
from shared.messages import Command


class PostReceipt(Command):
    """The receipt was applied to `loan_id` in this very transaction."""

    receipt_id: UUID
    taken: ReceiptTaken
    loan_id: UUID
    source: ReceiptSource | None = None


class SuspendReceipt(Command):
    """No loan could take the receipt, for `reason`."""

    receipt_id: UUID
    taken: ReceiptTaken
    reason: SuspenseReason
    taken_on: date
    source: ReceiptSource | None = None


class ProposeSuspense(Command):
    """Say what should become of suspended money: a loan's, or (None) back to the payer."""

    receipt_id: UUID
    loan_id: UUID | None
    because: str
    proposed_by: str
    today: date


class DeclineSuspense(Command):
    """Say no to the proposal that is open."""

    receipt_id: UUID
    because: str
    declined_by: str
    today: date


class MatchSuspense(Command):
    """The money was applied to `loan_id` in this very transaction, by one person or upon a proposal."""

    receipt_id: UUID
    loan_id: UUID
    by: str
    today: date


class ReturnSuspense(Command):
    """Approve the proposal that the money goes back to its payer."""

    receipt_id: UUID
    by: str
    today: date


class TakeReceiptFile(Command):
    """Make a file that was read durable, all its rows at once."""

    file_id: UUID
    sha256: str
    name: str
    rows: tuple[FileRow, ...]
    bad: tuple[BadRow, ...]
    branches: tuple[str, ...] | None
    taken_by: str
    today: date


class NoteRowsPosted(Command):
    """Say what became of the rows of a part, and name those that could not be let in."""

    file_id: UUID
    part: int
    applied: int
    suspended: int
    bad: tuple[BadRow, ...]


CoreReceiptCommand = PostReceipt | SuspendReceipt | ProposeSuspense | DeclineSuspense | MatchSuspense | ReturnSuspense
ReceiptFileCommand = TakeReceiptFile | NoteRowsPosted
