"""PD of ten thousand applicants at once, each signed feature moved over twenty steps.

The same arithmetic as the engine that serves, over columns: a decision takes half a millisecond, and ten thousand
applicants times every feature times twenty steps would take half an hour. That it is the same arithmetic is asserted
on hundreds of applicants, to 1e-9 of a log-odds, before anything is concluded from it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from services.risk.domain.blend import log_odds_per_point
from services.risk.domain.decision_tree import DecisionTree
from services.risk.domain.rulebook import Rulebook

Floats = NDArray[np.float64]
Columns = Mapping[str, Floats]


def drawn(rules: Rulebook, count: int, seed: int) -> dict[str, Floats]:
    """Applicants between and beyond every border of every feature; categories by their number of the fixed order."""
    chance = np.random.default_rng(seed)
    columns: dict[str, Floats] = {}
    for feature in sorted(rules.places.keys() | {flag.feature for flag in rules.expert_flags}):
        if categories := names_of(rules, feature):
            columns[feature] = chance.integers(0, len(categories), count).astype(np.float64)
        else:
            low, high = bounds_of(rules, feature)
            columns[feature] = np.round(chance.uniform(low, high, count), 6)
    return columns


def names_of(rules: Rulebook, feature: str) -> list[str]:
    """A category's values, in a fixed order; none for a number."""
    return [value for value in rules.telling_values.get(feature, ()) if isinstance(value, str)]


def bounds_of(rules: Rulebook, feature: str) -> tuple[float, float]:
    """A little beyond the outermost borders of a numeric feature."""
    borders = [float(value) for value in rules.telling_values[feature] if value is not None]
    low, high = min(borders), max(borders)
    room = (high - low or 1.0) / 10
    return low - room, high + room


def log_odds(rules: Rulebook, columns: Columns) -> Floats:
    """The blended log-odds of every applicant, expert flags included, before the shift to the central tendency."""
    model, blend = rules.model, rules.model.blend
    card = np.full(len(next(iter(columns.values()))), model.card.intercept)
    for one in model.card.characteristics:
        values = columns[one.feature]
        if one.categories:
            names = names_of(rules, one.feature)
            woe = [one.woe[one.bin_of(name)] for name in names]
            card += one.beta * np.array(woe)[values.astype(int)]
        else:
            card += one.beta * np.array(one.woe)[np.searchsorted(one.edges, values, side="right")]
    rates = _leaf_rates(rules, model.tree, columns)
    z_tree = np.log(rates) - np.log1p(-rates)
    z_five_c = blend.z_mean + log_odds_per_point(blend) * (_points(rules, columns) - blend.points_mean)
    mixed = blend.card_weight * card + blend.tree_weight * z_tree + blend.five_c_weight * z_five_c
    z = blend.slope * mixed + blend.intercept
    for flag in rules.expert_flags:
        beyond = columns[flag.feature] > float(flag.number)
        raised = beyond if flag.operator == "above" else columns[flag.feature] < float(flag.number)
        z += np.where(raised, float(flag.log_odds), 0.0)
    return np.asarray(z, dtype=np.float64)


def _leaf_rates(rules: Rulebook, tree: DecisionTree, columns: Columns) -> Floats:
    at = np.zeros(len(next(iter(columns.values()))), dtype=np.int64)
    for index, node in enumerate(tree.nodes):  # parents come before their children
        if node.feature is None:
            continue
        values = columns[node.feature]
        if node.feature in tree.ranks:
            ranks, worst = tree.ranks[node.feature], tree.missing[node.feature]
            values = np.array([ranks.get(name, worst) for name in names_of(rules, node.feature)])[values.astype(int)]
        below = values.astype(np.float32).astype(np.float64) <= node.threshold
        at = np.where(at == index, np.where(below, node.left, node.right), at)
    return np.array([node.default_rate for node in tree.nodes])[at]


def _points(rules: Rulebook, columns: Columns) -> Floats:
    total = np.zeros(len(next(iter(columns.values()))))
    for category in rules.five_c.categories:
        for one in category.indicators:
            share = float(category.weight * one.weight) / 10_000
            values = columns[one.name]
            if one.categories:
                names = names_of(rules, one.name)
                points = np.array([float(one.categories.get(name, one.missing_points)) for name in names])
                total += share * points[values.astype(int)]
            else:
                borders = [float(band.from_value) for band in one.bands if band.from_value is not None]
                points = np.array([float(band.points) for band in one.bands])
                total += share * points[np.searchsorted(borders, values, side="right")]
    return total
