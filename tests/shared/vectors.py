"""Published figures: rows with an id, kept outside this repository in the folder that LIUDAI_VECTORS names."""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]
D = Decimal


def published(
    files: Sequence[str],
    *,
    concerns: Callable[[Row], bool] = lambda _: True,
    out_of_scope: Callable[[Row], str | None] = lambda _: None,
) -> list[Any]:
    """A parameter per row that `concerns` the test; skipped with the reason where one is `out_of_scope`.

    Without the folder there is one parameter, which reports that nothing was run.
    """
    folder = os.environ.get("LIUDAI_VECTORS")
    if not folder:
        reason = "LIUDAI_VECTORS is not set: the published figures were not run"
        return [pytest.param(None, id="not run", marks=pytest.mark.skip(reason=reason))]
    rows = [
        row
        for name in files
        for row in json.loads((Path(folder) / f"{name}.json").read_text(encoding="utf-8"))["vectors"]
        if concerns(row)
    ]
    return [pytest.param(row, id=row["id"], marks=_skipped(out_of_scope(row))) for row in rows]


def _skipped(reason: str | None) -> list[pytest.MarkDecorator]:
    return [pytest.mark.skip(reason=reason)] if reason else []


def holds(row: Row, adapters: Mapping[str, Callable[[Row], Row]]) -> None:
    """Every expected figure is computed, and is what is expected within the row's tolerance."""
    assert row["category"] in adapters, f"no calculator answers {row['category']}"
    found = adapters[row["category"]](row["inputs"])
    for name, expected in row["expected"].items():
        assert name in found, f"nothing computes {name}"
        compare(name, found[name], expected, tolerance_of(row["tolerance"], name))


def tolerance_of(told: str, name: str) -> Decimal:
    """`0.01`, or `0.02 on times, 0.001 on days`: the part that speaks of this figure. The carry rule is always on."""
    if "carry rule" in told:
        return D(0)
    parts = [part.split(" on ") for part in told.split(",")]
    spoken = [amount for amount, *of in parts if of and of[0].strip() in name]
    number = re.match(r"[0-9.]+", (spoken or [parts[0][0]])[0].strip())
    return D(number.group()) if number else D(0)


def compare(name: str, found: Any, expected: Any, tolerance: Decimal) -> None:
    if isinstance(expected, dict):
        for key, value in expected.items():
            compare(f"{name}.{key}", found[key], value, tolerance)
    elif isinstance(expected, list):
        if expected and isinstance(expected[0], dict) and "n" in expected[0]:
            numbers = {one["n"] for one in expected}
            found = [one for one in found if one["n"] in numbers] if len(numbers) < len(found) else found
        assert len(found) == len(expected), name
        for number, value in enumerate(expected):
            compare(f"{name}.{number}", found[number], value, tolerance)
    elif (wanted := number_of(expected)) is None:
        assert found == expected, name
    else:
        told = number_of(found)
        assert told is not None, f"{name} is {found}, expected {expected}"
        assert abs(told - wanted) <= tolerance, f"{name} is {told}, expected {wanted} within {tolerance}"


def number_of(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return D(str(value))
    except InvalidOperation:
        return None
