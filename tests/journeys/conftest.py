"""A running bank for the journeys, and one for each module that breaks it."""

from collections.abc import Generator, Iterator

import pytest

from tests.journeys.own_bank import OwnBank, open_bank
from tests.servers import PostgresServer, RabbitMQServer


@pytest.fixture(scope="package")
def bank(postgres_server: PostgresServer, rabbitmq_server: RabbitMQServer) -> Iterator[OwnBank]:
    """Five services, issuer and core banking as processes of their own. Each journey has borrowers of its own."""
    with open_bank(postgres_server, rabbitmq_server) as opened:
        yield opened


@pytest.fixture(scope="module")
def doomed_bank(postgres_server: PostgresServer, rabbitmq_server: RabbitMQServer) -> Iterator[OwnBank]:
    """Another bank, for a module that kills what it can."""
    with open_bank(postgres_server, rabbitmq_server) as opened:
        yield opened


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The last words of every process stand below a failed journey."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    bank = arguments.get("bank") or arguments.get("doomed_bank")
    if report.failed and isinstance(bank, OwnBank):
        for name, kept in bank.processes.items():
            report.sections.append((f"{name} (exits: {kept.exits})", kept.tail(3000)))
    return report
