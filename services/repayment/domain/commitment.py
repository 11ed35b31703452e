"""贷款承诺 (off balance): what a signed contract still lets the borrower draw.

The contract, its drawdowns and its end are told by two services, so they may be heard in any order: a drawdown that
is heard first tells the limit too, and an end that is heard first leaves nothing to begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

from services.repayment.domain.events.books import CommitmentMoved
from shared.decider import Decider
from shared.messages import Command
from shared.money import Money


class UndertakeCommitment(Command):
    """The contract is signed: up to `limit` may be drawn."""

    contract_id: UUID
    application_id: UUID
    limit: Money
    signed_on: date


class DrawCommitment(Command):
    """`amount` was paid out. `limit` is None where it was announced before limits were told."""

    contract_id: UUID
    application_id: UUID
    drawdown_id: UUID
    amount: Money
    limit: Money | None
    drawn_on: date


class EndCommitment(Command):
    """Nothing more can be drawn."""

    contract_id: UUID
    ended_on: date


CommitmentCommand = UndertakeCommitment | DrawCommitment | EndCommitment


@dataclass(frozen=True)
class Commitment:
    """What is undrawn, once it was `undertaken`; `drawn` are the drawdowns that were counted.

    `application_id` is None where the end was heard of first, or the commitment was kept before it was told.
    """

    undrawn: Money
    application_id: UUID | None = None
    drawn: frozenset[UUID] = frozenset()


def decide(command: CommitmentCommand, commitment: Commitment | None) -> Sequence[CommitmentMoved]:
    """What moved; nothing where it was counted before, or where nothing is undrawn."""
    match command:
        case UndertakeCommitment():
            return [] if commitment else [_undertaken(command, command.limit, command.signed_on)]
        case DrawCommitment():
            return draw(command, commitment)
        case EndCommitment():
            undrawn = commitment.undrawn if commitment else Money(0)
            if commitment and not undrawn:
                return []
            return [
                CommitmentMoved(
                    contract_id=command.contract_id,
                    application_id=commitment.application_id if commitment else None,
                    cause="ended",
                    drawdown_id=None,
                    change=-undrawn,
                    undrawn=Money(0, undrawn.currency),
                    moved_on=command.ended_on,
                )
            ]
        case _:
            assert_never(command)


def draw(command: DrawCommitment, commitment: Commitment | None) -> Sequence[CommitmentMoved]:
    """Count a drawdown, once, and no more of it than is undrawn."""
    events: list[CommitmentMoved] = []
    if commitment is None:
        if command.limit is None:
            return []  # nothing is known of the commitment
        events = [_undertaken(command, command.limit, command.drawn_on)]
        commitment = Commitment(command.limit)
    if command.drawdown_id in commitment.drawn or not commitment.undrawn:
        return events
    drawn = min(command.amount, commitment.undrawn)
    moved = CommitmentMoved(
        contract_id=command.contract_id,
        application_id=command.application_id,
        cause="drawn",
        drawdown_id=command.drawdown_id,
        change=-drawn,
        undrawn=commitment.undrawn - drawn,
        moved_on=command.drawn_on,
    )
    return [*events, moved]


def _undertaken(command: UndertakeCommitment | DrawCommitment, limit: Money, on: date) -> CommitmentMoved:
    return CommitmentMoved(
        contract_id=command.contract_id,
        application_id=command.application_id,
        cause="signed",
        drawdown_id=None,
        change=limit,
        undrawn=limit,
        moved_on=on,
    )


def evolve(commitment: Commitment | None, event: CommitmentMoved) -> Commitment:
    drawn = commitment.drawn if commitment else frozenset[UUID]()
    told = event.application_id or (commitment.application_id if commitment else None)
    return Commitment(event.undrawn, told, drawn | {event.drawdown_id} if event.drawdown_id else drawn)


commitment = Decider[Commitment | None, CommitmentCommand, CommitmentMoved](
    category="commitment",
    stream_id=lambda command: command.contract_id,
    initial=None,
    decide=decide,
    evolve=evolve,
    events=(CommitmentMoved,),
)
