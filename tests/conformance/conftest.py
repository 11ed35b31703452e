"""The five services that a module of the conformance suite calls."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.conformance.bank import Bank, open_bank
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bank(postgres_server: PostgresServer, issuer: Issuer) -> AsyncIterator[Bank]:
    async with open_bank(postgres_server, issuer) as opened:
        yield opened
