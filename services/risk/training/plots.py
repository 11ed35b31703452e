"""The three pictures of a model card: ROC, calibration, distribution of the score. Drawn without a screen."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from services.risk.domain.master_scale import FACTOR, OFFSET
from services.risk.training.measures import sigmoid
from services.risk.training.weight_of_evidence import Floats

mpl.use("Agg")
DOTS_PER_INCH = 90
PARTS = 10


def draw(path: Path, title: str, z: Floats, bad: Floats, others: dict[str, Floats]) -> None:
    """One PNG with all three; `others` are further views whose ROC is drawn beside. The same input, the same bytes."""
    figure = Figure(figsize=(13, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    _roc(left, {"blend": z, **others}, bad)
    _calibration(middle, sigmoid(z), bad)
    _distribution(right, z, bad)
    figure.suptitle(title)
    figure.savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": None})


def _roc(axes: Axes, views: dict[str, Floats], bad: Floats) -> None:
    for name, z in views.items():
        false_positive, true_positive, _ = roc_curve(bad, z)
        axes.plot(false_positive, true_positive, label=name, linewidth=2 if name == "blend" else 1)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="chance")
    axes.set(title="ROC, held-back part", xlabel="good called bad", ylabel="bad called bad")
    axes.legend(loc="lower right")


def _calibration(axes: Axes, p: Floats, bad: Floats) -> None:
    parts = np.array_split(np.argsort(p, kind="stable"), PARTS)
    predicted, observed = [p[part].mean() for part in parts], [bad[part].mean() for part in parts]
    axes.plot([0, max(predicted)], [0, max(predicted)], color="grey", linestyle=":", label="as predicted")
    axes.plot(predicted, observed, marker="o", label="tenths of the rows")
    axes.set(title="Calibration", xlabel="mean PD", ylabel="observed default rate")
    axes.legend(loc="upper left")


def _distribution(axes: Axes, z: Floats, bad: Floats) -> None:
    score = OFFSET - FACTOR * z
    bins = np.linspace(score.min(), score.max(), 31).tolist()
    axes.hist(score[bad == 0], bins=bins, density=True, alpha=0.6, label="good")
    axes.hist(score[bad > 0], bins=bins, density=True, alpha=0.6, label="bad")
    axes.set(title="Score at the training prior", xlabel="points", ylabel="density")
    axes.legend(loc="upper left")
