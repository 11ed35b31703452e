"""A report of measures as people read it: views of a model side by side, and what they cost below."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.operations.readable import words

SAFEST = (90, 80, 70)


def lines(report: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """A report as people read it: what ranks rows as a table, how it is calibrated below, the rest a field a line."""
    indent = "  " * depth
    views = {name: one for name, one in report.items() if isinstance(one, Mapping) and "auc_95" in one}
    for name, value in report.items():
        if name in views or name == "approve_all":
            continue
        if isinstance(value, Mapping):
            yield indent + (name if "." in name else words(name))
            yield from lines(value, depth + 1)
        elif isinstance(value, list | tuple) and any(isinstance(one, str) for one in value):
            yield f"{indent}{words(name)}"
            yield from (f"{indent}  {one}" for one in value)
        else:
            yield f"{indent}{words(name)}: {said(value)}"
    if views:
        yield f"{indent}{'视角 view':<24} {'AUC':>6}  {'95 %':<16} {'KS':>6}"
    for name, one in views.items():
        low, high = one["auc_95"]
        yield f"{indent}{words(name):<26} {one['auc']:>6.3f}  {low:.3f} – {high:.3f}    {one['ks']:>6.3f}"
    for name, one in views.items():
        if "slope" in one:
            yield f"{indent}校准 calibration of {words(name)}: " + ", ".join(
                f"{words(key)} {said(one[key])}" + (f" [{said(one[f'{key}_95'])}]" if f"{key}_95" in one else "")
                for key in ("log_loss", "log_loss_of_base_rate", "slope", "ece", "mean_pd_to_observed")
                if key in one
            )
    if everybody := report.get("approve_all"):
        safest = [f"{said(everybody[f'bad_rate_of_safest_{part}_percent'])} of the safest {part} %" for part in SAFEST]
        yield f"{indent}全部批准 approving everybody: {said(everybody['bad_rate'])} bad; {', '.join(safest)}"


def said(value: Any) -> str:
    """A single value or a few: fractions to the third place."""
    if isinstance(value, list | tuple):
        return ", ".join(map(said, value))
    return f"{value:.3f}" if isinstance(value, float) else str(value)
