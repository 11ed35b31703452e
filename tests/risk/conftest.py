"""A running risk service for tests that only ask it."""

from collections.abc import AsyncIterator

import pytest

from tests.risk.bank import Bank, open_bank


@pytest.fixture
async def bank(database_url: str) -> AsyncIterator[Bank]:
    async with open_bank(database_url) as opened:
        yield opened
