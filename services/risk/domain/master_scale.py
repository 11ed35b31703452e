"""主标尺: nine grades by probability of default, and the score that says the same in points."""

from decimal import ROUND_HALF_UP, Decimal
from math import log

from shared.messages import Value

POINTS_TO_DOUBLE_ODDS = 20
FACTOR = POINTS_TO_DOUBLE_ODDS / log(2)
"""28.853901: points per unit of log-odds."""
OFFSET = 600 - FACTOR * log(50)
"""487.122876: 600 points stand for odds of 50 good to 1 bad."""


class Grade(Value):
    """A grade holds the PDs from `pd_from_percent` (included) to that of the next grade (excluded)."""

    grade: str
    pd_from_percent: Decimal
    recommendation: str


MasterScale = tuple[Grade, ...]
"""Grades from the best to the worst, the first from nil."""


def grade_of(pd_percent: Decimal, scale: MasterScale) -> Grade:
    """The grade whose band holds `pd_percent`."""
    for grade in reversed(scale):
        if pd_percent >= grade.pd_from_percent:
            return grade
    raise ValueError("the scale starts at nil, and no PD is below")


def rank_of(grade: str, scale: MasterScale) -> int:
    """0 for the best grade; ValueError for a grade outside the scale."""
    for rank, entry in enumerate(scale):
        if entry.grade == grade:
            return rank
    raise ValueError(f"{grade} is no grade of the scale")


def score_of(pd_percent: Decimal) -> int:
    """Points for 0 < PD < 100, half up: 600 at odds of 50:1, twenty more for every doubling."""
    pd = float(pd_percent) / 100
    points = OFFSET + FACTOR * log((1 - pd) / pd)
    return int(Decimal(repr(points)).to_integral_value(ROUND_HALF_UP))
