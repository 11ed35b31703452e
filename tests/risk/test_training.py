"""Training is repeatable to the byte, travels, is calibrated, and refuses to learn from leaks and from noise.

What needs the Polish file runs where LIUDAI_RISK_DATA names its folder; the rest runs everywhere.
"""

import os
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from services.risk import registry
from services.risk.domain.blend import blended
from services.risk.domain.master_scale import MasterScale
from services.risk.registry import canonical
from services.risk.training.__main__ import main, train
from services.risk.training.build import Sample, Trained, build, fit, rows_of, view_of
from services.risk.training.five_c_points import points_of
from services.risk.training.measures import area_under_curve, sigmoid
from services.risk.training.monotone_tree import tree_matrix
from services.risk.training.segments import COMPANY_SIGNS, PERSON_SIGNS, company_recipe
from services.risk.training.sources import POLISH, DataMissingError, Source, companies, read
from services.risk.training.weight_of_evidence import Floats, TooLittleInformationError, evidence_of
from tests.risk.builders import rulebook

pytestmark = pytest.mark.slow  # it trains

HAS_DATA = bool(os.environ.get("LIUDAI_RISK_DATA"))
needs_data = pytest.mark.skipif(not HAS_DATA, reason="LIUDAI_RISK_DATA is not set: company training was not run")
SEGMENTS = [pytest.param("company", marks=needs_data), "person"]


@cache
def trained(segment: str) -> Trained:
    return train(segment)


def z_of(of: Trained, sample: Sample, segment: str) -> Floats:
    """The calibrated log-odds of every row, under the training prior."""
    z_card, rates = view_of(of.fitted, sample)
    points = points_of(sample.columns, rulebook(segment).five_c)
    rows = zip(z_card, rates, points, strict=True)
    return np.array([blended(of.model.blend, float(z), float(rate), float(given)).z for z, rate, given in rows])


@pytest.mark.parametrize("segment", SEGMENTS)
def test_training_again_gives_the_committed_file_byte_for_byte(segment: str) -> None:
    committed = (registry.MODELS / f"{segment}_2026_1.json").read_bytes()
    assert canonical(trained(segment).model) == committed


def gaps_filled(of: Trained, sample: Sample) -> list[dict[str, float | str | None]]:
    return [
        {name: of.fitted.fill[name] if value is None else value for name, value in row.items()}
        for row in rows_of(sample.columns)
    ]


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_plain_card_equals_scikit_learns_regression_on_every_row(segment: str) -> None:
    of = trained(segment)
    card = of.fitted.card
    regression = LogisticRegression()
    regression.classes_ = np.array([0, 1])
    regression.coef_ = np.array([[one.beta for one in card.characteristics]])
    regression.intercept_ = np.array([card.intercept])
    for sample in (of.training, *of.tests):
        columns = {one.feature: sample.columns[one.feature] for one in card.characteristics}
        known = [row for row in rows_of(columns) if None not in row.values()]
        inside = Sample(columns, sample.bad, sample.weight).part(
            np.flatnonzero([None not in row.values() for row in rows_of(columns)])
        )
        evidence = np.column_stack([evidence_of(one, inside.columns[one.feature]) for one in card.characteristics])
        plain = np.array([card.score(row).z for row in known])
        assert np.abs(regression.decision_function(evidence) - plain).max() <= 1e-12


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_plain_tree_reaches_scikit_learns_leaf_on_every_row(segment: str) -> None:
    of = trained(segment)
    tree = of.fitted.tree
    for sample in (of.training, *of.tests):
        leaves = of.fitted.library_tree.apply(tree_matrix(sample.columns, tree.ranks, of.fitted.fill))
        assert [tree.judge(row).leaf for row in gaps_filled(of, sample)] == list(leaves)


@needs_data
def test_the_company_model_ranks_and_is_calibrated_within_the_bars() -> None:
    polish = trained("company").model.metrics["polish5_core/blend"]
    assert polish["auc"] >= 0.81
    assert polish["log_loss"] <= 0.205
    assert 0.85 <= polish["slope"] <= 1.20
    assert polish["ece"] <= 0.025
    assert 0.85 <= polish["mean_pd_to_observed"] <= 1.15
    assert trained("company").model.metrics["kz_common/blend"]["auc"] >= 0.75


def test_the_person_model_ranks_and_is_calibrated_within_the_bars() -> None:
    measures = trained("person").model.metrics["credit_data/blend"]
    assert measures["auc"] >= 0.80
    assert measures["log_loss"] <= measures["log_loss_of_base_rate"] - 0.10
    assert 0.85 <= measures["slope"] <= 1.20
    assert measures["ece"] <= 0.03
    assert 0.85 <= measures["mean_pd_to_observed"] <= 1.15


@needs_data
def test_a_card_that_never_saw_the_other_country_still_ranks_its_borrowers() -> None:
    """The tree alone is expected to fail this: it is a second opinion only."""
    recipe = company_recipe(rulebook().five_c)
    at_home = build(replace(recipe, sources=recipe.sources[:1], weights=recipe.weights[:1]))
    abroad = recipe.sources[1]
    sample = Sample(abroad.columns, abroad.bad, np.ones(len(abroad.bad)))
    assert area_under_curve(z_of(at_home, sample, "company"), abroad.bad) >= 0.72


@needs_data
def test_grades_rise_and_at_most_one_is_outside_its_interval() -> None:
    """Held back: 1,749 companies. The worst grade is predicted too low, as the model card says; all are referred."""
    of, test = trained("company"), trained("company").tests[0]
    outside, observed = grade_calibration(z_of(of, test, "company"), test.bad)
    assert outside <= 1
    assert observed[-1] > 5 * observed[0]


@needs_data
def test_out_of_fold_every_grade_is_inside_its_interval_and_default_rates_rise() -> None:
    """On the larger sample: each fold of the training part scored by a card and tree that have not seen it."""
    of = trained("company")
    polish = of.training.part(np.arange(len(of.training.bad) - KAZAKH_ROWS))
    z = np.empty(len(of.training.bad))
    for learn, hold in StratifiedKFold(5, shuffle=True, random_state=7).split(of.training.bad, of.training.bad):
        part = replace(of, fitted=fit(of.training.part(learn), COMPANY_SIGNS))
        z[hold] = z_of(part, of.training.part(hold), "company")
    outside, observed = grade_calibration(z[: len(polish.bad)], polish.bad)
    assert outside == 0
    assert all(later >= earlier - 0.005 for earlier, later in pairwise(observed))


KAZAKH_ROWS = 273
"""Rows of the Kazakh file in the training part; they follow the Polish ones."""


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
    starts = np.array([float(grade.pd_from_percent) / 100 for grade in scale])
    return np.searchsorted(starts, pd, side="right") - 1


@needs_data
def test_the_pattern_of_gaps_and_zeros_tells_nothing_about_the_label() -> None:
    """Files as published give .81 to .91 here; a model trained on those has learnt the leak."""
    table = read(POLISH)
    features = table[list(COMPANY_SIGNS)]
    gaps = np.column_stack([features.isna().to_numpy(), (features == 0).to_numpy()]).astype(float)
    bad = table[POLISH.label].to_numpy()
    folds = StratifiedKFold(5, shuffle=True, random_state=7)
    model = DecisionTreeClassifier(max_depth=6, min_samples_leaf=20, random_state=0)
    found = cross_val_predict(model, gaps, bad, cv=folds, method="predict_proba")[:, 1]
    assert roc_auc_score(bad, found) <= 0.55


def test_no_outcome_no_age_and_no_marital_status_is_a_feature() -> None:
    used = {*COMPANY_SIGNS, *PERSON_SIGNS, *trained("person").training.columns}
    assert not {"age", "marital", "default", "default_1y", "status", "litigation", "audited", "rated"} & used


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_refused_or_gains_nothing(seed: int) -> None:
    """A signed card may rank by domain direction alone, so what it may not do is improve the log loss."""
    of = trained("person")
    training, test = of.training, of.tests[0]
    shuffled = np.random.default_rng(seed).permutation(training.bad)
    try:
        fitted = fit(Sample(training.columns, shuffled, training.weight), PERSON_SIGNS)
    except TooLittleInformationError:
        return
    p = sigmoid(view_of(fitted, test)[0])
    base = np.full(len(test.bad), training.bad.mean())
    assert log_loss(test.bad, base) - log_loss(test.bad, p) <= 0.003


def test_a_file_of_other_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="not the file that the model card names"):
        read(Source("kz_common.csv", "0" * 64, "default", "", ""))


def test_a_file_that_does_not_ship_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIUDAI_RISK_DATA", raising=False)
    with pytest.raises(DataMissingError, match="polish5_core"):
        companies(POLISH, tuple(COMPANY_SIGNS))


def test_a_model_that_served_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "person_2026_1.json").write_text("{}")
    with pytest.raises(FileExistsError, match="new version"):
        main(["person"], tmp_path)
