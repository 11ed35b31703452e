"""While PostgreSQL is down every service says 503 and when to come back; when it is up again, it answers by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from services.operations.deployment import SERVICES
from tests.conformance.bank import Bank, open_bank
from tests.conformance.operations import OPERATIONS, Operation
from tests.conformance.test_every_operation import is_problem, role_for
from tests.servers import PostgresServer, folder
from tests.shared.issuer import Issuer

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.integration]

WAIT_SECONDS = 60.0
READS = ("list_applications", "list_assessments", "list_facilities", "list_loans", "list_cases")
WRITES = (
    "expire_past_offers", "replay_recorded_assessment", "release_drawdown", "open_business_date", "expire_promises",
)  # fmt: skip
ASKED = [one for one in OPERATIONS if one.name in READS + WRITES]
ready = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of this module's own, to be stopped."""
    with folder("away") as home:
        server = PostgresServer(home)
        server.start()
        yield server
        server.kill_immediate()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bank(server: PostgresServer, issuer: Issuer) -> AsyncIterator[Bank]:
    async with open_bank(server, issuer) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def away(server: PostgresServer, bank: Bank) -> AsyncIterator[Bank]:
    """The bank when its database has gone; it is back afterwards."""
    await asyncio.to_thread(server.stop)
    yield bank
    await asyncio.to_thread(server.start)


async def asked(bank: Bank, operation: Operation) -> httpx.Response:
    return await bank.call(
        operation.service, operation.method, operation.url, token=bank.issuer.token(role_for(bank, operation)),
        headers={"Idempotency-Key": "away"},
    )  # fmt: skip


async def test_each_service_is_asked_to_read_and_to_write() -> None:
    assert {(one.service, one.method) for one in ASKED} == {(name, way) for name in SERVICES for way in ("GET", "POST")}


@pytest.mark.parametrize("operation", ASKED, ids=str)
async def test_a_request_is_503_and_told_when_to_come_back(away: Bank, operation: Operation) -> None:
    response = await asked(away, operation)
    assert is_problem(response, 503)["type"] == "urn:liudai:problem:temporarily-unavailable"
    assert int(response.headers["retry-after"]) > 0


@ready
async def test_a_service_lives_and_is_not_ready(away: Bank, service: str) -> None:
    assert (await away.call(service, "GET", "/health/live")).status_code == 200
    response = await away.call(service, "GET", "/health/ready")
    assert (response.status_code, int(response.headers["retry-after"]) > 0) == (503, True)


@ready
async def test_it_answers_again_by_itself_when_the_database_is_back(
    server: PostgresServer, away: Bank, service: str
) -> None:
    await asyncio.to_thread(server.start)
    [reading] = [one for one in ASKED if one.service == service and one.method == "GET"]
    async with asyncio.timeout(WAIT_SECONDS):
        while (response := await asked(away, reading)).status_code == 503:
            await asyncio.sleep(0.1)
    assert response.status_code == 200, response.text
