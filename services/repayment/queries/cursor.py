"""The typed place in a list behind which a page begins."""

from collections.abc import Callable
from typing import Any

from shared.problem_details import FieldProblem, Problem

POSITION_MAX = 2**63 - 1


def place(after: tuple[str, ...] | None, *parts: Callable[[str], Any]) -> tuple[Any, ...]:
    """The cursor's parts, or a None for each on the first page; 422 for a cursor that no page gave out."""
    if after is None:
        return (None,) * len(parts)
    try:
        return tuple(read(text) for read, text in zip(parts, after, strict=True))
    except ValueError as error:
        field = FieldProblem(field="after", rule="cursor", detail="use the value of `next` unchanged")
        raise Problem(422, "invalid-request", "Correct: after", errors=[field]) from error


def position(text: str) -> int:
    """A place in the log or in a stream."""
    number = int(text)
    if not 0 <= number <= POSITION_MAX:
        raise ValueError("no position")
    return number
