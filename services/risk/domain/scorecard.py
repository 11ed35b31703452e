"""评分卡: weight of evidence per bin, a logistic regression over it, in plain Python.

Floating point is meant here: probabilities come from exp and log, which have no exact decimal
form. Features are rounded to six places before binning and results to six places after, so that
a replay gives the same bytes; no money passes through this module.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, log

from pydantic import model_validator

from shared.messages import Value

Features = Mapping[str, float | str | None]


class CardFeature(Value):
    """One characteristic of the card: its bins, their weight of evidence, its coefficient.

    Numeric: bin i is [edges[i-1], edges[i]), so `woe` has one more entry than `edges`.
    Category: `categories` names the bins in the order of `woe`.
    `woe` = ln(share of bad / share of good): higher is riskier; `beta` is positive.
    """

    feature: str
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    woe: tuple[float, ...]
    beta: float
    information_value: float

    @model_validator(mode="after")
    def _bins_are_whole(self) -> "CardFeature":
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"{self.feature}: edges must rise")
        if len(self.woe) != (len(self.categories) or len(self.edges) + 1):
            raise ValueError(f"{self.feature}: one weight of evidence per bin")
        if self.beta <= 0:
            raise ValueError(f"{self.feature}: a coefficient against the direction of its bins")
        return self

    def bin_of(self, value: float | str | None) -> int:
        """The bin's number; what is missing or of an unknown category falls into the riskiest bin.

        So that withholding a bad number never pays.
        """
        if isinstance(value, str):
            return self.categories.index(value) if value in self.categories else self._riskiest
        if value is None:
            return self._riskiest
        return bisect_right(self.edges, value)

    @cached_property
    def _riskiest(self) -> int:
        return self.woe.index(max(self.woe))

    @cached_property
    def answers(self) -> tuple["CardContribution", ...]:
        """What each bin contributes: computed once, since every applicant falls into one of them."""
        best = self.beta * min(self.woe)
        of_bins = (self.beta * woe for woe in self.woe)
        return tuple(
            CardContribution(self.feature, number, log_odds, log_odds - best) for number, log_odds in enumerate(of_bins)
        )


@dataclass(frozen=True)
class CardContribution:
    """What one characteristic adds to the log-odds of default, and how much of it its best bin would spare."""

    feature: str
    bin: int
    log_odds: float
    above_best: float


@dataclass(frozen=True)
class CardScore:
    z: float
    contributions: tuple[CardContribution, ...]


class Scorecard(Value):
    """z = intercept + sum of beta x woe: the log-odds of default under the training prior."""

    intercept: float
    characteristics: tuple[CardFeature, ...]

    def score(self, features: Features) -> CardScore:
        contributions = tuple(one.answers[one.bin_of(features.get(one.feature))] for one in self.characteristics)
        return CardScore(self.intercept + sum(part.log_odds for part in contributions), contributions)


def probability(z: float) -> float:
    """P = 1 / (1 + e^-z), without overflow at either end."""
    if z >= 0:
        return 1.0 / (1.0 + exp(-z))
    odds = exp(z)
    return odds / (1.0 + odds)


def logit(p: float) -> float:
    """ln(p / (1 - p)) for 0 < p < 1; ValueError at the ends."""
    return log(p) - log(1.0 - p)
