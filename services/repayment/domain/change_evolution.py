"""What the facts of changed terms mean for an open loan, once its rows are those of the new schedule."""

from dataclasses import replace

from services.repayment.domain.events import (
    LoanChangeProposed,
    LoanChangeRejected,
    LoanExtended,
    LoanRenewed,
    LoanRescheduled,
)
from services.repayment.domain.loan import OpenLoan, RateStep
from services.repayment.domain.loan_changes import PendingChange


def asked(loan: OpenLoan, event: LoanChangeProposed | LoanChangeRejected) -> OpenLoan:
    """A proposal waits, or waits no more."""
    match event:
        case LoanChangeProposed():
            pending = PendingChange(
                proposal_id=event.proposal_id,
                terms=event.terms,
                consented=event.guarantor_consent is not None,
                proposed_by=event.proposed_by,
                proposed_on=event.proposed_on,
            )
            last_event_on = max(loan.last_event_on, event.proposed_on)
            return replace(loan, changes=replace(loan.changes, pending=pending), last_event_on=last_event_on)
        case LoanChangeRejected():
            decided = {**loan.changes.decided, event.proposal_id: "rejected"}
            last_event_on = max(loan.last_event_on, event.rejected_on)
            changes = replace(loan.changes, pending=None, decided=decided)
            return replace(loan, changes=changes, last_event_on=last_event_on)


def with_changed_terms(loan: OpenLoan, event: LoanExtended | LoanRenewed | LoanRescheduled) -> OpenLoan:
    """The terms from now on; `loan` has the rows of the fact's schedule."""
    changes = replace(
        loan.changes,
        pending=None,
        decided={**loan.changes.decided, event.proposal_id: "approved"},
        maturity_on=event.maturity_on,
    )
    loan = replace(loan, next_reset_on=event.next_reset_on)
    match event:
        case LoanExtended():
            return replace(loan, changes=replace(changes, extended_months=event.extended_months))
        case LoanRenewed():
            return replace(loan, changes=replace(changes, term_months=event.months, extended_months=0))
        case LoanRescheduled():
            every = event.repayment_period_months
            return _rescheduled(replace(loan, changes=replace(changes, method=event.method, every_months=every)), event)


def _rescheduled(loan: OpenLoan, event: LoanRescheduled) -> OpenLoan:
    """Interest that became principal is paid; penalty and compound interest run on from the day of the change."""
    interest = {line.installment_no: line.interest for line in event.capitalised}
    return replace(
        loan,
        installments=tuple(
            replace(state, interest_paid=state.interest_paid + interest[state.row.no])
            if state.row.no in interest
            else state
            for state in loan.installments
        ),
        penalty_settled=event.penalty_accrued,
        compound_settled=event.compound_accrued,
        penalty_paid=loan.penalty_paid + event.capitalised_penalty,
        compound_paid=loan.compound_paid + event.capitalised_compound,
        settled_on=max(loan.settled_on, event.changed_on),
        provision=loan.provision + event.provision_change,
        days_past_due=event.days_past_due,
        rates=_rates(loan, event),
    )


def _rates(loan: OpenLoan, event: LoanRescheduled) -> tuple[RateStep, ...]:
    step = RateStep(event.changed_on, event.annual_rate_percent, event.penalty_rate_percent)
    now = loan.rates[-1]
    if (now.percent, now.penalty_percent) == (step.percent, step.penalty_percent):
        return loan.rates
    return (*loan.rates, step)
