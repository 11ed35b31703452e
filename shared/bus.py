"""The port between services: announcements as CloudEvents, and what a bus must promise.

A bus promises at-least-once delivery to every subscriber, in order per stream; nothing more. The
relay sends again from its cursor, the inbox drops duplicates.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zlib import crc32

import orjson

from shared.event_store import Metadata, Recorded
from shared.messages import IntegrationEvent

BUCKETS = 16
"""Part of the contract with every subscriber: never to be changed."""


def topic(kind: type[IntegrationEvent]) -> str:
    """The published type of a contract, e.g. `credit_assessed.v1`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
    return f"{snake}.v{kind.version}"


def bucket(stream_id: str) -> int:
    """Which of the 16 buckets a stream belongs to; all its announcements share it, hence their order."""
    return crc32(stream_id.encode()) % BUCKETS


class Undecodable(Exception):  # noqa: N818
    """A message that is no CloudEvent of ours; it is parked with its bytes."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message between services. `body` is the structured CloudEvent as it goes over the wire."""

    event_id: UUID
    producer: str
    topic: str
    stream_id: str
    version: int
    body: bytes
    deliveries: int = 0

    @property
    def routing_key(self) -> str:
        """`<type>.<bucket>`, by which queues bind."""
        return f"{self.topic}.{bucket(self.stream_id):02d}"


def announce(recorded: Recorded[Any], event: IntegrationEvent) -> Announcement:
    """Wrap a fact's announcement. The event's id is the fact's: one announcement a fact, one id for ever."""
    meta = recorded.meta
    body = {
        "specversion": "1.0",
        "id": str(recorded.event_id),
        "source": f"/liudai/{event.producer}",
        "type": topic(type(event)),
        "subject": recorded.stream_id,
        "time": recorded.at,
        "datacontenttype": "application/json",
        "streamversion": recorded.version,
        "actor": meta.actor,
        "client": meta.client,
        "legalentity": meta.legal_entity,
        "branch": meta.branch,
        "businessdate": meta.business_date,
        "correlationid": str(meta.correlation_id),
        "data": event.model_dump(mode="json"),
    }
    if meta.traceparent:
        body["traceparent"] = meta.traceparent
    return Announcement(
        recorded.event_id,
        event.producer,
        topic(type(event)),
        recorded.stream_id,
        recorded.version,
        orjson.dumps(body),
    )


def parse(body: bytes, deliveries: int = 0) -> Announcement:
    """An announcement from the wire; raises Undecodable when its envelope is not ours."""
    try:
        envelope = orjson.loads(body)
        producer = envelope["source"].removeprefix("/liudai/")
        return Announcement(
            UUID(envelope["id"]), producer, str(envelope["type"]), str(envelope["subject"]),
            int(envelope["streamversion"]), body, deliveries,
        )  # fmt: skip
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Undecodable(f"not a CloudEvent of ours: {error!r}") from error


def unwrap(announcement: Announcement) -> tuple[dict[str, Any], Metadata]:
    """The data and the metadata of an announcement; what it causes is caused by it."""
    try:
        envelope = orjson.loads(announcement.body)
        meta = Metadata(
            actor=envelope["actor"],
            client=envelope["client"],
            legal_entity=envelope["legalentity"],
            branch=envelope["branch"],
            business_date=datetime.fromisoformat(envelope["businessdate"]).date(),
            correlation_id=UUID(envelope["correlationid"]),
            causation_id=announcement.event_id,
            traceparent=envelope.get("traceparent"),
        )
        return envelope["data"], meta
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Undecodable(f"envelope attribute missing or malformed: {error!r}") from error


Handler = Callable[[Sequence[Announcement | bytes]], Awaitable[None]]
"""Takes a batch in order; bytes are what `parse` could not read. When it raises, the batch comes again."""


@dataclass(frozen=True)
class Interest:
    """What one subscriber hears of one producer."""

    subscriber: str
    producer: str
    topics: tuple[str, ...]


class Publisher(Protocol):
    """One producer's open way to the bus."""

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        """Return only when every announcement is safe with the broker (or handled by every subscriber)."""


class Bus(Protocol):
    """RabbitMQ, or the in-process twin; both pass one contract suite."""

    def publishing(self, producer: str) -> AbstractAsyncContextManager[Publisher]:
        """Open a publisher; leave on any error and open another."""

    async def consume(self, interest: Interest, handle: Handler) -> None:
        """Hand batches to `handle` until cancelled; raises when the connection breaks."""
