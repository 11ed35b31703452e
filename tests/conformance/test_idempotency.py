"""Same key and body, same answer and one effect; on the borrower's registration, the code is the same everywhere."""

import asyncio
from typing import Any

import httpx
import pytest
from stdnum.cn import ric

from tests.conformance.bank import Bank
from tests.conformance.operations import OPERATIONS
from tests.conformance.test_every_operation import is_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


def somebody(name: str = "张三", nth: int = 1) -> dict[str, Any]:
    """A person, who is one borrower however often he is registered; `nth` makes another one of him."""
    number = f"11010519900307{nth:03d}"
    return {
        "person": {"name": name, "resident_id": number + ric.calc_check_digit(number + "0"), "phone": "13800138000"}
    }


async def register(
    bank: Bank, key: str | None, body: dict[str, Any], query: str = "", **headers: str
) -> httpx.Response:
    sent = headers | ({"Idempotency-Key": key} if key else {})
    token = bank.issuer.token("officer", person="zhang.wei")
    return await bank.call("application", "POST", f"/v1/borrowers{query}", token=token, json=body, headers=sent)


async def events(bank: Bank) -> list[dict[str, Any]]:
    await bank.engines["application"].caught_up()  # so that all is sealed
    token = bank.issuer.token("operator")
    facts: list[dict[str, Any]] = (
        await bank.call("application", "GET", "/internal/events?limit=1000", token=token)
    ).json()
    return facts


async def test_a_command_without_a_key_is_400_and_does_nothing(bank: Bank) -> None:
    before = await events(bank)
    assert is_problem(await register(bank, None, somebody()), 400)["type"].endswith("idempotency-key-required")
    assert await events(bank) == before


async def test_a_retry_with_its_fields_in_another_order_is_the_same_request(bank: Bank) -> None:
    body = somebody(nth=77)
    turned = {"person": dict(reversed(body["person"].items()))}
    first, again = await register(bank, "turned", body), await register(bank, "turned", turned)
    assert (first.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.content == first.content


async def test_the_same_key_and_body_get_the_same_bytes_and_one_effect(bank: Bank) -> None:
    before = await events(bank)
    first = await register(bank, "same", somebody())
    again = await register(bank, "same", somebody())
    quoted = await register(bank, '"same"', somebody())
    assert first.status_code == again.status_code == quoted.status_code == 201
    assert first.content == again.content == quoted.content
    assert first.headers["location"] == again.headers["location"]
    assert first.headers["etag"] == again.headers["etag"] == '"1"'
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await events(bank)) == len(before) + 1


async def test_the_same_key_with_another_body_is_422(bank: Bank) -> None:
    await register(bank, "other-body", somebody(nth=6))
    refused = await register(bank, "other-body", somebody("李四", nth=6))
    assert is_problem(refused, 422)["type"].endswith("idempotency-key-reused")


async def test_twenty_at_once_with_one_key_have_one_effect_and_one_answer(bank: Bank) -> None:
    before = await events(bank)
    answers = await asyncio.gather(*(register(bank, "at-once", somebody(nth=2)) for _ in range(20)))
    told = [answer for answer in answers if answer.status_code == 201]
    assert {answer.content for answer in told} == {told[0].content}
    for answer in answers:
        if answer.status_code != 201:
            assert is_problem(answer, 409)["type"].endswith("request-in-flight")
            assert answer.headers["retry-after"]
    assert len(await events(bank)) == len(before) + 1


async def test_a_refused_request_leaves_its_key_free(bank: Bank) -> None:
    wrong = somebody()
    wrong["person"]["resident_id"] = "110105199003070010"
    assert "person.resident_id" in {e["field"] for e in is_problem(await register(bank, "free", wrong), 422)["errors"]}
    assert (await register(bank, "free", somebody())).status_code == 201


async def test_another_client_may_use_the_same_key(bank: Bank) -> None:
    first = await register(bank, "mine", somebody(nth=3))
    token = bank.issuer.token("officer", person="li.si", azp="another")
    other = await bank.call(
        "application", "POST", "/v1/borrowers", token=token, json=somebody(nth=4), headers={"Idempotency-Key": "mine"}
    )
    assert other.status_code == 201
    assert other.content != first.content


async def test_a_dry_run_answers_and_writes_nothing(bank: Bank) -> None:
    before = await events(bank)
    answer = await register(bank, "dry", somebody(nth=5), "?dry_run=true")
    assert answer.status_code == 200
    assert answer.headers["dry-run"] == "true"
    assert await events(bank) == before
    assert (await register(bank, "dry", somebody(nth=5))).status_code == 201


async def test_a_command_decided_on_a_stale_version_is_412(bank: Bank) -> None:
    refused = await register(bank, "stale", somebody(nth=9), **{"If-Match": '"7"'})
    assert is_problem(refused, 412)["type"].endswith("stale-version")
    assert (
        is_problem(await register(bank, "stale", somebody(nth=9), **{"If-Match": "x"}), 422)["errors"][0]["field"]
        == "If-Match"
    )


async def test_another_branch_sees_neither_the_thing_nor_that_it_is_there(bank: Bank) -> None:
    created = await register(bank, "branch", somebody(nth=8))
    stranger = bank.issuer.token("officer", branch="SZ", branches=["SZ"])
    seen = await bank.call("application", "GET", created.headers["location"], token=stranger)
    absent = await bank.call("application", "GET", "/v1/borrowers/00000000-0000-4000-8000-000000000000", token=stranger)
    assert is_problem(seen, 404)["detail"] == is_problem(absent, 404)["detail"]


async def test_no_personal_value_leaves_by_the_operators_door(bank: Bank) -> None:
    await register(bank, "personal", somebody("欧阳不见", nth=7))
    facts = await events(bank)
    assert facts
    assert "欧阳不见" not in str(facts)
    assert "13800138000" not in str(facts)


@pytest.mark.parametrize("path", ["application/v1/offers/expire", "collection/v1/promises/expire",
                                  "repayment/v1/business-date/close"])  # fmt: skip
async def test_work_over_many_things_is_answered_once_under_its_key_too(bank: Bank, path: str) -> None:
    service, _, place = path.partition("/")
    token = bank.issuer.token("operator")

    async def ask(key: str | None, query: str = "", **body: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await bank.call(service, "POST", f"/{place}{query}", token=token, headers=headers, json=body)

    first, again = await ask("tonight"), await ask("tonight")
    assert (first.status_code, again.status_code) == (200, 200), first.text
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert is_problem(await ask("tonight", closed_on="2026-01-01"), 422)["type"].endswith("idempotency-key-reused")
    assert is_problem(await ask(None), 400)["type"].endswith("idempotency-key-required")
    is_problem(await ask("dry", "?dry_run=true"), 422)

    answers = await asyncio.gather(*(ask("at-once") for _ in range(10)), ask("at-once", closed_on="2026-01-01"))
    told = [answer for answer in answers if answer.status_code == 200]
    assert {answer.content for answer in told} == {told[0].content}
    for refused in (answer for answer in answers if answer.status_code != 200):
        assert refused.status_code in {409, 422}, refused.text


async def test_every_post_that_acts_takes_a_key() -> None:
    only_counts = {one.name for one in OPERATIONS if one.path.startswith(("/v1/calculations/", "/v1/simulations"))}
    without = {one.name for one in OPERATIONS if one.method == "POST" and not one.takes_key}
    once_done_not_there = {"redrive_parked", "reconcile_inbox"}  # what is parked or missing is so until it is handled
    only_asks = {"read_loan_decision", "replay_recorded_assessment"}
    assert without - only_counts == once_done_not_there | only_asks
