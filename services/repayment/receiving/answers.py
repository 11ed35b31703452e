"""Receipts, money in suspense and files of receipts, as the API reads and shows them."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.repayment.domain.core_receipt import Applied, CoreReceipt, NoReceipt, Returned, Suspended
from services.repayment.domain.events.receipts import BadRow
from services.repayment.domain.receipt_file import NoFile, ReceiptFile
from shared.command_handler import Outcome
from shared.dates import Day
from shared.http import RequestBody
from shared.money import Money, MoneyText, PositiveMoney

Because = Annotated[str, Field(min_length=1, max_length=500)]


class CoreReceiptBody(RequestBody):
    """A receipt of the core system: its reference, and what is known of whose it is.

    `payer_reference` is an account's or a payment's reference, never a person's name.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reference": "HX20260210-000017", "amount": {"amount": "620.00"}}]}
    )
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    amount: PositiveMoney
    received_on: Day | None = Field(default=None, description="The business date unless given")
    loan_id: UUID | None = None
    borrower_id: UUID | None = None
    payer_reference: Annotated[str | None, Field(max_length=200)] = None


class CoreReceiptAnswer(BaseModel):
    """What became of a receipt. `reason` says why it is in suspense, `proposed_by` who has proposed what to do."""

    receipt_id: UUID
    reference: str
    amount: MoneyText
    received_on: date
    state: Literal["applied", "suspended", "returned"]
    loan_id: UUID | None = None
    reason: str | None = None
    proposed: Literal["match", "return"] | None = None
    proposed_loan_id: UUID | None = None
    proposed_by: str | None = None
    because: str | None = None
    instruction_id: UUID | None = None


class SuspendedReceipt(CoreReceiptAnswer):
    """One line of the worklist, with all that was told of the money."""

    branch: str
    taken_on: date
    named_loan_id: UUID | None
    borrower_id: UUID | None
    payer_reference: str | None


class SuspenseList(BaseModel):
    """A page of money that waits, the oldest first."""

    items: list[SuspendedReceipt]
    next: str | None


class SuspenseProposalBody(RequestBody):
    """What should become of suspended money: a loan's, or back to its payer where `loan_id` is absent."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"because": "paid twice by mistake"}]})
    loan_id: UUID | None = None
    because: Because


class SuspenseDeclineBody(RequestBody):
    """Why not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"because": "the payer names another contract"}]})
    because: Because


class SuspenseMatchBody(RequestBody):
    """Whose money it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"loan_id": "018f4e9a-2f63-7c1e-9d51-2f0c3a7b9e10"}]})
    loan_id: UUID


class ReceiptFileAnswer(BaseModel):
    """A file that is durable, and how far its rows have come; `done` once each good row is somewhere.

    `rows` are good ones; `bad` names every other, and those whose reference turned out to be used.
    """

    file_id: UUID
    name: str
    sha256: str
    taken_on: date
    rows: int
    applied: int
    suspended: int
    refused: int
    done: bool
    bad: list[BadRow]


def receipt_told(outcome: Outcome[CoreReceipt, Any]) -> CoreReceiptAnswer:
    return receipt_answer(outcome.aggregate_id, outcome.state)


def receipt_answer(receipt_id: UUID, receipt: CoreReceipt) -> CoreReceiptAnswer:
    assert not isinstance(receipt, NoReceipt), "a receipt that was taken"
    taken = receipt.taken
    more: dict[str, Any]
    match receipt:
        case Applied():
            more = {"state": "applied", "loan_id": receipt.loan_id}
        case Suspended(proposal=None):
            more = {"state": "suspended", "reason": receipt.reason}
        case Suspended(proposal=proposal):
            assert proposal is not None
            more = {
                "state": "suspended",
                "reason": receipt.reason,
                "proposed": "match" if proposal.loan_id else "return",
                "proposed_loan_id": proposal.loan_id,
                "proposed_by": proposal.proposed_by,
                "because": proposal.because,
            }
        case Returned():
            more = {"state": "returned", "instruction_id": receipt.instruction_id}
    return CoreReceiptAnswer(
        receipt_id=receipt_id, reference=taken.reference, amount=taken.amount, received_on=taken.received_on, **more
    )


def suspense_line(row: dict[str, Any]) -> SuspendedReceipt:
    fields = {name: row[name] for name in SuspendedReceipt.model_fields if name in row}
    return SuspendedReceipt(**{**fields, "amount": Money(row["amount"], row["currency"])})


def file_told(outcome: Outcome[ReceiptFile, Any]) -> ReceiptFileAnswer:
    return file_answer(outcome.state)


def file_answer(file: ReceiptFile) -> ReceiptFileAnswer:
    assert not isinstance(file, NoFile), "a file that was taken"
    about = file.taken
    return ReceiptFileAnswer(
        file_id=about.file_id,
        name=about.name,
        sha256=about.sha256,
        taken_on=about.taken_on,
        rows=about.rows,
        applied=file.applied,
        suspended=file.suspended,
        refused=file.refused,
        done=file.is_done,
        bad=list(file.bad),
    )
