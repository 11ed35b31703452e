"""The sandbox clock and the all-in-one server: for demonstrations, never for a bank's own time and data."""

import httpx
import pytest
from pydantic import ValidationError

from services.operations import allinone, sandbox
from services.operations.deployment import all_in_one
from services.operations.sandbox import Advance

NOWHERE = all_in_one("http://127.0.0.1:9", "http://127.0.0.1:9")


def test_the_sandbox_refuses_to_start_in_production() -> None:
    with pytest.raises(SystemExit, match="LIUDAI_ENV=production"):
        sandbox.create_app({"LIUDAI_ENV": "production"})


def test_the_all_in_one_server_refuses_to_start_in_production() -> None:
    environment = {"LIUDAI_ENV": "production", "LIUDAI_CORE_BANKING_URL": "http://127.0.0.1:9"}
    with pytest.raises(SystemExit, match="LIUDAI_ENV=production"):
        allinone.create_bank((), environment)


@pytest.mark.parametrize("asked", [{}, {"days": -1}, {"days": 3661}, {"to": "soon"}, {"days": 1, "to": "2026-12-31"}])
def test_the_clock_is_told_either_a_date_or_a_number_of_days(asked: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Advance.model_validate(asked)


async def test_services_that_are_away_are_a_problem_not_a_bug() -> None:
    app = sandbox.create_app({}, NOWHERE)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as client,
    ):
        answer = await client.post("/sandbox/clock/advance", json={"days": 1})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:liudai:problem:service-unavailable"
        streamed = await client.post(
            "/sandbox/clock/advance", json={"days": 1}, headers={"Accept": "application/x-ndjson"}
        )
        assert streamed.headers["content-type"] == "application/x-ndjson"
        assert httpx.Response(200, text=streamed.text).json()["status"] == 503


async def test_an_address_that_the_all_in_one_server_does_not_know_is_a_problem() -> None:
    bank = allinone.create_bank((), {"LIUDAI_CORE_BANKING_URL": "http://127.0.0.1:9"})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(bank), base_url="http://bank") as client:
        answers = [await client.get("/nowhere"), await client.post("/health/live")]
    assert [one.status_code for one in answers] == [404, 405]
    for one in answers:
        assert one.headers["content-type"] == "application/problem+json"
