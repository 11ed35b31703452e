"""Which of our facts the other services hear, and in whose words. What is not listed stays private."""

from typing import Any

from services.repayment.domain import events
from services.repayment.domain.events.books import CommitmentMoved as CommitmentHasMoved
from shared.contracts.repayment import (
    BusinessDateClosed,
    CommitmentMoved,
    DelinquencyAged,
    InstallmentCured,
    InstallmentOverdue,
    LoanExtended,
    LoanRenewed,
    LoanRescheduled,
    LoanSettled,
    LoanWrittenOff,
    RecoveryReceived,
    RepaymentReceived,
    RepaymentReversed,
    WriteOffRefused,
)
from shared.event_store import Recorded
from shared.messages import IntegrationEvent
from shared.money import Money

announces = (
    RepaymentReceived,
    RepaymentReversed,
    InstallmentOverdue,
    DelinquencyAged,
    InstallmentCured,
    LoanExtended,
    LoanRenewed,
    LoanRescheduled,
    LoanSettled,
    LoanWrittenOff,
    RecoveryReceived,
    WriteOffRefused,
    CommitmentMoved,
    BusinessDateClosed,
)


def to_integration_event(recorded: Recorded[Any]) -> IntegrationEvent | None:
    """The announcement of a fact, or None."""
    match recorded.event:
        case events.RepaymentReceived() as event:
            return _repayment(event)
        case events.CreditApplied() as event:
            return _credit(event, recorded)
        case events.RepaymentReversed() as event:
            return _reversal(event)
        case events.InstallmentFellOverdue() as event:
            return _overdue(event)
        case events.DelinquencyAged() as event:
            return _aged(event)
        case events.DelinquencyCured() as event:
            return InstallmentCured(
                loan_id=event.loan_id, borrower_id=event.origin.borrower_id, cured_on=event.cured_on
            )
        case events.LoanExtended() | events.LoanRenewed() | events.LoanRescheduled() as event:
            return _changed(event)
        case events.LoanSettled() | events.LoanWrittenOff() as event:
            return _settled(event) if isinstance(event, events.LoanSettled) else _written_off(event)
        case events.WrittenOffLoanRecovered(origin=events.LoanOrigin() as origin) as event:
            return _recovery(event, origin)
        case events.WriteOffRefused() as event:
            return WriteOffRefused(
                loan_id=event.loan_id,
                proposal_id=event.proposal_id,
                reason=event.reason,
                refused_on=event.refused_on,
            )
        case CommitmentHasMoved() | events.BusinessDateClosed() as event:
            return _of_books(event)
        case _:
            return None


def _of_books(event: CommitmentHasMoved | events.BusinessDateClosed) -> CommitmentMoved | BusinessDateClosed:
    if isinstance(event, events.BusinessDateClosed):
        return BusinessDateClosed(closed_on=event.closed_on, opened_on=event.opened_on)
    told = {name: getattr(event, name) for name in ("contract_id", "application_id", "undrawn", "moved_on")}
    return CommitmentMoved(**told)


def _repayment(event: events.RepaymentReceived) -> RepaymentReceived:
    applied = event.allocation
    return RepaymentReceived(
        receipt_id=event.receipt_id,
        loan_id=event.loan_id,
        contract_id=event.origin.contract_id,
        borrower_id=event.origin.borrower_id,
        amount=event.amount,
        principal=applied.principal,
        interest=applied.interest,
        penalty=applied.penalty + applied.compound,
        unallocated=event.unallocated,
        overdue_after=applied.overdue_after,
        received_on=event.received_on,
        outstanding_after=applied.outstanding_after,
        days_past_due_after=applied.days_past_due_after,
    )


def _credit(event: events.CreditApplied, recorded: Recorded[Any]) -> RepaymentReceived:
    """Money announced before as `unallocated` has paid something: nothing came in, less is unallocated.

    Over all announcements of a loan the amounts and each component still sum up.
    """
    applied = event.allocation
    return RepaymentReceived(
        receipt_id=recorded.event_id,
        loan_id=event.loan_id,
        contract_id=event.origin.contract_id,
        borrower_id=event.origin.borrower_id,
        amount=Money(0, event.amount.currency),
        principal=applied.principal,
        interest=applied.interest,
        penalty=applied.penalty + applied.compound,
        unallocated=-event.amount,
        overdue_after=applied.overdue_after,
        received_on=event.applied_on,
        outstanding_after=applied.outstanding_after,
        days_past_due_after=applied.days_past_due_after,
    )


def _reversal(event: events.RepaymentReversed) -> RepaymentReversed:
    """What is past due on the day of the reversal; a reversed recovery is not announced."""
    nil, overdue = Money(0, event.amount.currency), event.overdue
    return RepaymentReversed(
        receipt_id=event.receipt_id,
        loan_id=event.loan_id,
        contract_id=event.origin.contract_id,
        application_id=event.origin.application_id,
        borrower_id=event.origin.borrower_id,
        amount=event.amount,
        reopened=event.reopened,
        overdue_principal=overdue.principal if overdue else nil,
        overdue_interest=overdue.interest if overdue else nil,
        overdue_penalty=overdue.penalty if overdue else nil,
        outstanding_principal=event.outstanding_after,
        days_past_due=event.days_past_due_after,
        as_of=event.reversed_on,
    )


def _overdue(event: events.InstallmentFellOverdue) -> InstallmentOverdue:
    return InstallmentOverdue(
        loan_id=event.loan_id,
        contract_id=event.origin.contract_id,
        application_id=event.origin.application_id,
        borrower_id=event.origin.borrower_id,
        installment_no=event.installment_no,
        due_on=event.due_on,
        overdue_principal=event.overdue_principal,
        overdue_interest=event.overdue_interest,
        outstanding_principal=event.outstanding_principal,
        days_past_due=event.days_past_due,
        as_of=event.as_of,
        overdue_penalty=event.overdue_penalty,
    )


def _aged(event: events.DelinquencyAged) -> DelinquencyAged:
    return DelinquencyAged(
        loan_id=event.loan_id,
        borrower_id=event.origin.borrower_id,
        days_past_due=event.days_past_due,
        overdue_principal=event.overdue_principal,
        overdue_interest=event.overdue_interest,
        overdue_penalty=event.overdue_penalty,
        outstanding_principal=event.outstanding_principal,
        as_of=event.as_of,
    )


def _changed(
    event: events.LoanExtended | events.LoanRenewed | events.LoanRescheduled,
) -> LoanExtended | LoanRenewed | LoanRescheduled:
    """What others need of changed terms: never the schedule, nor what people wrote about it."""
    names = set(LoanRenewed.model_fields) & set(type(event).model_fields)
    told = event.origin.model_dump() | {name: getattr(event, name) for name in names}
    match event:
        case events.LoanExtended():
            return LoanExtended(**told, operation_normal=event.operation_normal)
        case events.LoanRenewed():
            return LoanRenewed(**told)
        case events.LoanRescheduled():
            capitalised = event.capitalised_interest + event.capitalised_penalty + event.capitalised_compound
            return LoanRescheduled(**told, capitalised=capitalised)


def _settled(event: events.LoanSettled) -> LoanSettled:
    return LoanSettled(
        loan_id=event.loan_id,
        contract_id=event.origin.contract_id,
        application_id=event.origin.application_id,
        borrower_id=event.origin.borrower_id,
        settled_on=event.settled_on,
        early=event.early,
    )


def _written_off(event: events.LoanWrittenOff) -> LoanWrittenOff:
    return LoanWrittenOff(
        loan_id=event.loan_id,
        contract_id=event.origin.contract_id,
        application_id=event.origin.application_id,
        borrower_id=event.origin.borrower_id,
        proposal_id=event.proposal_id,
        principal=event.principal,
        interest=event.interest,
        penalty=event.penalty,
        written_off_on=event.written_off_on,
    )


def _recovery(event: events.WrittenOffLoanRecovered, origin: events.LoanOrigin) -> RecoveryReceived:
    return RecoveryReceived(
        receipt_id=event.receipt_id,
        loan_id=event.loan_id,
        borrower_id=origin.borrower_id,
        amount=event.amount,
        claim_after=event.claim_principal_after + event.claim_interest_after + event.claim_penalty_after,
        received_on=event.received_on,
        principal_after=event.claim_principal_after,
    )
