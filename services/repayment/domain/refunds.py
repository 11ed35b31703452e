"""Refund of money that is held (退款): what a borrower paid too much goes back, also after the loan is settled."""

from collections.abc import Sequence

from services.repayment.domain.correction_commands import DeclineCorrection, ProposeRefund, RefundCredit
from services.repayment.domain.desk import second_person
from services.repayment.domain.events import (
    CorrectionDeclined,
    CreditRefunded,
    LoanAccountEvent,
    RefundProposed,
)
from services.repayment.domain.loan import BookedLoan, OpenLoan, SettledLoan, WrittenOffLoan, past_due
from shared.messages import Rejected
from shared.money import Money


def propose_refund(command: ProposeRefund, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """A first person's word; the same proposal once."""
    if command.proposal_id in loan.desk.pending:
        return []
    _check(command.amount, loan)
    return [
        RefundProposed(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            amount=command.amount,
            because=command.because,
            proposed_by=command.proposed_by,
            proposed_on=command.today,
        )
    ]


def refund(command: RefundCredit, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Send it, upon a second person's word. Rejected while the borrower is behind, and beyond what is held."""
    pending = second_person(loan.desk, command.proposal_id, command.approved_by, reversal=False)
    held = _check(pending.amount, loan)
    if isinstance(loan, OpenLoan) and past_due(loan, command.today).total:
        raise Rejected("loan_past_due", "What is past due is paid before anything goes back.")
    return [
        CreditRefunded(
            loan_id=command.loan_id,
            origin=loan.terms.origin,
            proposal_id=command.proposal_id,
            amount=pending.amount,
            credit_after=held - pending.amount,
            because=pending.because,
            proposed_by=pending.proposed_by,
            approved_by=command.approved_by,
            refunded_on=command.today,
        )
    ]


def decline(command: DeclineCorrection, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Anybody may say no, also who proposed it and thinks better of it."""
    if command.proposal_id not in loan.desk.pending:
        raise Rejected("nothing_proposed", "There is no such proposal that waits for a decision.")
    return [
        CorrectionDeclined(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            because=command.because,
            declined_by=command.declined_by,
            declined_on=command.today,
        )
    ]


def _check(amount: Money, loan: BookedLoan) -> Money:
    """What is held for the payer, of which `amount` is a part."""
    if isinstance(loan, WrittenOffLoan):
        raise Rejected("loan_written_off", "A written-off loan holds nothing.")
    assert isinstance(loan, OpenLoan | SettledLoan), "there is no other state"
    if amount.currency != loan.credit.currency:
        raise Rejected("currency_differs", f"This loan is kept in {loan.credit.currency}.", field="amount")
    if amount.minor <= 0:
        raise Rejected("amount_not_positive", "A refund is more than nothing.", field="amount")
    if amount > loan.credit:
        raise Rejected("refund_exceeds_credit", f"Only {loan.credit} is held.", field="amount")
    return loan.credit
