"""Observed default rates against the master scale: shared by the tests that grade held-back borrowers."""

import numpy as np
from numpy.typing import NDArray

from services.risk.domain.master_scale import MasterScale
from services.risk.training.measures import sigmoid
from services.risk.training.weight_of_evidence import Floats
from tests.risk.builders import rulebook


def grade_calibration(z: Floats, bad: Floats) -> tuple[int, list[float]]:
    """How many grades have a mean PD outside the Jeffreys 95 % interval of their default rate; the rates by grade."""
    pd, chance = sigmoid(z), np.random.default_rng(0)
    grades = grades_of(pd, rulebook().policy.master_scale)
    outside, observed = 0, []
    for grade in sorted(set(grades)):
        inside = grades == grade
        bads, cases = bad[inside].sum(), inside.sum()
        low, high = np.quantile(chance.beta(bads + 0.5, cases - bads + 0.5, 100_000), [0.025, 0.975])
        outside += not low <= pd[inside].mean() <= high
        observed.append(float(bads / cases))
    return outside, observed


def grades_of(pd: Floats, scale: MasterScale) -> NDArray[np.int64]:
    """The number of each PD's grade."""
    starts = np.array([float(grade.pd_from_percent) / 100 for grade in scale])
    return np.searchsorted(starts, pd, side="right") - 1
