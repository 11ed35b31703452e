"""`liudai parked` and `liudai dead-letters`: what waits for an operator, and how it is tried again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPException, ChannelClosed

from services.operations.bank_client import BankClient
from services.operations.terminal import Exit, Failure, Screen

CONNECT_SECONDS, CONFIRM_SECONDS = 10.0, 10.0


def parked_of(client: BankClient, services: Sequence[str]) -> list[dict[str, Any]]:
    """What is parked in the services, oldest first in each."""
    return [{"service": name, **one} for name in services for one in client.every(name, "/internal/parked")]


def list_parked(screen: Screen, client: BankClient, services: Sequence[str]) -> Exit:
    """Each parked event with its reason; WRONG where there is one."""
    found = parked_of(client, services)
    screen.answer(found)
    columns = ("service", "handler", "stream", "v", "tries", "since", "reason")
    rows = [
        (p["service"], p["handler"], p["stream_id"], p["version"], p["attempts"], p["at"][:19], p["error"][:200])
        for p in found
    ]
    if found:
        screen.table(columns, rows, right=("v", "tries"))
        screen.say("\nTry again in order, stream by stream: [bold]liudai parked redrive[/bold]")
    else:
        screen.say("nothing is parked")
    return Exit.WRONG if found else Exit.OK


def redrive_parked(screen: Screen, client: BankClient, services: Sequence[str], stream: str | None) -> Exit:
    """Try every parked stream again (or one); WRONG where one stops again."""
    waiting = {
        (one["service"], one["handler"], one["stream_id"]): None
        for one in parked_of(client, services)
        if stream in (None, one["stream_id"])
    }
    results = []
    with screen.progress() as progress:
        for service, handler, of in progress.track(list(waiting), description="streams"):
            said = client.post(service, "/internal/parked/redrive", {"handler": handler, "stream_id": of})
            results.append({"service": service, "handler": handler, "stream_id": of, **said})
    screen.answer(results)
    columns = ("service", "handler", "stream", "handled", "stopped by")
    rows = [(r["service"], r["handler"], r["stream_id"], r["handled"], r["stopped_by"]) for r in results]
    screen.table(columns, rows, right=("handled",)) if rows else screen.say("nothing is parked")
    return Exit.WRONG if any(one["stopped_by"] for one in results) else Exit.OK


@dataclass(frozen=True)
class DeadLetter:
    """A message that the broker gave up delivering, and where it came from."""

    service: str
    queue: str
    cause: str
    kind: str
    stream_id: str
    event_id: str
    size: int


async def read_dead_letters(amqp_url: str, services: Sequence[str]) -> list[DeadLetter]:
    """What lies in the dead-letter queues; looked at and put back."""
    found = []
    for service in services:
        async with _channel(amqp_url) as channel:
            messages = [message async for message in _messages(channel, service)]
            found += [_dead_letter(service, message) for message in messages]
            if messages:
                await messages[-1].nack(multiple=True, requeue=True)
    return found


async def redrive_dead_letters(amqp_url: str, services: Sequence[str], rate: float) -> Counter[str]:
    """Give each back to the queue that it came from, `rate` a second at most; how many by service.

    Confirmed there before it is taken away here: it may come twice, which the inbox notices, and is never lost.
    """
    given: Counter[str] = Counter()
    for service in services:
        async with _channel(amqp_url) as channel:
            async for message in _messages(channel, service):
                origin = _dead_letter(service, message)
                headers = {name: value for name, value in message.headers.items() if not name.startswith("x-")}
                copy = aio_pika.Message(
                    message.body,
                    headers=headers,
                    message_id=message.message_id,
                    content_type=message.content_type,
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                )
                await channel.default_exchange.publish(copy, origin.queue, mandatory=True, timeout=CONFIRM_SECONDS)
                await message.ack()
                given[service] += 1
                await asyncio.sleep(1 / rate)
    return given


@asynccontextmanager
async def _channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    try:
        connection = await aio_pika.connect(amqp_url, timeout=CONNECT_SECONDS)
    except (AMQPException, OSError, TimeoutError) as error:
        raise Failure(Exit.AWAY, f"RabbitMQ does not answer: {error}") from error
    async with connection:
        yield await connection.channel(publisher_confirms=True, on_return_raises=True)


async def _messages(channel: AbstractChannel, service: str) -> AsyncIterator[AbstractIncomingMessage]:
    try:
        queue = await channel.get_queue(f"{service}.dead", ensure=True)
    except ChannelClosed as error:
        raise Failure(Exit.WRONG, f"there is no queue {service}.dead: run `liudai migrate`") from error
    for _ in range(queue.declaration_result.message_count or 0):
        message = await queue.get(fail=False)
        if message is None:
            return
        yield message


def _dead_letter(service: str, message: AbstractIncomingMessage) -> DeadLetter:
    deaths: Any = message.headers.get("x-death") or [{}]
    try:
        envelope: Mapping[str, Any] = orjson.loads(message.body)
        kind, stream, event_id = (str(envelope[name]) for name in ("type", "subject", "id"))
    except (orjson.JSONDecodeError, KeyError, TypeError):
        kind, stream, event_id = "undecodable", "", message.message_id or ""
    queue, cause = str(deaths[0].get("queue", "")), str(deaths[0].get("reason", "unknown"))
    return DeadLetter(service, queue, cause, kind, stream, event_id, message.body_size)


def show_dead_letters(screen: Screen, letters: Sequence[DeadLetter]) -> Exit:
    """Dead letters grouped by where and why; WRONG where there is one."""
    groups = Counter((one.service, one.queue, one.cause, one.kind) for one in letters)
    screen.answer([vars(one) for one in letters])
    if letters:
        screen.table(("service", "queue", "cause", "type", "messages"), [(*k, n) for k, n in groups.items()])
        screen.say("\nGive them back to their queues: [bold]liudai dead-letters redrive[/bold]")
    else:
        screen.say("there are no dead letters")
    return Exit.WRONG if letters else Exit.OK
