"""A small tree that may only rise where risk rises, written out as plain nodes."""

from collections.abc import Mapping

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from services.risk.domain.decision_tree import DecisionTree, TreeNode
from services.risk.training.weight_of_evidence import Column, Floats

DEPTH = 5
SMALLEST_LEAF = 0.02
SEED = 0
THRESHOLD_PLACES = 7
"""Features have six places, so a threshold between two of them survives rounding to seven."""
RATE_PLACES = 9


def fit_tree(matrix: Floats, bad: Floats, weight: Floats, signs: list[int]) -> DecisionTreeClassifier:
    """The tree of the training library: depth 5, leaves of 2 % or more, signed."""
    tree = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=SMALLEST_LEAF, monotonic_cst=signs, random_state=SEED
    )
    return tree.fit(matrix, bad, sample_weight=weight)


def category_ranks(values: Column, bad: Floats, weight: Floats) -> dict[str, int]:
    """Categories in the order of their bad rate, the safest 0: a rank is a number with sign +1."""
    names = sorted({str(value) for value in values if value != ""})
    rates = {name: float(np.average(bad[values == name], weights=weight[values == name])) for name in names}
    return {name: rank for rank, name in enumerate(sorted(names, key=lambda name: (rates[name], name)))}


def tree_matrix(
    columns: Mapping[str, Column], ranks: Mapping[str, Mapping[str, int]], fill: Mapping[str, float]
) -> Floats:
    """The columns side by side as numbers; gaps, also of categories, filled with `fill`."""
    return np.column_stack(
        [
            np.array([float(ranks[name].get(str(value), fill[name])) for value in values])
            if name in ranks
            else np.where(np.isnan(values), fill[name], values)
            for name, values in columns.items()
        ]
    )


def plain_tree(
    fitted: DecisionTreeClassifier,
    matrix: Floats,
    names: list[str],
    ranks: dict[str, dict[str, int]],
    signs: list[int],
) -> DecisionTree:
    """The fitted tree as nodes.

    Leaves are shrunk towards the prior by the same small part, one case in the smallest leaf: so that
    none says 0 or 1, and the order that the constraint gave them stays.
    """
    inner = fitted.tree_
    part = 1.0 / (SMALLEST_LEAF * len(matrix) + 1)
    prior = float(inner.value[0][0][1])
    riskiest = {name: float(matrix[:, i].max() if signs[i] > 0 else matrix[:, i].min()) for i, name in enumerate(names)}
    nodes = (
        TreeNode(default_rate=round((1 - part) * float(inner.value[i][0][1]) + part * prior, RATE_PLACES))
        if inner.children_left[i] < 0
        else TreeNode(
            feature=names[inner.feature[i]],
            threshold=round(float(inner.threshold[i]), THRESHOLD_PLACES),
            left=int(inner.children_left[i]),
            right=int(inner.children_right[i]),
        )
        for i in range(inner.node_count)
    )
    return DecisionTree(nodes=tuple(nodes), ranks=ranks, missing=riskiest)
