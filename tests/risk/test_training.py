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
from sklearn.model_selection import StratifiedKFold

from services.risk.domain.blend import blended
from services.risk.training.__main__ import main, train
from services.risk.training.build import Sample, Trained, fit, view_of
from services.risk.training.five_c_points import points_of
from services.risk.training.segments import COMPANY_SIGNS
from services.risk.training.sources import POLISH, DataMissingError, Source, companies, read
from services.risk.training.weight_of_evidence import Floats
from tests.risk.builders import rulebook
from tests.risk.grades import grade_calibration

pytestmark = pytest.mark.slow  # it trains

HAS_DATA = bool(os.environ.get("LIUDAI_RISK_DATA"))
needs_data = pytest.mark.skipif(not HAS_DATA, reason="LIUDAI_RISK_DATA is not set: company training was not run")


@cache
def trained(segment: str) -> Trained:
    return train(segment)


def z_of(of: Trained, sample: Sample, segment: str) -> Floats:
    """The calibrated log-odds of every row, under the training prior."""
    z_card, rates = view_of(of.fitted, sample)
    points = points_of(sample.columns, rulebook(segment).five_c)
    rows = zip(z_card, rates, points, strict=True)
    return np.array([blended(of.model.blend, float(z), float(rate), float(given)).z for z, rate, given in rows])


def test_the_person_model_ranks_and_is_calibrated_within_the_bars() -> None:
    measures = trained("person").model.metrics["credit_data/blend"]
    assert measures["auc"] >= 0.80
    assert measures["log_loss"] <= measures["log_loss_of_base_rate"] - 0.10
    assert 0.85 <= measures["slope"] <= 1.20
    assert measures["ece"] <= 0.03
    assert 0.85 <= measures["mean_pd_to_observed"] <= 1.15


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
