"""Requests to put right what was posted to a loan: reverse a receipt, refund what is held."""

from datetime import date
from uuid import UUID

from shared.messages import Command, Event
from shared.money import Money


class ProposeReversal(Command):
    """Say that a receipt should never have been posted; a second person decides."""

    loan_id: UUID
    proposal_id: UUID
    receipt_id: UUID
    because: str
    proposed_by: str
    today: date


class ReverseReceipt(Command):
    """Approve a proposed reversal. `past` is all that happened to the loan, for what followed is done again."""

    loan_id: UUID
    proposal_id: UUID
    approved_by: str
    today: date
    past: tuple[Event, ...]


class ProposeRefund(Command):
    """Say that money which is held should go back to the borrower; a second person decides."""

    loan_id: UUID
    proposal_id: UUID
    amount: Money
    because: str
    proposed_by: str
    today: date


class RefundCredit(Command):
    """Approve a proposed refund."""

    loan_id: UUID
    proposal_id: UUID
    approved_by: str
    today: date


class DeclineCorrection(Command):
    """Say no to a proposed reversal or refund."""

    loan_id: UUID
    proposal_id: UUID
    because: str
    declined_by: str
    today: date


CorrectionCommand = ProposeReversal | ReverseReceipt | ProposeRefund | RefundCredit | DeclineCorrection
