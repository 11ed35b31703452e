"""Allocation of money received (还款冲销顺序): which part of the debt a payment discharges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.money import Money

Component = Literal["cost", "compound", "penalty", "interest", "principal"]

LEGAL_ORDER: tuple[Component, ...] = ("cost", "compound", "penalty", "interest", "principal")
"""Cost of enforcement, then interest, then principal (民法典 561); inside interest compound, penalty,
normal, which the law leaves to the contract and other products may order otherwise."""


@dataclass(frozen=True)
class Debt:
    """One part of what is owed and due. `installment_no` is None where it belongs to the loan as a whole."""

    component: Component
    due_on: date
    amount: Money
    installment_no: int | None = None


@dataclass(frozen=True)
class Share:
    """How much of a payment one debt received; never nil."""

    debt: Debt
    amount: Money


def allocate(
    amount: Money, debts: Iterable[Debt], order: Sequence[Component] = LEGAL_ORDER
) -> tuple[tuple[Share, ...], Money]:
    """The shares of `debts`, and what is left of `amount` when all are paid.

    A component is paid for all instalments before the next one; within it what was due first is paid
    first (民法典 560). The shares and the rest sum to `amount`.
    """
    shares: list[Share] = []
    rest = amount
    for debt in sorted(debts, key=lambda debt: (order.index(debt.component), debt.due_on)):
        paid = min(rest, debt.amount)
        if paid.minor > 0:
            shares.append(Share(debt, paid))
            rest -= paid
    return tuple(shares), rest


def share_of(shares: Iterable[Share], component: Component, currency: str) -> Money:
    """What one component received."""
    return Money.sum((share.amount for share in shares if share.debt.component == component), currency)
