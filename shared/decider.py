"""A decider: the pure shape of an aggregate. Decide says what happens, evolve says what it means."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.messages import Command, Event

S = TypeVar("S")
C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Memory(Generic[S]):
    """How a state is kept beside the facts that it came from, to be read instead of them.

    `write` returns None for one that is not worth it. `read` is given the stream's first fact too, which need not be
    written again, and raises ValueError, LookupError or TypeError for what it cannot read. What is kept means the same
    only within a `version`.
    """

    version: int
    write: Callable[[S], bytes | None]
    read: Callable[[str, Any], S]


@dataclass(frozen=True)
class Remembered(Generic[S]):
    """Stands in a stream for all that happened until its version: the state that it came to."""

    state: S


@dataclass(frozen=True)
class Decider(Generic[S, C, E]):
    """One kind of stream: `category`, which stream a command concerns, and its two pure functions.

    `decide` returns the new facts, an empty sequence for a repetition, or raises `Rejected`.
    `evolve` copies and asserts; it never refuses. `events` are all the types the stream may hold. A stream is its
    branch's, to be seen and written by who may see that branch; `of_bank`, it is every branch's of its legal entity.
    """

    category: str
    stream_id: Callable[[C], UUID]
    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    events: tuple[type[E], ...]
    of_bank: bool = False
    memory: Memory[S] | None = None

    def stream(self, aggregate_id: UUID) -> str:
        """The name of the stream of one aggregate, e.g. `loan_account-6f0c…`."""
        return f"{self.category}-{aggregate_id}"

    def fold(self, events: Iterable[E | Remembered[S]], state: S | None = None) -> S:
        """The state after `events`, from `state` or from the beginning."""
        current = self.initial if state is None else state
        for event in events:
            current = event.state if isinstance(event, Remembered) else self.evolve(current, event)
        return current
