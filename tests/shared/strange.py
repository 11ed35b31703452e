"""Strange values in every place of a request: a calculator answers it, or refuses it by field and rule."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

from shared.problem_details import Problem

D = Decimal
STRANGE: tuple[Any, ...] = (
    None, "", -1, 0, "NaN", "Infinity", 1e308, D("1E+400"), float("nan"), 10**40, "1e99", [], {}, True, "\x00",
    {"amount": "9999999999999.99"}, {"amount": "0"}, {"amount": "-5"}, "0001-01-01", "9999-12-31", "99.999999", "R9",
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(part, (*path, key))


def with_value(request: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = deepcopy(request)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def strange_answers(calculate: Callable[[Any], Any], request: Any) -> set[int]:
    """The statuses of all the refusals of a calculator; anything else that it does is raised."""
    statuses = set()
    for path in places(request):
        for value in STRANGE:
            try:
                calculate(with_value(request, path, value))
            except Problem as problem:
                statuses.add(problem.status)
    return statuses
