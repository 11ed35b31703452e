"""Facts and states as people read them: money with its currency, names in words, one line or a block of fields."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shared.money import Money

_NOTHING = re.compile(r"[A-Z]{3} 0(\.0+)?|•••")
_SNAPSHOTS = {"facts", "previous", "latest"}
"""What a fact keeps of what was told before, and a year's statements: `show` has them, a line has no room for them."""


def plain(node: Any) -> Any:
    """Money as text and nothing that is None: what an eye can take in."""
    if isinstance(node, dict):
        if set(node) == {"currency", "minor"}:
            money = Money(node["minor"], node["currency"])
            return f"{money.currency} {money.amount:,}"
        if set(node) == {"subject_id", "value"}:
            return node["value"]
        return {name: plain(value) for name, value in node.items() if value is not None}
    return [plain(one) for one in node] if isinstance(node, list) else node


def words(name: str) -> str:
    """The name of a field, as words."""
    return name.replace("_", " ")


def said(value: Any) -> str:
    """A single value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def sentence(data: Mapping[str, Any]) -> str:
    """What a fact says, on one line: amounts and plain values, outer ones first; no ids, nothing masked or nil.

    Of what others were asked: who, and whether they answered.
    """
    told = ((name, said(value)) for name, value in _scalars(plain(data)))
    return " · ".join(f"{words(name)} {value}" for name, value in told if not _NOTHING.fullmatch(value))


def _scalars(shown: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    nested = []
    for name, value in shown.items():
        if isinstance(value, dict):
            nested += [value] if name not in _SNAPSHOTS else []
        elif isinstance(value, list):
            yield from ((one["source"], one["status"]) for one in value if _is_answer(one))
        elif not name.endswith(("_id", "_by")):
            yield name, value
    for inner in nested:
        yield from _scalars(inner)


def _is_answer(one: Any) -> bool:
    return isinstance(one, dict) and {"source", "status"} <= one.keys()


def block(node: Any, room: int | None = None, depth: int = 1) -> Iterator[str]:
    """A state as lines: a field each, its own fields below it; what is alike as a table where `room` has its width."""
    indent = "  " * depth
    if table := _table(node, None if room is None else room - len(indent)):
        yield from (indent + row for row in table)
    elif isinstance(node, list):
        for no, one in enumerate(node, start=1):
            yield f"{indent}{no}"
            yield from block(one, room, depth + 1)
    elif isinstance(node, dict):
        single = {name: text for name, value in node.items() if (text := _short(value)) is not None}
        width = max((len(name) for name in single), default=0)
        for name, value in node.items():
            if name in single:
                yield f"{indent}{words(name):<{width}}  {single[name]}"
            else:
                yield f"{indent}{words(name)}"
                yield from block(value, room, depth + 1)
    else:
        yield f"{indent}{said(node)}"


def _short(value: Any) -> str | None:
    """A value that has room behind its name; None for one that needs lines of its own."""
    if value in ([], {}):
        return "none"
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(map(said, value))
    return None if isinstance(value, dict | list) else said(value)


def _table(node: Any, room: int | None) -> list[str]:
    """The rows of a list, or of a map from ids, whose items have the same plain fields; empty where it is no table."""
    if isinstance(node, dict) and len(node) > 1 and all(isinstance(one, dict) for one in node.values()):
        rows = [{"id": key, **_flat(one)} for key, one in node.items()]
    elif isinstance(node, list) and node and all(isinstance(one, dict) for one in node):
        rows = [_flat(one) for one in node]
    else:
        return []
    if len({tuple(row) for row in rows}) > 1 or any(isinstance(v, dict | list) for row in rows for v in row.values()):
        return []
    cells = [[words(name) for name in rows[0]], *([said(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    if room is not None and sum(widths) + 2 * (len(widths) - 1) > room:
        return []
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _flat(node: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an item with those of its parts beside them, where no two have the same name."""
    flat: dict[str, Any] = {}
    for name, value in node.items():
        inner = value if isinstance(value, dict) and value else {name: value}
        if flat.keys() & inner.keys():
            return dict(node)
        flat |= inner
    return flat
