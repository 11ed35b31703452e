"""Measures the models that serve on rows they have not seen, each segment against what it must beat.

Everything is scored by the engine that serves, from the committed JSON. A file that does not ship and is not
there is said to be not run, never left out in silence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import numpy as np

from services.risk import registry
from services.risk.domain.blend import central_shift
from services.risk.domain.facts import Segment
from services.risk.domain.five_c import FiveCTable
from services.risk.domain.score_model import ScoreModel
from services.risk.domain.scorecard import logit
from services.risk.training.benchmark import Benchmark
from services.risk.training.build import (
    SPLIT,
    SPLIT_SEED,
    Recipe,
    Sample,
    build,
    mixed,
    parts_of,
    plain_logistic_of_all,
)
from services.risk.training.five_c_points import points_of
from services.risk.training.intervals import SEED as BOOTSTRAP_SEED
from services.risk.training.intervals import bootstrap_interval, delong_interval
from services.risk.training.labelled_file import labelled_file
from services.risk.training.leakage import AUC_MAX, gap_pattern_auc
from services.risk.training.measures import (
    area_under_curve,
    full_measure,
    kolmogorov_smirnov,
    log_loss_of,
    ranking,
    sigmoid,
    slope_of,
)
from services.risk.training.out_of_time import out_of_time
from services.risk.training.segments import RECIPES
from services.risk.training.sources import DataMissingError
from services.risk.training.weight_of_evidence import Column, Floats, evidence_of

Report = dict[str, Any]
SEGMENTS: tuple[str, ...] = get_args(Segment)


@dataclass(frozen=True)
class Views:
    """Log-odds of every row under the training prior: blended, by card and by tree alone; and 5C points."""

    z: Floats
    card: Floats
    tree: Floats
    points: Floats


def views_of(model: ScoreModel, table: FiveCTable, columns: Mapping[str, Column]) -> Views:
    """Score rows as serving does, but for gaps: what a file does not know says nothing, for nobody withheld it.

    The card gives a gap no evidence, 5C its reference points, and where the tree would ask for it the card speaks
    for the tree.
    """
    rows = len(next(iter(columns.values())))
    card = np.full(rows, model.card.intercept)
    for one in model.card.characteristics:
        if one.feature in columns:
            card += one.beta * evidence_of(one, columns[one.feature])
    tree = _tree_log_odds(model, columns, card)
    points = points_of(columns, table)
    rates = np.asarray(sigmoid(tree))
    return Views(mixed(model.blend, card, rates, points), card, tree, points)


def _tree_log_odds(model: ScoreModel, columns: Mapping[str, Column], card: Floats) -> Floats:
    asked = [feature for feature in {node.feature for node in model.tree.nodes} if feature is not None]
    found = card.copy()
    if any(feature not in columns for feature in asked):
        return found
    for index, values in enumerate(zip(*(columns[feature] for feature in asked), strict=True)):
        row = {name: _plain(value) for name, value in zip(asked, values, strict=True)}
        if None not in row.values():
            found[index] = logit(model.tree.judge(row).default_rate)
    return found


def _plain(value: object) -> float | str | None:
    if isinstance(value, str):
        return str(value) or None
    number = float(str(value))
    return None if np.isnan(number) else number


def evaluate_segment(recipe: Recipe, model: ScoreModel, table: FiveCTable) -> Report:
    """The committed model on the held-back part of each of its sources; a drawn sample stands for its population."""
    report: Report = {
        "model": {"model_id": model.model_id, "sha256": sha_of(model), "five_c": table.version},
        "limits_of_use": list(model.limits_of_use),
        "sources": {},
    }
    trainings, tests = parts_of(recipe)
    for number, (source, learn, test) in enumerate(zip(recipe.sources, trainings, tests, strict=True)):
        of_population = number == 0
        weight = test.weight if recipe.prior else None
        report["sources"][source.source.file] = _on_sample(model, table, learn, test, weight, of_population)
    return report


def _on_sample(
    model: ScoreModel, table: FiveCTable, learn: Sample, test: Sample, weight: Floats | None, of_population: bool
) -> Report:
    views = views_of(model, table, test.columns)
    plain = Benchmark(learn.columns, learn.bad, learn.weight).log_odds(test.columns)
    measured = full_measure(views.z, test.bad, weight) if of_population else ranking(views.z, test.bad)
    report: Report = {
        "n": len(test.bad),
        "bad": int(test.bad.sum()),
        "blend": measured | intervals_of(views.z, test.bad, weight, with_levels=of_population),
        "card": _ranked(views.card, test.bad),
        "tree": _ranked(views.tree, test.bad),
        "untrained_point_table": _ranked(-views.points, test.bad),
        "plain_logistic": _ranked(plain, test.bad),
    }
    if of_population:
        report["approve_all"] = _approve_all(views.z, test.bad, weight)
    return report


def intervals_of(z: Floats, bad: Floats, weight: Floats | None, *, with_levels: bool = True) -> Report:
    """95 % intervals: DeLong's of the AUC, the bootstrap's of KS and, where levels mean anything, of the others."""
    measures: dict[str, Callable[[Floats, Floats, Floats | None], float]] = {"ks": kolmogorov_smirnov}
    if with_levels:
        measures |= {"log_loss": log_loss_of, "slope": slope_of}
    return {
        "auc_95": delong_interval(z, bad),
        **{f"{name}_95": bootstrap_interval(one, z, bad, weight) for name, one in measures.items()},
    }


def _ranked(z: Floats, bad: Floats) -> Report:
    return ranking(z, bad) | {"auc_95": delong_interval(z, bad)}


def _approve_all(z: Floats, bad: Floats, weight: Floats | None) -> Report:
    """What the model changes for a bank that says yes to all: the bad rate of the safest 90, 80 and 70 percent."""
    order = np.argsort(z, kind="stable")
    of_row = np.ones(len(bad)) if weight is None else weight
    cumulated = np.cumsum(of_row[order]) / of_row.sum()
    found: Report = {"bad_rate": round(float(np.average(bad, weights=weight)), 6), "auc": 0.5}
    for share in (0.9, 0.8, 0.7):
        kept = order[cumulated <= share]
        found[f"bad_rate_of_safest_{share:.0%}".replace("%", "_percent")] = round(
            float(np.average(bad[kept], weights=of_row[kept])), 6
        )
    return found


def never_seen(recipe: Recipe) -> Report:
    """Trained on the first source alone, asked about the whole of the second: whether the ranking travels."""
    model = build(replace(recipe, sources=recipe.sources[:1], weights=recipe.weights[:1])).model
    abroad = recipe.sources[1]
    views = views_of(model, recipe.five_c, abroad.columns)
    return {
        "trained_on": recipe.sources[0].source.file,
        "asked_about": abroad.source.file,
        "n": len(abroad.bad),
        "blend": _ranked(views.z, abroad.bad),
        "card": _ranked(views.card, abroad.bad),
        "tree": _ranked(views.tree, abroad.bad),
        "untrained_point_table": _ranked(-views.points, abroad.bad),
    }


def sha_of(model: ScoreModel) -> str | None:
    """The content hash under which the library holds it; None for a model that it does not hold."""
    held: Sequence[tuple[ScoreModel, str]] = registry.library().models()
    return next((sha for one, sha in held if one == model), None)


def evaluate_rows(model: ScoreModel, table: FiveCTable, columns: Mapping[str, Column], bad: Floats) -> Report:
    """What `liudai risk evaluate --data` prints: under the training prior, and moved to the file's own default rate."""
    z = views_of(model, table, columns).z
    rate = float(bad.mean())
    own = z + central_shift(z.tolist(), rate)
    return {
        "n": len(bad),
        "bad": int(bad.sum()),
        **{name: value for name, value in full_measure(z, bad).items() if name != "rows"},
        **intervals_of(z, bad, None),
        "at_own_rate": {
            name: value for name, value in full_measure(own, bad).items() if name in ("brier", "log_loss", "ece")
        },
        "untrained_point_table_auc": round(area_under_curve(-points_of(columns, table), bad), 6),
    }


def served(on: date) -> dict[str, tuple[ScoreModel, FiveCTable]]:
    """By segment, the model that serves on a date and the 5C table that it was calibrated with."""
    rulebooks = {segment: registry.library().in_force(segment, on) for segment in get_args(Segment)}
    return {segment: (rules.model, rules.five_c) for segment, rules in rulebooks.items()}


def report_on(segments: Sequence[str], on: date, tell: Callable[[str], None]) -> Report:
    """Every segment's report, or why it was not run; `tell` hears what is being measured."""
    found: Report = {}
    for segment in segments:
        tell(segment)
        model, table = served(on)[segment]
        try:
            recipe = RECIPES[segment](table)
            found[segment] = evaluate_segment(recipe, model, table)
            if len(recipe.sources) > 1:
                found[segment]["never_seen"] = never_seen(recipe)
            if segment == "company":
                found[segment]["leakage"] = leakage_audit(recipe)
            if recipe.everything_known is not None:
                z, bad = plain_logistic_of_all(recipe)
                found[segment]["plain_logistic_of_all_known"] = _ranked(z, bad)
                found[segment]["out_of_time"] = out_of_time(recipe)
        except DataMissingError as error:
            found[segment] = {"not_run": str(error)}
    return {"seeds": {"split": SPLIT_SEED, "bootstrap": BOOTSTRAP_SEED}, "split": SPLIT, "segments": found}


def leakage_audit(recipe: Recipe) -> Report:
    """Whether the gaps of the first source give its label away; beyond the bound it may not be learnt from."""
    first = recipe.sources[0]
    found = gap_pattern_auc(first.columns, first.bad, with_nil=True)
    return {"file": first.source.file, "gap_pattern_auc": found, "at_most": AUC_MAX, "passed": found <= AUC_MAX}


def report_on_file(path: Path, on: date, *, segment: str | None, label: str | None) -> Report:
    """The file's rows scored by the model that serves. FileUnfitError where they cannot be."""
    models = {name: model for name, (model, _) in served(on).items()}
    rows = labelled_file(path, models, segment=segment, label=label)
    model, table = served(on)[rows.segment]
    return {
        "file": path.name,
        "segment": rows.segment,
        "model_id": model.model_id,
        "label": rows.label,
        "absent": list(rows.absent),
        **evaluate_rows(model, table, rows.columns, rows.bad),
    }
