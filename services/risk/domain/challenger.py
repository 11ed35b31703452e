"""挑战者模型: gradient boosting that is scored beside the champion and never decides; here is what is known of it.

The trees themselves lie in a file of their own, which only the worker that scores them opens.
"""

from collections.abc import Mapping
from typing import Literal

from services.risk.domain.facts import Segment
from services.risk.domain.score_model import TrainingData
from services.risk.domain.scorecard import logit
from shared.messages import Value


class GoldenRow(Value):
    """An applicant and the log-odds that training gave him."""

    features: dict[str, float | str | None]
    z: float


class ChallengerModel(Value):
    """One immutable challenger: `file` holds its trees, `file_sha256` pins them.

    `features` in the order of the trees; a category enters as its rank; what is missing as the value at the riskiest
    end of its range, so that withholding never pays. z = slope x logit(p) + intercept, at the prior of training.
    """

    kind: Literal["challenger"] = "challenger"
    model_id: str
    segment: Segment
    version: str
    features: tuple[str, ...]
    signs: dict[str, Literal[-1, 1]]
    ranks: dict[str, dict[str, int]]
    missing: dict[str, float]
    file: str
    file_sha256: str
    slope: float
    intercept: float
    prior: float
    data: tuple[TrainingData, ...]
    seeds: dict[str, int]
    split: str
    metrics: dict[str, dict[str, float]]
    limits_of_use: tuple[str, ...]
    golden: tuple[GoldenRow, ...]

    def row(self, features: Mapping[str, float | str | None]) -> list[float]:
        """The numbers that the trees compare."""
        return [self._number(name, features.get(name)) for name in self.features]

    def _number(self, name: str, value: float | str | None) -> float:
        if isinstance(value, str):
            value = self.ranks.get(name, {}).get(value)
        return self.missing[name] if value is None else float(value)

    def log_odds(self, probability: float) -> float:
        """The calibrated log-odds of what the trees say."""
        return self.slope * logit(probability) + self.intercept
