"""The working calendars that ship: one file per version, which never changes."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from services.repayment.domain.working_days import WorkingCalendar

CALENDARS = Path(__file__).parent / "calendars"


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
