"""Three views of one borrower made one: card 0.6, tree 0.1, 5C 0.3, calibrated, then moved to policy's level.

The weights are fixed by policy and versioned with the model, never learnt: learnt weights did not
travel to borrowers of another country. In floating point, for the reason given in `scorecard`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.risk.domain.scorecard import logit, probability
from shared.messages import Value

SHIFT_PLACES = 6


class Blend(Value):
    """Weights of the views, how 5C points become log-odds, and the calibration of their sum.

    z_5C = z_mean - z_sd x (points - points_mean) / points_sd, the four frozen at training.
    z = slope x (card x z_card + tree x z_tree + five_c x z_5C) + intercept.
    `reference_z` are quantiles of z over the training population at its own prior: from them the
    shift to a central tendency is solved.
    """

    card_weight: float
    tree_weight: float
    five_c_weight: float
    z_mean: float
    z_sd: float
    points_mean: float
    points_sd: float
    slope: float
    intercept: float
    prior: float
    reference_z: tuple[float, ...]


@dataclass(frozen=True)
class BlendedView:
    """Log-odds of the three views and of their calibrated sum, all under the training prior."""

    z_card: float
    z_tree: float
    z_five_c: float
    z: float


def blended(blend: Blend, z_card: float, tree_default_rate: float, five_c_points: float) -> BlendedView:
    """The calibrated sum of the three views."""
    z_tree = logit(tree_default_rate)
    z_five_c = blend.z_mean + log_odds_per_point(blend) * (five_c_points - blend.points_mean)
    mixed = blend.card_weight * z_card + blend.tree_weight * z_tree + blend.five_c_weight * z_five_c
    return BlendedView(z_card, z_tree, z_five_c, blend.slope * mixed + blend.intercept)


def log_odds_per_point(blend: Blend) -> float:
    """What one 5C point more changes in z_5C; negative."""
    return -blend.z_sd / blend.points_sd


def central_shift(reference_z: Sequence[float], central_tendency: float) -> float:
    """The log-odds to add so that the mean PD of the reference population is `central_tendency`.

    Solved by bisection to six places (the closed form is exact only for small PDs). The level of PD is
    a number of the credit policy: data of another country or of a drawn sample cannot supply it.
    """
    low, high = -20.0, 20.0
    while high - low > 10.0 ** -(SHIFT_PLACES + 2):
        middle = (low + high) / 2
        mean = sum(probability(z + middle) for z in reference_z) / len(reference_z)
        low, high = (middle, high) if mean < central_tendency else (low, middle)
    return round((low + high) / 2, SHIFT_PLACES)


def prior_shift(prior: float, central_tendency: float) -> float:
    """The same by formula, for a single view whose grade is only compared: ln-odds of the level less the prior's."""
    return round(logit(central_tendency) - logit(prior), SHIFT_PLACES)
