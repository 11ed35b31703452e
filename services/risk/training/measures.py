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


def area_under_curve(z: Floats, bad: Floats) -> float:
    return float(roc_auc_score(bad, z))


def kolmogorov_smirnov(z: Floats, bad: Floats) -> float:
    false_positive, true_positive, _ = roc_curve(bad, z)
    return float((true_positive - false_positive).max())


def expected_calibration_error(p: Floats, bad: Floats) -> float:
    """Mean gap between predicted and observed rate over ten bins of equal size."""
    order = np.argsort(p, kind="stable")
    gaps = [abs(float(p[part].mean() - bad[part].mean())) * len(part) for part in np.array_split(order, BINS)]
    return sum(gaps) / len(p)


def ranking(z: Floats, bad: Floats) -> dict[str, float]:
    """AUC and KS."""
    return _rounded({"auc": area_under_curve(z, bad), "ks": kolmogorov_smirnov(z, bad)})


def full_measure(z: Floats, bad: Floats) -> dict[str, float]:
    """Ranking, probability scores and calibration of the log-odds `z`."""
    p = sigmoid(z)
    slope, _ = calibration(z, bad)
    return _rounded(
        {
            "rows": float(len(bad)),
            "bad_rate": float(bad.mean()),
            "auc": area_under_curve(z, bad),
            "ks": kolmogorov_smirnov(z, bad),
            "brier": float(brier_score_loss(bad, p)),
            "log_loss": float(log_loss(bad, p)),
            "log_loss_of_base_rate": float(log_loss(bad, np.full(len(bad), bad.mean()))),
            "slope": slope,
            "ece": expected_calibration_error(p, bad),
            "mean_pd_to_observed": float(p.mean() / bad.mean()),
        }
    )


def _rounded(measures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, PLACES) for name, value in measures.items()}
