"""liudai ledger: the bank's books looked at, taken out as files, and closed month by month."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from services.operations.cli_help import HelpCommand, HelpGroup
from services.operations.cli_options import Json, bank
from services.operations.terminal import Screen

ledger = typer.Typer(
    cls=HelpGroup,
    help="总账 · The books: trial balance, export, closing a month.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Since = Annotated[str | None, typer.Option(metavar="DATE", help="From the beginning of this day. 起始日。")]
Login = Annotated[str, typer.Option("--login", metavar="LOGIN", help="In whose name. 操作人。")]


@ledger.command("trial-balance", cls=HelpCommand)
def trial_balance(
    on: Annotated[str | None, typer.Option(metavar="DATE", help="At the end of this day. 截止日。")] = None,
    since: Since = None,
    by_branch: Annotated[bool, typer.Option("--by-branch", help="A balance for each branch. 分机构。")] = False,
    as_json: Json = False,
) -> None:
    """科目余额表 · Opening, movement and closing of every account; and whether the loans explain the ledger."""
    from services.operations.bookkeeping import show_trial_balance  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(show_trial_balance(Screen(as_json=as_json), client, on, since, by_branch=by_branch))


@ledger.command("export", cls=HelpCommand)
def export(
    content: Annotated[
        Literal["journal", "trial_balance", "sub_ledger", "loans", "accruals"],
        typer.Argument(metavar="CONTENT", help="journal, trial_balance, sub_ledger, loans or accruals. 内容。"),
    ],
    out: Annotated[
        Path, typer.Argument(metavar="FILE", help="Its ending says the format: .csv, .xlsx or .parquet. 文件。")
    ],
    since: Since = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="To the end of this day. 截止日。")] = None,
    as_json: Json = False,
) -> None:
    """导出 · Take rows of the books out as a file. Who did so is recorded."""
    from services.operations.bookkeeping import export_to  # noqa: PLC0415

    with bank() as client:
        export_to(Screen(as_json=as_json), client, content, out, since, until)


@ledger.command("close", cls=HelpCommand)
def close(
    period: Annotated[str, typer.Argument(metavar="MONTH", help="e.g. 2026-01. 月份。")],
    approve: Annotated[bool, typer.Option("--approve", help="Approve what another proposed. 复核。")] = False,
    login: Login = "operator",
    as_json: Json = False,
) -> None:
    """结账 · Propose to close a month that is over, or approve it as a second person. There is no way back."""
    from services.operations.bookkeeping import close_period  # noqa: PLC0415

    with bank() as client:
        close_period(Screen(as_json=as_json), client, period, login, approve=approve)
