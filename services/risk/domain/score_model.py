"""评分模型: what training committed for one segment: card, tree, blend, and how it was measured."""

from typing import Literal, Self

from pydantic import model_validator

from services.risk.domain.blend import Blend, blended
from services.risk.domain.decision_tree import DecisionTree
from services.risk.domain.facts import Segment
from services.risk.domain.scorecard import Scorecard
from shared.messages import Value

GOLDEN_TOLERANCE = 1e-9


class TrainingData(Value):
    """A file that was read: its hash pins what was learnt from."""

    file: str
    sha256: str
    rows: int
    bad: int
    licence: str
    source: str


class GoldenApplicant(Value):
    """An applicant whose log-odds the loader computes again before the model may serve."""

    features: dict[str, float | str | None]
    five_c_points: float
    z: float


class ScoreModel(Value):
    """One immutable model. Its version id is the SHA-256 of its file."""

    kind: Literal["score_model"] = "score_model"
    model_id: str
    segment: Segment
    version: str
    five_c_version: str
    """The 5C table that the blend was calibrated with; another table needs another calibration."""
    signs: dict[str, Literal[-1, 1]]
    """Direction of each numeric feature: +1 where more of it means more risk."""
    card: Scorecard
    tree: DecisionTree
    blend: Blend
    data: tuple[TrainingData, ...]
    seeds: dict[str, int]
    split: str
    metrics: dict[str, dict[str, float]]
    limits_of_use: tuple[str, ...]
    golden: tuple[GoldenApplicant, ...]

    @model_validator(mode="after")
    def _risk_moves_one_way(self) -> Self:
        for characteristic in self.card.characteristics:
            if characteristic.edges:
                towards_risk = characteristic.woe[:: self.signs[characteristic.feature]]
                if list(towards_risk) != sorted(towards_risk):
                    raise ValueError(f"{characteristic.feature}: evidence must move one way")
        return self


def check_golden(model: ScoreModel) -> None:
    """ValueError unless the model gives its golden applicants the log-odds of its training run."""
    for applicant in model.golden:
        card, tree = model.card.score(applicant.features), model.tree.judge(applicant.features)
        z = blended(model.blend, card.z, tree.default_rate, applicant.five_c_points).z
        if abs(z - applicant.z) > GOLDEN_TOLERANCE:
            raise ValueError(f"{model.model_id} does not score its golden applicants as it was trained to")
