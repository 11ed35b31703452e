"""What people have proposed to put right on a loan, and which of its receipts were taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from shared.messages import Rejected
from shared.money import Money


@dataclass(frozen=True)
class Pending:
    """A proposal that waits for a second person: to reverse `receipt_id`, or (None) to refund `amount`."""

    receipt_id: UUID | None
    amount: Money
    because: str
    proposed_by: str


@dataclass(frozen=True)
class Desk:
    """Proposals by their id, and the day on which a receipt was reversed; its reference stays used for ever."""

    pending: Mapping[UUID, Pending] = field(default_factory=dict)
    reversed_on: Mapping[UUID, date] = field(default_factory=dict)

    def with_pending(self, proposal_id: UUID, pending: Pending) -> "Desk":
        return Desk({**self.pending, proposal_id: pending}, self.reversed_on)

    def without(self, proposal_id: UUID) -> "Desk":
        """The proposal was decided on."""
        rest = {one: pending for one, pending in self.pending.items() if one != proposal_id}
        return Desk(rest, self.reversed_on)

    def with_reversed(self, proposal_id: UUID, receipt_id: UUID, on: date) -> "Desk":
        return Desk(self.without(proposal_id).pending, {**self.reversed_on, receipt_id: on})


def second_person(desk: Desk, proposal_id: UUID, by: str, *, reversal: bool) -> Pending:
    """The proposal that `by` may approve. Rejected when there is none, or when it is his own."""
    pending = desk.pending.get(proposal_id)
    if pending is None or (pending.receipt_id is not None) is not reversal:
        raise Rejected("nothing_proposed", "There is no such proposal that waits for a decision.")
    if pending.proposed_by == by:
        raise Rejected("same_person", "Whoever proposed it does not decide on it.")
    return pending


def written(desk: Desk) -> dict[str, Any]:
    """As JSON, amounts in minor units of the loan's currency."""
    return {
        "pending": {
            str(one): [
                str(pending.receipt_id) if pending.receipt_id else None,
                pending.amount.minor, pending.because, pending.proposed_by,
            ]
            for one, pending in desk.pending.items()
        },
        "reversed_on": {str(one): on.isoformat() for one, on in desk.reversed_on.items()},
    }  # fmt: skip


def read(kept: Mapping[str, Any], currency: str) -> Desk:
    """What `written` wrote."""
    pending = {
        UUID(one): Pending(UUID(receipt_id) if receipt_id else None, Money(minor, currency), because, by)
        for one, (receipt_id, minor, because, by) in kept["pending"].items()
    }
    return Desk(pending, {UUID(one): date.fromisoformat(on) for one, on in kept["reversed_on"].items()})
