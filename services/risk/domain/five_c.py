"""5C: character, capacity, capital, collateral, conditions: banded indicators and weights, a versioned table.

No standard publishes the weights; ours (25/30/20/10/15) are data of the table. Bands are
half-open [from, next from), so they leave no gap; what is missing gets the table's `missing_points`,
never more than its worst band gives, and is flagged.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from services.risk.domain.facts import Segment
from services.risk.domain.fractions import HUNDRED, NIL
from shared.messages import Value

CategoryName = Literal["character", "capacity", "capital", "collateral", "conditions"]
Indicators = Mapping[str, Decimal | str | None]


class Band(Value):
    """Points from 0 to 100 for values at or above `from_value`; None is minus infinity."""

    from_value: Decimal | None
    points: Decimal


class Indicator(Value):
    """One measured thing: bands of a number, or points by category. `weight` is its part of its C, in percent.

    `reference_points` are those of an unremarkable borrower: they stand in where training data do
    not know the indicator, never in an assessment.
    """

    name: str
    weight: Decimal
    bands: tuple[Band, ...] = ()
    categories: dict[str, Decimal] = Field(default_factory=dict)
    missing_points: Decimal
    reference_points: Decimal

    @model_validator(mode="after")
    def _bands_leave_no_gap(self) -> "Indicator":
        if bool(self.bands) == bool(self.categories):
            raise ValueError(f"{self.name}: either bands or categories")
        lower = [band.from_value for band in self.bands]
        numbers = [bound for bound in lower if bound is not None]
        if self.bands and (lower[0] is not None or numbers != sorted(set(numbers)) or None in lower[1:]):
            raise ValueError(f"{self.name}: bands must start without a lower bound and then rise")
        if self.missing_points > min(self.possible_points):
            raise ValueError(f"{self.name}: withholding it must not pay")
        return self

    @property
    def possible_points(self) -> tuple[Decimal, ...]:
        return tuple(band.points for band in self.bands) or tuple(self.categories.values())

    def points(self, value: Decimal | str | None) -> Decimal | None:
        """The points of `value`; None when it is missing or of a category outside the table."""
        if value is None:
            return None
        if self.categories:
            return self.categories.get(str(value))
        return self._of_bands[bisect_right(self.borders, Decimal(value))]

    @cached_property
    def borders(self) -> tuple[Decimal, ...]:
        return tuple(band.from_value for band in self.bands if band.from_value is not None)

    @cached_property
    def _of_bands(self) -> tuple[Decimal, ...]:
        return tuple(band.points for band in self.bands)


class Worth(NamedTuple):
    """Points that an indicator may give, what they are of its C, and how far they keep the total below 100."""

    points: Decimal
    of_category: Decimal
    lost: Decimal


@dataclass(frozen=True)
class PreparedIndicator:
    """An indicator with its worths by band or category: computed once, since every assessment asks for them."""

    name: str
    borders: tuple[Decimal, ...]
    of_bands: tuple[Worth, ...]
    of_categories: Mapping[str, Worth]
    missing: Worth

    def score(self, value: Decimal | str | None) -> "IndicatorScore":
        found: Worth | None = None
        if value is not None:
            if self.of_bands:
                found = self.of_bands[bisect_right(self.borders, value)]
            else:
                found = self.of_categories.get(str(value))
        if found is None:
            return IndicatorScore(self.name, value, self.missing.points, True, self.missing.lost, self.missing)
        return IndicatorScore(self.name, value, found.points, False, found.lost, found)


class Category(Value):
    name: CategoryName
    weight: Decimal
    indicators: tuple[Indicator, ...]

    @cached_property
    def prepared(self) -> tuple[PreparedIndicator, ...]:
        """Its indicators with everything that does not depend on an applicant."""
        return tuple(self._prepared(indicator) for indicator in self.indicators)

    def _prepared(self, indicator: Indicator) -> PreparedIndicator:
        def worth(points: Decimal) -> Worth:
            lost = (HUNDRED - points) * indicator.weight * self.weight / (HUNDRED * HUNDRED)
            return Worth(points, points * indicator.weight / HUNDRED, lost)

        return PreparedIndicator(
            indicator.name,
            indicator.borders,
            tuple(worth(band.points) for band in indicator.bands),
            {name: worth(points) for name, points in indicator.categories.items()},
            worth(indicator.missing_points),
        )

    @model_validator(mode="after")
    def _weights_are_whole(self) -> "Category":
        if sum(indicator.weight for indicator in self.indicators) != HUNDRED:
            raise ValueError(f"{self.name}: the weights of its indicators must sum to 100")
        return self


class FiveCTable(Value):
    """The table of one segment."""

    kind: Literal["five_c"] = "five_c"
    version: str
    effective_from: date
    segment: Segment
    categories: tuple[Category, ...]

    @model_validator(mode="after")
    def _weights_are_whole(self) -> "FiveCTable":
        if sum(category.weight for category in self.categories) != HUNDRED:
            raise ValueError("the weights of the five Cs must sum to 100")
        return self


class IndicatorScore(NamedTuple):
    """`lost` is how far the indicator keeps the total below 100."""

    name: str
    value: Decimal | str | None
    points: Decimal
    missing: bool
    lost: Decimal
    worth: Worth


class CategoryScore(NamedTuple):
    name: CategoryName
    weight: Decimal
    points: Decimal
    indicators: tuple[IndicatorScore, ...]


@dataclass(frozen=True)
class FiveC:
    """`total` and every C from 0 to 100, unrounded."""

    total: Decimal
    categories: tuple[CategoryScore, ...]


def banded(value: Decimal, bands: tuple[Band, ...]) -> Decimal:
    """The points of the band [from, next from) that holds `value`."""
    return next(band.points for band in reversed(bands) if band.from_value is None or value >= band.from_value)


def weighted(points_and_weights: list[tuple[Decimal, Decimal]]) -> Decimal:
    """Sum of points x weight / 100, unrounded."""
    return sum((points * weight / HUNDRED for points, weight in points_and_weights), NIL)


def five_c(indicators: Indicators, table: FiveCTable) -> FiveC:
    """Score a borrower: every sub-score with its inputs, missing ones flagged."""
    categories = tuple(_category(category, indicators) for category in table.categories)
    return FiveC(weighted([(c.points, c.weight) for c in categories]), categories)


def _category(category: Category, indicators: Indicators) -> CategoryScore:
    scores = tuple(one.score(indicators.get(one.name)) for one in category.prepared)
    points = sum((score.worth.of_category for score in scores), NIL)
    return CategoryScore(category.name, category.weight, points, scores)
