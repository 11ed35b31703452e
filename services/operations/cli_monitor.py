"""liudai risk monitor: whether the models still know who applies, and whether they were right."""

from typing import Annotated, Any

import typer

from services.operations.cli_options import Json, bank
from services.operations.terminal import Exit, Screen

BAD = frozenset({"alarm", "under_predicted"})


def monitor(
    segment: Annotated[str | None, typer.Option("--segment", help="Only that segment. 客群。")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Only that model version. 模型版本。")] = None,
    as_json: Json = False,
) -> None:
    """模型监测 · Drift, back-test, overrides and vintages of each model version, from what the bank has decided.

    Few cases are said to be too few, never good. Ends with 1 where something is an alarm or was under-predicted.
    """
    screen = Screen(as_json=as_json)
    asked = {name: value for name, value in (("segment", segment), ("model_version", model)) if value}
    with bank() as client:
        report: dict[str, Any] = client.get("risk", "/v1/monitoring", **asked)
    screen.answer(report)
    for one in report["models"] if not as_json else ():
        screen.say(f"{one['segment']} {one['model_version']}: {one['decisions']} 笔决策 decisions")
        screen.table(("检查 check", "范围 of", "数值 found", "结论 verdict"), _lines(one))
    if not report["models"]:
        screen.say("没有已作出的决策 there is no decision yet")
    verdicts = {verdict for one in report["models"] for _, _, _, verdict in _lines(one)}
    raise typer.Exit(Exit.WRONG if verdicts & BAD else Exit.OK)


def _lines(model: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """One line per verdict: what was checked, over what, the figures, and the verdict."""
    lines = [
        (
            "PSI" if one["characteristic"] == "score" else f"CSI {one['characteristic']}",
            f"{window['first_month']}…{window['last_month']} n={window['cases']}",
            f"{window['index']:.3f} / {window['border']:.3f}",
            str(window["verdict"]),
        )
        for one in model["drift"]
        for window in one["windows"][-1:]
    ]
    lines += [
        (
            f"back-test {row['grade']}",
            f"n={row['loans']}, expected {row['expected']:.1f}, bad {row['bad']}",
            _percents(row),
            str(row["verdict"]),
        )
        for row in model["backtest"]
    ]
    overrides = model["overrides"]
    figures = f"up {overrides['up']}, down {overrides['down']}, {overrides['rate_percent']:.1f} %"
    lines.append(("overrides", f"n={overrides['decided']}", figures, str(overrides["verdict"])))
    return lines


def _percents(row: dict[str, Any]) -> str:
    """Observed with its interval, and the PD."""
    low, high = row["low_percent"], row["high_percent"]
    return f"{row['observed_percent']:.2f} [{low:.2f}, {high:.2f}] / PD {row['pd_percent']:.2f} %"
