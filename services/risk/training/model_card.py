"""模型卡: what a model was made of, how well it does with which certainty, and what it must not be used for."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from services.risk.domain.score_model import ScoreModel
from services.risk.registry import CARDS, file_stem
from services.risk.training.build import Recipe, Sample, Trained, mixed, view_of
from services.risk.training.evaluation import evaluate_segment
from services.risk.training.five_c_points import points_of
from services.risk.training.leakage import AUC_MAX, gap_pattern_auc
from services.risk.training.measures import sigmoid
from services.risk.training.plots import draw
from services.risk.training.weight_of_evidence import Floats

PARTS = 10


def write_card(trained: Trained, recipe: Recipe, sha: str, folder: Path) -> tuple[str, Path]:
    """The card as Markdown and its PNG, written below `folder`; the text and where it lies."""
    model, cards = trained.model, folder / CARDS
    cards.mkdir(parents=True, exist_ok=True)
    stem = file_stem(model.model_id)
    test = trained.tests[0]
    z_card, rates = view_of(trained.fitted, test)
    z = mixed(model.blend, z_card, rates, points_of(test.columns, recipe.five_c))
    others = {"card": z_card, "tree": rates, "5C table": -points_of(test.columns, recipe.five_c)}
    draw(cards / f"{stem}.png", f"{model.model_id} on {recipe.sources[0].source.file}", z, test.bad, others)
    text = "\n".join([*_lines(model, recipe, sha, f"{stem}.png"), *_calibration(z, test)]) + "\n"
    path = cards / f"{stem}.md"
    path.write_text(text, encoding="utf-8")
    return text, path


def _lines(model: ScoreModel, recipe: Recipe, sha: str, picture: str) -> Iterator[str]:
    report = evaluate_segment(recipe, model, recipe.five_c)
    yield f"# {model.model_id}"
    yield ""
    yield f"Segment {model.segment}, version {model.version}, calibrated with 5C table {model.five_c_version}."
    yield f"sha256 `{sha}`. Written by `liudai risk train`; the same data give the same model and the same figures."
    yield from (
        "",
        "## Learnt from",
        "",
        "| file | sha256 | rows | bad | licence | source |",
        "|---|---|---|---|---|---|",
    )
    for data in model.data:
        rate = f"{data.bad:,} ({data.bad / data.rows:.1%})"
        yield f"| {data.file} | `{data.sha256[:16]}…` | {data.rows:,} | {rate} | {data.licence} | {data.source} |"
    yield ""
    yield f"Split: {model.split}. Seeds: {', '.join(f'{name} {seed}' for name, seed in model.seeds.items())}."
    yield from ("", "## Limits of use", "", *(f"- {limit}" for limit in model.limits_of_use))
    yield from ("", "## How well it does on rows it has not seen", "")
    yield "Intervals of 95 %: DeLong's of AUC, the bootstrap's of the others."
    for file, measured in report["sources"].items():
        yield from ("", f"### {file}: {measured['n']:,} rows, {measured['bad']:,} bad", "")
        yield from _measures(measured)
    yield from ("", f"![ROC, calibration, distribution of the score]({picture})")
    yield from _leakage(recipe)
    yield from _signs(model)


def _measures(report: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| view | AUC | KS |", "|---|---|---|")
    for view in ("blend", "card", "tree", "untrained_point_table", "plain_logistic"):
        one = report[view]
        yield f"| {view.replace('_', ' ')} | {_sure(one, 'auc')} | {_sure(one, 'ks')} |"
    levels = [
        name for name in ("log_loss", "log_loss_of_base_rate", "brier", "slope", "ece") if name in report["blend"]
    ]
    if levels:
        yield from ("", "| of the blend | |", "|---|---|")
        yield from (f"| {name.replace('_', ' ')} | {_sure(report['blend'], name)} |" for name in levels)
        ratio = report["blend"]["mean_pd_to_observed"]
        yield f"| mean PD to observed rate | {ratio:.3f} |"


def _sure(measured: Mapping[str, Any], name: str) -> str:
    interval = measured.get(f"{name}_95")
    shown = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return f"{measured[name]:.3f}{shown}"


def _leakage(recipe: Recipe) -> Iterator[str]:
    yield from ("", "## Leakage audit", "")
    yield f"AUC of gradient boosting that sees only which numbers are missing, or missing or nil. Above {AUC_MAX}:"
    yield "missing gives the label away; nil does, unless nil is an answer (no assets, no debts)."
    yield from ("", "| file | missing | missing or nil | |", "|---|---|---|---|")
    for source in recipe.sources:
        missing, nil = (gap_pattern_auc(source.columns, source.bad, with_nil=one) for one in (False, True))
        said = "LEAKS" if missing > AUC_MAX else "nil tells something: see which columns" if nil > AUC_MAX else "passed"
        yield f"| {source.source.file} | {missing:.3f} | {nil:.3f} | {said} |"


def _signs(model: ScoreModel) -> Iterator[str]:
    yield from ("", "## Signs", "", "| feature | more of it means | in the card | information | coefficient |")
    yield "|---|---|---|---|---|"
    card = {one.feature: one for one in model.card.characteristics}
    for name in dict.fromkeys([*model.signs, *card]):
        sign = {1: "more risk", -1: "less risk"}.get(model.signs.get(name, 0), "by category")
        one = card.get(name)
        kept = (f"{len(one.woe)} bins", f"{one.information_value:.3f}", f"{one.beta:.3f}") if one else ("no", "", "")
        yield f"| {name} | {sign} | {' | '.join(kept)} |"


def _calibration(z: Floats, test: Sample) -> Iterator[str]:
    """Tenths of the held-back rows of the first source, weighted to its population."""
    p = sigmoid(z)
    yield from ("", "## Calibration", "", "| tenth | rows | mean PD | observed |", "|---|---|---|---|")
    for number, part in enumerate(np.array_split(np.argsort(p, kind="stable"), PARTS), start=1):
        weight = test.weight[part]
        predicted, observed = np.average(p[part], weights=weight), np.average(test.bad[part], weights=weight)
        yield f"| {number} | {len(part)} | {predicted:.2%} | {observed:.2%} |"
