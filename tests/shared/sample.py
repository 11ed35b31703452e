"""A till: the smallest service there can be, on which the platform's own tests run."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, get_args
from uuid import UUID, uuid4

from fastapi import APIRouter

from shared.decider import Decider
from shared.event_store import Metadata, NewEvent, Recorded
from shared.messages import Command, Event, IntegrationEvent, Personal, Rejected
from shared.money import Money, MoneyText
from shared.projection import Projection
from shared.service import Service
from shared.subscription import Subscription

META = Metadata("li.na", "tests", "LD01", "HQ", date(2026, 1, 5), uuid4())


class TillOpened(Event):
    till_id: UUID
    keeper: Personal[str]


class Deposited(Event):
    till_id: UUID
    amount: Money


class Withdrawn(Event):
    """Version 1 had `yuan`, a whole number of yuan."""

    upcasters: ClassVar = (
        lambda old: {"till_id": old["till_id"], "amount": {"minor": old["yuan"] * 100, "currency": "CNY"}},
    )
    till_id: UUID
    amount: Money


TillEvent = TillOpened | Deposited | Withdrawn


class OpenTill(Command):
    till_id: UUID
    keeper: str


class Deposit(Command):
    till_id: UUID
    amount: Money


class Withdraw(Command):
    till_id: UUID
    amount: Money


@dataclass(frozen=True)
class Till:
    balance: Money = Money(0)
    poisoned: bool = False


def decide(command: OpenTill | Deposit | Withdraw, till: Till) -> list[TillEvent]:
    match command:
        case OpenTill():
            keeper = Personal[str](subject_id=command.till_id, value=command.keeper)
            return [TillOpened(till_id=command.till_id, keeper=keeper)]
        case Deposit():
            if command.amount == Money(13):
                raise RuntimeError("thirteen is poison")
            return [Deposited(till_id=command.till_id, amount=command.amount)]
        case Withdraw():
            if command.amount > till.balance:
                raise Rejected("not_enough", "The till holds less.", field="amount")
            return [Withdrawn(till_id=command.till_id, amount=command.amount)]


def evolve(till: Till, event: TillEvent) -> Till:
    match event:
        case Deposited():
            return replace(till, balance=till.balance + event.amount)
        case Withdrawn():
            return replace(till, balance=till.balance - event.amount)
        case _:
            return till


till = Decider[Till, Any, Any](
    category="till",
    stream_id=lambda command: command.till_id,
    initial=Till(),
    decide=decide,
    evolve=evolve,
    events=get_args(TillEvent),
)


class TillPaid(IntegrationEvent):
    producer: ClassVar[str] = "payer"
    till_id: UUID
    amount: MoneyText


async def project_balances(connection: Any, recorded: Recorded[Any]) -> None:
    match recorded.event:
        case TillOpened() as opened:
            await connection.execute("insert into balances values ($1, 0)", opened.till_id)
        case Deposited() as moved:
            await connection.execute(
                "insert into balances values ($1, $2)"
                " on conflict (till_id) do update set minor = balances.minor + excluded.minor",
                moved.till_id,
                moved.amount.minor,
            )
        case Withdrawn() as moved:
            await connection.execute(
                "update balances set minor = minor - $2 where till_id = $1", moved.till_id, moved.amount.minor
            )
        case _:
            pass


balances = Projection(
    "balances", "create table balances(till_id uuid primary key, minor bigint not null);", project_balances
)

payer = Service(
    name="payer",
    deciders=(till,),
    router=APIRouter(),
    announces=(TillPaid,),
    announce=lambda recorded: (
        TillPaid(till_id=recorded.event.till_id, amount=recorded.event.amount)
        if isinstance(recorded.event, Deposited)
        else None
    ),
)
keeper = Service(
    name="keeper",
    deciders=(till,),
    router=APIRouter(),
    subscriptions=(Subscription(TillPaid, lambda paid: Deposit(till_id=paid.till_id, amount=paid.amount), till),),
    projections=(balances,),
)


def deposits(stream: UUID, versions: Iterable[int], amount: Money = Money(100)) -> list[NewEvent]:
    """Deposits of the given versions, as they are handed to a store."""
    return [
        NewEvent(till.stream(stream), version, uuid4(), Deposited(till_id=stream, amount=amount), META)
        for version in versions
    ]
