"""Write-off (核销) of a claim that stays owed (账销案存), and what is recovered of it afterwards."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from services.repayment.domain.ageing import Unfolding, age
from services.repayment.domain.allocation import Debt, allocate, share_of
from services.repayment.domain.commands import RecoverWrittenOff, WriteOffLoan
from services.repayment.domain.events import (
    LoanAccountEvent,
    LoanWrittenOff,
    WriteOffRefused,
    WrittenOffLoanRecovered,
)
from services.repayment.domain.loan import (
    BookedLoan,
    OpenLoan,
    SettledLoan,
    WrittenOffLoan,
    accrued_before,
    owed_in_full,
)
from services.repayment.domain.repayments import check_payment, repeated
from shared.messages import Rejected


class Reason(StrEnum):
    """Why an approved write-off was refused."""

    LOAN_SETTLED = "loan_settled"
    LOAN_WRITTEN_OFF = "loan_written_off"
    LOAN_NOT_DELINQUENT = "loan_not_delinquent"


def write_off(command: WriteOffLoan, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Take an approved write-off into the books, or record why it cannot be.

    The approval comes from the bus: nobody can be shown an error, so a refusal is a fact. A proposal
    answered before changes nothing.
    """
    if command.proposal_id in loan.proposals_refused:
        return []
    match loan:
        case WrittenOffLoan():
            if loan.proposal_id == command.proposal_id:
                return []
            return [_refused(command, loan.last_event_on, Reason.LOAN_WRITTEN_OFF)]
        case SettledLoan():
            return [_refused(command, loan.settled_on, Reason.LOAN_SETTLED)]
        case OpenLoan():
            return _write_off_open(command, loan)


def recover(command: RecoverWrittenOff, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Apply money received for a written-off loan to the claim, in the legal order.

    More than the claim is refused: the rest has to go back to the payer.
    """
    if repeated(command, loan):
        return []
    if not isinstance(loan, WrittenOffLoan):
        raise Rejected("loan_not_written_off", "This loan is in the books: post the money as a repayment.")
    check_payment(command, loan)
    debts = [
        Debt("penalty", loan.written_off_on, loan.claim_penalty),
        Debt("interest", loan.written_off_on, loan.claim_interest),
        Debt("principal", loan.written_off_on, loan.claim_principal),
    ]
    shares, rest = allocate(command.amount, debts)
    if rest:
        raise Rejected(
            "recovery_exceeds_claim",
            f"Only {command.amount - rest} of the claim is left: return {rest} to the payer.",
            field="amount",
        )
    currency = command.amount.currency
    principal = share_of(shares, "principal", currency)
    interest = share_of(shares, "interest", currency)
    penalty = share_of(shares, "penalty", currency)
    return [
        WrittenOffLoanRecovered(
            loan_id=loan.terms.loan_id,
            origin=loan.terms.origin,
            receipt_id=command.receipt_id,
            amount=command.amount,
            principal=principal,
            interest=interest,
            penalty=penalty,
            claim_principal_after=loan.claim_principal - principal,
            claim_interest_after=loan.claim_interest - interest,
            claim_penalty_after=loan.claim_penalty - penalty,
            received_on=command.received_on,
        )
    ]


def _write_off_open(command: WriteOffLoan, loan: OpenLoan) -> Sequence[LoanAccountEvent]:
    """Decided on the day of approval, or on the loan's last event where that is later."""
    on = max(command.approved_on, loan.last_event_on)
    unfolding = Unfolding(loan)
    age(unfolding, on)
    aged = unfolding.loan
    if not isinstance(aged, OpenLoan):
        unfolding.record(_refused(command, on, Reason.LOAN_SETTLED))
    elif not aged.delinquent:
        unfolding.record(_refused(command, on, Reason.LOAN_NOT_DELINQUENT))
    else:
        unfolding.record(_written_off(command, aged, on))
    return unfolding.events


def _written_off(command: WriteOffLoan, loan: OpenLoan, on: date) -> LoanWrittenOff:
    owed, earned = owed_in_full(loan, on), accrued_before(loan, on)
    return LoanWrittenOff(
        loan_id=loan.terms.loan_id,
        origin=loan.terms.origin,
        proposal_id=command.proposal_id,
        principal=owed.principal,
        interest=owed.interest,
        penalty=owed.penalty + owed.compound,
        provision_charged=owed.total - loan.provision,
        interest_charged=earned.interest,
        penalty_charged=earned.penalty + earned.compound,
        written_off_on=on,
    )


def _refused(command: WriteOffLoan, on: date, reason: Reason) -> WriteOffRefused:
    return WriteOffRefused(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        reason=reason,
        refused_on=max(on, command.approved_on),
    )
