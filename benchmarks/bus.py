"""The bus on RabbitMQ beside bare aio-pika on the same exchange and queue, and an inbox that handles what it brings.

Publishing: batches of 100 whose confirms are awaited together. Consuming: 50 messages to one acknowledgement.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import uuid4

import aio_pika
import orjson
from aio_pika.abc import AbstractIncomingMessage

from benchmarks.repayment_log import GOLDEN, META
from benchmarks.rounds import Found, Line, Plan, at_least, interleave, ratios
from services.application.domain.events import ApplicationSubmitted
from services.application.publications import to_integration_event
from services.operations.topology import declare_topology
from services.risk.main import service as risk
from shared.bus import Announcement, Interest, announce
from shared.engine import Engine
from shared.event_store import Recorded
from shared.rabbitmq import BATCH, RabbitBus, connected, exchange_name, queue_names
from shared.service import calm_collector, open_engine
from tests.servers import PostgresServer, RabbitMQServer
from tests.shared.services import migrated, settings

GATHERED = 100
MESSAGES = 4000
GOALS = {"publish_vs_bare": 0.9, "consume_vs_bare": 0.8}


def announcements(count: int) -> list[Announcement]:
    """Applications submitted, each of another borrower: 1.5 kB, as risk hears them."""
    sample = orjson.loads((GOLDEN.parent / "application/ApplicationSubmitted.json").read_bytes())[-1]["data"]
    fact = ApplicationSubmitted.model_validate(sample)
    made = []
    for _ in range(count):
        application_id = uuid4()
        new = fact.model_copy(update={"application_id": application_id, "borrower_id": uuid4()})
        at = datetime.now(UTC)  # noqa: TID251
        recorded = Recorded(1, f"loan_application-{application_id}", 1, uuid4(), new, META, at)
        message = to_integration_event(recorded)
        assert message is not None
        made.append(announce(recorded, message))
    return made


@dataclass
class Wire:
    """A virtual host with one producer, one subscriber and one quorum queue between them."""

    url: str
    interest: Interest
    engine: Engine

    @property
    def queue(self) -> str:
        return queue_names(self.interest, 1)[0]


async def measure(postgres: PostgresServer, rabbitmq: RabbitMQServer, plan: Plan) -> Found:
    """Each round publishes by both ways and then consumes by all three what was published."""
    count = plan.count(MESSAGES)
    sent = announcements(count)
    async with _wire(postgres, rabbitmq) as wire:
        samples = await interleave(
            {
                "publish": lambda: publish_by_bus(wire, sent),
                "publish bare": lambda: publish_bare(wire, sent),
            },
            plan.rounds,
        )
        samples |= await interleave(
            {
                "consume": lambda: consume_by_bus(wire, sent),
                "consume bare": lambda: consume_bare(wire, sent),
                "handle": lambda: handle(wire, count),
            },
            plan.rounds,
        )
    against = {name: ratios(samples, name, f"{name} bare") for name in ("publish", "consume")}
    lines = []
    for name, ratio in against.items():
        line = Line(f"{name}: the bus, empty handler", "messages/s", samples[name], ratio, "this / bare")
        lines.append(at_least(GOALS[f"{name}_vs_bare"], line))
        lines.append(Line(f"{name}: bare aio-pika", "messages/s", samples[f"{name} bare"]))
    lines.append(Line("handle: inbox, decide, append, commit", "messages/s", samples["handle"]))
    figures: dict[str, float | None] = {f"{name}_vs_bare": median(ratio) for name, ratio in against.items()}
    return Found(lines, figures | {"handle_per_s": median(samples["handle"])})


@asynccontextmanager
async def _wire(postgres: PostgresServer, rabbitmq: RabbitMQServer) -> AsyncIterator[Wire]:
    calm_collector()
    interest = next(one for one in risk.interests if one.producer == "application")
    with rabbitmq.vhost() as url:
        await declare_topology(url, ["application"], [interest], 1)
        bus = RabbitBus(url, 1)
        async with migrated(postgres, risk) as database, open_engine(risk, settings(database, risk), bus) as engine:
            yield Wire(url, interest, engine)


async def publish_by_bus(wire: Wire, sent: Sequence[Announcement]) -> float:
    """As the relay does."""
    await _emptied(wire)
    async with wire.engine.bus.publishing("application") as publisher:
        started = time.perf_counter()
        for start in range(0, len(sent), GATHERED):
            await publisher.publish(sent[start : start + GATHERED])
        return len(sent) / (time.perf_counter() - started)


async def publish_bare(wire: Wire, sent: Sequence[Announcement]) -> float:
    """The shortest way with the same library and the same promise: persistent, mandatory, confirmed."""
    await _emptied(wire)
    async with connected(wire.url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange(exchange_name("application"))
        plain = [(one.body, str(one.event_id), one.routing_key) for one in sent]
        started = time.perf_counter()
        for start in range(0, len(plain), GATHERED):
            await asyncio.gather(
                *(
                    exchange.publish(
                        aio_pika.Message(body, message_id=name, delivery_mode=aio_pika.DeliveryMode.PERSISTENT),
                        key,
                        mandatory=True,
                    )
                    for body, name, key in plain[start : start + GATHERED]
                )
            )
        return len(plain) / (time.perf_counter() - started)


async def consume_by_bus(wire: Wire, sent: Sequence[Announcement]) -> float:
    """Read, parsed and acknowledged, with nothing done about them."""
    await publish_by_bus(wire, sent)
    counted = _Countdown(len(sent))

    async def nothing(batch: Sequence[Announcement | bytes]) -> None:
        counted.down(len(batch))

    return await _consumed(wire, nothing, counted)


async def consume_bare(wire: Wire, sent: Sequence[Announcement]) -> float:
    """One callback, and one acknowledgement for 50."""
    await publish_by_bus(wire, sent)
    counted = _Countdown(len(sent))
    async with connected(wire.url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=2 * BATCH)
        queue = await channel.get_queue(wire.queue)

        async def take(message: AbstractIncomingMessage) -> None:
            counted.down(1)
            if counted.left % BATCH == 0:
                await message.ack(multiple=True)

        await queue.consume(take)
        rate = await counted.rate()
        await channel.close()
        return rate


async def handle(wire: Wire, count: int) -> float:
    """All that a service does with what it hears, and each time with what it has not heard before."""
    fresh = announcements(count)
    await publish_by_bus(wire, fresh)
    counted = _Countdown(count)

    async def handling(batch: Sequence[Announcement | bytes]) -> None:
        await wire.engine.inbox.handle(batch)
        counted.down(len(batch))

    return await _consumed(wire, handling, counted)


async def _consumed(wire: Wire, handler: Any, counted: "_Countdown") -> float:
    consuming = asyncio.create_task(wire.engine.bus.consume(wire.interest, handler))
    try:
        return await counted.rate()
    finally:
        consuming.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await consuming


async def _emptied(wire: Wire) -> None:
    async with connected(wire.url) as connection:
        channel = await connection.channel()
        await (await channel.get_queue(wire.queue)).purge()


class _Countdown:
    """The rate from the first message to the last: connecting is not what is measured."""

    def __init__(self, count: int) -> None:
        self.left, self._count = count, count
        self._started = 0.0
        self._rate: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def down(self, n: int) -> None:
        """So many more have been taken."""
        if not self._started:
            self._started, self._count = time.perf_counter(), self._count - n
        self.left -= n
        if self.left == 0:
            self._rate.set_result(self._count / (time.perf_counter() - self._started))

    async def rate(self) -> float:
        """Messages a second, when all have come."""
        async with asyncio.timeout(120):
            return await self._rate
