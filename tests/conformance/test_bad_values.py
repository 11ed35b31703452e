"""Values that PostgreSQL cannot hold are the caller's to correct, never a 500 and never a 503."""

from typing import Any

import pytest

from tests.conformance.bank import Bank
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
