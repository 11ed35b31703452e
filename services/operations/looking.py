"""`liudai status` and `quote`: where the services stand, and what a loan would cost."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from services.operations.bank_client import BankClient
from services.operations.settled import Statuses, announced_to, unsettled
from services.operations.terminal import Exit, Screen


def statuses_of(client: BankClient) -> Statuses:
    """Every service's own status."""
    return {name: client.get(name, "/internal/status") for name in client.deployment.services}


def show_status(screen: Screen, client: BankClient) -> Exit:
    """One row a service; WRONG where something is parked or a projection has stopped."""
    statuses = statuses_of(client)
    moving = unsettled(statuses)
    failing = {f"{name}.{what}": why for name, one in statuses.items() for what, why in one["failing"].items()}
    parked = sum(sum(status["parked"].values()) for status in statuses.values())
    screen.answer({"deployment": client.deployment.kind, "services": statuses, "under_way": moving})
    columns = ("service", "business date", "facts", "unsealed", "lag", "on the way", "parked", "put off")
    rows = [
        (
            name,
            status["business_date"],
            f"{status['head']:,}",
            status["unsealed"] or "",
            max((status["head"] - pos for who, pos in status["followers"].items() if "@" not in who), default=0) or "",
            announced_to(name, statuses) - sum(status["heard"].values()) - status["parked"].get("inbox", 0) or "",
            sum(status["parked"].values()) or "",
            status["delayed"] or "",
        )
        for name, status in statuses.items()
    ]
    screen.table(columns, rows, right=columns[2:])
    for what, why in failing.items():
        screen.say(f"[red]{what} has stopped:[/red] {escape(why)}")
    if parked:
        screen.say(f"[yellow]{parked} parked:[/yellow] see `liudai parked`")
    screen.say(f"[dim]{escape('; '.join(moving)) or 'everything is sealed, followed and heard'}[/dim]")
    return Exit.WRONG if failing or parked else Exit.OK


def show_quote(screen: Screen, client: BankClient, terms: Mapping[str, Any]) -> None:
    """The repayment schedule of a loan that may never be."""
    schedule = client.post("repayment", "/v1/calculations/schedule", terms)
    screen.answer(schedule)
    columns = ("no", "due on", "principal", "interest", "total", "balance before")
    rows = [
        (row["no"], row["due_on"], *(row[name]["amount"] for name in ("principal", "interest", "total", "balance")))
        for row in schedule["items"]
    ]
    screen.table(columns, rows, right=("no", *columns[2:]))
    screen.say(f"\ninterest in all: [bold]{schedule['total_interest']['amount']}[/bold]")
