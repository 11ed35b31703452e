"""Dead letters on a real broker: looked at without being moved, and given back to the queue that they came from."""

import asyncio

import aio_pika
import orjson
import pytest

from services.operations.deployment import SERVICES, load_services
from services.operations.parking_lot import read_dead_letters, redrive_dead_letters
from services.operations.terminal import Exit, Failure
from services.operations.topology import declare_topology

QUEUE = "risk.application.0"
BODY = orjson.dumps(
    {"id": "5b0c7f55-0a52-4f5e-9f5c-0d2b6a1c4e77", "type": "application_submitted.v1", "subject": "loan_application-1"}
)


@pytest.fixture
async def broker(amqp_url: str) -> str:
    """A broker with the bank's topology, and two messages that risk would not have."""
    services = load_services()
    interests = [interest for service in services for interest in service.interests]
    await declare_topology(amqp_url, [service.name for service in services], interests, 1)
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        for body in (BODY, b"no CloudEvent at all"):
            await channel.default_exchange.publish(aio_pika.Message(body, headers={"stream_id": "one"}), QUEUE)
            await (await _next(channel)).reject(requeue=False)
        await _holds(channel, "risk.dead", 2)
    return amqp_url


async def _next(channel: aio_pika.abc.AbstractChannel) -> aio_pika.abc.AbstractIncomingMessage:
    """The next message of the queue; one with a single active consumer gives it to no one else."""
    queue, arrived = await channel.get_queue(QUEUE), asyncio.Queue[aio_pika.abc.AbstractIncomingMessage]()
    await channel.set_qos(prefetch_count=1)
    tag = await queue.consume(arrived.put)
    message = await asyncio.wait_for(arrived.get(), 10)
    await queue.cancel(tag)
    return message


async def _holds(channel: aio_pika.abc.AbstractChannel, name: str, messages: int) -> None:
    async with asyncio.timeout(20):
        while (await channel.declare_queue(name, passive=True)).declaration_result.message_count != messages:
            await asyncio.sleep(0.1)


async def test_dead_letters_are_listed_with_their_queue_and_cause_and_stay_where_they_are(broker: str) -> None:
    for _ in range(2):
        letters = await read_dead_letters(broker, SERVICES)
        assert [(one.service, one.queue, one.cause, one.kind) for one in letters] == [
            ("risk", QUEUE, "rejected", "application_submitted.v1"),
            ("risk", QUEUE, "rejected", "undecodable"),
        ]
        assert letters[0].stream_id == "loan_application-1"
        async with await aio_pika.connect(broker) as connection:
            await _holds(await connection.channel(), "risk.dead", 2)


async def test_dead_letters_go_back_to_the_queue_that_they_came_from(broker: str) -> None:
    assert await redrive_dead_letters(broker, SERVICES, rate=1000) == {"risk": 2}
    async with await aio_pika.connect(broker) as connection:
        channel = await connection.channel()
        await _holds(channel, "risk.dead", 0)
        await _holds(channel, QUEUE, 2)
        first = await _next(channel)
        assert first.body == BODY
        assert first.headers["stream_id"] == "one"


async def test_a_broker_without_our_topology_is_named(amqp_url: str) -> None:
    with pytest.raises(Failure, match="liudai migrate") as failure:
        await read_dead_letters(amqp_url, ("risk",))
    assert failure.value.code == Exit.WRONG


async def test_a_broker_that_is_away_is_not_reachable() -> None:
    with pytest.raises(Failure) as failure:
        await read_dead_letters("amqp://guest:guest@127.0.0.1:9/", ("risk",))
    assert failure.value.code == Exit.AWAY
