"""The commands that bring up to date, rebuild, close the day, and try again what failed."""

import asyncio
import os
from typing import Annotated

import typer

from services.operations.cli_options import Json, ServiceName, bank, chosen
from services.operations.deployment import find, load_services
from services.operations.terminal import Exit, Failure, Screen


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


def end_of_day(
    to: Annotated[str | None, typer.Option(help="Go on until the bank works on this date. 直到此营业日。")] = None,
    as_json: Json = False,
) -> None:
    """日终 · Close the business date (or several) and wait until every service has done its part."""
    from services.operations.closing import close_until  # noqa: PLC0415

    with bank() as client:
        close_until(Screen(as_json=as_json), client, to)


def replay(
    service: Annotated[str | None, typer.Argument(metavar="SERVICE", help="e.g. repayment. 服务。")] = None,
    projection: Annotated[str | None, typer.Argument(metavar="PROJECTION", help="e.g. loans. 读模型。")] = None,
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


def list_parked(service: ServiceName = None, as_json: Json = False) -> None:
    """列出 · What is parked, and why."""
    from services.operations.parking_lot import list_parked as run  # noqa: PLC0415

    with bank() as client:
        raise typer.Exit(run(Screen(as_json=as_json), client, chosen(service)))


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


def list_dead_letters(service: ServiceName = None, as_json: Json = False) -> None:
    """列出 · Dead letters, grouped by queue and cause."""
    from services.operations import parking_lot  # noqa: PLC0415

    screen, services = Screen(as_json=as_json), chosen(service)
    letters = asyncio.run(parking_lot.read_dead_letters(_broker(screen), services))
    raise typer.Exit(parking_lot.show_dead_letters(screen, letters))


def redrive_dead_letters(
    service: ServiceName = None,
    rate: Annotated[float, typer.Option(help="Messages a second at most. 每秒至多。", min=0.1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """重投 · Give dead letters back to the queues that they came from."""
    from services.operations import parking_lot  # noqa: PLC0415

    screen, services = Screen(as_json=as_json), chosen(service)
    given = asyncio.run(parking_lot.redrive_dead_letters(_broker(screen), services, rate))
    screen.answer(given)
    screen.table(("service", "given back"), given.items()) if given else screen.say("there are no dead letters")
