"""One recipe for both segments: split, card, tree, 5C points, blend, calibration out of fold, measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from services.risk.domain.blend import Blend, blended
from services.risk.domain.decision_tree import DecisionTree
from services.risk.domain.facts import Segment
from services.risk.domain.five_c import FiveCTable
from services.risk.domain.score_model import GoldenApplicant, ScoreModel
from services.risk.domain.scorecard import Features, Scorecard
from services.risk.training.benchmark import Benchmark
from services.risk.training.five_c_points import points_of
from services.risk.training.measures import calibration, full_measure, ranking
from services.risk.training.monotone_tree import category_ranks, fit_tree, plain_tree, tree_matrix
from services.risk.training.sources import Labelled
from services.risk.training.weight_of_evidence import Column, Floats, evidence_of, train_scorecard

SPLIT_SEED, FOLD_SEED = 20240601, 7
TEST_SHARE, FOLDS = 0.30, 5
WEIGHTS = (0.6, 0.1, 0.3)
QUANTILES, GOLDEN = 200, 20
PLACES = 6
SPLIT = "StratifiedShuffleSplit(1, test_size=0.30, random_state=20240601) per file; fitted on the 70 % part"

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Recipe:
    """What differs between the segments."""

    model_id: str
    version: str
    segment: Segment
    signs: Mapping[str, Literal[-1, 1]]
    """Direction of every numeric feature; a feature without one is a category."""
    sources: tuple[Labelled, ...]
    weights: tuple[float, ...]
    """How much a row of each source counts; later sources are brought to the prior of the first."""
    prior: float | None
    """Default rate of the population that the first source was drawn from by class; None: its own."""
    five_c: FiveCTable
    limits_of_use: tuple[str, ...]
    everything_known: Labelled | None = None
    """The first source with columns that no applicant here can supply: what a plain regression makes of all of it."""


@dataclass(frozen=True)
class Sample:
    columns: Mapping[str, Column]
    bad: Floats
    weight: Floats

    def part(self, rows: Rows) -> "Sample":
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Sample(columns, self.bad[rows], self.weight[rows])


@dataclass(frozen=True)
class Fitted:
    """Card and tree of one sample; `library_tree` is kept for the proof that the plain one equals it."""

    card: Scorecard
    tree: DecisionTree
    library_tree: DecisionTreeClassifier
    fill: Mapping[str, float]


@dataclass(frozen=True)
class Trained:
    """The model and what its proofs need."""

    model: ScoreModel
    fitted: Fitted
    training: Sample
    tests: tuple[Sample, ...]


def build(recipe: Recipe) -> Trained:
    """Train and measure. The same data give the same model, to the byte of its canonical JSON."""
    trainings, tests = parts_of(recipe)
    training = joined(trainings)
    fitted = fit(training, recipe.signs)
    blend = _calibrated(training, recipe, fitted)
    model = _model(recipe, fitted, blend, tests)
    return Trained(model, fitted, training, tuple(tests))


def parts_of(recipe: Recipe) -> tuple[list[Sample], list[Sample]]:
    """The part of each source that is learnt from, and the part held back, rows weighted to the population."""
    trainings, tests = [], []
    prior = recipe.prior or float(recipe.sources[0].bad.mean())
    for source, weight in zip(recipe.sources, recipe.weights, strict=True):
        sample = _weighted(source, weight, prior)
        learn, hold = next(_split().split(sample.bad, sample.bad))
        trainings.append(sample.part(learn))
        tests.append(sample.part(hold))
    return trainings, tests


def fit(sample: Sample, signs: Mapping[str, int]) -> Fitted:
    """Card and tree on one sample."""
    card = train_scorecard(sample.columns, sample.bad, sample.weight, signs)
    ranks = {
        name: category_ranks(column, sample.bad, sample.weight)
        for name, column in sample.columns.items()
        if name not in signs
    }
    fill = {name: float(np.nanmedian(sample.columns[name])) for name in signs}
    fill |= {
        name: float(np.median([rank[value] for value in sample.columns[name] if value in rank]))
        for name, rank in ranks.items()
    }
    matrix = tree_matrix(sample.columns, ranks, fill)
    directions = [signs.get(name, 1) for name in sample.columns]
    library_tree = fit_tree(matrix, sample.bad, sample.weight, directions)
    tree = plain_tree(library_tree, matrix, list(sample.columns), ranks, directions)
    return Fitted(card, tree, library_tree, fill)


def rows_of(columns: Mapping[str, Column]) -> list[Features]:
    """Row by row, as serving sees an applicant; a gap is None."""
    names = list(columns)
    return [
        {name: _value(value) for name, value in zip(names, values, strict=True)}
        for values in zip(*columns.values(), strict=True)
    ]


def view_of(fitted: Fitted, sample: Sample) -> tuple[Floats, Floats]:
    """Log-odds by the card and default rate by the tree, all rows at once.

    Gaps of the training data count as no evidence here, not as the riskiest bin.
    """
    z_card = np.full(len(sample.bad), fitted.card.intercept)
    for one in fitted.card.characteristics:
        z_card += one.beta * evidence_of(one, sample.columns[one.feature])
    rates = np.array([node.default_rate for node in fitted.tree.nodes])
    leaves = fitted.library_tree.apply(tree_matrix(sample.columns, fitted.tree.ranks, fitted.fill))
    return z_card, rates[leaves]


def _calibrated(training: Sample, recipe: Recipe, fitted: Fitted) -> Blend:
    """The blend: 5C scaled to the card, and slope and intercept fitted on predictions out of fold."""
    points = points_of(training.columns, recipe.five_c)
    z_card, rates = np.empty(len(training.bad)), np.empty(len(training.bad))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=FOLD_SEED)
    for learn, hold in folds.split(training.bad, training.bad):
        part = fit(training.part(learn), recipe.signs)
        z_card[hold], rates[hold] = view_of(part, training.part(hold))
    weight = training.weight
    plain = Blend(
        card_weight=WEIGHTS[0],
        tree_weight=WEIGHTS[1],
        five_c_weight=WEIGHTS[2],
        z_mean=_mean(z_card, weight),
        z_sd=_deviation(z_card, weight),
        points_mean=_mean(points, weight),
        points_sd=_deviation(points, weight),
        slope=1.0,
        intercept=0.0,
        prior=round(float(np.average(training.bad, weights=weight)), PLACES),
        reference_z=(),
    )
    slope, intercept = calibration(mixed(plain, z_card, rates, points), training.bad, weight)
    calibrated = plain.model_copy(update={"slope": round(slope, PLACES), "intercept": round(intercept, PLACES)})
    z = mixed(calibrated, *view_of(fitted, training), points)
    return calibrated.model_copy(update={"reference_z": _quantiles(z, weight)})


def _model(recipe: Recipe, fitted: Fitted, blend: Blend, tests: Sequence[Sample]) -> ScoreModel:
    metrics: dict[str, dict[str, float]] = {}
    golden: tuple[GoldenApplicant, ...] = ()
    for source, test in zip(recipe.sources, tests, strict=True):
        z_card, rates = view_of(fitted, test)
        points = points_of(test.columns, recipe.five_c)
        z = mixed(blend, z_card, rates, points)
        name = source.source.file.split(".")[0]
        # A drawn sample's default rate says nothing about probabilities, so a later source is only ranked.
        is_first = source is recipe.sources[0]
        weight = test.weight if recipe.prior else None  # a sample drawn by class stands for its population
        metrics[f"{name}/blend"] = full_measure(z, test.bad, weight) if is_first else ranking(z, test.bad)
        metrics[f"{name}/card"] = ranking(z_card, test.bad)
        metrics[f"{name}/tree"] = ranking(rates, test.bad)
        metrics[f"{name}/five_c"] = ranking(-points, test.bad)
        golden = _golden(fitted, blend, test, points)
    if recipe.everything_known is not None:
        metrics["plain_logistic_of_all_known"] = ranking(*plain_logistic_of_all(recipe))
    return ScoreModel(
        model_id=recipe.model_id,
        segment=recipe.segment,
        version=recipe.version,
        five_c_version=recipe.five_c.version,
        signs=dict(recipe.signs),
        card=fitted.card,
        tree=fitted.tree,
        blend=blend,
        data=tuple(source.described() for source in recipe.sources),
        seeds={"split": SPLIT_SEED, "folds": FOLD_SEED, "tree": 0},
        split=SPLIT,
        metrics=metrics,
        limits_of_use=recipe.limits_of_use,
        golden=golden,
    )


def plain_logistic_of_all(recipe: Recipe) -> tuple[Floats, Floats]:
    """Log-odds and outcome on the held-back part, by a plain regression on everything known at approval."""
    [learn], [test] = parts_of(replace(recipe, sources=(recipe.everything_known or recipe.sources[0],), weights=(1.0,)))
    return Benchmark(learn.columns, learn.bad, learn.weight).log_odds(test.columns), test.bad


def _golden(fitted: Fitted, blend: Blend, test: Sample, points: Floats) -> tuple[GoldenApplicant, ...]:
    """The first twenty of the last source's test part (its data ship), scored as serving scores them."""
    golden = []
    for row, given in list(zip(rows_of(test.columns), points, strict=True))[:GOLDEN]:
        card, tree = fitted.card.score(row), fitted.tree.judge(row)
        z = blended(blend, card.z, tree.default_rate, float(given)).z
        golden.append(GoldenApplicant(features=dict(row), five_c_points=float(given), z=round(z, 9)))
    return tuple(golden)


def _split() -> StratifiedShuffleSplit:
    return StratifiedShuffleSplit(1, test_size=TEST_SHARE, random_state=SPLIT_SEED)


def _weighted(source: Labelled, weight: float, prior: float) -> Sample:
    rate = float(source.bad.mean())
    bad, good = weight * prior / rate, weight * (1 - prior) / (1 - rate)
    return Sample(source.columns, source.bad, np.where(source.bad > 0, bad, good))


def joined(parts: Sequence[Sample]) -> Sample:
    """The rows of all parts, one behind the other."""
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    return Sample(
        columns, np.concatenate([part.bad for part in parts]), np.concatenate([part.weight for part in parts])
    )


def mixed(blend: Blend, z_card: Floats, rates: Floats, points: Floats) -> Floats:
    """The blended log-odds of every row."""
    rows = zip(z_card, rates, points, strict=True)
    return np.array([blended(blend, float(z), float(rate), float(given)).z for z, rate, given in rows])


def _mean(values: Floats, weight: Floats) -> float:
    return round(float(np.average(values, weights=weight)), PLACES)


def _deviation(values: Floats, weight: Floats) -> float:
    mean = np.average(values, weights=weight)
    return round(float(np.sqrt(np.average((values - mean) ** 2, weights=weight))), PLACES)


def _quantiles(z: Floats, weight: Floats) -> tuple[float, ...]:
    """Mid-quantiles of the population: row i stands for the share (i + 1/2) / 200."""
    order = np.argsort(z, kind="stable")
    cumulated = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    wanted = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return tuple(round(float(value), PLACES) for value in np.interp(wanted, cumulated, z[order]))


def _value(value: object) -> float | str | None:
    if isinstance(value, str):
        return str(value) or None
    number = float(str(value))
    return None if np.isnan(number) else number
