"""What the commands share: options, the client of the bank that runs, the choice of services."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from services.operations.deployment import SERVICES, Deployment
from services.operations.terminal import Exit, Failure, Screen

if TYPE_CHECKING:
    from services.operations.bank_client import BankClient

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON. 以 JSON 回答。")]
ServiceName = Annotated[
    str | None, typer.Option("--service", "-s", metavar="NAME", help=f"One of {', '.join(SERVICES)}. 服务。")
]


@contextmanager
def bank() -> "Iterator[BankClient]":
    """A client of the bank that runs here or that the environment names; standard error says which it is."""
    from services.operations.bank_client import BankClient  # noqa: PLC0415

    client = BankClient()
    try:
        if not client.deployment.told_by:
            client.require()
        say_which(Screen(), client.deployment)
        yield client
    finally:
        client.close()


def say_which(screen: Screen, deployment: Deployment) -> None:
    """Say which bank is meant: always where it is a guess, else where somebody watches."""
    first, *_, last = deployment.services.values()
    if not deployment.told_by:
        screen.note(f"bank: {first} … {last} (docker compose's ports, since none was started here)")
    elif screen.err.is_terminal:
        where = first.removesuffix("/application") if deployment.kind == "all-in-one" else f"{first} … {last}"
        screen.note(f"bank: {where} ({deployment.told_by})")


def chosen(service: str | None) -> tuple[str, ...]:
    """The named service, or all five; a usage error for any other name."""
    if service is not None and service not in SERVICES:
        raise Failure(Exit.USAGE, f"there is no service {service}; there are {', '.join(SERVICES)}")
    return (service,) if service else SERVICES
