"""The liudai command: what it can do, and how each ends: 0 ok, 1 something is wrong, 2 usage, 3 not reachable.

Modules that take long to load are imported by the command that needs them.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import typer

from services.operations import lifecycle, looking
from services.operations.bank_client import BankClient
from services.operations.deployment import SERVICES, find, load_services
from services.operations.embedded_postgres import default_home
from services.operations.terminal import Exit, Failure, Json, Screen

app = typer.Typer(
    name="liudai",
    help="流贷 liudai: run, watch, check and repair the five services. 启动、查看、核对与修复五个服务。\n\n"
    "Exit status: 0 ok, 1 something is wrong, 2 usage, 3 not reachable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
parked = typer.Typer(help="搁置的事件 · What failed and waits, with its reason; and trying it again.")
dead_letters = typer.Typer(help="死信 · What the broker gave up delivering; and giving it back.")
app.add_typer(parked, name="parked")
app.add_typer(dead_letters, name="dead-letters")

ServiceName = Annotated[str | None, typer.Option("--service", "-s", help="Only this one. 只看此服务。")]
AsOf = Annotated[str | None, typer.Option(help="A business date, or an instant with its zone. 营业日或时刻。")]


@contextmanager
def bank() -> Iterator[BankClient]:
    """A client of the bank that runs here or that the environment names."""
    client = BankClient()
    try:
        yield client
    finally:
        client.close()


def chosen(service: str | None) -> tuple[str, ...]:
    """The named service, or all five; a usage error for any other name."""
    if service is not None and service not in SERVICES:
        raise Failure(Exit.USAGE, f"there is no service {service}; there are {', '.join(SERVICES)}")
    return (service,) if service else SERVICES


@app.command()
def up(
    as_json: Json = False,
    portfolio: Annotated[bool, typer.Option("--seed/--no-seed", help="With a portfolio. 含演示数据。")] = True,
) -> None:
    """启动 · Start the whole bank on this machine and return when it is ready."""
    screen, home = Screen(as_json=as_json), default_home()
    started = lifecycle.start(screen, home)
    if portfolio and not lifecycle.is_seeded(home):
        with bank() as client:
            _seed(Screen(as_json=False), client, SEED)
        lifecycle.note_seeded(home)
    lifecycle.welcome(screen, started, home)


@app.command()
def down(as_json: Json = False) -> None:
    """停止，保留数据 · Stop what `up` started; the data stays."""
    was_running = lifecycle.stop(default_home())
    screen = Screen(as_json=as_json)
    screen.answer({"stopped": was_running})
    screen.say("stopped; the data stays" if was_running else "nothing was running")


@app.command()
def logs(
    lines: Annotated[int, typer.Option("-n", help="How many lines of each log. 行数。")] = 20,
    follow: Annotated[bool, typer.Option(help="Go on until interrupted. 持续显示。")] = True,
) -> None:
    """查看日志 · Show and follow the logs of what `up` started."""
    raise typer.Exit(lifecycle.follow_logs(default_home(), lines, follow=follow))


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. 不再询问。")] = False, as_json: Json = False
) -> None:
    """停止并删除本机数据 · Stop and delete all local data."""
    home, screen = default_home(), Screen(as_json=as_json)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Delete the bank's data in {home}?", abort=True)
    lifecycle.delete(home)
    screen.answer({"deleted": str(home)})
    screen.say(f"deleted: {home}")


@app.command()
def migrate(as_json: Json = False) -> None:
    """迁移 · Bring every schema, role and queue up to date (DATABASE_URL, AMQP_URL); repeating it changes nothing."""
    from services.operations.migrate import migrate as run  # noqa: PLC0415
    from services.operations.migrate import target  # noqa: PLC0415
    from services.operations.replay import migrator_url  # noqa: PLC0415

    screen, done, services = Screen(as_json=as_json), [], load_services()

    def note(step: str) -> None:
        done.append(step)
        screen.say(f"[green]✓[/green] {step}")

    asyncio.run(run(target(migrator_url(), services), services, note))
    screen.answer({"done": done})


@app.command()
def token(
    login: Annotated[str, typer.Argument(help="A demo login or client, e.g. zhang.wei. 登录名。")],
    as_json: Json = False,
) -> None:
    """令牌 · Print a bearer token of a demo login."""
    with bank() as client:
        granted = client.token(login)
    if as_json:
        Screen(as_json=True).answer({"login": login, "access_token": granted})
    else:
        sys.stdout.write(f"{granted}\n")


@app.command()
def status(as_json: Json = False) -> None:
    """状态 · Where each service stands: business date, facts, lag, what is under way and what is parked."""
    with bank() as client:
        raise typer.Exit(looking.show_status(Screen(as_json=as_json), client))


@app.command()
def events(
    service: ServiceName = None,
    kind: Annotated[str | None, typer.Option("--type", "-t", help="Facts whose type begins so. 类型。")] = None,
    stream: Annotated[str | None, typer.Option(help="Facts of streams that contain this. 流。")] = None,
    last: Annotated[int, typer.Option("-n", help="How many of the newest. 最近几条。", min=0, max=100_000)] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they happen. 持续显示。")] = False,
    as_json: Json = False,
) -> None:
    """事件 · The newest facts of all services, and those that come."""
    with bank() as client:
        wanted = looking.Wanted(chosen(service), kind, stream)
        looking.show_events(Screen(as_json=as_json), client, wanted, last, follow=follow)


@app.command()
def show(
    stream: Annotated[str, typer.Argument(help="e.g. loan_account-<uuid>, or a uuid alone. 流或编号。")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """查看流 · One stream's facts and its state, now or as of a date or an instant."""
    if as_of is not None:
        _require_moment(as_of)
    with bank() as client:
        looking.show_stream(Screen(as_json=as_json), client, stream, as_of)


def _require_moment(text: str) -> None:
    try:
        if len(text) > len("2026-01-31"):
            datetime.fromisoformat(text)
        else:
            date.fromisoformat(text)
    except ValueError:
        raise Failure(Exit.USAGE, f"--as-of {text}: give 2026-03-31 or 2026-03-31T17:00:00Z") from None


@app.command()
def replay(
    service: Annotated[str | None, typer.Argument(help="e.g. repayment. 服务。")] = None,
    projection: Annotated[str | None, typer.Argument(help="e.g. loans. 读模型。")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every read model. 全部。")] = False,
    dry_run: Annotated[bool, typer.Option(help="Compare, but do not switch. 只比较。")] = False,
    as_json: Json = False,
) -> None:
    """重放 · Rebuild read models from the log beside the live ones, compare row for row, and switch to them."""
    from services.operations import replay as rebuilding  # noqa: PLC0415

    if (service is None) != every:
        raise Failure(Exit.USAGE, "name a service (and a projection), or give --all")
    screen, services = Screen(as_json=as_json), load_services()
    picked = rebuilding.chosen(services, service, projection)
    raise typer.Exit(rebuilding.show(screen, asyncio.run(rebuilding.replay(screen, picked, dry_run=dry_run))))


@parked.command("list")
def list_parked(service: ServiceName = None, as_json: Json = False) -> None:
    """列出 · What is parked, and why."""
    from services.operations.parking_lot import list_parked as run  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, chosen(service)))


@parked.command("redrive")
def redrive_parked(
    service: ServiceName = None,
    stream: Annotated[str | None, typer.Option(help="Only this stream. 只此一流。")] = None,
    as_json: Json = False,
) -> None:
    """重试 · Handle what is parked again, stream by stream, in order."""
    from services.operations.parking_lot import redrive_parked as run  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, chosen(service), stream))


def _broker(screen: Screen) -> str:
    """AMQP_URL; where there is none, says that the in-process bus has no dead letters, and ends."""
    if url := os.environ.get("AMQP_URL"):
        return url
    if find().kind == "all-in-one":
        screen.answer([])
        screen.say("the in-process bus has no broker and so no dead letters; failures are parked: `liudai parked`")
        raise typer.Exit(Exit.OK)
    raise Failure(Exit.USAGE, "set AMQP_URL to the broker's, e.g. amqp://user:password@127.0.0.1:5672/")


@dead_letters.command("list")
def list_dead_letters(service: ServiceName = None, as_json: Json = False) -> None:
    """列出 · Dead letters, grouped by queue and cause."""
    from services.operations import parking_lot  # noqa: PLC0415

    screen = Screen(as_json=as_json)
    letters = asyncio.run(parking_lot.read_dead_letters(_broker(screen), chosen(service)))
    raise typer.Exit(parking_lot.show_dead_letters(screen, letters))


@dead_letters.command("redrive")
def redrive_dead_letters(
    service: ServiceName = None,
    rate: Annotated[float, typer.Option(help="Messages a second at most. 每秒至多。", min=0.1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """重投 · Give dead letters back to the queues that they came from."""
    from services.operations import parking_lot  # noqa: PLC0415

    screen = Screen(as_json=as_json)
    given = asyncio.run(parking_lot.redrive_dead_letters(_broker(screen), chosen(service), rate))
    screen.answer(given)
    screen.table(("service", "given back"), given.items()) if given else screen.say("there are no dead letters")


@app.command("end-of-day")
def end_of_day(
    to: Annotated[str | None, typer.Option(help="Go on until the bank works on this date. 直到此营业日。")] = None,
    as_json: Json = False,
) -> None:
    """日终 · Close the business date (or several) and wait until every service has done its part."""
    from services.operations.closing import close_until  # noqa: PLC0415

    with bank() as client:
        close_until(Screen(as_json=as_json), client, to)


SEED = 7


def _seed(screen: Screen, client: BankClient, number: int) -> Exit:
    from services.operations.seed import seed as run  # noqa: PLC0415

    result = run(screen, client, number)
    screen.answer(asdict(result))
    screen.say(
        f"the portfolio was there already, from {result.start} to {result.end}"
        if result.already
        else f"{result.borrowers} borrowers from {result.start} to {result.end}, {result.stops} stops of the clock"
    )
    for name, reason in result.ended_early:
        screen.say(f"[yellow]{name} ended early:[/yellow] {reason}")
    return Exit.WRONG if result.ended_early else Exit.OK


@app.command()
def seed(
    number: Annotated[int, typer.Option("--seed", help="Another number, other borrowers. 随机种子。")] = SEED,
    as_json: Json = False,
) -> None:
    """演示数据 · A living portfolio of thirty borrowers, made through the public APIs over a year of business dates."""
    with bank() as client:
        raise typer.Exit(_seed(Screen(as_json=as_json), client, number))


@app.command()
def verify(
    chain_only: Annotated[bool, typer.Option(help="Leave the streams' versions out. 只核对哈希链。")] = False,
    as_json: Json = False,
) -> None:
    """核对 · Recompute every hash chain and count every stream's versions."""
    from services.operations.checking import verify as run  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, chain_only=chain_only))


@app.command()
def invariants(
    only: Annotated[list[str] | None, typer.Argument(help="e.g. I1 I2; all where none is named. 不变量。")] = None,
    as_json: Json = False,
) -> None:
    """不变量 · Check what must hold whatever happened: money, messages, streams, persons, answers."""
    from services.operations.invariants import run  # noqa: PLC0415
    from services.operations.replay import migrator_url  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, migrator_url(), tuple(only or ())))


def main() -> None:
    """The console script."""
    try:
        app()
    except Failure as failure:
        Screen().err.print(f"[red]liudai:[/red] {failure.message}", markup=True)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
