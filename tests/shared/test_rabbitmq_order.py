"""What RabbitMQ does with an announcement, and in which order consumers that fail, leave or dawdle handle them."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from uuid import UUID, uuid4

import aio_pika
import pytest
from aio_pika.abc import DeliveryMode
from aio_pika.exceptions import AMQPException, PublishError

from services.operations.topology import declare_topology
from shared.bus import Announcement
from shared.follower import TRANSIENT
from shared.money import Money
from shared.rabbitmq import RabbitBus, connected, exchange_name, queue_names
from tests.shared.sample import keeper
from tests.shared.test_buses import paid, until

[HEARD] = [one for one in keeper.interests if one.producer == "payer"]
MESSAGES = 150
"""More than a consumer fetches at once."""
Handle = Callable[[Sequence[Announcement | bytes]], Awaitable[None]]


@pytest.fixture
async def bus(amqp_url: str) -> RabbitBus:
    await declare_topology(amqp_url, ["payer", "keeper", "repayment"], keeper.interests, 1)
    return RabbitBus(amqp_url, 1)


@pytest.fixture
async def sent(bus: RabbitBus) -> list[UUID]:
    """The ids of a stream's announcements, in their order; they wait in the keeper's queue."""
    stream = uuid4()
    announcements = [paid(stream, version, Money(version)) for version in range(1, MESSAGES + 1)]
    async with bus.publishing("payer") as publisher:
        await publisher.publish(announcements)
    return [one.event_id for one in announcements]


@pytest.fixture
async def handled(bus: RabbitBus) -> AsyncIterator["Handled"]:
    record = Handled(bus)
    yield record
    await record.stop()


class Handled:
    """What was handled, in its order. A consumer that breaks is started anew, as a service does."""

    def __init__(self, bus: RabbitBus) -> None:
        self._bus = bus
        self._consumers: list[asyncio.Task[None]] = []
        self.ids: list[UUID] = []

    def start(self, handle: Handle) -> asyncio.Task[None]:
        async def consume() -> None:
            while True:
                with suppress(*TRANSIENT, AMQPException, BaseExceptionGroup):
                    await self._bus.consume(HEARD, handle)

        self._consumers.append(asyncio.create_task(consume()))
        return self._consumers[-1]

    async def record(self, batch: Sequence[Announcement | bytes]) -> None:
        self.ids += [one.event_id for one in batch if isinstance(one, Announcement)]

    async def all_of(self, sent: Sequence[UUID]) -> list[UUID]:
        """Wait for each; in the order in which they first came."""

        async def complete() -> bool:
            return set(sent) <= set(self.ids)

        await until(complete, seconds=10)
        return list(dict.fromkeys(self.ids))

    async def stop(self) -> None:
        for one in self._consumers:
            one.cancel()
        await asyncio.gather(*self._consumers, return_exceptions=True)


async def test_what_no_queue_takes_is_an_error(bus: RabbitBus, amqp_url: str) -> None:
    """Where the alternate exchange is missing too: it must never count as published."""
    async with connected(amqp_url) as connection:
        channel = await connection.channel()
        await channel.exchange_delete(exchange_name("payer"))
        await channel.declare_exchange(exchange_name("payer"), aio_pika.ExchangeType.TOPIC, durable=True)
    async with bus.publishing("payer") as publisher:
        with pytest.raises(PublishError):
            await publisher.publish([paid(uuid4(), 1, Money(1))])


async def test_what_nobody_hears_is_kept(bus: RabbitBus, amqp_url: str) -> None:
    async with connected(amqp_url) as connection:
        channel = await connection.channel()
        [name] = queue_names(HEARD, 1)
        await channel.queue_delete(name)
        async with bus.publishing("payer") as publisher:
            await publisher.publish([paid(uuid4(), 1, Money(1))])
        queue = await channel.get_queue("unrouted")
        assert await queue.get(timeout=10) is not None


async def test_an_announcement_is_for_the_disk_and_carries_its_id(bus: RabbitBus, amqp_url: str) -> None:
    one = paid(uuid4(), 3, Money(1))
    async with connected(amqp_url) as connection:
        queue = await (await connection.channel()).declare_queue(exclusive=True)
        await queue.bind(exchange_name("payer"), "#")
        async with bus.publishing("payer") as publisher:
            await publisher.publish([one])
        message = await queue.get(timeout=10)
    assert message is not None
    assert message.delivery_mode == DeliveryMode.PERSISTENT
    assert message.message_id == str(one.event_id)
    assert message.content_type == "application/cloudevents+json"
    assert message.body == one.body


async def test_the_order_holds_however_long_each_takes(sent: list[UUID], handled: Handled) -> None:
    dice = random.Random(20260105)

    async def dawdle(batch: Sequence[Announcement | bytes]) -> None:
        await asyncio.sleep(dice.uniform(0, 0.05))
        await handled.record(batch)

    handled.start(dawdle)
    assert await handled.all_of(sent) == sent


async def test_a_consumer_that_leaves_hands_over_in_order(sent: list[UUID], handled: Handled) -> None:
    """The next one waits on the same queue; what the first had fetched and not handled comes before the rest."""
    begun = asyncio.Event()

    async def begin(batch: Sequence[Announcement | bytes]) -> None:
        await handled.record(batch[:1])
        begun.set()
        await asyncio.Event().wait()

    first = handled.start(begin)
    async with asyncio.timeout(20):
        await begun.wait()
    handled.start(handled.record)
    await asyncio.sleep(0.3)  # until it waits on the queue; a shorter wait makes the test weaker, not wrong
    first.cancel()
    assert await handled.all_of(sent) == sent


@pytest.mark.parametrize("fails_at", [0, 7])
async def test_what_a_handler_did_not_finish_comes_again_before_the_rest(
    sent: list[UUID], handled: Handled, fails_at: int
) -> None:
    failures = 3

    async def fail(batch: Sequence[Announcement | bytes]) -> None:
        nonlocal failures
        ids = [one.event_id for one in batch if isinstance(one, Announcement)]
        if failures and sent[fails_at] in ids:
            failures -= 1
            raise ConnectionError("the process died")
        await handled.record(batch)

    handled.start(fail)
    assert await handled.all_of(sent) == sent
    assert failures == 0
