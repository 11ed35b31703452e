"""The end of the log as followers read it, by turns: the same facts as the log itself, and nobody's name kept."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from services.operations.local_bus import LocalBus
from shared import postgres_event_store, projection
from shared.engine import Engine
from shared.event_store import NewEvent, Recorded
from shared.messages import Personal
from shared.projection import Projection, project_batch
from shared.service import open_engine
from tests.servers import PostgresServer
from tests.shared.sample import META, TillOpened, balances, deposits, keeper, till
from tests.shared.services import migrated, settings


@pytest.fixture
async def engine(postgres_server: PostgresServer) -> AsyncIterator[Engine]:
    async with (
        migrated(postgres_server, keeper) as database_url,
        open_engine(keeper, settings(database_url, keeper), LocalBus([])) as opened,
    ):
        yield opened


async def deposited(engine: Engine, streams: int) -> None:
    for stream in [uuid4() for _ in range(streams)]:
        await engine.store.append(deposits(stream, [1, 2]))
    while await engine.pool.fetchval("select seal()"):
        pass


async def followed(engine: Engine, after: int, limit: int) -> list[Recorded[Any]]:
    """Page by page to the end, as a follower goes."""
    found: list[Recorded[Any]] = []
    while page := await engine.store.next_page(after, limit):
        assert len(page) <= limit
        found += page
        after = page[-1].pos
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
async def test_a_follower_sees_the_log_wherever_he_begins(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(postgres_event_store, "TAIL", 4)
    for _ in range(3):
        await deposited(engine, streams=3)
        whole = await engine.store.log(0)
        for after in (len(whole) - 1, 0, 5, len(whole) - 4, 0):
            assert await followed(engine, after, limit) == whole[after:]
        assert await engine.store.next_page(len(whole), limit) == []


async def test_followers_side_by_side_see_the_log_while_it_grows(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_event_store, "TAIL", 8)
    seen: list[list[Recorded[Any]]] = [[] for _ in range(4)]

    async def follow(n: int) -> None:
        while len(seen[n]) < 60:
            seen[n] += await engine.store.next_page(len(seen[n]), 3 + n)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for n in range(len(seen)):
            group.create_task(follow(n))
        for _ in range(10):
            await deposited(engine, streams=3)
    whole = await engine.store.log(0)
    assert [one[:60] for one in seen] == [whole] * 4


async def test_who_somebody_is_is_opened_anew_each_time(engine: Engine) -> None:
    stream = uuid4()
    opened = TillOpened(till_id=stream, keeper=Personal[str](subject_id=stream, value="张三"))
    await engine.store.append([NewEvent(till.stream(stream), 1, uuid4(), opened, META)])
    await deposited(engine, streams=1)
    for _ in range(2):
        [first, *_] = await engine.store.next_page(0, 10)
        assert first.event.keeper.value == "张三"
    assert "张三" not in repr(
        [dict(one) if not isinstance(one, Recorded) else one for one in engine.store._tail.values()]
    )


async def test_two_replicas_project_a_page_once(engine: Engine) -> None:
    await deposited(engine, streams=5)
    await asyncio.gather(*(project_batch(engine.pool, engine.store, "keeper", balances) for _ in range(4)))
    assert [row["minor"] for row in await engine.pool.fetch("select minor from balances")] == [200] * 5


async def test_a_page_that_says_nothing_moves_the_checkpoint_and_begins_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(_db: Any, _recorded: Recorded[Any]) -> None:
        return None

    async def never(*_: Any) -> None:
        pytest.fail("there was nothing to project")

    await deposited(engine, streams=2)
    monkeypatch.setattr(projection, "project_page", never)
    silent = Projection(balances.name, balances.tables, deaf)
    assert await project_batch(engine.pool, engine.store, "keeper", silent) == 4
    assert await engine.pool.fetchval("select pos from checkpoints where name = $1", balances.name) == 4


async def test_a_page_read_before_a_rebuild_took_over_is_not_projected(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint stands where it stood, but of another generation, whose tables hold the page already or will."""
    await deposited(engine, streams=2)
    honest = engine.store.next_page

    async def overtaken(after: int, limit: int) -> list[Recorded[Any]]:
        page = await honest(after, limit)
        await engine.pool.execute("update checkpoints set generation = 2 where name = $1", balances.name)
        return page

    monkeypatch.setattr(engine.store, "next_page", overtaken)
    assert await project_batch(engine.pool, engine.store, "keeper", balances) == 0, "it looks again at once"
    assert await engine.pool.fetchval("select pos from checkpoints where name = $1", balances.name) == 0
    assert await engine.pool.fetch("select * from balances") == []
