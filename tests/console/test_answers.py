"""What the pages are told: the services' own answers in the caller's name, what may be done, what stands how."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from services.console.labels import labels
from tests.console.bank_around import Answer, console_around, refusing, sign_in

WHICH = UUID("a0000000-0000-4000-8000-000000000001")
BASE = f"v1/applications/{WHICH}"
TOLD = {"LIUDAI_APPLICATION_URL": "http://127.0.0.1:8001"}


def answering(body: Any) -> Answer:
    def answer(_request: Request) -> Response:
        return JSONResponse(body)

    return answer


async def test_a_service_is_asked_in_the_name_of_who_is_signed_in(tmp_path: Path) -> None:
    async with console_around(tmp_path) as browser:
        await sign_in(browser, "zhang.wei")
        asked = {"limit": "5", "after": "a b"}
        told = (await browser.get("/console/api/repayment/v1/loans", params=asked)).json()
        assert (told["path"], told["query"]) == ("v1/loans", asked)
        assert told["authorization"].startswith("Bearer eyJ")
        headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
        sent = (await browser.post("/console/api/repayment/v1/x", content=b'{"a": 1}', headers=headers)).json()
        assert (sent["body"], sent["key"]) == ('{"a": 1}', "k1")


@pytest.mark.parametrize(
    "path",
    ["repayment/docs", "repayment/v1/../metrics", "nowhere/v1/loans", "sandbox/people", "repayment/v1/%2e%2e/metrics"],
)
async def test_only_the_services_apis_are_reached(tmp_path: Path, path: str) -> None:
    async with console_around(tmp_path) as browser:
        await sign_in(browser, "operator")
        assert (await browser.get(f"/console/api/{path}")).status_code == 404


async def test_a_service_that_is_away_is_named_and_hides_no_other(tmp_path: Path) -> None:
    status = {"business_date": "2026-03-31", "head": 12, "followers": {"loans": 9, "seal@1": 0}, "parked": {"inbox": 2},
              "delayed": 0, "failing": {}}  # fmt: skip
    async with console_around(tmp_path, {"internal/status": answering(status)}, **TOLD) as browser:
        await sign_in(browser, "operator")
        standings = {one["service"]: one for one in (await browser.get("/console/api/health")).json()}
        away = await browser.get("/console/api/collection/v1/cases")
    assert (away.status_code, away.json()["detail"]) == (503, "collection does not answer.")
    assert standings["collection"]["away"]
    assert (standings["repayment"]["lag"], standings["repayment"]["slowest"]) == (3, "loans")
    assert standings["repayment"]["parked"] == 2


async def test_what_may_be_done_is_what_the_service_says_of_a_trial(tmp_path: Path) -> None:
    seen = []

    def trial(request: Request) -> Response:
        seen.append(request.query_params.get("dry_run"))
        return JSONResponse({})

    answers = {
        f"{BASE}/withdraw": trial,
        f"{BASE}/review-request": refusing(409, "wrong-status", "not now"),
        f"{BASE}/offer/accept": refusing(409, "four-eyes", "somebody else"),
        f"{BASE}/offer": refusing(404, "not-found", "no offer"),
    }
    async with console_around(tmp_path, answers, **TOLD) as browser:
        await sign_in(browser, "zhang.wei")
        found = (await browser.get(f"/console/api/actions/applications/{WHICH}")).json()
    assert seen == ["true"], "tried, never done"
    assert [(one["name"], one["allowed"], one["code"]) for one in found] == [
        ("accept_offer", False, "four-eyes"),
        ("withdraw_application", True, ""),
    ]


async def test_what_roles_never_may_is_not_even_tried(tmp_path: Path) -> None:
    async with console_around(tmp_path, {}, **TOLD) as browser:
        await sign_in(browser, "auditor")
        assert (await browser.get(f"/console/api/actions/applications/{WHICH}")).json() == []


async def test_an_id_leads_to_what_it_names(tmp_path: Path) -> None:
    contract = "c0000000-0000-4000-8000-000000000001"
    answers = {
        BASE: answering({}),
        f"v1/drawdowns/{WHICH}": answering({"contract_id": contract}),
        f"v1/loans/{WHICH}": refusing(404, "not-found", "none"),
        f"v1/contracts/{WHICH}": refusing(404, "not-found", "none"),
    }
    async with console_around(tmp_path, answers, **TOLD) as browser:
        await sign_in(browser, "operator")
        found = (await browser.get("/console/api/search", params={"text": f" {WHICH} "})).json()
    assert [one["page"] for one in found] == [f"/applications/{WHICH}", f"/drawdowns/{contract}/{WHICH}"]


async def test_names_that_are_not_the_callers_to_see_are_left_out(tmp_path: Path) -> None:
    other = UUID("b0000000-0000-4000-8000-000000000002")
    answers = {
        f"v1/borrowers/{WHICH}": answering({"name": "厦门博源"}),
        f"v1/borrowers/{other}": refusing(404, "not-found", "none"),
    }
    async with console_around(tmp_path, answers, **TOLD) as browser:
        await sign_in(browser, "zhang.wei")
        told = await browser.get("/console/api/names", params={"borrower": [str(WHICH), str(other)]})
    assert told.json() == {str(WHICH): "厦门博源"}


def test_risks_characteristics_have_names_in_both_languages() -> None:
    known = labels()
    assert known["quick_ratio"].zh == "速动比率"
    assert known["K01_UNPAID_DEFAULT"].en
