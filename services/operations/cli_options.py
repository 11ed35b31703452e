"""What the commands share: options, the client of the bank that runs, the choice of services."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from services.operations.bank_client import BankClient
from services.operations.deployment import SERVICES
from services.operations.terminal import Exit, Failure

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON. 以 JSON 回答。")]
ServiceName = Annotated[str | None, typer.Option("--service", "-s", help="Only this one. 只看此服务。")]


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
