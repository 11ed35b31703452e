"""The challenger: monotone gradient boosting on the rows of a recipe, stored with skops, never as a pickle."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from services.risk.domain.challenger import ChallengerModel, GoldenRow
from services.risk.registry import canonical, file_stem
from services.risk.training.build import (
    FOLD_SEED,
    FOLDS,
    GOLDEN,
    SPLIT,
    SPLIT_SEED,
    Recipe,
    Sample,
    joined,
    parts_of,
    rows_of,
)
from services.risk.training.measures import calibration, full_measure, ranking
from services.risk.training.monotone_tree import category_ranks, tree_matrix
from services.risk.training.weight_of_evidence import Floats

TREES, LEAVES, RATE = 80, 8, 0.1
PLACES = 9
Ranks = dict[str, dict[str, int]]


def train_challenger(recipe: Recipe, folder: Path) -> ChallengerModel:
    """Train, write `<id>.skops` and `<id>.json` into `folder`. The same data give the same predictions.

    The bytes of the trees' file hold ids of a run, so they are pinned by hash and not trained to the byte.
    """
    trainings, tests = parts_of(recipe)
    training = joined(trainings)
    ranks = {
        name: category_ranks(column, training.bad, training.weight)
        for name, column in training.columns.items()
        if name not in recipe.signs
    }
    names = list(training.columns)
    directions = [recipe.signs.get(name, 1) for name in names]
    numbers = tree_matrix(training.columns, ranks, dict.fromkeys(names, float("nan")))
    missing = {
        name: float(np.nanmax(numbers[:, i]) if directions[i] > 0 else np.nanmin(numbers[:, i]))
        for i, name in enumerate(names)
    }
    slope, intercept = _calibrated(training, ranks, missing, directions)
    trees = _fit(training, ranks, missing, directions)
    stem = file_stem(f"{recipe.model_id}-challenger")
    raw = skops.io.dumps(trees)
    model = ChallengerModel(
        model_id=f"{recipe.model_id}-challenger",
        segment=recipe.segment,
        version=recipe.version,
        features=tuple(names),
        signs=dict(recipe.signs),
        ranks=ranks,
        missing=missing,
        file=f"{stem}.skops",
        file_sha256=sha256(raw).hexdigest(),
        slope=slope,
        intercept=intercept,
        prior=round(float(np.average(training.bad, weights=training.weight)), 6),
        data=tuple(source.described() for source in recipe.sources),
        seeds={"split": SPLIT_SEED, "folds": FOLD_SEED, "trees": 0},
        split=SPLIT,
        metrics={},
        limits_of_use=("A challenger is scored beside the champion and never decides.", *recipe.limits_of_use),
        golden=(),
    )
    model = model.model_copy(
        update={"metrics": _metrics(model, trees, recipe, tests), "golden": _golden(model, trees, tests[-1])}
    )
    (folder / model.file).write_bytes(raw)
    (folder / f"{stem}.json").write_bytes(canonical(model))
    return model


def _fit(
    sample: Sample, ranks: Ranks, missing: dict[str, float], directions: Sequence[int]
) -> HistGradientBoostingClassifier:
    trees = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE, monotonic_cst=list(directions),
        early_stopping=False, random_state=0,
    )  # fmt: skip
    return trees.fit(tree_matrix(sample.columns, ranks, missing), sample.bad, sample_weight=sample.weight)


def _logits(trees: HistGradientBoostingClassifier, matrix: Floats) -> Floats:
    return np.asarray(trees.decision_function(matrix), dtype=np.float64)


def _calibrated(
    training: Sample, ranks: Ranks, missing: dict[str, float], directions: Sequence[int]
) -> tuple[float, float]:
    z = np.empty(len(training.bad))
    for learn, hold in StratifiedKFold(FOLDS, shuffle=True, random_state=FOLD_SEED).split(training.bad, training.bad):
        trees = _fit(training.part(learn), ranks, missing, directions)
        z[hold] = _logits(trees, tree_matrix(training.part(hold).columns, ranks, missing))
    slope, intercept = calibration(z, training.bad, training.weight)
    return round(slope, 6), round(intercept, 6)


def _z(model: ChallengerModel, trees: HistGradientBoostingClassifier, sample: Sample) -> Floats:
    return model.slope * _logits(trees, tree_matrix(sample.columns, model.ranks, model.missing)) + model.intercept


def _metrics(
    model: ChallengerModel, trees: HistGradientBoostingClassifier, recipe: Recipe, tests: Sequence[Sample]
) -> dict[str, dict[str, float]]:
    found = {}
    for number, (source, test) in enumerate(zip(recipe.sources, tests, strict=True)):
        z, weight = _z(model, trees, test), test.weight if recipe.prior else None
        name = f"{source.source.file.split('.')[0]}/challenger"
        found[name] = ranking(z, test.bad) if number else full_measure(z, test.bad, weight)
    return found


def _golden(model: ChallengerModel, trees: HistGradientBoostingClassifier, test: Sample) -> tuple[GoldenRow, ...]:
    rows = rows_of(test.columns)[:GOLDEN]
    probabilities = trees.predict_proba(np.array([model.row(row) for row in rows]))[:, 1]
    return tuple(
        GoldenRow(features=dict(row), z=round(model.log_odds(float(p)), PLACES))
        for row, p in zip(rows, probabilities, strict=True)
    )
