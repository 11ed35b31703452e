"""Learnt on the SBA's loans of 1995 to 2004, asked about later years: what a random split hides."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from services.risk.training.benchmark import Benchmark
from services.risk.training.build import Recipe, Sample, fit, view_of
from services.risk.training.intervals import delong_interval
from services.risk.training.measures import area_under_curve, sigmoid
from services.risk.training.small_firms import POPULATION_RATE, years
from services.risk.training.weight_of_evidence import Floats

LEARNT = (1995, 2004)
ASKED: Mapping[str, tuple[int, int]] = {
    "1995-2004 (learnt)": LEARNT,
    "2005": (2005, 2005),
    "2006-2007": (2006, 2007),
    "2008-2009": (2008, 2009),
    "2010-2014": (2010, 2014),
}


def out_of_time(recipe: Recipe) -> dict[str, Any]:
    """AUC, predicted and observed rate by years: of the card, and of a plain regression on everything known."""
    assert recipe.everything_known is not None, "the small firms' recipe has both"
    bad, of_year = recipe.sources[0].bad, years()
    rate = float(bad.mean())
    weight = np.where(bad > 0, POPULATION_RATE / rate, (1 - POPULATION_RATE) / (1 - rate))
    narrow = Sample(recipe.sources[0].columns, bad, weight)
    wide = Sample(recipe.everything_known.columns, bad, weight)
    learnt = np.flatnonzero((of_year >= LEARNT[0]) & (of_year <= LEARNT[1]))
    card = fit(narrow.part(learnt), recipe.signs)
    part = wide.part(learnt)
    z_card, z_plain = view_of(card, narrow)[0], Benchmark(part.columns, part.bad, part.weight).log_odds(wide.columns)
    found: dict[str, Any] = {}
    for name, (first, last) in ASKED.items():
        rows = np.flatnonzero((of_year >= first) & (of_year <= last))
        found[name] = {
            "n": len(rows),
            "observed": round(float(np.average(bad[rows], weights=weight[rows])), 6),
            "card": _measured(z_card[rows], bad[rows], weight[rows]),
            "plain_logistic_of_all_known": _measured(z_plain[rows], bad[rows], weight[rows]),
        }
    return found


def _measured(z: Floats, bad: Floats, weight: Floats) -> dict[str, Any]:
    predicted = float(np.average(sigmoid(z), weights=weight))
    return {
        "auc": round(area_under_curve(z, bad), 6),
        "auc_95": delong_interval(z, bad),
        "predicted": round(predicted, 6),
        "observed_to_predicted": round(float(np.average(bad, weights=weight)) / predicted, 6),
    }
