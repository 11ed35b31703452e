"""Facts of money as the core system reports it: what was posted to a loan, what is held in suspense (挂账), files."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.messages import Event, Value
from shared.money import Money

SuspenseReason = Literal[
    "no_loan_named", "loan_unknown", "no_open_loan", "several_loans", "loan_settled", "loan_written_off",
    "currency_differs", "received_before_last_event", "dated_back_too_far", "receipt_reversed", "receipt_used",
    "recovery_exceeds_claim",
]  # fmt: skip
"""Why money could not be posted: the rules of the loan account that refused it, or that no one loan was found."""


class ReceiptSource(Value):
    """The line of the file that a receipt came with; the first line of a file is its header, line 1."""

    file_id: UUID
    line: int


class ReceiptTaken(Value):
    """A receipt as the core system reports it; `reference` is its own, `payer_reference` never a person's name."""

    reference: str
    amount: Money
    received_on: date
    loan_id: UUID | None
    borrower_id: UUID | None
    payer_reference: str | None


class _ReceiptFact(Event):
    receipt_id: UUID


class ReceiptPosted(_ReceiptFact):
    """入账: the money was applied to a loan in the same transaction."""

    taken: ReceiptTaken
    loan_id: UUID
    source: ReceiptSource | None


class ReceiptSuspended(_ReceiptFact):
    """挂账: the money is the bank's to keep until somebody says whose it is; `reason` says what was missing."""

    taken: ReceiptTaken
    reason: SuspenseReason
    taken_on: date
    source: ReceiptSource | None


class SuspenseProposed(_ReceiptFact):
    """One person says what should become of suspended money: this loan's, or back to the payer where None."""

    loan_id: UUID | None
    because: str
    proposed_by: str
    proposed_on: date


class SuspenseProposalDeclined(_ReceiptFact):
    """A second person said no; the money stays in suspense."""

    because: str
    declined_by: str
    declined_on: date


class SuspenseMatched(_ReceiptFact):
    """销账: suspended money was applied to a loan in the same transaction; `approved_by` None where one person may.

    It is posted in the books that held the money, whatever branch the loan `matched_to` is of.
    """

    matched_to: UUID
    amount: Money
    matched_by: str
    approved_by: str | None
    matched_on: date


class SuspenseReturned(_ReceiptFact):
    """退回: the payment back to the payer was instructed under `instruction_id`; core banking carries it out."""

    instruction_id: UUID
    amount: Money
    payer_reference: str | None
    because: str
    proposed_by: str
    approved_by: str
    returned_on: date


class FileRow(Value):
    """One good row of a file."""

    line: int
    taken: ReceiptTaken


class BadRow(Value):
    """One row, or one cell of it, that breaks a rule."""

    line: int
    field: str
    rule: str
    detail: str


class ReceiptFileTaken(Event):
    """A file of receipts was read: `rows` of it are good, `bad` are named. What becomes of the good ones follows."""

    file_id: UUID
    sha256: str
    name: str
    rows: int
    bad: tuple[BadRow, ...]
    branches: tuple[str, ...] | None
    taken_by: str
    taken_on: date


class ReceiptRowsTaken(Event):
    """A part of a file's good rows, durable before the file is acknowledged."""

    file_id: UUID
    part: int
    rows: tuple[FileRow, ...]


class ReceiptRowsPosted(Event):
    """What became of a part: rows that are a loan's, in suspense or back with the payer, and what was refused.

    Refused is what not even suspense can take: its reference was used for something else.
    """

    file_id: UUID
    part: int
    applied: int
    suspended: int
    bad: tuple[BadRow, ...]


CoreReceiptEvent = (
    ReceiptPosted | ReceiptSuspended | SuspenseProposed | SuspenseProposalDeclined | SuspenseMatched | SuspenseReturned
)
ReceiptFileEvent = ReceiptFileTaken | ReceiptRowsTaken | ReceiptRowsPosted
