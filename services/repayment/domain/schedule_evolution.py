"""What facts that change an account mean for it: a new version of its schedule, a new rate, a proposal answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never
from uuid import UUID

from services.repayment.domain.events import (
    AccountChangeProposed,
    AccountChangeRejected,
    RateChanged,
    RateReset,
    Repricing,
)
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan import InstallmentState, OpenLoan, RateStep
from shared.money import Money


def changed(loan: OpenLoan, event: RateReset | RateChanged | AccountChangeProposed | AccountChangeRejected) -> OpenLoan:
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
        case _:
            assert_never(event)


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
    if before is None or before.principal_paid > row.principal or before.interest_paid > row.interest:
        return InstallmentState(row, nil, nil)
    if before.row.due_on != row.due_on:
        return InstallmentState(row, before.principal_paid, before.interest_paid)
    return replace(before, row=row)
