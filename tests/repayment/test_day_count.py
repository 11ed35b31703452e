"""Days between dates by each convention; the boundaries are month ends."""

from datetime import date

import pytest

from services.repayment.domain.day_count import DAY_COUNTS


@pytest.mark.parametrize(
    ("convention", "start_on", "end_on", "days"),
    [
        ("30/360", date(2026, 1, 15), date(2026, 2, 15), 30),  # a whole month is 30 days
        ("30/360", date(2026, 1, 31), date(2026, 2, 28), 30),  # … also to the end of a shorter month
        ("30/360", date(2026, 1, 31), date(2026, 2, 27), 27),  # a day before that there is no whole month
        ("30/360", date(2026, 1, 15), date(2026, 1, 31), 16),  # odd days are real days
        ("30/360", date(2026, 1, 15), date(2026, 7, 25), 190),
        ("30/360", date(2026, 12, 15), date(2027, 1, 14), 30),  # 30 odd days of a month of 31
        ("30/360", date(2026, 1, 15), date(2026, 1, 15), 0),
        ("30/360 bond basis", date(2026, 1, 15), date(2026, 1, 31), 16),
        ("30/360 bond basis", date(2026, 1, 30), date(2026, 1, 31), 0),
        ("30/360 bond basis", date(2026, 2, 28), date(2026, 3, 1), 3),
        ("ACT/360", date(2024, 2, 28), date(2024, 3, 1), 2),  # a leap day counts
        ("ACT/360", date(2026, 2, 28), date(2026, 3, 1), 1),
    ],
)
def test_days_between(convention: str, start_on: date, end_on: date, days: int) -> None:
    assert DAY_COUNTS[convention].days(start_on, end_on) == days


def test_a_fixed_year_has_as_many_days_as_the_name_says() -> None:
    for name, convention in DAY_COUNTS.items():
        if "/36" in name and "365L" not in name:
            year_days = int(name.split("/")[1][:3])
            assert convention.years(date(2025, 3, 15), date(2026, 3, 20)) * year_days == convention.days(
                date(2025, 3, 15), date(2026, 3, 20)
            )
