"""The stand-in keeps a core system's promises, and misbehaves exactly as it is told."""

import threading
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.operations.core_banking_server import CoreBankingServer, core_banking_server

pytestmark = pytest.mark.integration
HANG_SECONDS = 1.0
PATIENCE_SECONDS = 0.4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreBankingServer]:
    with core_banking_server(tmp_path_factory.mktemp("core"), hang_seconds=HANG_SECONDS) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_faults(server: CoreBankingServer) -> None:
    server.script()


def order(reference: str | None = None, **changes: Any) -> dict[str, Any]:
    dull: dict[str, Any] = {
        "reference": reference or str(uuid4()),
        "amount": {"amount": "400000.00", "currency": "CNY"},
        "borrower_account": "6222020200112233440",
        "payee": {"name": "苏州精密钢材有限公司", "account": "6217000010001239999", "bank": "中国银行"},
        "value_on": "2026-03-04",
    }
    return dull | changes


def to(account: str) -> dict[str, Any]:
    return {"payee": {"name": "苏州精密钢材有限公司", "account": account, "bank": "中国银行"}}


def pay(server: CoreBankingServer, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return httpx.post(f"{server.url}/payments", json=body, headers=headers, timeout=10)


def pay_impatiently(server: CoreBankingServer, body: dict[str, Any]) -> None:
    """Ask, and go away before the answer."""
    headers = {"Idempotency-Key": str(uuid4())}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/payments", json=body, headers=headers, timeout=PATIENCE_SECONDS)


def find(server: CoreBankingServer, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/payments/{reference}").json()
    return found


def void(server: CoreBankingServer, reference: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.post(f"{server.url}/payments/{reference}/void").raise_for_status().json()
    return answer


def legs_of(server: CoreBankingServer, core_reference: str) -> list[tuple[str, str]]:
    legs = server.book()["legs"]
    return [(leg["debit_account"], leg["credit_account"]) for leg in legs if leg["core_reference"] == core_reference]


# --- its promises -------------------------------------------------------------------------------------


def test_entrusted_payment_goes_through_the_borrowers_account(server: CoreBankingServer) -> None:
    answer = pay(server, order())
    assert (answer.status_code, answer.json()["status"]) == (201, "paid")
    assert legs_of(server, answer.json()["core_reference"]) == [
        ("loans", "account:6222020200112233440"),
        ("account:6222020200112233440", "account:6217000010001239999"),
    ]


def test_self_payment_ends_on_the_borrowers_account(server: CoreBankingServer) -> None:
    answer = pay(server, order(payee=None)).json()
    assert answer["account"] == "6222020200112233440"
    assert legs_of(server, answer["core_reference"]) == [("loans", "account:6222020200112233440")]


def test_the_balances_of_its_accounts_sum_to_nil(server: CoreBankingServer) -> None:
    pay(server, order(amount={"amount": "0.01"}))
    balances = server.book()["balances"]
    assert sum(Decimal(one["balance"]["amount"]) for one in balances) == 0
    assert [one for one in balances if one["account"] == "loans" and Decimal(one["balance"]["amount"]) > 0]


def test_the_same_key_gets_the_same_answer_and_no_second_payment(server: CoreBankingServer) -> None:
    body = order()
    first, second = pay(server, body, "key-1"), pay(server, body, "key-1")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len(legs_of(server, first.json()["core_reference"])) == 2


def test_a_second_payment_under_one_reference_is_refused_with_what_the_first_was(server: CoreBankingServer) -> None:
    body = order()
    first, second = pay(server, body), pay(server, body | {"amount": {"amount": "1.00"}})
    assert second.status_code == 409
    assert second.json() == first.json()
    assert Counter(one["reference"] for one in server.payments())[body["reference"]] == 1


def test_a_key_belongs_to_one_reference(server: CoreBankingServer) -> None:
    pay(server, order(), "key-2")
    answer = pay(server, order(), "key-2")
    assert (answer.status_code, answer.json()["reason"]) == (422, "idempotency_key_used")


def test_an_unknown_reference_is_not_found(server: CoreBankingServer) -> None:
    reference = str(uuid4())
    answer = httpx.get(f"{server.url}/payments/{reference}")
    assert answer.status_code == 404
    assert answer.json() == {"reference": reference, "status": "unknown_reference"}


def test_a_void_reference_is_never_paid(server: CoreBankingServer) -> None:
    body = order()
    assert void(server, body["reference"])["status"] == "voided"
    assert void(server, body["reference"])["status"] == "voided"
    answer = pay(server, body)
    assert (answer.status_code, answer.json()["status"]) == (422, "voided")
    assert find(server, body["reference"])["status"] == "voided"


def test_what_has_been_paid_stays_paid(server: CoreBankingServer) -> None:
    body = order()
    paid = pay(server, body).json()
    assert void(server, body["reference"]) == paid
    assert find(server, body["reference"]) == paid


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": {"amount": "0.00"}},
        {"amount": {"amount": "-1.00"}},
        {"amount": {"amount": "1.001"}},
        {"amount": {"amount": "NaN"}},
        {"amount": 1},
        {"reference": "1"},
        {"value_on": "yesterday"},
        {"tip": "1.00"},
    ],
)
def test_a_malformed_order_is_not_paid(server: CoreBankingServer, wrong: dict[str, Any]) -> None:
    before = len(server.payments())
    assert pay(server, order() | wrong).status_code == 422
    assert len(server.payments()) == before


def test_an_order_without_a_key_is_not_paid(server: CoreBankingServer) -> None:
    assert httpx.post(f"{server.url}/payments", json=order()).status_code == 422


def test_payments_are_listed_in_pages(server: CoreBankingServer) -> None:
    made = [pay(server, order()).json()["reference"] for _ in range(3)]
    listed: list[str] = []
    after: int | None = 0
    while after is not None:
        page = httpx.get(f"{server.url}/payments", params={"after": after, "limit": 2}).json()
        assert len(page["payments"]) <= 2
        listed += [one["reference"] for one in page["payments"]]
        after = page["next"]
    assert listed[-3:] == made
    assert len(set(listed)) == len(listed)


def test_what_it_answered_survives_kill_9(tmp_path: Path) -> None:
    """Eight callers pay while the process is killed: all that was answered is there, and nothing by halves."""
    answered: list[dict[str, Any]] = []

    def drive(server: CoreBankingServer) -> None:
        while True:
            try:
                answered.append(pay(server, order()).json())
            except httpx.TransportError:
                return

    with core_banking_server(tmp_path) as server:
        callers = [threading.Thread(target=drive, args=(server,)) for _ in range(8)]
        for caller in callers:
            caller.start()
        while len(answered) < 50:
            callers[0].join(0.01)
        server.kill()
        for caller in callers:
            caller.join()
        server.start()
        kept = {one["core_reference"]: one for one in server.payments()}
        assert [one for one in answered if kept.get(one["core_reference"]) != one] == []
        assert Counter(leg["core_reference"] for leg in server.book()["legs"]) == Counter(dict.fromkeys(kept, 2))


# --- its faults ---------------------------------------------------------------------------------------


def test_an_account_ending_in_0001_is_refused(server: CoreBankingServer) -> None:
    body = order(**to("6217000010000001"))
    answer = pay(server, body)
    assert (answer.status_code, answer.json()["status"]) == (422, "refused")
    assert find(server, body["reference"])["status"] == "refused"


def test_an_account_ending_in_0002_is_paid_without_an_answer_in_time(server: CoreBankingServer) -> None:
    body = order(**to("6217000010000002"))
    pay_impatiently(server, body)
    assert find(server, body["reference"])["status"] == "paid"


def test_an_account_ending_in_0003_is_neither_paid_nor_answered_in_time(server: CoreBankingServer) -> None:
    body = order(**to("6217000010000003"))
    pay_impatiently(server, body)
    assert find(server, body["reference"])["status"] == "unknown_reference"
    assert pay(server, body).status_code == 504


def test_an_account_ending_in_0004_is_paid_after_the_caller_has_gone(server: CoreBankingServer) -> None:
    body = order(**to("6217000010000004"))
    pay_impatiently(server, body)
    assert find(server, body["reference"])["status"] == "unknown_reference"
    assert pay(server, order()).status_code == 201  # others are not held up
    deadline = threading.Event()
    deadline.wait(HANG_SECONDS)
    assert find(server, body["reference"])["status"] == "paid"


def test_a_late_payment_finds_its_reference_void(server: CoreBankingServer) -> None:
    body = order(**to("6217000010000004"))
    pay_impatiently(server, body)
    assert void(server, body["reference"])["status"] == "voided"
    threading.Event().wait(HANG_SECONDS)
    assert find(server, body["reference"])["status"] == "voided"


def test_in_self_payment_the_borrowers_account_decides(server: CoreBankingServer) -> None:
    assert pay(server, order(borrower_account="6222020200000001", payee=None)).json()["status"] == "refused"
    assert pay(server, order(borrower_account="6222020200000001")).json()["status"] == "paid"


def test_the_next_payments_are_scripted_one_by_one(server: CoreBankingServer) -> None:
    server.script(next=[{"behaviour": "fail"}, {"behaviour": "error_without_paying"}])
    assert [pay(server, order()).status_code for _ in range(3)] == [422, 503, 201]


def test_a_rule_is_for_an_account_or_an_amount(server: CoreBankingServer) -> None:
    server.script(
        rules=[
            {"account": "6217000010005555", "behaviour": "pay_then_error"},
            {"amount": {"amount": "7.77"}, "behaviour": "fail"},
        ]
    )
    by_account = order(**to("6217000010005555"))
    assert pay(server, by_account).status_code == 500
    assert find(server, by_account["reference"])["status"] == "paid"
    assert pay(server, order(amount={"amount": "7.77"})).status_code == 422
    assert pay(server, order()).status_code == 201


@pytest.mark.parametrize(
    ("behaviour", "status_code", "afterwards"),
    [
        ("pay", 201, "paid"),
        ("fail", 422, "refused"),
        ("pay_then_timeout", 201, "paid"),
        ("timeout_without_paying", 504, "unknown_reference"),
        ("slow", 201, "paid"),
        ("conflict", 409, "paid"),  # for another caller, of twice the amount
        ("wrong_status", 200, "paid"),  # says neither paid nor refused
        ("pay_then_error", 500, "paid"),
        ("error_without_paying", 503, "unknown_reference"),
        ("garbage", 200, "paid"),
    ],
)
def test_each_fault_leaves_the_ledger_as_it_says(
    server: CoreBankingServer, behaviour: str, status_code: int, afterwards: str
) -> None:
    server.script(next=[{"behaviour": behaviour, "seconds": 0.05}])
    body = order()
    answer = pay(server, body)
    assert answer.status_code == status_code
    assert find(server, body["reference"])["status"] == afterwards
    if behaviour == "conflict":
        assert answer.json()["amount"] == {"currency": "CNY", "amount": "800000.00"}


def test_without_deduplication_asking_twice_pays_twice(server: CoreBankingServer) -> None:
    server.script(pays_again=True)
    body = order()
    pay(server, body, "key-3")
    pay(server, body, "key-3")
    assert Counter(one["reference"] for one in server.payments())[body["reference"]] == 2


def test_an_unknown_fault_is_refused(server: CoreBankingServer) -> None:
    assert httpx.put(f"{server.url}/faults", json={"next": [{"behaviour": "explode"}]}).status_code == 422
    assert httpx.put(f"{server.url}/faults", json={"pays": True}).status_code == 422
    assert httpx.get(f"{server.url}/faults").json() == {"next": [], "rules": [], "pays_again": False}
