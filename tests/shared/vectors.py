"""Published figures: rows with an id, kept outside this repository in the folder that LIUDAI_VECTORS names."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]


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
