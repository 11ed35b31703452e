"""Effects: at least once, counted before they act, put off without holding others up, parked when they fail."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.operations.local_bus import LocalBus
from shared.effect import Do, Effect, Later, Performer, Reaction
from shared.engine import Engine
from shared.event_store import Recorded
from shared.money import Money
from shared.parking import redrive
from shared.service import Service
from tests.servers import PostgresServer
from tests.shared.sample import Deposit, Deposited, deposits, payer, till
from tests.shared.services import migrated, running
from tests.shared.test_buses import until

RECEIPT = Money(1)


@dataclass
class World:
    """What is outside: it remembers who acted on it, and fails where it is told to."""

    acted: list[tuple[UUID, int]] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    patient: set[int] = field(default_factory=set)


async def answer(recorded: Recorded[Any], world: World, attempt: int) -> Sequence[Reaction]:
    """Deposit one fen as a receipt; amounts in `broken` fail, those in `patient` are put off once."""
    amount = recorded.event.amount
    if amount == RECEIPT:
        return []
    world.acted.append((recorded.event_id, attempt))
    if amount.minor in world.broken:
        raise RuntimeError("out of order")
    if amount.minor in world.patient and attempt == 1:
        return [Later(0.2, "not yet")]
    return [Do(till, Deposit(till_id=recorded.event.till_id, amount=RECEIPT))]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def engine(postgres_server: PostgresServer, world: World) -> AsyncIterator[Engine]:
    effect = Effect("receipts", (Deposited,), answer)
    service: Service = replace(payer, effects=(effect,), announces=(), outside=lambda _engine: _given(world))
    async with (
        migrated(postgres_server, service) as database_url,
        running(database_url, LocalBus([]), service) as [opened],
    ):
        yield opened


class _given:  # noqa: N801  (a context manager in two lines)
    def __init__(self, world: World) -> None:
        self._world = world

    async def __aenter__(self) -> World:
        return self._world

    async def __aexit__(self, *_: object) -> None:
        return None


async def balance(engine: Engine, stream: UUID) -> Money:
    return (await engine.commands.load(till, stream)).state.balance


async def test_an_effect_acts_on_each_fact_and_answers_with_a_command(engine: Engine, world: World) -> None:
    streams = [uuid4() for _ in range(10)]
    for stream in streams:
        await engine.store.append(deposits(stream, [1]))

    async def answered() -> bool:
        return all([await balance(engine, stream) == Money(101) for stream in streams])

    await until(answered)
    assert sorted(attempt for _, attempt in world.acted) == [1] * 10


async def test_what_is_put_off_is_tried_again_and_holds_nobody_up(engine: Engine, world: World) -> None:
    world.patient.add(500)
    slow, quick = uuid4(), uuid4()
    await engine.store.append(deposits(slow, [1], Money(500)))
    await engine.store.append(deposits(quick, [1]))

    async def quick_answered() -> bool:
        return await balance(engine, quick) == Money(101)

    async def slow_answered() -> bool:
        return await balance(engine, slow) == Money(501)

    await until(quick_answered)
    await until(slow_answered)
    assert [attempt for _, attempt in world.acted].count(2) == 1
    assert await engine.pool.fetchval("select count(*) from delayed") == 0


async def test_what_keeps_failing_is_parked_with_its_stream_and_redriven(engine: Engine, world: World) -> None:
    world.broken.add(666)
    sick, well = uuid4(), uuid4()
    await engine.store.append([*deposits(sick, [1], Money(666)), *deposits(sick, [2], Money(7))])
    await engine.store.append(deposits(well, [1]))

    async def settled() -> bool:
        parked = await engine.pool.fetchval("select count(*) from parked")
        return parked == 2 and await balance(engine, well) == Money(101)

    await until(settled)
    first = await engine.pool.fetchrow("select * from parked order by version limit 1")
    assert first is not None
    assert "out of order" in first["error"]
    assert [attempt for _, attempt in world.acted][:1] == [1]
    world.broken.clear()
    performer = Performer(engine.service.effects[0], engine.pool, engine.store, engine.commands, world, "system:payer")
    handled, error = await redrive(engine.pool, "effect:receipts", till.stream(sick), performer.redrive)
    assert error is None
    assert handled >= 2, "what the redriven facts cause on the same stream may queue up behind them"
    assert await balance(engine, sick) == Money(675)
    assert max(attempt for _, attempt in world.acted) > 1, "the attempts before are counted"
