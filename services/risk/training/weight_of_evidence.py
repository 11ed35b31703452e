"""Bins in the direction that the trade knows, their weight of evidence, a logistic regression over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from services.risk.domain.scorecard import CardFeature, Scorecard

Floats = NDArray[np.float64]
Column = NDArray[Any]

PRE_BINS = 20
SMALLEST_BIN = 0.05
SMOOTHING = 0.5
INFORMATION_MIN = 0.02
PLACES = 6


class TooLittleInformationError(ValueError):
    """No characteristic tells good from bad: a card must not be made of noise."""


@dataclass(frozen=True)
class Binned:
    """Bins of one characteristic: `edges` of a number or `categories`, and the evidence of each."""

    feature: str
    edges: tuple[float, ...]
    categories: tuple[str, ...]
    woe: tuple[float, ...]
    information_value: float


def evidence_of(binned: Binned | CardFeature, values: Column) -> Floats:
    """Evidence row by row; a missing value of the training data, or a category it never had, says nothing: 0."""
    woe = np.asarray(binned.woe)
    if binned.categories:
        of_category = dict(zip(binned.categories, binned.woe, strict=True))
        return np.array([of_category.get(str(value), 0.0) for value in values], dtype=np.float64)
    found = woe[np.searchsorted(np.asarray(binned.edges), values, side="right").clip(0, len(woe) - 1)]
    return np.where(np.isnan(values), 0.0, found)


def train_scorecard(columns: Mapping[str, Column], bad: Floats, weight: Floats, signs: Mapping[str, int]) -> Scorecard:
    """Fit the card. Characteristics of too little information, or against their direction, are left out.

    TooLittleInformationError when none remains. Coefficients have six places, so that another machine's
    last bits do not change the file.
    """
    bins = [_bins(feature, values, bad, weight, signs.get(feature)) for feature, values in columns.items()]
    kept = [binned for binned in bins if binned.information_value >= INFORMATION_MIN]
    while kept:
        evidence = np.column_stack([evidence_of(binned, columns[binned.feature]) for binned in kept])
        intercept, betas = _logistic(evidence, bad, weight)
        worst = int(np.argmin(betas))
        if betas[worst] > 10**-PLACES:
            return _card(intercept, betas, kept)
        del kept[worst]
    raise TooLittleInformationError


def _logistic(evidence: Floats, bad: Floats, weight: Floats) -> tuple[float, Floats]:
    regression = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000)
    regression.fit(evidence, bad, sample_weight=weight)
    return float(regression.intercept_[0]), np.asarray(regression.coef_[0], dtype=np.float64)


def _card(intercept: float, betas: Floats, kept: Sequence[Binned]) -> Scorecard:
    return Scorecard(
        intercept=round(intercept, PLACES),
        characteristics=tuple(
            CardFeature(
                feature=binned.feature,
                edges=binned.edges,
                categories=binned.categories,
                woe=binned.woe,
                beta=round(float(beta), PLACES),
                information_value=binned.information_value,
            )
            for binned, beta in zip(kept, betas, strict=True)
        ),
    )


def _bins(feature: str, values: Column, bad: Floats, weight: Floats, sign: int | None) -> Binned:
    if sign is None:
        known = values != ""
        values, bad, weight = values[known], bad[known], weight[known]
        categories = tuple(sorted({str(value) for value in values}))
        numbers = np.array([categories.index(value) for value in values])
        woe, information = _evidence(numbers, len(categories), bad, weight)
        return Binned(feature, (), categories, woe, information)
    known = ~np.isnan(values)
    values, bad, weight = values[known], bad[known], weight[known]
    edges = _monotone_edges(values, bad, weight, sign)
    numbers = np.searchsorted(np.asarray(edges), values, side="right")
    woe, information = _evidence(numbers, len(edges) + 1, bad, weight)
    return Binned(feature, edges, (), woe, information)


def _monotone_edges(values: Floats, bad: Floats, weight: Floats, sign: int) -> tuple[float, ...]:
    """Weighted quantiles, pooled until the bad rate moves one way, no bin below a twentieth."""
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weight[order]) / weight.sum()
    places = np.searchsorted(cumulated, np.arange(1, PRE_BINS) / PRE_BINS)
    edges = np.unique(values[order][places.clip(0, len(values) - 1)])
    edges = edges[edges > values.min()]
    numbers = np.searchsorted(edges, values, side="right")
    total = np.bincount(numbers, weight, len(edges) + 1)
    rates = np.bincount(numbers, weight * bad, len(edges) + 1) / total
    fitted = IsotonicRegression(increasing=sign > 0).fit_transform(np.arange(len(rates)), rates, sample_weight=total)
    groups = [[i] for i in range(len(fitted))]
    _merge(groups, lambda left, right: bool(np.isclose(fitted[left[-1]], fitted[right[0]])))
    shares = total / total.sum()
    _merge(groups, lambda left, right: min(shares[left].sum(), shares[right].sum()) < SMALLEST_BIN)
    return tuple(round(float(edges[group[0] - 1]), PLACES) for group in groups[1:])


def _merge(groups: list[list[int]], belong_together: Any) -> None:
    """Join neighbours, left to right, while they belong together."""
    index = 0
    while index + 1 < len(groups):
        if belong_together(groups[index], groups[index + 1]):
            groups[index : index + 2] = [groups[index] + groups[index + 1]]
            index = max(index - 1, 0)
        else:
            index += 1


def _evidence(numbers: NDArray[np.int64], count: int, bad: Floats, weight: Floats) -> tuple[tuple[float, ...], float]:
    """ln(share of bad / share of good) per bin, half a case added to each; and the information value."""
    bads = np.bincount(numbers, weight * bad, count) + SMOOTHING
    goods = np.bincount(numbers, weight * (1 - bad), count) + SMOOTHING
    share_bad, share_good = bads / bads.sum(), goods / goods.sum()
    woe = np.log(share_bad / share_good)
    information = float(((share_bad - share_good) * woe).sum())
    return tuple(round(float(value), PLACES) for value in woe), round(information, PLACES)
