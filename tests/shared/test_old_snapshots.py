"""Writers and sealers that look at an old state of the log: told at once, and nothing of it is stored."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from services.operations.local_bus import LocalBus
from shared.database import connect
from shared.engine import Engine
from shared.event_store import VersionConflict
from shared.internal import verify
from shared.service import open_engine
from tests.servers import PostgresServer
from tests.shared.sample import deposits, keeper, till
from tests.shared.services import migrated, role_url, settings


@pytest.fixture
async def migrated_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    async with migrated(postgres_server, keeper) as database_url:
        yield database_url


@pytest.fixture
async def engine(migrated_url: str) -> AsyncIterator[Engine]:
    async with open_engine(keeper, settings(migrated_url, keeper), LocalBus([])) as opened:
        yield opened


@pytest.fixture
async def other(migrated_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A session of the service's role that reads one old state for as long as its transaction lasts."""
    opened = await connect(
        role_url(migrated_url, keeper), "keeper", default_transaction_isolation="repeatable read", lock_timeout="1s"
    )
    yield opened
    await opened.close()


async def test_a_writer_who_reads_an_old_state_is_refused_the_version_that_is_taken(
    engine: Engine, other: asyncpg.Connection
) -> None:
    stream = uuid4()
    await engine.store.append(deposits(stream, [1]))
    reading = other.transaction()
    await reading.start()
    assert len(await engine.store.read_on(other, [till.stream(stream)])) == 1
    await engine.store.append(deposits(stream, [2]))
    seen = len(await engine.store.read_on(other, [till.stream(stream)]))
    with pytest.raises(VersionConflict):
        await engine.store.write_on(other, deposits(stream, [seen + 1]))
    await reading.rollback()
    assert [one.version for one in await engine.store.read(till.stream(stream))] == [1, 2]


async def test_a_sealer_who_reads_an_old_state_seals_nothing_twice(engine: Engine, other: asyncpg.Connection) -> None:
    await engine.store.append(deposits(uuid4(), [1]))
    reading = other.transaction()
    await reading.start()
    assert await other.fetchval("select pos from log_head") == 0
    await engine.store.append(deposits(uuid4(), [1]))
    assert await engine.pool.fetchval("select seal()") == 2
    with pytest.raises(asyncpg.PostgresError):
        await other.execute("select seal()")
    await reading.rollback()
    assert [one.pos for one in await engine.store.log(0)] == [1, 2]
    assert (await verify(engine, 0, 10))["bad_pos"] is None


async def test_a_sealer_waits_for_nobody(engine: Engine, migrated_url: str) -> None:
    """One that is at work makes the next one go, and writers who have not committed make no one wait."""
    writer, sealer = [await connect(role_url(migrated_url, keeper), "keeper") for _ in range(2)]
    async with asyncio.timeout(10), writer.transaction():
        await engine.store.write_on(writer, deposits(uuid4(), [1]))
        await engine.store.append(deposits(uuid4(), [1]))
        async with sealer.transaction():
            assert await sealer.fetchval("select seal()") == 1
            await engine.store.append(deposits(uuid4(), [1]))
            assert await engine.pool.fetchval("select seal()") == 0
    assert await engine.pool.fetchval("select seal()") == 2
    assert [one.pos for one in await engine.store.log(0)] == [1, 2, 3]
    for one in (writer, sealer):
        await one.close()
