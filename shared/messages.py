"""The kinds of message: commands ask, events record, integration events announce, a `Rejected` says no."""

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_READ = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
"""What others wrote is read with fields that a newer writer added left aside."""
_ASKED = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Value(BaseModel):
    """A frozen value inside a message: a part of an event, of a command, of a contract."""

    model_config = _READ


class Command(BaseModel):
    """A request, in the imperative. It carries the business dates and persons that its rules need."""

    model_config = _ASKED


class Event(BaseModel):
    """A fact, in the past tense. It carries results, never formulas: replay must not run a rule again.

    The stored type is the class name and the stored version is one more than the number of
    `upcasters`; upcaster i turns the stored dict of version i + 1 into version i + 2.
    """

    model_config = _READ
    upcasters: ClassVar[tuple[Upcaster, ...]] = ()


class IntegrationEvent(BaseModel):
    """An announcement to other services: the facts a consumer needs, never who a person is."""

    model_config = _READ
    producer: ClassVar[str]
    version: ClassVar[int] = 1


class Rejected(Exception):  # noqa: N818  (a refusal is an answer, not an error)
    """A command refused by a rule of the domain. `code` is stable; `field` names what to change, if one thing."""

    def __init__(self, code: str, detail: str, *, field: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.field = code, detail, field


class Personal(BaseModel, Generic[T]):
    """A personal datum of one data subject; stored encrypted under that subject's own key.

    `value` is None once the subject's key has been erased. It never shows in a repr, and it
    must not appear in an integration event.
    """

    model_config = _ASKED
    subject_id: UUID
    value: T | None

    def __repr__(self) -> str:
        return f"Personal(subject_id={self.subject_id})"

    __str__ = __repr__
