"""Which facts `liudai events` shows, and the columns that a window has room for."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.operations.telling import Wanted, columns_of

ID = "4f7e0c80-8c09-54a4-bed7-225a3adc643c"
FACT: dict[str, Any] = {
    "at": "2026-03-31T17:00:00.5Z", "business_date": "2026-03-31", "service": "repayment", "pos": 7,
    "type": "LoanBooked", "stream_id": f"loan_account-{ID}", "actor": "system:repayment", "what": "principal CNY 1.00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "is_shown"),
    [
        (Wanted(), True),
        (Wanted(kind="Loan"), True),
        (Wanted(kind="Booked"), False),  # the beginning, not any part
        (Wanted(stream=ID), True),
        (Wanted(stream="facility"), False),
        (Wanted(since=date(2026, 3, 31)), True),  # included
        (Wanted(since=date(2026, 4, 1)), False),
        (Wanted(since=datetime(2026, 3, 31, 17, 0, 0, tzinfo=UTC)), True),
        (Wanted(since=datetime(2026, 3, 31, 17, 0, 1, tzinfo=UTC)), False),
    ],
)
def test_facts_are_chosen_by_type_stream_and_time(wanted: Wanted, is_shown: bool) -> None:
    assert wanted.has(FACT) is is_shown


@pytest.mark.parametrize(
    ("room", "shown", "left_out"),
    [
        (80, ["2026-03-31", "LoanBooked", ID], ["loan_account", "repayment", "principal"]),
        (140, ["2026-03-31", "repayment", "LoanBooked", ID, "system:repayment", "principal"], ["loan_account"]),
        (None, ["2026-03-31T17:00:00", "2026-03-31 repayment", f"loan_account-{ID}", " 7 ", "principal"], []),
    ],
)
def test_a_narrow_window_shows_what_can_be_looked_up(room: int | None, shown: list[str], left_out: list[str]) -> None:
    line = columns_of(room, FACT)
    assert [part for part in shown if part not in line] == []
    assert [part for part in left_out if part in line] == []
    assert room is None or len(line) <= room
