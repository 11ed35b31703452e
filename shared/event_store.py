"""The event store as everything above it sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from shared.decider import Memory
from shared.messages import Event

S = TypeVar("S")
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

    async def read(self, stream_id: str, memory: Memory[Any] | None = None) -> list[Recorded[Any]]:
        """The events of one stream in order.

        With `memory` the first may be a `Remembered` in the place of all that happened until its version.
        """

    async def remember(self, last: NewEvent, memory: Memory[S], state: S) -> None:
        """Keep the state that the stream came to with `last`, or fail in silence: it can be read without."""

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
