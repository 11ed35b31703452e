"""How sure a measured figure is: DeLong's interval of an area under the curve, the bootstrap's of anything else."""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from services.risk.training.weight_of_evidence import Floats

LEVEL = 0.95
DRAWS, SEED = 200, 0
PLACES = 6

Measure = Callable[[Floats, Floats, Floats | None], float]


def delong_interval(z: Floats, bad: Floats) -> tuple[float, float]:
    """The 95 % interval of the AUC, within 0 and 1.

    Source: DeLong, DeLong & Clarke-Pearson 1988, in the form by midranks of Sun & Xu 2014.
    """
    risky, sound = z[bad > 0], z[bad <= 0]
    count, others = len(risky), len(sound)
    together = _midranks(np.concatenate([risky, sound]))
    of_risky = (together[:count] - _midranks(risky)) / others
    of_sound = 1.0 - (together[count:] - _midranks(sound)) / count
    spread = float(np.sqrt(of_risky.var(ddof=1) / count + of_sound.var(ddof=1) / others))
    half = NormalDist().inv_cdf(0.5 + LEVEL / 2) * spread
    area = float(of_risky.mean())
    return round(max(area - half, 0.0), PLACES), round(min(area + half, 1.0), PLACES)


def bootstrap_interval(measure: Measure, z: Floats, bad: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """The 95 % interval of any measure by redrawing the bad and the good rows, each among themselves, 200 times."""
    chance = np.random.default_rng(SEED)
    groups = [np.flatnonzero(bad > 0), np.flatnonzero(bad <= 0)]
    found = []
    for _ in range(DRAWS):
        rows = np.concatenate([chance.choice(group, len(group)) for group in groups])
        found.append(measure(z[rows], bad[rows], None if weight is None else weight[rows]))
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return round(float(low), PLACES), round(float(high), PLACES)


def _midranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], dtype=np.float64)
