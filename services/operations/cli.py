"""The liudai command: what it can do, and how each ends: 0 ok, 1 something is wrong, 2 usage, 3 not reachable.

Modules that take long to load are imported by the command that needs them.
"""

import sys

import typer

from services.operations import cli_look, cli_repair, cli_restore, cli_run
from services.operations.terminal import Failure, Screen

app = typer.Typer(
    name="liudai",
    help="流贷 liudai: run, watch, check and repair the five services. 启动、查看、核对与修复五个服务。\n\n"
    "Exit status: 0 ok, 1 something is wrong, 2 usage, 3 not reachable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
parked = typer.Typer(
    help="搁置的事件 · What failed and waits, with its reason; and trying it again.", no_args_is_help=True
)
dead_letters = typer.Typer(help="死信 · What the broker gave up delivering; and giving it back.", no_args_is_help=True)

for _panel, _commands in (
    ("运行 Run", (cli_run.up, cli_run.down, cli_run.logs, cli_run.reset, cli_run.seed, cli_run.demo, cli_run.token)),
    ("查看 Look", (cli_look.status, cli_look.events, cli_look.show, cli_look.quote)),
    ("核对 Check", (cli_look.verify, cli_look.invariants)),
    (
        "运维 Operate",
        (cli_repair.migrate, cli_repair.end_of_day, cli_repair.replay, cli_restore.reconcile, cli_restore.rebase),
    ),
):
    for _command in _commands:
        app.command(_command.__name__.replace("_", "-"), rich_help_panel=_panel)(_command)
parked.command("list")(cli_repair.list_parked)
parked.command("redrive")(cli_repair.redrive_parked)
dead_letters.command("list")(cli_repair.list_dead_letters)
dead_letters.command("redrive")(cli_repair.redrive_dead_letters)
app.add_typer(parked, name="parked", rich_help_panel="运维 Operate")
app.add_typer(dead_letters, name="dead-letters", rich_help_panel="运维 Operate")


def main() -> None:
    """The console script."""
    try:
        app()
    except Failure as failure:
        Screen().fail(failure)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
