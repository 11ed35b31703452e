"""还款冲销: where a payment goes, over the parts of one debt or over several debts."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.repayment.calculations.grounds import Day, Grounds, Lent, Owing, RatePercent, one_currency
from services.repayment.domain.allocation import (
    LEGAL_ORDER,
    ORDER_BY_CLASS,
    Across,
    Component,
    Debt,
    allocate,
    share_of,
)
from services.repayment.domain.claims import Claim, discharge
from services.repayment.domain.events import Classification
from shared.http import RequestBody
from shared.money import Money, MoneyText
from shared.problem_details import refused

Name = Annotated[str, Field(min_length=1, max_length=100)]


class DebtBody(RequestBody):
    """One part of what is owed and due."""

    component: Component
    amount: Owing
    due_on: Day | None = None
    installment_no: Annotated[int, Field(ge=1, le=10_000)] | None = None


class ClaimBody(RequestBody):
    """One of several debts of the payer: how far it is secured, and its rate as its burden."""

    name: Name
    due_on: Day
    owed: Owing
    secured_percent: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=4)] = Decimal(0)
    burden_percent: RatePercent = Decimal(0)


class AllocationBody(RequestBody):
    """`debts` of one loan, or several `claims`, of which the payer may have `named` some.

    Debts are paid in an `order` of their components: the legal one unless told, or that of the `asset_class`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "payment": {"amount": "9000.00"},
                    "debts": [
                        {"component": "interest", "amount": {"amount": "8500.00"}, "due_on": "2026-03-15"},
                        {"component": "principal", "amount": {"amount": "100000.00"}, "due_on": "2026-03-15"},
                        {"component": "penalty", "amount": {"amount": "120.00"}},
                    ],
                }
            ]
        }
    )
    payment: Lent
    debts: Annotated[tuple[DebtBody, ...], Field(max_length=2000)] = ()
    claims: Annotated[tuple[ClaimBody, ...], Field(max_length=1000)] = ()
    order: Annotated[tuple[Component, ...], Field(max_length=5)] | None = None
    asset_class: Classification | None = None
    across: Across = "component"
    named: Annotated[tuple[Name, ...], Field(max_length=1000)] = ()
    on: Day | None = None


class ShareView(BaseModel):
    """What one part received."""

    component: Component
    installment_no: int | None
    due_on: date
    amount: MoneyText


class ClaimView(BaseModel):
    """What one debt received."""

    name: str
    amount: MoneyText


class AllocationView(BaseModel):
    """The shares in order, their sums by component, and what is left over."""

    items: list[ShareView]
    by_component: dict[Component, MoneyText]
    claims: list[ClaimView]
    unallocated: MoneyText


def allocation(body: AllocationBody, grounds: Grounds) -> AllocationView:
    """Shares and rest sum to the payment, to the fen."""
    currency = one_currency(
        [
            ("payment", body.payment),
            *((f"debts.{no}.amount", one.amount) for no, one in enumerate(body.debts)),
            *((f"claims.{no}.owed", one.owed) for no, one in enumerate(body.claims)),
        ]
    )
    if bool(body.debts) == bool(body.claims):
        raise refused("debts", "one_of", "tell debts of one loan, or claims of several: one of them")
    on = body.on or grounds.today
    if body.claims:
        return _over_claims(body, on)
    debts = [Debt(one.component, one.due_on or on, one.amount, one.installment_no) for one in body.debts]
    shares, rest = allocate(body.payment, debts, _order(body), body.across)
    return AllocationView(
        items=[
            ShareView(
                component=one.debt.component,
                installment_no=one.debt.installment_no,
                due_on=one.debt.due_on,
                amount=one.amount,
            )
            for one in shares
        ],
        by_component={name: share_of(shares, name, currency) for name in LEGAL_ORDER},
        claims=[],
        unallocated=rest,
    )


def _order(body: AllocationBody) -> tuple[Component, ...]:
    if body.order is None:
        return ORDER_BY_CLASS[body.asset_class] if body.asset_class else LEGAL_ORDER
    if body.asset_class is not None:
        raise refused("order", "one_of", "tell an order or an asset class: one of them")
    unranked = {one.component for one in body.debts} - set(body.order)
    if unranked or len(set(body.order)) != len(body.order):
        raise refused("order", "each_once", f"every component once; it names none for {', '.join(sorted(unranked))}")
    return body.order


def _over_claims(body: AllocationBody, on: date) -> AllocationView:
    names = [one.name for one in body.claims]
    if len(set(names)) != len(names) or not set(body.named) <= set(names):
        raise refused("claims", "named_once", "each claim has a name of its own, and named ones are among them")
    claims = [Claim(one.name, one.due_on, one.owed, one.secured_percent, one.burden_percent) for one in body.claims]
    shares, rest = discharge(body.payment, claims, on, body.named)
    nil = Money(0, body.payment.currency)
    return AllocationView(
        items=[],
        by_component={},
        claims=[ClaimView(name=name, amount=shares.get(name, nil)) for name in names],
        unallocated=rest,
    )
