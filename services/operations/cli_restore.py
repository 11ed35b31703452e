"""The commands for the day after: a dump loaded into another cluster, announcements lost on the way."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from services.operations.cli_options import Json, ServiceName, bank, chosen
from services.operations.deployment import load_services
from services.operations.terminal import Exit, Failure, Screen


def rebase(service: ServiceName = None, as_json: Json = False) -> None:
    """换库 · After a restore into another cluster: let the logs go on from where they stood. See docs/restore.md."""
    from services.operations.replay import migrator_url  # noqa: PLC0415
    from services.operations.restore import rebase as run  # noqa: PLC0415

    screen = Screen(as_json=as_json)
    done = asyncio.run(run(migrator_url(), chosen(service)))
    screen.answer([asdict(one) for one in done])
    columns = ("log", "head", "sealed now", "")
    rows = [(one.service, one.head, one.sealed, "rebased" if one.was_due else "was at home") for one in done]
    screen.table(columns, rows, right=columns[1:3])


def reconcile(
    service: ServiceName = None,
    days: Annotated[float, typer.Option(help="Look back so many days. 回看天数。", min=0)] = 7,
    everything: Annotated[bool, typer.Option("--all", help="From the first announcement. 从头核对。")] = False,
    unsettled: Annotated[bool, typer.Option(help="The last five minutes too. 含最近五分钟。")] = False,
    as_json: Json = False,
) -> None:
    """对账 · Compare what was announced with what each service has handled; hand over what was missed.

    Run it every few minutes. Exit status 1: something had been missed, and is handled now.
    """
    from services.operations.reconcile import reconcile as run  # noqa: PLC0415
    from services.operations.reconcile import settled_by, show  # noqa: PLC0415

    if everything and days != 7:  # noqa: PLR2004  (its default)
        raise Failure(Exit.USAGE, "give --days or --all, not both")
    screen, now = Screen(as_json=as_json), datetime.now(UTC)  # noqa: TID251  (the operator's now)
    since = datetime.fromtimestamp(0, UTC) if everything else now - timedelta(days=days)
    subscribers = [one for one in load_services() if one.name in chosen(service)]
    interests = [interest for one in subscribers for interest in one.interests]
    with bank() as client:
        found = run(screen, client, interests, since, now if unsettled else settled_by(now))
    raise typer.Exit(show(screen, found))
