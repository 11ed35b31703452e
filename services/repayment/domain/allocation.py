"""Allocation of money received (还款冲销顺序): which part of the debt a payment discharges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.messages import Value
from shared.money import Money

Component = Literal["cost", "compound", "penalty", "interest", "principal"]
Across = Literal["component", "installment"]
"""A component of all instalments before the next component, or all of an instalment before the next one."""

LEGAL_ORDER: tuple[Component, ...] = ("cost", "compound", "penalty", "interest", "principal")
"""Cost of enforcement, then interest, then principal (民法典 561); inside interest compound, penalty,
normal, which the law leaves to the contract and other products may order otherwise."""

PRINCIPAL_FIRST: tuple[Component, ...] = ("cost", "principal", "interest", "penalty", "compound")
"""The order in the books of a loan that no longer accrues (收回本金优先); general practice, not a text at hand."""

ORDER_BY_CLASS: dict[str, tuple[Component, ...]] = {
    "normal": LEGAL_ORDER,
    "special_mention": LEGAL_ORDER,
    "substandard": PRINCIPAL_FIRST,
    "doubtful": PRINCIPAL_FIRST,
    "loss": PRINCIPAL_FIRST,
}
"""Orders by asset class for products whose contract says so; the legal order stands where it does not."""


NON_PERFORMING = frozenset({"substandard", "doubtful", "loss"})
"""不良: the classes of which a bank no longer expects all of its money."""


class AllocationTerms(Value):
    """还款冲销约定: what a contract says of the order, which the law leaves to it. Unsaid, it is the legal one.

    `non_performing_order` holds while the class is substandard or worse; None: the order stays.
    """

    order: tuple[Component, ...] = LEGAL_ORDER
    across: Across = "component"
    non_performing_order: tuple[Component, ...] | None = None

    def order_in(self, classification: str) -> tuple[Component, ...]:
        """The order for a loan of this class."""
        return (
            self.non_performing_order if self.non_performing_order and classification in NON_PERFORMING else self.order
        )

    def names_each_component_once(self) -> bool:
        """What is left out would never be paid."""
        orders = (self.order, self.non_performing_order or self.order)
        return all(sorted(order) == sorted(LEGAL_ORDER) for order in orders)


AS_THE_LAW = AllocationTerms()


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
    amount: Money,
    debts: Iterable[Debt],
    order: Sequence[Component] = LEGAL_ORDER,
    across: Across = "component",
) -> tuple[tuple[Share, ...], Money]:
    """The shares of `debts`, and what is left of `amount` when all are paid.

    A component is paid for all instalments before the next one; within it what was due first is paid
    first (民法典 560). `across` an instalment it is the other way round. The shares and the rest sum to `amount`.
    """

    def place(debt: Debt) -> tuple[int, date] | tuple[date, int]:
        rank = order.index(debt.component)
        return (rank, debt.due_on) if across == "component" else (debt.due_on, rank)

    shares: list[Share] = []
    rest = amount
    for debt in sorted(debts, key=place):
        paid = min(rest, debt.amount)
        if paid.minor > 0:
            shares.append(Share(debt, paid))
            rest -= paid
    return tuple(shares), rest


def share_of(shares: Iterable[Share], component: Component, currency: str) -> Money:
    """What one component received."""
    return Money.sum((share.amount for share in shares if share.debt.component == component), currency)
