"""What RabbitMQ must hold before the services start: exchanges, queues, bindings.

One durable topic exchange per producer with an alternate exchange for what nobody hears; per
subscriber and producer a number of quorum queues with a single active consumer each.
"""

from collections.abc import Iterable, Sequence

import aio_pika
from pamqp.common import FieldTable

from shared.bus import BUCKETS, Interest
from shared.rabbitmq import connected, exchange_name, queue_names

KEPT_DELIVERIES = 1_000_000_000
"""For what must never be dropped: on 3.10 a limit of -1 drops a message when it is first put back, and since 4.0 no
limit at all means 20.
"""
DELIVERY_LIMIT = 100
"""The last net only: failures are parked in PostgreSQL long before."""


async def declare_topology(url: str, producers: Iterable[str], interests: Sequence[Interest], queues: int) -> None:
    """Create every exchange, queue and binding. Run by the migrator, whose user may configure.

    Raises when a queue exists with other arguments: RabbitMQ refuses, and nothing is created twice.
    """
    async with connected(url) as connection:
        channel = await connection.channel()
        unrouted = await channel.declare_exchange("unrouted", aio_pika.ExchangeType.FANOUT, durable=True)
        queue = await channel.declare_queue("unrouted", durable=True, arguments=_bounded())
        await queue.bind(unrouted)
        for producer in producers:
            await channel.declare_exchange(
                exchange_name(producer),
                aio_pika.ExchangeType.TOPIC,
                durable=True,
                arguments={"alternate-exchange": "unrouted"},
            )
        for subscriber in sorted({interest.subscriber for interest in interests}):
            dead = await channel.declare_exchange(f"{subscriber}.dead", aio_pika.ExchangeType.FANOUT, durable=True)
            queue = await channel.declare_queue(
                f"{subscriber}.dead",
                durable=True,
                arguments={"x-queue-type": "quorum", "x-delivery-limit": KEPT_DELIVERIES},
            )
            await queue.bind(dead)
        for interest in interests:
            for n, name in enumerate(queue_names(interest, queues)):
                queue = await channel.declare_queue(name, durable=True, arguments=_ordered(interest.subscriber))
                for published in interest.topics:
                    for share in range(n, BUCKETS, queues):
                        await queue.bind(exchange_name(interest.producer), f"{published}.{share:02d}")


def _bounded() -> FieldTable:
    """An announcement that nobody hears is not an error; the last of them are kept to be looked at."""
    return {
        "x-queue-type": "quorum",
        "x-max-length": 10_000,
        "x-overflow": "drop-head",
        "x-delivery-limit": KEPT_DELIVERIES,
    }


def _ordered(subscriber: str) -> FieldTable:
    return {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": f"{subscriber}.dead",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
