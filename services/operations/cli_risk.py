"""liudai risk: the models of risk measured, trained and tried, on this machine; no bank needs to run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from services.operations.cli_help import HelpCommand, HelpGroup
from services.operations.terminal import Exit, Failure, Screen

risk = typer.Typer(
    cls=HelpGroup,
    help="风险模型 · Measure the models that decide.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

TRAINING = "this needs what models are trained with: install liudai[training] (numpy, pandas, scikit-learn)"


@risk.command("evaluate", cls=HelpCommand)
def evaluate(
    data: Annotated[Path | None, typer.Option("--data", help="A CSV of your own to score. 待评估的数据文件。")] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Only that segment. 客群。")] = None,
    label: Annotated[str | None, typer.Option("--label", help="The file's column of outcomes. 违约标记列。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output. 输出 JSON。")] = False,
) -> None:
    """模型评估 · Measure every segment's model on rows it has not seen, or any file of rows with their outcome.

    Without --data: AUC, KS and calibration with 95 % intervals, beside the untrained point table, a plain logistic
    regression and approving everybody. A file that does not ship is read from LIUDAI_RISK_DATA; without it that part
    is said to be not run.

    With --data: a CSV, gzipped or not, whose columns are features of a segment's model (some may be absent or have
    gaps) and one outcome, 1 or 0: default, bad, default_1y, label or target. Prints n, AUC, KS, Brier and log loss.
    """
    from services.operations.lifecycle import calendar_today  # noqa: PLC0415

    try:
        from services.risk.training import evaluation, labelled_file  # noqa: PLC0415
    except ImportError:
        raise Failure(Exit.WRONG, TRAINING) from None
    screen, today = Screen(as_json=as_json), calendar_today()
    if segment is not None and segment not in evaluation.SEGMENTS:
        raise Failure(Exit.USAGE, f"there is no segment {segment}; there are {', '.join(evaluation.SEGMENTS)}")
    if data is None:
        _show(evaluation.report_on([segment] if segment else evaluation.SEGMENTS, today, screen.note), screen)
        return
    try:
        report = evaluation.report_on_file(data, today, segment=segment, label=label)
    except labelled_file.FileUnfitError as error:
        raise Failure(Exit.WRONG, str(error)) from None
    _show(report, screen)


@risk.command("illustrate", cls=HelpCommand)
def illustrate(
    age: Annotated[int, typer.Option("--age", help="年龄。")] = 28,
    income: Annotated[float, typer.Option("--income", help="Yearly income. 年收入。")] = 45_000,
    credit_score: Annotated[int, typer.Option("--credit-score", help="信用分。")] = 610,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output. 输出 JSON。")] = False,
) -> None:
    """示例模型 · Train both models on four rows of age, income, credit score and default, and ask them.

    An illustration, n = 4: it shows how the models speak. It decides nothing and measures nothing.
    """
    from dataclasses import asdict  # noqa: PLC0415

    try:
        from services.risk.training.illustration import illustrate as ask  # noqa: PLC0415
    except ImportError:
        raise Failure(Exit.WRONG, TRAINING) from None
    _show(asdict(ask(age, income, credit_score)), Screen(as_json=as_json))


def _show(report: Mapping[str, Any], screen: Screen) -> None:
    screen.answer(report)
    if screen.as_json:
        return
    from services.operations.measures_shown import lines  # noqa: PLC0415

    for line in lines(report):
        print(line)
