"""What is heard is handled once, with its effects, whatever comes twice, late, at the same time or again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from services.operations.local_bus import LocalBus
from shared.engine import Engine
from shared.inbox import SUSPECT_DELIVERIES
from shared.money import Money
from shared.service import open_engine
from shared.subscription import Subscription
from tests.servers import PostgresServer
from tests.shared.sample import Deposit, TillPaid, keeper, till
from tests.shared.services import migrated, settings
from tests.shared.test_buses import POISON, paid

IGNORED = Money(7)
FAILING_ONCE = Money(11)


@pytest.fixture
async def engine(postgres_server: PostgresServer) -> AsyncIterator[Engine]:
    """The keeper, who makes no deposit of seven, and one of eleven only when he is asked again."""
    failed: set[UUID] = set()

    def deposit(message: TillPaid) -> Deposit | None:
        if message.amount == IGNORED:
            return None
        if message.amount == FAILING_ONCE and message.till_id not in failed:
            failed.add(message.till_id)
            raise RuntimeError("not at the first time")
        return Deposit(till_id=message.till_id, amount=message.amount)

    service = replace(keeper, subscriptions=(Subscription(TillPaid, deposit, till),))
    async with (
        migrated(postgres_server, service) as database_url,
        open_engine(service, settings(database_url, service), LocalBus([])) as opened,
    ):
        yield opened


async def amounts(engine: Engine, stream: UUID) -> list[int]:
    return [one.event.amount.minor for one in await engine.store.read(till.stream(stream))]


async def counted(engine: Engine) -> int:
    n: int = await engine.pool.fetchval("select coalesce(sum(n), 0)::bigint from inbox_counts")
    return n


async def test_what_stands_twice_in_one_batch_is_handled_once(engine: Engine) -> None:
    stream = uuid4()
    one, silent = paid(stream, 1, Money(5)), paid(stream, 2, IGNORED)
    await engine.inbox.handle([one, one])
    await engine.inbox.handle([silent, silent])  # no fact of its own stands in the way of a second handling
    assert await amounts(engine, stream) == [5]
    assert await counted(engine) == 2


async def test_what_two_consumers_hold_at_once_is_handled_once(engine: Engine) -> None:
    """One of them has lost its queue and does not know yet."""
    streams = [uuid4() for _ in range(20)]
    for stream in streams:
        for batch in ([paid(stream, 1, Money(5))], [paid(stream, 2, IGNORED)]):
            await asyncio.gather(engine.inbox.handle(batch), engine.inbox.handle(batch))
    assert [await amounts(engine, stream) for stream in streams] == [[5]] * 20
    assert await counted(engine) == 40
    assert await engine.pool.fetchval("select count(*) from parked") == 0


async def test_what_comes_late_is_handled_all_the_same(engine: Engine) -> None:
    """The second was lost on its way and is announced again: it is new, though later ones were heard."""
    stream = uuid4()
    await engine.inbox.handle([paid(stream, 1, Money(1)), paid(stream, 3, Money(3))])
    await engine.inbox.handle([paid(stream, 2, Money(2))])
    assert await amounts(engine, stream) == [1, 3, 2]


async def test_what_fails_once_is_handled_in_its_place(engine: Engine) -> None:
    stream = uuid4()
    batch = [paid(stream, 1, Money(1)), paid(stream, 2, FAILING_ONCE), paid(stream, 3, Money(3))]
    await engine.inbox.handle(batch)
    assert await amounts(engine, stream) == [1, 11, 3]
    assert await engine.pool.fetchval("select count(*) from parked") == 0


async def test_who_was_there_when_the_process_died_is_not_condemned_for_it(engine: Engine) -> None:
    stream = uuid4()
    batch = [paid(stream, version, Money(version)) for version in (1, 2, 3)]
    often = [replace(one, deliveries=SUSPECT_DELIVERIES) for one in batch]
    await engine.inbox.handle(often)
    assert await amounts(engine, stream) == [1, 2, 3]


async def test_who_lets_the_process_die_again_and_again_is_parked_alone(engine: Engine) -> None:
    killer, neighbour = uuid4(), uuid4()
    deadly = replace(paid(killer, 1, Money(1)), deliveries=SUSPECT_DELIVERIES)
    counted_before_each_death = "insert into attempts values ('inbox', $1, $2)"
    await engine.pool.execute(counted_before_each_death, deadly.event_id, SUSPECT_DELIVERIES)
    await engine.inbox.handle([deadly, replace(paid(neighbour, 1, Money(2)), deliveries=SUSPECT_DELIVERIES)])
    assert await amounts(engine, killer) == []
    assert await amounts(engine, neighbour) == [2]
    assert await engine.pool.fetchval("select error from parked") == "the process died while handling it, several times"


async def test_what_was_parked_is_parked_once_however_often_it_comes(engine: Engine) -> None:
    sick = paid(uuid4(), 1, POISON)
    for _ in range(2):
        await engine.inbox.handle([sick])
    assert await engine.pool.fetchval("select count(*) from parked") == 1
