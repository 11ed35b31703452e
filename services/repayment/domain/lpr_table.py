"""贷款市场报价利率 (LPR): the publications that the bank prices by.

One person types in, another compares and publishes. What ships is the beginning (`lpr/`); every later
publication is a fact of the bank's one table. It counts from its day and is never changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import assert_never, get_args
from uuid import UUID

from services.repayment.domain.commands import ApproveLpr, LprCommand, ProposeLpr, RejectLpr
from services.repayment.domain.events import LprEvent, LprProposed, LprPublished, LprRate, LprRejected
from shared.decider import Decider
from shared.messages import Rejected

LPR_TABLE_ID = UUID("0c0b9a5e-7a6f-5d0e-9b1a-3c5f1e2d4b10")
"""The only table there is."""
PERCENT_MAX = Decimal(20)
"""A figure above it is a slip of the pen; the benchmark rate never was."""


@dataclass(frozen=True)
class LprTable:
    """What has been published here, the oldest first, and what waits for a second person."""

    published: tuple[LprRate, ...] = ()
    pending: Mapping[UUID, LprProposed] = field(default_factory=lambda: MappingProxyType({}))
    closed: frozenset[UUID] = frozenset()


def decide(command: LprCommand, table: LprTable) -> Sequence[LprEvent]:
    if command.proposal_id in table.closed:
        return []
    match command:
        case ProposeLpr():
            return propose(command, table)
        case ApproveLpr():
            return [approve(command, table)]
        case RejectLpr():
            waiting(command.proposal_id, table)
            return [
                LprRejected(
                    proposal_id=command.proposal_id,
                    reason=command.reason,
                    rejected_by=command.rejected_by,
                    rejected_on=command.today,
                )
            ]
        case _:
            assert_never(command)


def propose(command: ProposeLpr, table: LprTable) -> Sequence[LprEvent]:
    """Rejected for a figure that no LPR has, a day to come, and a day that is not after the last publication."""
    known = table.pending.get(command.proposal_id)
    if known is not None:
        if (known.rate, known.proposed_by) != (command.rate, command.proposed_by):
            raise Rejected("proposal_used", "This proposal was made with another content.", field="proposal_id")
        return []
    rate = command.rate
    for name in ("one_year_percent", "five_years_percent"):
        if not 0 <= getattr(rate, name) <= PERCENT_MAX:
            raise Rejected("lpr_out_of_range", f"An LPR lies between 0 and {PERCENT_MAX} percent.", field=name)
    if rate.published_on > command.today:
        raise Rejected("lpr_from_future", f"The business date is {command.today}.", field="published_on")
    _check_order(rate, table)
    return [
        LprProposed(
            proposal_id=command.proposal_id, rate=rate, proposed_by=command.proposed_by, proposed_on=command.today
        )
    ]


def approve(command: ApproveLpr, table: LprTable) -> LprPublished:
    """Rejected for the person who typed it in, and where a later publication came first."""
    proposed = waiting(command.proposal_id, table)
    if proposed.proposed_by == command.approved_by:
        raise Rejected("same_person", "Who types in a publication does not approve it.")
    _check_order(proposed.rate, table)
    return LprPublished(
        proposal_id=command.proposal_id,
        rate=proposed.rate,
        proposed_by=proposed.proposed_by,
        approved_by=command.approved_by,
        approved_on=command.today,
    )


def waiting(proposal_id: UUID, table: LprTable) -> LprProposed:
    if proposal_id not in table.pending:
        raise Rejected("proposal_unknown", "No such publication waits for a decision.", field="proposal_id")
    return table.pending[proposal_id]


def evolve(table: LprTable, event: LprEvent) -> LprTable:
    match event:
        case LprProposed():
            return replace(table, pending=MappingProxyType({**table.pending, event.proposal_id: event}))
        case LprPublished():
            return replace(_closed(table, event.proposal_id), published=(*table.published, event.rate))
        case LprRejected():
            return _closed(table, event.proposal_id)
        case _:
            assert_never(event)


def _check_order(rate: LprRate, table: LprTable) -> None:
    last = table.published[-1].published_on if table.published else None
    if last is not None and rate.published_on <= last:
        raise Rejected("lpr_before_last", f"The last publication is of {last}.", field="published_on")


def _closed(table: LprTable, proposal_id: UUID) -> LprTable:
    left = {one: proposed for one, proposed in table.pending.items() if one != proposal_id}
    return replace(table, pending=MappingProxyType(left), closed=table.closed | {proposal_id})


lpr_table = Decider[LprTable, LprCommand, LprEvent](
    category="lpr_table",
    stream_id=lambda _command: LPR_TABLE_ID,
    initial=LprTable(),
    decide=decide,
    evolve=evolve,
    events=get_args(LprEvent),
    of_bank=True,
)
