"""Money received: each receipt once, and where it went."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from shared.money import Money


@dataclass(frozen=True)
class Receipt:
    """Money received once, and where it went; `penalty` includes compound interest."""

    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    unallocated: Money
    received_on: date


@dataclass(frozen=True, eq=False)
class KeptReceipts(Mapping[UUID, Receipt]):
    """The receipts of a loan that was remembered: an old one is made only when it is asked for.

    `old` is five amounts in minor units of `currency`, in the order of `Receipt`, and the day.
    """

    old: Mapping[str, list[Any]]
    currency: str
    new: Mapping[UUID, Receipt] = field(default_factory=dict)

    def __getitem__(self, receipt_id: UUID) -> Receipt:
        if receipt_id in self.new:
            return self.new[receipt_id]
        *minors, received_on = self.old[str(receipt_id)]
        amount, principal, interest, penalty, unallocated = (Money(minor, self.currency) for minor in minors)
        return Receipt(amount, principal, interest, penalty, unallocated, date.fromisoformat(received_on))

    def __iter__(self) -> Iterator[UUID]:
        yield from map(UUID, self.old)
        yield from self.new

    def __len__(self) -> int:
        return len(self.old) + len(self.new)

    def __or__(self, more: Mapping[UUID, Receipt]) -> "KeptReceipts":
        return KeptReceipts(self.old, self.currency, {**self.new, **more})


Receipts = dict[UUID, Receipt] | KeptReceipts


def kept(receipts: Receipts) -> dict[str, list[Any]]:
    """As `KeptReceipts.old` has them."""
    new = receipts.new if isinstance(receipts, KeptReceipts) else receipts
    old = receipts.old if isinstance(receipts, KeptReceipts) else {}
    return {**old, **{str(receipt_id): _kept(one) for receipt_id, one in new.items()}}


def _kept(one: Receipt) -> list[Any]:
    amounts = (one.amount, one.principal, one.interest, one.penalty, one.unallocated)
    return [*(amount.minor for amount in amounts), one.received_on.isoformat()]
