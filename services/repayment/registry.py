"""What ships as data: the working calendars, one file per version, which never changes; the LPR; and the books."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from services.repayment.domain import journal
from services.repayment.domain.events import LprRate
from services.repayment.domain.journal import Account, BookParameters, Books, Entry, FactRow
from services.repayment.domain.working_days import WorkingCalendar
from shared.messages import Event

CALENDARS = Path(__file__).parent / "calendars"
LPR = Path(__file__).parent / "lpr"
BOOKS = Path(__file__).parent / "books"


@cache
def calendars() -> Mapping[str, WorkingCalendar]:
    """Every calendar by its version."""
    return {one.version: one for one in (_read(path) for path in sorted(CALENDARS.glob("*.json")))}


def _read(path: Path) -> WorkingCalendar:
    stored = json.loads(path.read_text(encoding="utf-8"))
    if stored["version"] != path.stem:
        raise ValueError(f"{path.name} holds version {stored['version']}")
    return WorkingCalendar(
        version=stored["version"],
        holidays=frozenset(map(date.fromisoformat, stored["holidays"])),
        make_up_days=frozenset(map(date.fromisoformat, stored["make_up_days"])),
    )


@cache
def shipped_lpr() -> tuple[LprRate, ...]:
    """The publications of the LPR that the bank begins with, the oldest first."""
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(LPR.glob("*.json"))]
    return tuple(LprRate.model_validate(rate) for one in stored for rate in one["rates"])


@cache
def books() -> Books:
    """The bank's chart, its table of entries and its parameters."""
    chart, table = (_data(name) for name in ("chart_cn_1", "entries_1"))
    accounts = [Account.model_validate(one) for one in chart["accounts"]]
    parameters = [BookParameters.model_validate(one) for one in _data("parameters")]
    return Books(
        accounts={one.key: one for one in accounts},
        rows={name: FactRow.model_validate(row) for name, row in table["facts"].items()},
        parameters=sorted(parameters, key=lambda one: one.from_on),
    )


def entries(event: Event) -> tuple[Entry, ...]:
    """The journal lines that a fact makes in the bank's books."""
    return journal.entries(event, books())


def _data(name: str) -> Any:
    return json.loads((BOOKS / f"{name}.json").read_text(encoding="utf-8"))
