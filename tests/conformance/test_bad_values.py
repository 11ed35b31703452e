"""Values that PostgreSQL cannot hold are the caller's to correct, never a 500 and never a 503."""

from typing import Any

import pytest

from tests.conformance.bank import Bank
from tests.conformance.operations import NOBODY
from tests.conformance.test_every_operation import is_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("service", "role", "path"),
    [
        ("application", "operator", "/internal/streams/%00"),
        ("application", "operator", "/internal/events?after=99999999999999999999"),
        ("application", "officer", "/v1/borrowers?unified_social_credit_code=%00"),
        ("collection", "collector", "/v1/cases?stage=%00"),
        ("repayment", "cashier", "/v1/loans?status=%00"),
        ("risk", "auditor", "/v1/assessments?grade=%00"),
    ],
)
async def test_an_address_that_cannot_be_asked_for_is_422(bank: Bank, service: str, role: str, path: str) -> None:
    is_problem(await bank.call(service, "GET", path, token=bank.issuer.token(role)), 422)


@pytest.mark.parametrize("name", ["张\x00三", "x" * 5000, "", " "])
async def test_a_text_that_cannot_be_a_name_is_422_and_names_its_field(bank: Bank, name: str) -> None:
    body: dict[str, Any] = {"person": {"name": name, "resident_id": "11010519491231002X", "phone": "13800138000"}}
    response = await bank.call(
        "application", "POST", "/v1/borrowers", token=bank.issuer.token("officer"), json=body,
        headers={"Idempotency-Key": "bad-name"},
    )  # fmt: skip
    assert "person.name" in {error["field"] for error in is_problem(response, 422)["errors"]}


@pytest.mark.parametrize(
    "amount",
    [
        "-1",
        "0",
        "NaN",
        "Infinity",
        "1e400",
        "1.234",
        "1" * 40,
        "",
        "12,000.00",
        "０",
        "1_000.00",
        "1e5",
        "1.0000000000000000000000000001",
        1,
        1.5,
        None,
        [],
        {},
    ],
    ids=repr,
)
async def test_an_amount_that_is_none_is_422_and_names_its_field(bank: Bank, amount: object) -> None:
    response = await bank.call(
        "application", "POST", "/loan/apply", token=bank.issuer.token("officer"),
        json={"amount": {"amount": amount}, "purpose": "wages"}, headers={"Idempotency-Key": "bad-amount"},
    )  # fmt: skip
    fields = {error["field"] for error in is_problem(response, 422)["errors"]}
    assert any(field.startswith("amount") for field in fields)


@pytest.mark.parametrize(
    ("sent", "status", "field", "rule"),
    [
        ({"content": "{}", "headers": {"Content-Type": "text/plain"}}, 415, "Content-Type", "json"),
        ({"content": "{}", "headers": {"Content-Type": ""}}, 415, "Content-Type", "json"),
        ({"content": "{"}, 400, "body", "json"),
        ({"content": b"\xff\xfe"}, 400, "body", "json"),
    ],
)
async def test_a_body_that_is_not_to_be_read_is_told_why(
    bank: Bank, sent: dict[str, Any], status: int, field: str, rule: str
) -> None:
    headers = {"Content-Type": "application/json"} | sent.get("headers", {})
    response = await bank.call(
        "application", "POST", "/loan/approve", token=bank.issuer.token("officer"), content=sent["content"],
        headers=headers,
    )  # fmt: skip
    assert [(one["field"], one["rule"]) for one in is_problem(response, status)["errors"]] == [(field, rule)]


@pytest.mark.parametrize(
    ("service", "role", "path", "field"),
    [
        ("repayment", "auditor", "/v1/trial-balance?on=2099-01-01", "on"),
        ("repayment", "auditor", f"/v1/loans/{NOBODY}?as_of=2099-01-01", "as_of"),
        ("risk", "auditor", f"/v1/assessments/{NOBODY}?as_of=2099-01-01T00:00:00Z", "as_of"),
    ],
)
async def test_nothing_is_reported_of_a_day_that_has_not_come(
    bank: Bank, service: str, role: str, path: str, field: str
) -> None:
    problem = is_problem(await bank.call(service, "GET", path, token=bank.issuer.token(role)), 422)
    assert [(one["field"], one["rule"]) for one in problem["errors"]] == [(field, "not_in_future")]


async def test_a_date_that_is_none_is_named_as_the_caller_named_it(bank: Bank) -> None:
    path = f"/v1/loans/{NOBODY}?as_of=yesterday"
    problem = is_problem(await bank.call("repayment", "GET", path, token=bank.issuer.token("auditor")), 422)
    assert {one["field"] for one in problem["errors"]} == {"as_of"}


async def test_a_loan_that_no_product_covers_is_told_of_the_field_that_was_sent(bank: Bank) -> None:
    person = {"name": "张三", "resident_id": "11010519491231002X", "phone": "13800138000"}
    nil = {"amount": "0.00"}
    facts = {"monthly_income": {"amount": "20000.00"}, "monthly_expenses": nil, "debts": nil}
    response = await bank.call(
        "application", "POST", "/loan/apply", token=bank.issuer.token("officer"),
        json={"amount": {"amount": "9000000000.00"}, "purpose": "wages", "person": person | facts,
              "product_code": "personal-business"},
        headers={"Idempotency-Key": "too-much"},
    )  # fmt: skip
    assert [one["field"] for one in is_problem(response, 409)["errors"]] == ["amount"]
