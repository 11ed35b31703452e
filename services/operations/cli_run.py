"""The commands that start, stop and fill the bank on this machine."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from services.operations.cli_options import Json, bank
from services.operations.deployment import all_in_one, default_home
from services.operations.terminal import Exit, Screen

if TYPE_CHECKING:
    from services.operations.seed import Seeded

SEED = 7


def up(
    as_json: Json = False,
    portfolio: Annotated[bool, typer.Option("--seed/--no-seed", help="With a portfolio. 含演示数据。")] = True,
) -> None:
    """启动 · Start the whole bank on this machine and return when it is ready."""
    from services.operations import lifecycle  # noqa: PLC0415

    screen, home = Screen(as_json=as_json), default_home()
    started = lifecycle.start(screen, home)
    if portfolio and not lifecycle.is_seeded(home):
        from services.operations.bank_client import BankClient  # noqa: PLC0415
        from services.operations.seed import seed as run  # noqa: PLC0415

        screen.say("三十户借款人过一年的营业日，仅此一次 · Thirty borrowers live through a year of business dates,")
        screen.say("once only; it takes a minute …")
        client = BankClient(all_in_one(started.url, started.core_banking))
        _tell(screen, run(screen, client, SEED))
        client.close()
        lifecycle.note_seeded(home)
    lifecycle.welcome(screen, started, home)


def down(as_json: Json = False) -> None:
    """停止，保留数据 · Stop what `up` started; the data stays."""
    from services.operations import lifecycle  # noqa: PLC0415

    was_running = lifecycle.stop(default_home())
    screen = Screen(as_json=as_json)
    screen.answer({"stopped": was_running})
    screen.say("stopped; the data stays" if was_running else "nothing was running")


def logs(
    lines: Annotated[int, typer.Option("-n", metavar="N", help="How many lines of each log. 行数。", min=0)] = 20,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", "-f/ ", help="Go on until interrupted. 持续显示。")
    ] = True,
) -> None:
    """查看日志 · Show and follow the logs of what `up` started."""
    from services.operations import lifecycle  # noqa: PLC0415

    raise typer.Exit(lifecycle.follow_logs(default_home(), lines, follow=follow))


def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. 不再询问。")] = False, as_json: Json = False
) -> None:
    """停止并删除本机数据 · Stop and delete all local data."""
    from services.operations import lifecycle  # noqa: PLC0415

    home, screen = default_home(), Screen(as_json=as_json)
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here: give --yes to delete the bank's data")
    if not yes:
        typer.confirm(f"Delete the bank's data in {home}?", abort=True)
    lifecycle.delete(home)
    screen.answer({"deleted": str(home)})
    screen.say(f"deleted: {home}")


def seed(
    number: Annotated[int, typer.Option("--seed", help="Another number, other borrowers. 随机种子。", min=0)] = SEED,
    as_json: Json = False,
) -> None:
    """演示数据 · A living portfolio of 38 borrowers, made through the public APIs over a year of business dates."""
    from services.operations.seed import seed as run  # noqa: PLC0415

    screen = Screen(as_json=as_json)
    with bank() as client:
        result = run(screen, client, number)
    screen.answer(asdict(result))
    _tell(screen, result)
    raise typer.Exit(Exit.OK if result.outcome != "too late" and not result.ended_early else Exit.WRONG)


def _tell(screen: Screen, result: "Seeded") -> None:
    match result.outcome:
        case "made":
            screen.say(f"{result.borrowers} borrowers from {result.start} to {result.end}")
        case "was there":
            screen.say(f"the portfolio from {result.start} to {result.end} was there already")
        case "too late":
            screen.say(f"no portfolio: it needs the year from {result.start} on, and the bank is beyond {result.end}")
    for name, reason in result.ended_early:
        screen.note(f"{name} ended early: {reason}")


def demo(
    months: Annotated[int, typer.Option(help="How long the loan runs. 期限（月）。", min=1, max=24)] = 2,
    as_json: Json = False,
) -> None:
    """演示 · One loan from application to settlement, each fact printed as it happens."""
    from services.operations.demo import run  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, months))


def token(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="A demo login or client, e.g. zhang.wei. 登录名。")],
    as_json: Json = False,
) -> None:
    """令牌 · Print a bearer token of a demo login."""
    with bank() as client:
        granted = client.token(login)
    if as_json:
        Screen(as_json=True).answer({"login": login, "access_token": granted})
    else:
        sys.stdout.write(f"{granted}\n")
