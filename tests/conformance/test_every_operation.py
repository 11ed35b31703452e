"""The API grammar, asked of every operation of every service."""

import base64
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.edge import BODY_MAX
from shared.identity import ROLES
from tests.conformance.bank import Bank
from tests.conformance.operations import NOBODY, OPERATIONS, Operation

pytestmark = pytest.mark.asyncio(loop_scope="module")

every = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
with_body = pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.has_body], ids=str)
reading_by_id = pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.uuid_parameters and one.method == "GET"], ids=str
)
dated = pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.date_parameters], ids=str)
with_id = pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.uuid_parameters], ids=str)
NOT_FOUND = "urn:liudai:problem:not-found"
VISIBLE_FIRST = {
    "application.sign_contract", "application.decide_application", "application.recommend_decision",
    "application.withdraw_application", "application.read_application", "application.read_signed_contract",
    "application.read_history", "application.read_offer",
    "disbursement.request_drawdown", "disbursement.cancel_drawdown", "disbursement.report_fund_use",
    "disbursement.check_fund_use", "disbursement.confirm_misuse", "disbursement.dismiss_misuse",
    "disbursement.propose_resolution", "disbursement.confirm_resolution", "collection.list_contacts",
    "collection.record_contact", "collection.make_promise", "collection.propose_write_off",
    "collection.decide_write_off",
    "risk.note_classification_sign", "risk.propose_classification", "risk.decide_classification",
    "risk.record_restructuring", "risk.report_on_debtor", "risk.acknowledge_warning", "risk.close_warning",
    "risk.complete_inspection",
}  # fmt: skip
"""What the caller may not see is not there, whatever he sends or asks of it: a 404, where it is JSON at all."""
UNPAGED = {"read_log", "read_events", "verify_log"}  # positions of the log, not cursors
listing = pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS if {"limit", "after"} <= one.query_parameters and one.name not in UNPAGED],
    ids=str,
)


def role_for(bank: Bank, operation: Operation) -> str:
    return min(bank.engines[operation.service].access[operation.name])


def is_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """A problem of RFC 9457 with a type of ours; its body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"].startswith("urn:liudai:problem:")
    assert problem["status"] == status
    assert {"title", "detail", "instance", "errors"} <= set(problem)
    return problem


@every
async def test_is_documented(operation: Operation) -> None:
    assert operation.document.get("description"), "say what it does"
    documented = set(operation.document["responses"])
    assert {"401", "403", "422", "503"} <= documented
    if operation.uuid_parameters:
        assert "404" in documented


@every
async def test_without_a_token_is_401(bank: Bank, operation: Operation) -> None:
    response = await bank.call(operation.service, operation.method, operation.url)
    is_problem(response, 401)
    assert response.headers["www-authenticate"].startswith("Bearer")


@every
async def test_only_the_roles_of_the_matrix_may_call(bank: Bank, operation: Operation) -> None:
    allowed = bank.engines[operation.service].access[operation.name]
    for role in sorted(ROLES):
        response = await bank.call(operation.service, operation.method, operation.url, token=bank.issuer.token(role))
        assert (response.status_code == 403) == (role not in allowed), f"{role}: {response.status_code} {response.text}"
        if role not in allowed:
            is_problem(response, 403)


@every
async def test_a_query_parameter_that_there_is_not_is_422_and_named(bank: Bank, operation: Operation) -> None:
    url = operation.url + ("&" if "?" in operation.url else "?") + "surprise=1"
    token = bank.issuer.token(role_for(bank, operation))
    problem = is_problem(await bank.call(operation.service, operation.method, url, token=token), 422)
    assert ("surprise", "extra_forbidden") in {(error["field"], error["rule"]) for error in problem["errors"]}


@every
async def test_echoes_the_request_id_and_the_trace(bank: Bank, operation: Operation) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    response = await bank.call(
        operation.service, operation.method, operation.url, headers={"x-request-id": "abc-1", "traceparent": trace}
    )
    assert response.headers["x-request-id"] == "abc-1"
    assert response.headers["traceparent"] == trace
    forged = await bank.call(operation.service, operation.method, operation.url, headers={"x-request-id": 'a"b{}'})
    assert forged.headers["x-request-id"] not in {'a"b{}', ""}


@dated
async def test_a_number_is_no_date_in_a_query(bank: Bank, operation: Operation) -> None:
    token = bank.issuer.token(role_for(bank, operation))
    for name in operation.date_parameters:
        for number in ("0", "86400", "-4.4e-84"):  # seconds since 1970, to a lenient reader
            url = f"{operation.with_ids(str(NOBODY))}?{name}={number}"
            response = await bank.call(operation.service, operation.method, url, token=token)
            if str(operation) in VISIBLE_FIRST:
                assert is_problem(response, 404)["type"] == NOT_FOUND
                continue
            problem = is_problem(response, 422)
            assert name in {one["field"] for one in problem["errors"]}


@with_id
async def test_an_id_that_is_none_is_422_and_names_the_field(bank: Bank, operation: Operation) -> None:
    token = bank.issuer.token(role_for(bank, operation))
    response = await bank.call(operation.service, operation.method, operation.with_ids("1' or '1'='1"), token=token)
    problem = is_problem(response, 422)
    assert {error["field"] for error in problem["errors"]} & set(operation.path_parameters)


@reading_by_id
async def test_an_id_that_names_nothing_is_404(bank: Bank, operation: Operation) -> None:
    token = bank.issuer.token(role_for(bank, operation))
    response = await bank.call(operation.service, "GET", operation.url, token=token)
    assert is_problem(response, 404)["type"] == NOT_FOUND


@with_body
@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 422), (b"null", 422), (b'{"surprise": 1}', 422), (b"\xff", 400)]
)
async def test_a_body_that_is_not_one_is_a_problem(bank: Bank, operation: Operation, body: bytes, status: int) -> None:
    response = await bank.call(
        operation.service, operation.method, operation.url, token=bank.issuer.token(role_for(bank, operation)),
        content=body, headers={"content-type": "application/json", "Idempotency-Key": "bad-body"},
    )  # fmt: skip
    if str(operation) in VISIBLE_FIRST and status == 422:
        assert is_problem(response, 404)["type"] == NOT_FOUND
        return
    problem = is_problem(response, status)
    if b"surprise" in body:
        refused = {(error["field"], error["rule"]) for error in problem["errors"]}
        assert ("surprise", "extra_forbidden") in refused


@with_body
async def test_a_body_too_large_is_413(bank: Bank, operation: Operation) -> None:
    response = await bank.call(
        operation.service, operation.method, operation.url, token=bank.issuer.token(role_for(bank, operation)),
        content=b" " * (BODY_MAX + 1), headers={"content-type": "application/json", "Idempotency-Key": "large"},
    )  # fmt: skip
    is_problem(response, 413)


async def test_a_body_too_large_that_hides_its_length_is_413_too(bank: Bank) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(BODY_MAX // 1000 + 2):
            yield b" " * 1000

    token = bank.issuer.token("officer")
    response = await bank.call(
        "application", "POST", "/v1/borrowers", token=token, content=drip(), headers={"Idempotency-Key": "drip"}
    )
    is_problem(response, 413)


@listing
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "after=%00", "after=abc", "after=WzEsMl0x", "after=WyJ4Il0"]
)
async def test_a_page_that_cannot_be_is_422(bank: Bank, operation: Operation, query: str) -> None:
    token = bank.issuer.token(role_for(bank, operation))
    response = await bank.call(
        operation.service, "GET", operation.url + ("&" if "?" in operation.url else "?") + query, token=token
    )
    if str(operation) in VISIBLE_FIRST:
        assert is_problem(response, 404)["type"] == NOT_FOUND
        return
    problem = is_problem(response, 422)
    assert problem["errors"][0]["field"] == query.partition("=")[0]


@listing
async def test_a_list_answers_items_and_a_cursor(bank: Bank, operation: Operation) -> None:
    token = bank.issuer.token(role_for(bank, operation))
    response = await bank.call(
        operation.service, "GET", operation.url + ("&" if "?" in operation.url else "?") + "limit=1", token=token
    )
    if operation.path_parameters:
        is_problem(response, 404)
    else:
        assert response.status_code == 200, response.text
        assert {"items", "next"} <= set(response.json())


class TestTokens:
    """Strict about tokens, on one operation of each service: the check is the same code everywhere."""

    operation = next(one for one in OPERATIONS if one.name == "read_status")

    async def asked(self, bank: Bank, token: str) -> httpx.Response:
        return await bank.call(self.operation.service, "GET", self.operation.url, token=token)

    async def test_a_good_one_is_accepted(self, bank: Bank) -> None:
        assert (await self.asked(bank, bank.issuer.token("operator"))).status_code == 200

    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": 1},
            {"exp": None},
            {"nbf": 9_999_999_999},
            {"aud": "another"},
            {"aud": None},
            {"iss": "http://elsewhere"},
            {"sub": None},
            {"roles": "operator"},
        ],
        ids=str,
    )
    async def test_wrong_claims_are_401(self, bank: Bank, claims: dict[str, Any]) -> None:
        said = {name: value for name, value in claims.items() if value is not None}
        token = bank.issuer.token("operator", **said)
        missing = [name for name, value in claims.items() if value is None]
        if missing:
            decoded = jwt.decode(token, bank.issuer.key).claims
            kept = {name: value for name, value in decoded.items() if name not in missing}
            token = jwt.encode({"alg": "RS256", "kid": "one"}, kept, bank.issuer.key)
        is_problem(await self.asked(bank, token), 401)

    async def test_forgeries_are_401(self, bank: Bank) -> None:
        good = bank.issuer.token("operator")
        header, payload, signature = good.split(".")
        other = RSAKey.generate_key(2048, parameters={"kid": "one"})
        claims = {
            "iss": bank.issuer.url,
            "aud": "liudai",
            "sub": "x",
            "roles": ["operator"],
            "exp": int(time.time()) + 60,
        }
        confused = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=") + "." + payload
        mac = hmac.digest(bank.issuer.key.as_pem(private=False), confused.encode(), "sha256")
        for forged in (
            "",
            "x",
            f"{header}.{payload}.",
            f"{header}.{payload}.{signature[:-4]}AAAA",
            f"eyJhbGciOiJub25lIn0.{payload}.",
            jwt.encode({"alg": "RS256", "kid": "one"}, claims, other),
            confused + "." + base64.urlsafe_b64encode(mac).decode().rstrip("="),
            jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, other),
            jwt.encode({"alg": "RS256", "jwk": other.as_dict(private=False)}, claims, other),
        ):
            is_problem(await self.asked(bank, forged), 401)


@pytest.mark.parametrize("service", sorted({one.service for one in OPERATIONS}))
async def test_health_metrics_and_documents_are_open_and_from_this_host(bank: Bank, service: str) -> None:
    for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"):
        response = await bank.call(service, "GET", path)
        assert response.status_code == 200, f"{path}: {response.text}"
    page = (await bank.call(service, "GET", "/docs")).text
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert (await bank.call(service, "GET", "/docs-assets/swagger-ui-bundle.js")).status_code == 200
