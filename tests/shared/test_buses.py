"""What every bus must do, from one service's command to another's read model; on RabbitMQ and in process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aio_pika
import asyncpg
import orjson
import pytest

from services.operations.local_bus import LocalBus
from services.operations.topology import declare_topology
from shared.bus import Announcement, Bus, announce
from shared.engine import Engine
from shared.event_store import Recorded
from shared.inbox import HANDLER
from shared.money import Money
from shared.parking import redrive
from shared.rabbitmq import RabbitBus
from tests.servers import PostgresServer, RabbitMQServer
from tests.shared.sample import META, Deposited, TillPaid, deposits, keeper, payer, till
from tests.shared.services import migrated, running

POISON = Money(13)


async def until(check: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.02)


async def heard(engine: Engine, n: int) -> None:
    async def all_in() -> bool:
        here: int = await engine.pool.fetchval("select (select count(*) from inbox) + (select count(*) from parked)")
        return here == n

    await until(all_in)
    await engine.caught_up()


async def pay(engine: Engine, stream: UUID, amount: Money = Money(100)) -> None:
    """Append a deposit that the payer announces, past its decider so that poison can be paid too."""
    version = len(await engine.store.read(till.stream(stream))) + 1
    await engine.store.append(deposits(stream, [version], amount))


async def balance(engine: Engine, stream: UUID) -> int | None:
    minor: int | None = await engine.pool.fetchval("select minor from balances where till_id = $1", stream)
    return minor


@pytest.fixture
async def migrated_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    async with migrated(postgres_server, payer, keeper) as database_url:
        yield database_url


def paid(stream: UUID, version: int, amount: Money) -> Announcement:
    """A payer's announcement, made by hand."""
    fact = Deposited(till_id=stream, amount=amount)
    at = datetime(2026, 1, 5, tzinfo=UTC)
    recorded = Recorded(version, till.stream(stream), version, uuid4(), fact, META, at)
    return announce(recorded, TillPaid(till_id=stream, amount=amount))


def nearly_right() -> list[bytes]:
    """Envelopes of ours but for one thing: none may become metadata or end the process."""
    good = orjson.loads(paid(uuid4(), 1, Money(1)).body)
    wrong: tuple[dict[str, object], ...] = (
        {"branch": None}, {"legalentity": {"a": 1}}, {"actor": ""}, {"subject": "till\x00"}, {"streamversion": 2**31},
        {"streamversion": "1"}, {"businessdate": "yesterday"}, {"data": []}, {"source": "payer"}, {"id": "1"},
    )  # fmt: skip
    return [orjson.dumps(good | {"id": str(uuid4())} | change) for change in wrong]


class BusContract:
    """Subclasses give the fixture `bus`."""

    @pytest.fixture
    async def two(self, migrated_url: str, bus: Bus) -> AsyncIterator[list[Engine]]:
        async with running(migrated_url, bus, payer, keeper) as engines:
            yield engines

    async def test_every_announcement_is_handled_once_and_in_order(self, two: list[Engine]) -> None:
        paying, keeping = two
        streams = [uuid4() for _ in range(8)]

        async def pay_often(stream: UUID) -> None:
            for n in range(1, 16):
                await pay(paying, stream, Money(100 + n))

        await asyncio.gather(*(pay_often(stream) for stream in streams))
        await heard(keeping, 120)
        for stream in streams:
            events = await keeping.store.read(till.stream(stream))
            assert [one.event.amount.minor for one in events] == [100 + n for n in range(1, 16)]
            assert await balance(keeping, stream) == sum(100 + n for n in range(1, 16))
        status, heard_by = await paying.status(), await keeping.status()
        assert status["announced"] == {"till_paid.v1": 120}
        assert heard_by["heard"] == {"payer.till_paid.v1": 120}

    async def test_metadata_travels_and_names_its_cause(self, two: list[Engine]) -> None:
        paying, keeping = two
        stream = uuid4()
        await pay(paying, stream)
        await heard(keeping, 1)
        [cause] = await paying.store.read(till.stream(stream))
        [effect] = await keeping.store.read(till.stream(stream))
        assert effect.meta.causation_id == cause.event_id
        assert effect.meta.correlation_id == META.correlation_id
        assert effect.meta.business_date == META.business_date
        assert effect.meta.actor == "system:keeper"

    async def test_a_poisoned_message_is_parked_with_its_stream_while_others_flow(self, two: list[Engine]) -> None:
        paying, keeping = two
        sick, well = uuid4(), uuid4()
        for amount in (Money(1), POISON, Money(3)):
            await pay(paying, sick, amount)
        for _ in range(5):
            await pay(paying, well, Money(7))
        await heard(keeping, 8)
        assert await balance(keeping, sick) == 1
        assert await balance(keeping, well) == 35
        parked = await keeping.pool.fetch("select * from parked order by version")
        assert [row["version"] for row in parked] == [2, 3]
        assert "thirteen is poison" in parked[0]["error"]
        assert "behind a parked" in parked[1]["error"]

    async def test_redrive_goes_in_order_and_stops_at_what_still_fails(self, two: list[Engine]) -> None:
        paying, keeping = two
        sick = uuid4()
        for amount in (POISON, Money(3)):
            await pay(paying, sick, amount)
        await heard(keeping, 2)
        stream = till.stream(sick)
        handled, error = await redrive(keeping.pool, HANDLER, stream, keeping.inbox.redrive)
        assert handled == 0
        assert error is not None
        owner_fixes_it = "update parked set body = replace(body::text, '\"0.13\"', '\"0.14\"')::json"
        await keeping.pool.execute(owner_fixes_it)
        assert await redrive(keeping.pool, HANDLER, stream, keeping.inbox.redrive) == (2, None)
        await keeping.caught_up()
        assert await balance(keeping, sick) == 17

    async def test_a_projection_that_fails_says_so_and_the_rest_goes_on(
        self, two: list[Engine], migrated_url: str
    ) -> None:
        paying, keeping = two
        await pay(paying, uuid4())
        await heard(keeping, 1)
        owner = await asyncpg.connect(migrated_url)
        await owner.execute("alter table keeper_balances_g1.balances add check (minor <> 666)")
        stream = uuid4()
        await pay(paying, stream, Money(666))

        async def says_so() -> bool:
            return "balances" in keeping.failing

        await until(says_so)
        assert "check constraint" in keeping.failing["balances"]
        await owner.execute("alter table keeper_balances_g1.balances drop constraint balances_minor_check")
        await owner.close()
        await heard(keeping, 2)
        assert await balance(keeping, stream) == 666
        assert keeping.failing == {}


class TestLocalBus(BusContract):
    @pytest.fixture
    def bus(self) -> Bus:
        return LocalBus([*payer.interests, *keeper.interests])


class TestRabbitBus(BusContract):
    @pytest.fixture(params=[1, 4])
    async def bus(self, amqp_url: str, request: pytest.FixtureRequest) -> Bus:
        interests = [*payer.interests, *keeper.interests]
        await declare_topology(amqp_url, ["payer", "keeper", "repayment"], interests, request.param)
        self.url = amqp_url
        return RabbitBus(amqp_url, request.param)

    async def test_a_broker_killed_in_the_middle_loses_and_doubles_nothing(
        self, two: list[Engine], rabbitmq_server: RabbitMQServer
    ) -> None:
        paying, keeping = two
        stream = uuid4()
        for n in range(60):
            await pay(paying, stream, Money(100 + n))
            if n == 30:
                await asyncio.to_thread(rabbitmq_server.kill)
                await asyncio.to_thread(rabbitmq_server.start)
        await heard(keeping, 60)
        assert await balance(keeping, stream) == sum(100 + n for n in range(60))

    async def test_what_is_no_message_of_ours_is_parked_with_its_bytes(self, two: list[Engine]) -> None:
        paying, keeping = two
        connection = await aio_pika.connect(self.url)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange("payer.events")
            for body in (b"not json", b"{}", b"[1]", b"\xff\x00", b'{"id":"x"}', *nearly_right()):
                await exchange.publish(aio_pika.Message(body), "till_paid.v1.00")
        await pay(paying, uuid4())
        await heard(keeping, 6 + len(nearly_right()))
        errors = await keeping.pool.fetch("select error from parked")
        assert len(errors) == 5 + len(nearly_right())
        assert await keeping.pool.fetchval("select count(*) from events") == 1

    async def test_a_database_that_is_away_for_long_costs_no_message_its_place(
        self, two: list[Engine], postgres_server: PostgresServer
    ) -> None:
        paying, keeping = two
        stream = uuid4()
        await pay(paying, stream, Money(1))
        await heard(keeping, 1)
        connection = await aio_pika.connect(self.url)
        await asyncio.to_thread(postgres_server.kill_immediate)
        async with connection:
            channel = await connection.channel()
            exchange = await channel.get_exchange("payer.events")
            message = paid(stream, 2, Money(2))
            await exchange.publish(aio_pika.Message(message.body), message.routing_key)
            await asyncio.sleep(4)
        await asyncio.to_thread(postgres_server.start)
        await heard(keeping, 2)
        assert await keeping.pool.fetchval("select count(*) from attempts") == 0, "it was held, not given back"
        assert await balance(keeping, stream) == 3

    async def test_what_is_done_stays_done_when_it_is_delivered_again(self, two: list[Engine]) -> None:
        paying, keeping = two
        stream = uuid4()
        await pay(paying, stream)
        await heard(keeping, 1)
        await paying.pool.execute("update checkpoints set pos = 0 where name = 'relay'")
        await pay(paying, stream)
        await heard(keeping, 2)
        assert await balance(keeping, stream) == 200
