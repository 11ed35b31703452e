"""The relay: nothing unconfirmed is left behind its cursor, nothing is counted twice, a stream keeps its order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from services.operations.local_bus import LocalBus, LocalPublisher
from shared.bus import Announcement, Publisher
from shared.engine import Engine
from shared.outbox import relay_page
from shared.service import lead, open_engine
from tests.servers import PostgresServer
from tests.shared.sample import deposits, payer
from tests.shared.services import migrated, settings


@pytest.fixture
async def engine(postgres_server: PostgresServer) -> AsyncIterator[Engine]:
    async with (
        migrated(postgres_server, payer) as database_url,
        open_engine(payer, settings(database_url, payer), LocalBus([])) as opened,
    ):
        yield opened


class Broker:
    """Keeps what it has confirmed, in order; refuses as often as it is told, and dawdles every other time."""

    def __init__(self, *, refuses: int = 0, seconds: float = 0.0) -> None:
        self.confirmed: list[Announcement] = []
        self._refuses, self._seconds, self._asked = refuses, seconds, 0

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        if self._refuses:
            self._refuses -= 1
            raise ConnectionError("the broker went away before it confirmed")
        self._asked += 1
        await asyncio.sleep(self._seconds * (self._asked % 2))
        self.confirmed += announcements

    def versions(self) -> dict[str, list[int]]:
        """By stream, the versions in the order in which each came first; that is all a subscriber acts on."""
        found: dict[str, list[int]] = {}
        for one in self.confirmed:
            versions = found.setdefault(one.stream_id, [])
            if one.version not in versions:
                versions.append(one.version)
        return found


async def page(engine: Engine, broker: Publisher) -> int:
    return await relay_page(engine.pool, engine.store, broker, engine.service.announce)


async def paid(engine: Engine, streams: int, versions: int) -> None:
    for stream in [uuid4() for _ in range(streams)]:
        await engine.store.append(deposits(stream, range(1, versions + 1)))
    while await engine.pool.fetchval("select seal()"):
        pass


async def test_what_was_not_confirmed_is_sent_again(engine: Engine) -> None:
    await paid(engine, streams=3, versions=4)
    broker = Broker(refuses=2)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await page(engine, broker)
        assert await engine.pool.fetchval("select pos from checkpoints where name = 'relay'") == 0
    assert await page(engine, broker) == 12
    assert list(broker.versions().values()) == [[1, 2, 3, 4]] * 3


async def test_a_relay_that_lost_its_lead_counts_nothing_twice(engine: Engine) -> None:
    await paid(engine, streams=3, versions=4)
    broker = Broker(seconds=0.05)
    await asyncio.gather(*(page(engine, broker) for _ in range(3)))
    assert len(broker.confirmed) == 36
    assert (await engine.status())["announced"] == {"till_paid.v1": 12}


async def test_two_relays_at_once_keep_the_order_of_each_stream(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One still believes to lead: each publishes from a confirmed cursor on, so what comes first is in order."""
    monkeypatch.setattr("shared.outbox.PAGE", 5)
    await paid(engine, streams=2, versions=20)
    broker = Broker(seconds=0.2)

    async def relay_on() -> None:
        while await page(engine, broker) < 40:
            pass

    await asyncio.gather(relay_on(), relay_on())
    assert list(broker.versions().values()) == [list(range(1, 21))] * 2


async def test_only_one_of_two_replicas_leads(engine: Engine) -> None:
    leading = 0

    class Counting(LocalBus):
        @asynccontextmanager
        async def publishing(self, producer: str) -> AsyncIterator[LocalPublisher]:
            nonlocal leading
            leading += 1
            yield LocalPublisher(self, producer)

    engine.bus = Counting([])
    replicas = [asyncio.create_task(lead(engine)) for _ in range(2)]
    waiting = (
        "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    try:
        async with asyncio.timeout(20):
            while leading + await engine.pool.fetchval(waiting) < len(replicas):
                await asyncio.sleep(0.02)
        assert leading == 1
    finally:
        for one in replicas:
            one.cancel()
        await asyncio.gather(*replicas, return_exceptions=True)
