"""Putting right what was posted: every such command, and who answers it."""

from collections.abc import Sequence
from typing import assert_never

from services.repayment.domain.correction_commands import (
    CorrectionCommand,
    DeclineCorrection,
    ProposeRefund,
    ProposeReversal,
    RefundCredit,
    ReverseReceipt,
)
from services.repayment.domain.events import LoanAccountEvent
from services.repayment.domain.loan import BookedLoan
from services.repayment.domain.refunds import decline, propose_refund, refund
from services.repayment.domain.reversals import propose_reversal, reverse


def correct(command: CorrectionCommand, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """The facts that a correction makes of `loan`."""
    match command:
        case ProposeReversal():
            return propose_reversal(command, loan)
        case ReverseReceipt():
            return reverse(command, loan)
        case ProposeRefund():
            return propose_refund(command, loan)
        case RefundCredit():
            return refund(command, loan)
        case DeclineCorrection():
            return decline(command, loan)
        case _:
            assert_never(command)
