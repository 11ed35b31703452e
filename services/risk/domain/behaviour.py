"""行为评分 (B 卡): how a debtor has paid so far, in points of 100. A points table, no trained model: it has no PD."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Literal

from services.risk.domain.fractions import HUNDRED, NIL
from services.risk.domain.post_loan_policy import Bands, policy_on
from shared.dates import add_months

Level = Literal["good", "fair", "weak", "poor"]
LEVELS: tuple[tuple[int, Level], ...] = ((80, "good"), (60, "fair"), (40, "weak"), (0, "poor"))
WINDOW_MONTHS = 12


@dataclass(frozen=True)
class LateEpisode:
    """From the first day heard to be past due until the cure (None: not yet), and the worst days of it."""

    began_on: date
    worst_days: int
    ended_on: date | None = None


@dataclass(frozen=True)
class Behaviour:
    """What is scored. `months_clean`: since the last delay ended, or since the first payout."""

    days_past_due: Decimal
    worst_days_12_months: Decimal
    late_episodes_12_months: Decimal
    months_clean: Decimal
    repaid_percent: Decimal


@dataclass(frozen=True)
class BehaviourScore:
    """The sum of the points of each indicator, by the policy of that name."""

    score: int
    level: Level
    points: dict[str, int]
    policy_version: str


def behaviour_of(
    episodes: Sequence[LateEpisode], *, since: date, days_past_due: int, lent: Decimal, owed: Decimal, on: date
) -> Behaviour:
    """What the facts say of the debtor `on` a day; `lent` and `owed` of the claims still in the books."""
    window = add_months(on, -WINDOW_MONTHS)
    recent = [one for one in episodes if one.ended_on is None or one.ended_on >= window]
    is_late = any(one.ended_on is None for one in episodes)
    clean_since = max((one.ended_on for one in episodes if one.ended_on), default=since)
    months = (on.year - clean_since.year) * 12 + on.month - clean_since.month - (on.day < clean_since.day)
    return Behaviour(
        days_past_due=Decimal(days_past_due),
        worst_days_12_months=Decimal(max((one.worst_days for one in recent), default=0)),
        late_episodes_12_months=Decimal(len(recent)),
        months_clean=NIL if is_late else Decimal(max(0, months)),
        repaid_percent=(lent - owed) * HUNDRED / lent if lent else NIL,
    )


def behaviour_score(known: Behaviour, on: date) -> BehaviourScore:
    """Points by the policy in force `on` a day."""
    policy = policy_on(on)
    points = {one.name: points_in(policy.behaviour_bands[one.name], getattr(known, one.name)) for one in fields(known)}
    total = sum(points.values())
    level = next(level for low, level in LEVELS if total >= low)
    return BehaviourScore(total, level, points, policy.version)


def points_in(table: Bands, value: Decimal) -> int:
    """The points of the band that holds `value`; of the first one below it."""
    return next((points for low, points in reversed(table) if value >= low), table[0][1])
