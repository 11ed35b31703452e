"""A picture of a simulation: grades before and after, PD against PD, and what would be approved."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

mpl.use("Agg")
DOTS_PER_INCH = 110
SIDES = ("recorded", "simulated")
KNOWN = ((True, "defaulted", "tab:red"), (False, "repaid", "tab:green"), (None, "no outcome yet", "tab:grey"))
OUTCOMES = ("approve", "refer", "decline")


def draw(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write a PNG of the lines of a simulation's CSV; drawn without a screen."""
    figure = Figure(figsize=(13, 4), layout="constrained")
    outcomes, grades, pds = figure.subplots(1, 3)
    names = sorted({line[f"{side}_grade"] for line in lines for side in SIDES})
    for shift, side in zip((-0.2, 0.2), SIDES, strict=True):
        for axes, of, known in ((outcomes, "outcome", OUTCOMES), (grades, "grade", names)):
            counted = [sum(line[f"{side}_{of}"] == name for line in lines) for name in known]
            axes.bar([n + shift for n in range(len(known))], counted, width=0.4, label=side)
    outcomes.set_xticks(range(len(OUTCOMES)), OUTCOMES)
    outcomes.set(title="Outcome", ylabel="applications")
    grades.set_xticks(range(len(names)), names)
    grades.set(title="Grade")
    outcomes.legend()
    for defaulted, label, colour in KNOWN:
        points = [[line[f"{side}_pd_percent"] for side in SIDES] for line in lines if line["defaulted"] is defaulted]
        if points:
            pds.scatter(*zip(*points, strict=True), s=8, alpha=0.5, color=colour, label=label)
            pds.set(xscale="log", yscale="log")
            pds.legend()
    pds.set(title="PD %", xlabel="recorded", ylabel="simulated")
    figure.savefig(path, dpi=DOTS_PER_INCH, metadata={"Software": None})
