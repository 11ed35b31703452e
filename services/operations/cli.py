"""The liudai command: what it can do, and how each ends.

Only typer is loaded here, and what takes longer by the command that needs it: `liudai --help` answers at once.
"""

import sys
from typing import Annotated

import typer

from services.operations import (
    cli_calculate,
    cli_decisions,
    cli_ledger,
    cli_look,
    cli_monitor,
    cli_repair,
    cli_restore,
    cli_risk,
    cli_run,
    cli_training,
)
from services.operations.cli_help import HelpCommand, HelpGroup
from services.operations.terminal import Failure, Screen

# httpx loads a command line of its own where it can, with click and pygments: half of its time, and nothing uses it.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: it cannot be imported, which it allows

_EPILOG = """\
退出码 Exit status:
  0    done, and all is well
  1    refused, failed, or something is wrong: the message says what
  2    usage: no such command, option, service or value
  3    not reachable: no bank, database or broker answers
  130  interrupted

环境 Which bank: LIUDAI_URL names one; else the one that `liudai up` started here (LIUDAI_HOME, LIUDAI_PORT); else\
 docker compose's ports. LIUDAI_TOKEN is the operator's token where the bank has an OIDC issuer of its own."""

app = typer.Typer(
    cls=HelpGroup,
    name="liudai",
    help="流贷 liudai: run, watch, check and repair the five services. 启动、查看、核对与修复五个服务。",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
parked = typer.Typer(
    cls=HelpGroup,
    help="搁置的事件 · What failed and waits, with its reason; and trying it again.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
dead_letters = typer.Typer(
    cls=HelpGroup,
    help="死信 · What the broker gave up delivering; and giving it back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

for _panel, _commands in (
    ("运行 Run", (cli_run.up, cli_run.down, cli_run.logs, cli_run.reset, cli_run.seed, cli_run.demo, cli_run.token)),
    ("查看 Look", (cli_look.status, cli_look.events, cli_look.show, cli_look.quote, cli_calculate.calculate)),
    ("核对 Check", (cli_look.verify, cli_look.invariants)),
    (
        "运维 Operate",
        (cli_repair.migrate, cli_repair.end_of_day, cli_repair.replay, cli_restore.reconcile, cli_restore.rebase),
    ),
):
    for _command in _commands:
        app.command(_command.__name__.replace("_", "-"), cls=HelpCommand, rich_help_panel=_panel)(_command)
parked.command("list", cls=HelpCommand)(cli_repair.list_parked)
parked.command("redrive", cls=HelpCommand)(cli_repair.redrive_parked)
dead_letters.command("list", cls=HelpCommand)(cli_repair.list_dead_letters)
dead_letters.command("redrive", cls=HelpCommand)(cli_repair.redrive_dead_letters)
cli_risk.risk.command("train", cls=HelpCommand)(cli_training.train)
cli_risk.risk.command("replay", cls=HelpCommand)(cli_decisions.replay)
cli_risk.risk.command("monitor", cls=HelpCommand)(cli_monitor.monitor)
cli_risk.risk.command("simulate", cls=HelpCommand)(cli_decisions.simulate)
app.add_typer(cli_ledger.ledger, name="ledger", rich_help_panel="总账 Ledger")
app.add_typer(cli_risk.risk, name="risk", rich_help_panel="风险 Risk")
app.add_typer(parked, name="parked", rich_help_panel="运维 Operate")
app.add_typer(dead_letters, name="dead-letters", rich_help_panel="运维 Operate")


def _version(*, asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415

        sys.stdout.write(f"liudai {version('liudai')}\n")
        raise typer.Exit


@app.callback()
def _liudai(
    _asked: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda asked: _version(asked=asked),
            is_eager=True,
            help="The version of this command. 版本。",
        ),
    ] = False,
) -> None:
    pass


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
