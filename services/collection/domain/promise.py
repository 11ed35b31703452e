"""Promise to pay (承诺还款): who may promise what, what keeps a promise and what breaks it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.collection.domain.commands import MakePromise
from services.collection.domain.events import PromiseBroken, PromiseCredit, PromiseKept, PromiseMade
from services.collection.domain.strategy import Strategy
from shared.messages import Rejected
from shared.money import Money


class PromiseStatus(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True)
class Promise:
    """One promise and what has been paid towards it by its date."""

    promise_id: UUID
    amount: Money
    due_on: date
    made_on: date
    paid: Money
    status: PromiseStatus = PromiseStatus.OPEN

    @property
    def shortfall(self) -> Money:
        """What is still missing; nil when paid in full."""
        return self.amount - self.paid


Promises = tuple[Promise, ...]


def penalty_at_most(overdue: Money, since: date, until: date, strategy: Strategy) -> Money:
    """The most penalty interest that `overdue`, told for one day, can have borne by another.

    The real rate is the loan account's to know: this is at the highest that the bank may charge.
    """
    borne = overdue.amount * strategy.penalty_rate_percent_max * max((until - since).days, 0) / 36000
    return Money.round(borne, overdue.currency)


def promise(
    command: MakePromise, promises: Promises, overdue: Money, strategy: Strategy, *, penalty_to_come: Money | None
) -> PromiseMade:
    """Accept a promise within the strategy's days, both ends included, of no more than will be past due by then.

    That is what was told to be past due, and the penalty interest that may be added until the promise's date. What
    open promises still cover cannot be promised again. Raises Rejected naming the field.
    """
    latest_on = command.made_on + timedelta(days=strategy.promise_days_max)
    if not command.made_on <= command.due_on <= latest_on:
        raise Rejected(
            "promise_date_out_of_range",
            f"a promise must be due between {command.made_on} and {latest_on}",
            field="due_on",
        )
    if command.amount.currency != overdue.currency:
        raise Rejected("currency_differs", f"the loan is in {overdue.currency}", field="amount")
    promised = Money.sum((p.shortfall for p in promises if p.status is PromiseStatus.OPEN), overdue.currency)
    most = overdue - promised + (penalty_to_come or Money(0, overdue.currency))
    if not 0 < command.amount.minor <= most.minor:
        raise Rejected(
            "promise_exceeds_overdue",
            f"{overdue} was past due when last told and {promised} is promised already: with penalty interest until "
            f"{command.due_on}, no more than {most} is left to promise",
            field="amount",
        )
    return PromiseMade(
        loan_id=command.loan_id,
        promise_id=command.promise_id,
        amount=command.amount,
        due_on=command.due_on,
        made_on=command.made_on,
    )


def credit(promises: Promises, amount: Money, received_on: date) -> tuple[PromiseCredit, ...]:
    """How a receipt counts towards the promises: each yuan once, the earliest due promise first.

    Money received from the day a promise was made to its date, both included, counts. So does money of
    those days that is told only after the promise was broken: the sweep at the end of day cannot know what
    is still on its way.
    """
    promise_credits: list[PromiseCredit] = []
    left = amount
    for one in sorted(promises, key=lambda p: (p.due_on, p.made_on, str(p.promise_id))):
        counts = one.status is not PromiseStatus.KEPT and one.made_on <= received_on <= one.due_on
        if counts and left.minor > 0 and one.shortfall.minor > 0:
            part = min(left, one.shortfall)
            promise_credits.append(PromiseCredit(promise_id=one.promise_id, amount=part))
            left = left - part
    return tuple(promise_credits)


def kept_by(
    loan_id: UUID, promises: Promises, promise_credits: Sequence[PromiseCredit], received_on: date
) -> list[PromiseKept]:
    """The promises that these credits complete, open or broken too early."""
    return [
        PromiseKept(
            loan_id=loan_id,
            promise_id=one.promise_id,
            after_broken=one.status is PromiseStatus.BROKEN,
            kept_on=received_on,
        )
        for one in credited(promises, promise_credits)
        if one.status is not PromiseStatus.KEPT and one.shortfall.minor <= 0
    ]


def kept_by_cure(loan_id: UUID, promises: Promises, cured_on: date) -> list[PromiseKept]:
    """Every open promise is kept once nothing is past due: that is what was promised."""
    return [
        PromiseKept(loan_id=loan_id, promise_id=one.promise_id, after_broken=False, kept_on=cured_on)
        for one in promises
        if one.status is PromiseStatus.OPEN
    ]


def broken_on(loan_id: UUID, promises: Promises, business_date: date) -> list[PromiseBroken]:
    """The open promises due before `business_date`; on the due date itself a promise is still good."""
    return [
        PromiseBroken(loan_id=loan_id, promise_id=one.promise_id, shortfall=one.shortfall, broken_on=business_date)
        for one in promises
        if one.status is PromiseStatus.OPEN and one.due_on < business_date
    ]


def credited(promises: Promises, promise_credits: Sequence[PromiseCredit]) -> Promises:
    """`promises` with what a receipt paid towards them."""
    paid = {one.promise_id: one.amount for one in promise_credits}
    return tuple(
        replace(one, paid=one.paid + paid[one.promise_id]) if one.promise_id in paid else one for one in promises
    )


def with_status(promises: Promises, promise_id: UUID, status: PromiseStatus) -> Promises:
    """`promises` with one of them kept or broken."""
    return tuple(replace(one, status=status) if one.promise_id == promise_id else one for one in promises)
