"""What each fact means for a loan account: it copies and asserts, and runs no rule."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never

from services.repayment.domain.change_evolution import asked, with_changed_terms
from services.repayment.domain.events import (
    AccountChangeProposed,
    AccountChangeRejected,
    Allocation,
    AllocationLine,
    ChargesWaived,
    CorrectionDeclined,
    CreditApplied,
    CreditRefunded,
    DelinquencyAged,
    DelinquencyCured,
    EarlyRepaymentAccepted,
    InstallmentBilled,
    InstallmentFellOverdue,
    LoanAccountEvent,
    LoanBooked,
    LoanChangeProposed,
    LoanChangeRejected,
    LoanExtended,
    LoanPrepaid,
    LoanReclassified,
    LoanRenewed,
    LoanRescheduled,
    LoanSettled,
    LoanWrittenOff,
    RateChanged,
    RateReset,
    RecoveryReversed,
    RefundProposed,
    RepaymentReceived,
    RepaymentReversed,
    ReversalProposed,
    WriteOffRefused,
    WrittenOffLoanRecovered,
)
from services.repayment.domain.loan import (
    InstallmentState,
    LoanAccount,
    NoLoan,
    OpenLoan,
    RateStep,
    SettledLoan,
    WrittenOffLoan,
)
from services.repayment.domain.loan_corrections import corrected
from services.repayment.domain.receipts import Receipt
from services.repayment.domain.schedule_evolution import changed, rescheduled
from shared.money import Money


def evolve(loan: LoanAccount, event: LoanAccountEvent) -> LoanAccount:
    """The account after `event`."""
    match event:
        case LoanBooked():
            return _opened(event)
        case WriteOffRefused():
            assert not isinstance(loan, NoLoan), "a write-off of nothing is not refused but impossible"
            return replace(loan, proposals_refused=loan.proposals_refused | {event.proposal_id})
        case WrittenOffLoanRecovered():
            assert isinstance(loan, WrittenOffLoan), "only a written-off loan is recovered"
            return _recovered(loan, event)
        case (
            ReversalProposed()
            | RefundProposed()
            | CorrectionDeclined()
            | CreditRefunded()
            | RepaymentReversed()
            | RecoveryReversed()
        ):
            assert not isinstance(loan, NoLoan), "what was never booked is not corrected"
            return corrected(loan, event)
        case LoanChangeProposed() | LoanChangeRejected():
            assert isinstance(loan, OpenLoan), "nothing is asked of a loan that is closed"
            return asked(loan, event)
        case LoanExtended() | LoanRenewed() | LoanRescheduled():
            assert isinstance(loan, OpenLoan), "only an open loan has terms to change"
            return with_changed_terms(rescheduled(loan, event.schedule.installments, event.changed_on), event)
        case _:
            assert isinstance(loan, OpenLoan), "only an open loan is serviced"
            return _serviced(loan, event)


_Servicing = (
    InstallmentBilled
    | CreditApplied
    | RepaymentReceived
    | InstallmentFellOverdue
    | DelinquencyAged
    | DelinquencyCured
    | EarlyRepaymentAccepted
    | LoanPrepaid
    | RateReset
    | RateChanged
    | AccountChangeProposed
    | AccountChangeRejected
    | ChargesWaived
    | LoanSettled
    | LoanReclassified
    | LoanWrittenOff
)


def _serviced(loan: OpenLoan, event: _Servicing) -> LoanAccount:
    match event:
        case InstallmentBilled():
            return _marked(loan, event.installment_no, event.billed_on, billed=True)
        case CreditApplied():
            return _paid(loan, event.allocation, event.applied_on)
        case RepaymentReceived():
            receipts = loan.receipts | {event.receipt_id: receipt(event)}
            return replace(_paid(loan, event.allocation, event.received_on), receipts=receipts)
        case InstallmentFellOverdue():
            overdue = _marked(loan, event.installment_no, event.as_of, fell_overdue=True)
            return replace(overdue, days_past_due=event.days_past_due, delinquent=True)
        case DelinquencyAged():
            return replace(loan, days_past_due=event.days_past_due, last_event_on=_later(loan, event.as_of))
        case DelinquencyCured():
            return replace(loan, delinquent=False, last_event_on=_later(loan, event.cured_on))
        case EarlyRepaymentAccepted() | LoanPrepaid():
            return _repaid_early(loan, event)
        case RateReset() | RateChanged() | AccountChangeProposed() | AccountChangeRejected() | ChargesWaived():
            return changed(loan, event)
        case LoanSettled():
            return _settled(loan, event)
        case LoanReclassified():
            return replace(
                loan,
                classification=event.classification,
                provision_rate_percent=event.provision_rate_percent,
                provision=event.provision,
                last_event_on=_later(loan, event.classified_on),
            )
        case LoanWrittenOff():
            return _written_off(loan, event)
        case _:
            assert_never(event)


def _opened(event: LoanBooked) -> OpenLoan:
    nil = Money(0, event.principal.currency)
    return OpenLoan(
        terms=event,
        installments=tuple(InstallmentState(row, nil, nil) for row in event.installments),
        last_event_on=event.disbursed_on,
        credit=nil,
        penalty_settled=nil,
        compound_settled=nil,
        penalty_paid=nil,
        compound_paid=nil,
        settled_on=event.disbursed_on,
        provision=nil,
        next_reset_on=event.next_reset_on,
        rates=(RateStep(event.disbursed_on, event.annual_rate_percent, event.penalty_rate_percent),),
    )


def _later(loan: OpenLoan, on: date) -> date:
    return max(loan.last_event_on, on)


def _marked(
    loan: OpenLoan, installment_no: int, on: date, *, billed: bool = False, fell_overdue: bool = False
) -> OpenLoan:
    installments = tuple(
        replace(state, billed=state.billed or billed, fell_overdue=state.fell_overdue or fell_overdue)
        if state.row.no == installment_no
        else state
        for state in loan.installments
    )
    return replace(loan, installments=installments, last_event_on=_later(loan, on))


def paid_installments(loan: OpenLoan, lines: Sequence[AllocationLine]) -> tuple[InstallmentState, ...]:
    """The instalments after `lines` have been paid."""
    by_no = {line.installment_no: line for line in lines}
    return tuple(
        replace(
            state,
            principal_paid=state.principal_paid + by_no[state.row.no].principal,
            interest_paid=state.interest_paid + by_no[state.row.no].interest,
        )
        if state.row.no in by_no
        else state
        for state in loan.installments
    )


def _paid(loan: OpenLoan, allocation: Allocation, on: date) -> OpenLoan:
    return replace(
        loan,
        installments=paid_installments(loan, allocation.lines),
        last_event_on=_later(loan, on),
        credit=allocation.credit_after,
        penalty_settled=allocation.penalty_accrued,
        compound_settled=allocation.compound_accrued,
        penalty_paid=loan.penalty_paid + allocation.penalty,
        compound_paid=loan.compound_paid + allocation.compound,
        settled_on=max(loan.settled_on, on),
        provision=loan.provision + allocation.provision_change,
        days_past_due=allocation.days_past_due_after,
    )


def _repaid_early(loan: OpenLoan, event: EarlyRepaymentAccepted | LoanPrepaid) -> OpenLoan:
    if isinstance(event, EarlyRepaymentAccepted):
        return rescheduled(loan, event.installments, event.accepted_on)
    changes = loan.changes
    if event.maturity_on != event.previous_maturity_on:
        changes = replace(changes, maturity_on=event.maturity_on)
    anew = rescheduled(loan, event.schedule.installments, event.accepted_on)
    return replace(anew, changes=changes, next_reset_on=event.next_reset_on)


def receipt(event: RepaymentReceived) -> Receipt:
    return Receipt(
        amount=event.amount,
        principal=event.allocation.principal,
        interest=event.allocation.interest,
        penalty=event.allocation.penalty + event.allocation.compound,
        unallocated=event.unallocated,
        received_on=event.received_on,
    )


def _settled(loan: OpenLoan, event: LoanSettled) -> SettledLoan:
    return SettledLoan(
        terms=loan.terms,
        installments=loan.installments,
        settled_on=event.settled_on,
        early=event.early,
        credit=event.credit,
        interest_charged=event.interest_charged,
        penalty_charged=event.penalty_charged,
        receipts=loan.receipts,
        proposals_refused=loan.proposals_refused,
        desk=loan.desk,
        changes=loan.changes,
    )


def _written_off(loan: OpenLoan, event: LoanWrittenOff) -> WrittenOffLoan:
    return WrittenOffLoan(
        terms=loan.terms,
        installments=loan.installments,
        proposal_id=event.proposal_id,
        written_off_on=event.written_off_on,
        last_event_on=_later(loan, event.written_off_on),
        claim_principal=event.principal,
        claim_interest=event.interest,
        claim_penalty=event.penalty,
        interest_charged=event.interest_charged,
        penalty_charged=event.penalty_charged,
        receipts=loan.receipts,
        proposals_refused=loan.proposals_refused,
        desk=loan.desk,
        changes=loan.changes,
    )


def _recovered(loan: WrittenOffLoan, event: WrittenOffLoanRecovered) -> WrittenOffLoan:
    recovery = Receipt(
        amount=event.amount,
        principal=event.principal,
        interest=event.interest,
        penalty=event.penalty,
        unallocated=Money(0, event.amount.currency),
        received_on=event.received_on,
    )
    return replace(
        loan,
        last_event_on=max(loan.last_event_on, event.received_on),
        claim_principal=event.claim_principal_after,
        claim_interest=event.claim_interest_after,
        claim_penalty=event.claim_penalty_after,
        receipts=loan.receipts | {event.receipt_id: recovery},
    )
