"""Servers for whoever asks: started once per pytest process, on the first test that needs them."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers import PostgresServer, RabbitMQServer, folder
from tests.shared.issuer import Issuer

settings.register_profile("unhurried", deadline=None)  # how long a test takes says nothing on a busy machine
settings.load_profile("unhurried")

SERVERS = {"postgres_server", "rabbitmq_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses a server is an integration test: nobody has to remember the marker."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with folder("postgres") as home:
        server = PostgresServer(home)
        server.start()
        yield server
        server.kill_immediate()


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[RabbitMQServer]:
    with folder("rabbitmq") as home:
        server = RabbitMQServer(home)
        server.start()
        yield server
        server.close()


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    opened = Issuer()
    yield opened
    opened.close()


@pytest.fixture
def database_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A superuser's URL of an empty database that only this test sees; for one with tables see `migrated`."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def amqp_url(rabbitmq_server: RabbitMQServer) -> Iterator[str]:
    """A virtual host that only this test sees."""
    with rabbitmq_server.vhost() as url:
        yield url
