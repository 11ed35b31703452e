"""The values of a feature at which a score may change: on either side of every border, and every category."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from services.risk.domain.expert_flags import ExpertFlag
from services.risk.domain.features import FeatureValue
from services.risk.domain.five_c import FiveCTable, Indicator
from services.risk.domain.fractions import SIX_PLACES, six_places
from services.risk.domain.score_model import ScoreModel

COUNTED = frozenset(
    {
        "anchor_grade", "assigned", "audited", "court_cases_open", "default_record", "employees", "notice_given",
        "overdue_count_24_months", "owner_overdue_count_24_months", "owner_worst_days_past_due", "seniority_years",
        "term_months", "worst_days_past_due", "years_in_business",
    }
)  # fmt: skip
"""Features that are counted from nil: the value below 3 is 2."""


def telling_values(
    model: ScoreModel, table: FiveCTable, flags: Sequence[ExpertFlag] = ()
) -> Mapping[str, tuple[FeatureValue, ...]]:
    """By feature, in a fixed order."""
    found: dict[str, set[FeatureValue]] = {}
    for feature, border in _borders(model, table):
        found.setdefault(feature, set()).update(_around(feature, border))
    for feature, name in _categories(model, table):
        found.setdefault(feature, set()).add(name)
    for flag in flags:
        found.setdefault(flag.feature, set()).update(_around(flag.feature, six_places(flag.number)))
    return {feature: tuple(sorted(values, key=str)) for feature, values in found.items()}


@dataclass(frozen=True)
class Places:
    """Where a feature enters the score: its characteristics of the card, its indicators with their part of 5C."""

    card: tuple[int, ...] = ()
    points: tuple[tuple[int, int, float], ...] = ()
    """Category, indicator, and what a point of it is of the total."""
    is_asked_by_tree: bool = False


def places(model: ScoreModel, table: FiveCTable) -> Mapping[str, Places]:
    """By feature, of those that enter anywhere."""
    card, points = model.card.characteristics, table.categories
    asked = {node.feature for node in model.tree.nodes if node.feature is not None}
    names = {*asked, *(one.feature for one in card), *(indicator.name for indicator in _indicators(table))}
    return {
        name: Places(
            card=tuple(number for number, one in enumerate(card) if one.feature == name),
            points=tuple(
                (number, place, float(indicator.weight * category.weight) / 10_000)
                for number, category in enumerate(points)
                for place, indicator in enumerate(category.indicators)
                if indicator.name == name
            ),
            is_asked_by_tree=name in asked,
        )
        for name in names
    }


def two_sided(table: FiveCTable) -> frozenset[str]:
    """Features of which both too little and too much costs points."""
    return frozenset(indicator.name for indicator in _indicators(table) if not _is_monotone(indicator))


def _is_monotone(indicator: Indicator) -> bool:
    points = [band.points for band in indicator.bands]
    return points in (sorted(points), sorted(points, reverse=True))


def _around(feature: str, border: Decimal) -> tuple[Decimal, ...]:
    if feature in COUNTED:
        above = border.to_integral_value(ROUND_CEILING)
        return tuple(six_places(value) for value in (above, above - 1) if value >= 0)
    return border, border - SIX_PLACES, border + SIX_PLACES


def _indicators(table: FiveCTable) -> Iterator[Indicator]:
    for category in table.categories:
        yield from category.indicators


def _borders(model: ScoreModel, table: FiveCTable) -> Iterator[tuple[str, Decimal]]:
    for characteristic in model.card.characteristics:
        yield from ((characteristic.feature, six_places(edge)) for edge in characteristic.edges)
    for node in model.tree.nodes:
        if node.feature is not None and node.feature not in model.tree.ranks:
            yield node.feature, six_places(node.threshold)
    for indicator in _indicators(table):
        for band in indicator.bands:
            if band.from_value is not None:
                yield indicator.name, six_places(band.from_value)


def _categories(model: ScoreModel, table: FiveCTable) -> Iterator[tuple[str, str]]:
    for characteristic in model.card.characteristics:
        yield from ((characteristic.feature, name) for name in characteristic.categories)
    for indicator in _indicators(table):
        yield from ((indicator.name, name) for name in indicator.categories)
