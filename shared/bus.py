"""The port between services: announcements as CloudEvents, and what a bus must promise.

A bus promises at-least-once delivery to every subscriber, in order per stream; nothing more. The
relay sends again from its cursor, the inbox drops duplicates.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID
from zlib import crc32

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

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


Word = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]+$")]


class Envelope(BaseModel):
    """A CloudEvent 1.0 of ours without its data: strict, because what it says becomes metadata for ever."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)
    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Annotated[str, StringConstraints(pattern=r"^/liudai/[a-z_]+$")]
    type: Word
    subject: Word
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    streamversion: Annotated[int, Field(ge=1, le=2**31 - 1)]
    actor: Word
    client: Word
    legalentity: Word
    branch: Word
    businessdate: date
    correlationid: UUID
    traceparent: Word | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message between services: what it says in which envelope, and its bytes as they go over the wire."""

    envelope: Envelope
    data: dict[str, Any]
    body: bytes
    deliveries: int = 0

    @property
    def event_id(self) -> UUID:
        """The id of the announced fact: one announcement a fact, one id for ever."""
        return self.envelope.id

    @property
    def producer(self) -> str:
        """The service that announces."""
        return self.envelope.source.removeprefix("/liudai/")

    @property
    def topic(self) -> str:
        """The published type, e.g. `credit_assessed.v1`."""
        return self.envelope.type

    @property
    def stream_id(self) -> str:
        """The stream of the fact; order holds within it."""
        return self.envelope.subject

    @property
    def version(self) -> int:
        """The fact's version in its stream."""
        return self.envelope.streamversion

    @property
    def routing_key(self) -> str:
        """`<type>.<bucket>`, by which queues bind."""
        return f"{self.topic}.{bucket(self.stream_id):02d}"

    @property
    def meta(self) -> Metadata:
        """The metadata of what this announcement causes."""
        said = self.envelope
        return Metadata(
            actor=said.actor, client=said.client, legal_entity=said.legalentity, branch=said.branch,
            business_date=said.businessdate, correlation_id=said.correlationid, causation_id=said.id,
            traceparent=said.traceparent,
        )  # fmt: skip


def announce(recorded: Recorded[Any], event: IntegrationEvent) -> Announcement:
    """Wrap a fact's announcement."""
    meta = recorded.meta
    envelope = Envelope(
        id=UUID(int=recorded.event_id.int),  # asyncpg has a UUID of its own
        source=f"/liudai/{event.producer}", type=topic(type(event)), subject=recorded.stream_id, time=recorded.at,
        streamversion=recorded.version, actor=meta.actor, client=meta.client, legalentity=meta.legal_entity,
        branch=meta.branch, businessdate=meta.business_date, correlationid=meta.correlation_id,
        traceparent=meta.traceparent,
    )  # fmt: skip
    data = event.model_dump(mode="json")
    said = envelope.model_dump(mode="json", exclude_none=True)
    return Announcement(envelope, data, orjson.dumps(said | {"data": data}))


def parse(body: bytes, deliveries: int = 0) -> Announcement:
    """An announcement from the wire; raises Undecodable when its envelope is not ours, or PostgreSQL could not keep it.

    That is JSON to the letter, which pydantic's reader is not (it takes NaN), and no text with a NUL. It is read once:
    of what was read, the few words of the envelope are written out again for a reader as strict as for JSON.
    """
    try:
        said = orjson.loads(body)
        data = said.pop("data", None) if isinstance(said, dict) else None
        envelope = Envelope.model_validate_json(orjson.dumps(said))
    except ValidationError as error:
        fields = sorted({".".join(map(str, one["loc"])) or "body" for one in error.errors()})
        raise Undecodable(f"not a CloudEvent of ours: {', '.join(fields)}") from error
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:  # no JSON, or nested without end
        raise Undecodable("not a CloudEvent of ours: body") from error
    if not isinstance(data, dict):
        raise Undecodable("not a CloudEvent of ours: data")
    if b"\\u0000" in body:
        raise Undecodable("a text holds a NUL, which no table could")
    return Announcement(envelope, data, body, deliveries)


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
