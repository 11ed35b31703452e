"""会计期间: the months of one legal entity's books, closed one after the other, by two people, for ever.

What is posted goes to the open business date, so the numbers of a month that is over stand still: what was proposed
is what is approved. There is no way back: a mistake of a closed month is corrected in the open one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never, get_args
from uuid import UUID, uuid5

from services.repayment.domain.events.books import (
    AccountingPeriodEvent,
    ClosingBalance,
    PeriodClosed,
    PeriodCloseProposed,
    PeriodCloseRejected,
)
from shared.decider import Decider
from shared.messages import Command, Rejected

_BOOKS = UUID("4c2f6f0e-7f5e-5a39-9b0b-5c9f1b0f6a77")


class ProposePeriodClose(Command):
    """Ask to close the month that ends on `last_day`, with what its accounts came to.

    `first_posted_on`: the first day of the books, None while they are empty. `today` is the open business date.
    """

    legal_entity: str
    proposal_id: UUID
    last_day: date
    balances: tuple[ClosingBalance, ...]
    profits: tuple[ClosingBalance, ...]
    first_posted_on: date | None
    proposed_by: str
    today: date


class ApprovePeriodClose(Command):
    """Close the month as it was proposed."""

    legal_entity: str
    last_day: date
    approved_by: str
    today: date


class RejectPeriodClose(Command):
    """Leave the month open."""

    legal_entity: str
    last_day: date
    rejected_by: str
    today: date


AccountingPeriodCommand = ProposePeriodClose | ApprovePeriodClose | RejectPeriodClose


@dataclass(frozen=True)
class Periods:
    """`last` is the latest close; `pending` waits for the second person."""

    last: PeriodClosed | None = None
    pending: PeriodCloseProposed | None = None
    asked: frozenset[UUID] = frozenset()

    @property
    def closed_until(self) -> date | None:
        """The last day that nothing can be posted to any more."""
        return self.last.last_day if self.last else None


def books_of(legal_entity: str) -> UUID:
    """The id of a legal entity's one stream."""
    return uuid5(_BOOKS, legal_entity)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def decide(command: AccountingPeriodCommand, periods: Periods) -> Sequence[AccountingPeriodEvent]:
    match command:
        case ProposePeriodClose():
            return propose(command, periods)
        case ApprovePeriodClose():
            return approve(command, periods)
        case RejectPeriodClose():
            pending = _waiting(command.last_day, periods)
            return [
                PeriodCloseRejected(
                    legal_entity=command.legal_entity,
                    proposal_id=pending.proposal_id,
                    last_day=pending.last_day,
                    rejected_by=command.rejected_by,
                    rejected_on=command.today,
                )
            ]
        case _:
            assert_never(command)


def propose(command: ProposePeriodClose, periods: Periods) -> Sequence[PeriodCloseProposed]:
    """Rejected while the month runs, before an earlier one that is open, again, and beside another proposal."""
    if command.proposal_id in periods.asked:
        return []
    _check_month(command, periods)
    if periods.pending is not None:
        raise Rejected("period_close_pending", f"the close of {periods.pending.last_day:%Y-%m} waits to be decided")
    return [
        PeriodCloseProposed(
            legal_entity=command.legal_entity,
            proposal_id=command.proposal_id,
            last_day=command.last_day,
            balances=command.balances,
            profits=command.profits,
            proposed_by=command.proposed_by,
            proposed_on=command.today,
        )
    ]


def _check_month(command: ProposePeriodClose, periods: Periods) -> None:
    closed, last_day = periods.closed_until, command.last_day
    if last_day != month_end(last_day):
        raise Rejected("period_not_a_month", "a period ends with its month", field="period")
    if closed is not None and last_day <= closed:
        raise Rejected("period_closed", f"the books are closed until {closed}: that is for ever", field="period")
    if command.today <= last_day:
        raise Rejected("period_not_over", f"the bank works on {command.today}", field="period")
    begins = closed + timedelta(days=1) if closed else command.first_posted_on
    if begins is not None and last_day > month_end(begins):
        raise Rejected("period_out_of_order", f"{begins:%Y-%m} is closed first", field="period")


def approve(command: ApprovePeriodClose, periods: Periods) -> Sequence[PeriodClosed]:
    """Close it. Rejected by who proposed it; nothing for a month that is closed."""
    if periods.closed_until is not None and command.last_day <= periods.closed_until:
        return []
    pending = _waiting(command.last_day, periods)
    if command.approved_by == pending.proposed_by:
        raise Rejected("same_person", "who proposes to close a period does not approve it")
    return [
        PeriodClosed(
            legal_entity=command.legal_entity,
            proposal_id=pending.proposal_id,
            last_day=pending.last_day,
            balances=pending.balances,
            profits=pending.profits,
            proposed_by=pending.proposed_by,
            approved_by=command.approved_by,
            closed_on=command.today,
        )
    ]


def _waiting(last_day: date, periods: Periods) -> PeriodCloseProposed:
    if periods.pending is None or periods.pending.last_day != last_day:
        raise Rejected("period_not_proposed", f"nobody asks to close {last_day:%Y-%m}", field="period")
    return periods.pending


def evolve(periods: Periods, event: AccountingPeriodEvent) -> Periods:
    match event:
        case PeriodCloseProposed():
            return replace(periods, pending=event, asked=periods.asked | {event.proposal_id})
        case PeriodCloseRejected():
            return replace(periods, pending=None)
        case PeriodClosed():
            return replace(periods, pending=None, last=event)
        case _:
            assert_never(event)


accounting_period = Decider[Periods, AccountingPeriodCommand, AccountingPeriodEvent](
    category="accounting_period",
    stream_id=lambda command: books_of(command.legal_entity),
    initial=Periods(),
    decide=decide,
    evolve=evolve,
    events=get_args(AccountingPeriodEvent),
    of_bank=True,
)
