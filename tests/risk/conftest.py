"""The risk service that the tests over HTTP call."""

from collections.abc import AsyncIterator

import pytest

from tests.risk.bank import Bank
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer


@pytest.fixture
async def bank(postgres_server: PostgresServer, issuer: Issuer) -> AsyncIterator[Bank]:
    async with Bank.open(postgres_server, issuer) as opened:
        yield opened
