"""贷后管理政策 as versioned data: when a loan is inspected, what warns early, and how a debtor's conduct scores.

Figures are the bank's own, on the careful side, from general knowledge of the practice (首次检查 15 天内, 正常类按季,
关注类及以下按月): no rule sets them. A changed figure is a new version with the day on which it takes effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.risk.domain.asset_class import AssetClass

Bands = tuple[tuple[Decimal, int], ...]
"""(from, points), half-open and without gaps: the points of the last band whose `from` is not above the value."""


def bands(*pairs: tuple[int, int]) -> Bands:
    """Bands from plain numbers."""
    return tuple((Decimal(low), points) for low, points in pairs)


@dataclass(frozen=True)
class PostLoanPolicy:
    """One version. `behaviour_bands` are by the names of `behaviour.Behaviour`, 100 points in all.

    A loan of `large_from` yuan or more is inspected at half the interval of its class.
    """

    version: str
    effective_on: date
    first_inspection_days: int
    inspection_days: Mapping[AssetClass, int]
    inspection_days_after_concern: int
    large_from: Decimal
    overdue_red_above_days: int
    utilisation_from_percent: Decimal
    turnover_fall_from_percent: Decimal
    covenant_margin_percent: Decimal
    behaviour_bands: Mapping[str, Bands]


POLICIES = (
    PostLoanPolicy(
        version="2020-1",
        effective_on=date(2020, 1, 1),
        first_inspection_days=15,
        inspection_days={
            AssetClass.NORMAL: 90,
            AssetClass.SPECIAL_MENTION: 30,
            AssetClass.SUBSTANDARD: 30,
            AssetClass.DOUBTFUL: 30,
            AssetClass.LOSS: 90,
        },
        inspection_days_after_concern=15,
        large_from=Decimal(10_000_000),
        overdue_red_above_days=30,
        utilisation_from_percent=Decimal(95),
        turnover_fall_from_percent=Decimal(20),
        covenant_margin_percent=Decimal(10),
        behaviour_bands={
            "days_past_due": bands((0, 30), (1, 15), (31, 5), (91, 0)),
            "worst_days_12_months": bands((0, 25), (1, 18), (8, 10), (31, 4), (91, 0)),
            "late_episodes_12_months": bands((0, 20), (1, 14), (2, 8), (4, 0)),
            "months_clean": bands((0, 0), (3, 5), (6, 9), (12, 15)),
            "repaid_percent": bands((0, 2), (10, 5), (30, 8), (60, 10)),
        },
    ),
)
"""All versions, oldest first."""


def policy_on(business_date: date) -> PostLoanPolicy:
    """The version in force on `business_date`; before the first one, the first one."""
    in_force = [policy for policy in POLICIES if policy.effective_on <= business_date]
    return in_force[-1] if in_force else POLICIES[0]


HOLIDAYS: Mapping[int, tuple[tuple[date, date], ...]] = {
    2026: (
        (date(2026, 1, 1), date(2026, 1, 3)),
        (date(2026, 2, 15), date(2026, 2, 23)),
        (date(2026, 4, 4), date(2026, 4, 6)),
        (date(2026, 5, 1), date(2026, 5, 5)),
        (date(2026, 6, 19), date(2026, 6, 21)),
        (date(2026, 9, 25), date(2026, 9, 27)),
        (date(2026, 10, 1), date(2026, 10, 7)),
    ),
}
"""法定节假日 by year, both days included (国务院办公厅 notice for 2026, from general knowledge: to be checked)."""
WORKED: frozenset[date] = frozenset(
    {
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    }
)
"""调休: weekend days on which the bank works (same notice)."""
SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Neither a weekend that is not worked nor a public holiday. A year without a list has weekends only."""
    if day in WORKED:
        return True
    on_holiday = any(first <= day <= last for first, last in HOLIDAYS.get(day.year, ()))
    return day.weekday() < SATURDAY and not on_holiday


def working_day_from(day: date) -> date:
    """The day itself, or the next on which the bank works."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
