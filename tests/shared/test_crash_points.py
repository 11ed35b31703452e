"""Every statement that a follower sends to its database, died at: before the database has it, and after.

The follower is started anew, and may die again; at last it comes through, and everything has happened once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.operations.local_bus import LocalBus
from shared.bus import Announcement
from shared.effect import Do, Effect, Performer, Reaction
from shared.engine import Engine
from shared.event_store import Recorded
from shared.money import Money
from shared.outbox import relay_page
from shared.projection import project_batch
from shared.service import open_engine
from tests.servers import PostgresServer
from tests.shared.sample import Deposit, Deposited, TillPaid, balances, deposits, keeper, payer, till
from tests.shared.services import migrated, settings
from tests.shared.test_buses import paid

SENDS = ("execute", "fetch", "fetchrow", "fetchval")
STREAMS = 3
RECEIPT = Money(1)


class Died(BaseException):
    """The process is gone; no handler of errors may see it."""


@contextmanager
def dying_at(nth: int, *, after: bool) -> Iterator[None]:
    """Die at the nth statement, before or after the database has it; what follows is the pool's tidying up."""
    left = nth

    def dies(send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def sending(self: Any, *arguments: Any, **options: Any) -> Any:
            nonlocal left
            task = asyncio.current_task()
            is_group_commit = task is not None and task.get_name() == "writer"  # one dies there in tests/journeys
            if is_group_commit or "pg_advisory_unlock_all" in arguments[0]:
                return await send(self, *arguments, **options)
            left -= 1
            if left == 0 and not after:
                raise Died
            answer = await send(self, *arguments, **options)
            if left == 0:
                raise Died
            return answer

        return sending

    with pytest.MonkeyPatch.context() as patch:
        for name in SENDS:
            patch.setattr(asyncpg.Connection, name, dies(getattr(asyncpg.Connection, name)))
        yield


async def die_everywhere(
    prepare: Callable[[], Awaitable[None]], work: Callable[[], Awaitable[object]], check: Callable[[], Awaitable[None]]
) -> int:
    """Let `work` die at its first statement, then at its second, …; after each death it comes through, and is checked.

    Answers at how many places it died.
    """
    places = 0
    for after in (False, True):
        for nth in count(1):
            await prepare()
            with dying_at(nth, after=after):
                died = await _dies(work)
            if died:
                places += 1
                await work()
            await check()
            if not died:
                break
    return places


async def _dies(work: Callable[[], Awaitable[object]]) -> bool:
    try:
        await work()
    except Died:
        return True
    except BaseExceptionGroup as group:
        if group.subgroup(Died) is None:
            raise
        return True
    return False


@dataclass
class World:
    """What is outside: the ids it was told about, and at which attempt."""

    told: list[tuple[UUID, int]] = field(default_factory=list)


async def act(recorded: Recorded[Any], world: World, attempt: int) -> Sequence[Reaction]:
    if recorded.event.amount == RECEIPT:
        return []
    world.told.append((recorded.event_id, attempt))
    return [Do(till, Deposit(till_id=recorded.event.till_id, amount=RECEIPT))] if attempt == 1 else []


EFFECT = Effect("receipts", (Deposited,), act)


@pytest.fixture
async def engine(postgres_server: PostgresServer) -> AsyncIterator[Engine]:
    """One that announces, hears, projects and acts, with nothing running."""
    service = replace(keeper, announces=(TillPaid,), announce=payer.announce, effects=(EFFECT,))
    async with (
        migrated(postgres_server, service) as database_url,
        open_engine(service, settings(database_url, service), LocalBus([])) as opened,
    ):
        yield opened


class Deposits:
    """New deposits on streams of their own, sealed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.streams: list[UUID] = []

    async def make(self) -> None:
        self.streams = [uuid4() for _ in range(STREAMS)]
        for stream in self.streams:
            await self._engine.store.append(deposits(stream, [1, 2]))
        while await self._engine.pool.fetchval("select seal()"):
            pass


async def test_a_projection_that_dies_anywhere_has_each_fact_once(engine: Engine) -> None:
    new = Deposits(engine)

    async def check() -> None:
        rows = await engine.pool.fetch("select minor from balances where till_id = any($1)", new.streams)
        assert [row["minor"] for row in rows] == [200] * STREAMS

    project = partial(project_batch, engine.pool, engine.store, "keeper", balances)
    assert await die_everywhere(new.make, project, check) > 8


async def test_a_relay_that_dies_anywhere_leaves_nothing_out_and_counts_once(engine: Engine) -> None:
    new, sent = Deposits(engine), list[Announcement]()
    total = 0

    class Broker:
        async def publish(self, announcements: Sequence[Announcement]) -> None:
            sent.extend(announcements)

    async def check() -> None:
        nonlocal total
        total += 2 * STREAMS
        wanted = [till.stream(stream) for stream in new.streams]
        assert {(one.stream_id, one.version) for one in sent} == {(one, v) for one in wanted for v in (1, 2)}
        announced = (await engine.status())["announced"]
        assert announced == {"till_paid.v1": total}
        sent.clear()

    relay = partial(relay_page, engine.pool, engine.store, Broker(), engine.service.announce)
    assert await die_everywhere(new.make, relay, check) > 4


async def test_an_inbox_that_dies_anywhere_handles_each_message_once(engine: Engine) -> None:
    batch: list[Announcement] = []
    total = 0

    async def announce() -> None:
        streams = [uuid4() for _ in range(STREAMS)]
        batch[:] = [paid(stream, version, Money(version)) for stream in streams for version in (1, 2)]

    async def handle() -> None:
        await engine.inbox.handle(batch)

    async def check() -> None:
        nonlocal total
        total += 1
        for one in {one.stream_id for one in batch}:
            assert [fact.event.amount.minor for fact in await engine.store.read(one)] == [1, 2]
        assert await engine.pool.fetchval("select sum(n)::int from inbox_counts") == total * 2 * STREAMS

    assert await die_everywhere(announce, handle, check) > 8


async def test_an_effect_that_dies_anywhere_acts_on_each_fact_and_counts_its_attempts(engine: Engine) -> None:
    """It may act again, and then knows that it does: no attempt has the number of another."""
    new, world = Deposits(engine), World()
    performer = Performer(EFFECT, engine.pool, engine.store, engine.commands, world, "system:keeper")

    async def check() -> None:
        assert len(world.told) == len(set(world.told)), "two attempts of one number"
        told = {one for one, _ in world.told}
        facts = [fact for stream in new.streams for fact in await engine.store.read(till.stream(stream))]
        assert {UUID(int=one.event_id.int) for one in facts if one.event.amount != RECEIPT} == {
            UUID(int=one.int) for one in told
        }
        world.told.clear()

    assert await die_everywhere(new.make, performer.perform_page, check) > 4
