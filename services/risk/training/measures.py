"""How well log-odds rank and how well probabilities are calibrated: the figures a model card prints."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from services.risk.training.weight_of_evidence import Floats

BINS = 10
PLACES = 6


def sigmoid(z: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-z)), dtype=np.float64)


def calibration(z: Floats, bad: Floats, weight: Floats | None = None) -> tuple[float, float]:
    """Slope and intercept of a logistic regression of the outcome on z, practically unpenalised."""
    regression = LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000)
    regression.fit(z.reshape(-1, 1), bad, sample_weight=weight)
    return float(regression.coef_[0][0]), float(regression.intercept_[0])


def area_under_curve(z: Floats, bad: Floats, weight: Floats | None = None) -> float:
    return float(roc_auc_score(bad, z, sample_weight=weight))


def kolmogorov_smirnov(z: Floats, bad: Floats, weight: Floats | None = None) -> float:
    false_positive, true_positive, _ = roc_curve(bad, z, sample_weight=weight)
    return float((true_positive - false_positive).max())


def slope_of(z: Floats, bad: Floats, weight: Floats | None = None) -> float:
    return calibration(z, bad, weight)[0]


def log_loss_of(z: Floats, bad: Floats, weight: Floats | None = None) -> float:
    return float(log_loss(bad, sigmoid(z), sample_weight=weight))


def expected_calibration_error(p: Floats, bad: Floats, weight: Floats | None = None) -> float:
    """Mean gap between predicted and observed rate over ten bins of equal size; weighted, of equal weight."""
    order = np.argsort(p, kind="stable")
    if weight is None:
        gaps = [abs(float(p[part].mean() - bad[part].mean())) * len(part) for part in np.array_split(order, BINS)]
        return sum(gaps) / len(p)
    cumulated = np.cumsum(weight[order])
    parts = np.split(order, np.searchsorted(cumulated, cumulated[-1] * np.arange(1, BINS) / BINS))
    gaps = [abs(float(np.sum(weight[part] * (p[part] - bad[part])))) for part in parts]
    return sum(gaps) / float(cumulated[-1])


def ranking(z: Floats, bad: Floats) -> dict[str, float]:
    """AUC and KS."""
    return _rounded({"auc": area_under_curve(z, bad), "ks": kolmogorov_smirnov(z, bad)})


def full_measure(z: Floats, bad: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Ranking, probability scores and calibration of the log-odds `z`.

    `weight` makes a sample drawn by class stand for its population.
    """
    p = sigmoid(z)
    rate = float(np.average(bad, weights=weight))
    return _rounded(
        {
            "rows": float(len(bad)),
            "bad_rate": rate,
            "auc": area_under_curve(z, bad, weight),
            "ks": kolmogorov_smirnov(z, bad, weight),
            "brier": float(brier_score_loss(bad, p, sample_weight=weight)),
            "log_loss": log_loss_of(z, bad, weight),
            "log_loss_of_base_rate": float(log_loss(bad, np.full(len(bad), rate), sample_weight=weight)),
            "slope": slope_of(z, bad, weight),
            "ece": expected_calibration_error(p, bad, weight),
            "mean_pd_to_observed": float(np.average(p, weights=weight) / rate),
        }
    )


def _rounded(measures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, PLACES) for name, value in measures.items()}
