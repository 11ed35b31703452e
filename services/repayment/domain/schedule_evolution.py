"""What facts that change an account mean for it: a new version of its schedule, a new rate, a proposal answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never
from uuid import UUID

from services.repayment.domain.events import (
    AccountChangeProposed,
    AccountChangeRejected,
    ChargesWaived,
    RateChanged,
    RateReset,
    Repricing,
)
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan import InstallmentState, OpenLoan, RateStep
from shared.money import Money


def changed(
    loan: OpenLoan, event: RateReset | RateChanged | AccountChangeProposed | AccountChangeRejected | ChargesWaived
) -> OpenLoan:
    """The account after a fact that changes its rate or its schedule, or that proposes or refuses to."""
    match event:
        case AccountChangeProposed():
            return replace(loan, changes_proposed={**loan.changes_proposed, event.proposal_id: event})
        case AccountChangeRejected():
            return decided(loan, event.proposal_id)
        case RateReset():
            due = replace(
                loan, next_reset_on=event.next_reset_on, last_event_on=max(loan.last_event_on, event.decided_on)
            )
            if event.repricing is None or event.schedule is None:
                return due
            return _repriced(
                rescheduled(due, event.schedule.installments, event.decided_on), event.repricing, event.credit_change
            )
        case RateChanged():
            anew = rescheduled(loan, event.schedule.installments, event.decided_on)
            return decided(_repriced(anew, event.repricing, event.credit_change), event.proposal_id)
        case ChargesWaived():
            return decided(_waived(loan, event), event.proposal_id)
        case _:
            assert_never(event)


def _waived(loan: OpenLoan, event: ChargesWaived) -> OpenLoan:
    by_no = {line.installment_no: line.interest for line in event.lines}
    nil = Money(0, event.interest.currency)
    installments = tuple(
        replace(state, interest_waived=(state.interest_waived or nil) + by_no[state.row.no])
        if state.row.no in by_no
        else state
        for state in loan.installments
    )
    return replace(
        loan,
        installments=installments,
        penalty_settled=event.penalty_accrued,
        compound_settled=event.compound_accrued,
        settled_on=event.decided_on,
        penalty_waived=(loan.penalty_waived or nil) + event.penalty,
        compound_waived=(loan.compound_waived or nil) + event.compound,
        days_past_due=event.days_past_due_after,
        last_event_on=max(loan.last_event_on, event.decided_on),
    )


def _repriced(loan: OpenLoan, new: Repricing, credit_change: Money) -> OpenLoan:
    return replace(
        loan,
        rates=(*loan.rates, RateStep(new.from_on, new.annual_rate_percent, new.penalty_rate_percent)),
        penalty_settled=new.penalty_accrued,
        compound_settled=new.compound_accrued,
        settled_on=new.settled_on,
        credit=loan.credit + credit_change,
    )


def decided(loan: OpenLoan, proposal_id: UUID) -> OpenLoan:
    """The account once a proposal has been answered."""
    waiting = {one: proposed for one, proposed in loan.changes_proposed.items() if one != proposal_id}
    return replace(loan, changes_proposed=waiting, changes_decided=loan.changes_decided | {proposal_id})


def rescheduled(loan: OpenLoan, rows: Sequence[Installment], on: date) -> OpenLoan:
    """The account under the next version of its schedule."""
    by_no = {state.row.no: state for state in loan.installments}
    return replace(
        loan,
        installments=tuple(kept(by_no.get(row.no), row) for row in rows),
        schedule_number=loan.schedule_number + 1,
        last_event_on=max(loan.last_event_on, on),
    )


def kept(before: InstallmentState | None, row: Installment) -> InstallmentState:
    """A row of the new schedule with what was paid of the row of its number, where the new one is as much.

    It was billed, and fell overdue, where it is due on the same day as before.
    """
    nil = Money(0, row.principal.currency)
    if before is None:
        return InstallmentState(row, nil, nil)
    done_with = before.row.interest - before.unpaid_interest
    if before.principal_paid > row.principal or done_with > row.interest:
        return InstallmentState(row, nil, nil)
    if before.row.due_on != row.due_on:
        return replace(before, row=row, billed=False, fell_overdue=False)
    return replace(before, row=row)
