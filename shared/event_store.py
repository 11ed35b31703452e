"""The event store as everything above it sees it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from shared.messages import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who did it, for which part of the bank, on which business date, because of what."""

    actor: str
    client: str
    legal_entity: str
    branch: str
    business_date: date
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None


METADATA = TypeAdapter(Metadata)
"""Metadata to its stored form, absent things left out, and back, fields of a newer writer left aside."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact on its way to the store, with the version that nobody else may have taken."""

    stream_id: str
    version: int
    event_id: UUID
    event: Event
    meta: Metadata


class Recorded(NamedTuple, Generic[E_co]):
    """A stored fact. `pos` is its place in the sealed log; 0 while it waits for the sealer."""

    pos: int
    stream_id: str
    version: int
    event_id: UUID
    event: E_co
    meta: Metadata
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told for an idempotency key: the same key gets the same bytes again."""

    client: str
    operation: str
    key: str
    request_hash: bytes
    status: int
    location: str | None
    etag: str | None
    body: bytes


class VersionConflict(Exception):  # noqa: N818  (not an error: the command is decided again)
    """Somebody else wrote that version of the stream, or that event, first."""


class KeyUsed(Exception):  # noqa: N818  (not an error: the stored answer is given)
    """The idempotency key was used by a concurrent request."""


class StoreUnavailable(Exception):  # noqa: N818
    """The database did not answer. What was asked may or may not have been committed: ask again with the same key."""


class Streams(Protocol):
    """What a command needs of a store: streams of events, read in order and appended all or nothing."""

    async def read(self, stream_id: str, after: int = 0) -> list[Recorded[Any]]:
        """The events of one stream with a version above `after`, in order."""

    async def append(self, events: Sequence[NewEvent], answer: Answer | None = None) -> None:
        """Commit `events` and `answer` together; return only when they are durable.

        Raises VersionConflict, KeyUsed or StoreUnavailable; after the first two nothing was written.
        """


class EventStore(Streams, Protocol):
    """A whole store: streams, the answers given for idempotency keys, and the sealed log."""

    async def answered(self, client: str, operation: str, key: str) -> Answer | None:
        """The answer once given for this key, or None."""

    async def log(self, after: int, limit: int = 1000) -> list[Recorded[Any]]:
        """The sealed log behind position `after`: gapless, and never added to further back."""


async def whole_log(store: EventStore, after: int = 0, page: int = 1000) -> AsyncIterator[Recorded[Any]]:
    """Every sealed event behind `after`, page by page, up to the head at the time of reading."""
    while recorded := await store.log(after, page):
        for one in recorded:
            yield one
        after = recorded[-1].pos
