"""Invariants that could be answered wrongly, asked of facts and answers that break them."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from services.operations.bank_client import BankClient
from services.operations.deployment import Deployment, load_services
from services.operations.invariants import Books, promises, queried
from tests.servers import PostgresServer
from tests.shared.services import migrated

APPLICATION, CONTRACT, DRAWDOWN, OTHER = (f"{n}0000000-0000-0000-0000-000000000001" for n in range(1, 5))
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def database_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    async with migrated(postgres_server, *load_services()) as url:
        yield url


@contextmanager
def books_at(database_url: str) -> Iterator[Books]:
    client = BankClient(Deployment("test", {}, NOWHERE, NOWHERE, NOWHERE), {})
    try:
        with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
            yield Books(connection, client)
    finally:
        client.close()


def found(books: Books, invariant: str) -> list[str]:
    return list(queried(books, promises()[invariant]["checks"]))


def record(books: Books, service: str, stream_id: str, version: int, kind: str, **data: Any) -> None:
    books.database.execute(
        f"insert into {service}.events(stream_id, version, event_id, type, schema_v, data, meta)"
        " values (%s, %s, %s, %s, 1, %s, '{}')".encode(),
        (stream_id, version, uuid4(), kind, json.dumps(data)),
    )


def answered(books: Books, key: str, location: str, body: dict[str, str]) -> None:
    books.database.execute(
        "insert into application.idempotency(client, operation, key, request_hash, status, location, etag, body)"
        " values ('portal', 'create_application', %s, '', 201, %s, '\"1\"', %s)",
        (key, location, json.dumps(body).encode()),
    )


def lent(books: Books, *, submitted_by: str = "he", recommended_by: str = "ma", approved_by: str = "sun") -> None:
    """As released by zhou. What disbursement heard of the approvers names none of them: the facts do."""
    record(
        books, "application", f"loan_application-{APPLICATION}", 1, "ApplicationSubmitted",
        application_id=APPLICATION, submitted_by=submitted_by,
    )  # fmt: skip
    record(
        books, "application", f"loan_application-{APPLICATION}", 2, "ApplicationApproved",
        application_id=APPLICATION, automatic=False, recommended_by=recommended_by, approved_by=approved_by,
    )  # fmt: skip
    facility = f"facility-{CONTRACT}"
    terms = {"application_id": APPLICATION, "approved_by": []}
    record(books, "disbursement", facility, 1, "FacilityOpened", contract_id=CONTRACT, terms=terms)
    drawdown = {"contract_id": CONTRACT, "drawdown_id": DRAWDOWN}
    record(books, "disbursement", facility, 2, "DrawdownRequested", **drawdown, requested_by="li")
    record(books, "disbursement", facility, 3, "PaymentInstructed", **drawdown, released_by="zhou")


@pytest.mark.parametrize("did", ["submitted", "recommended", "approved"])
def test_whoever_asked_for_the_loan_or_decided_on_it_may_not_release_its_money(database_url: str, did: str) -> None:
    with books_at(database_url) as books:
        lent(books, **{f"{did}_by": "zhou"})
        assert found(books, "I10") == [f"drawdown {DRAWDOWN}: zhou {did} the application and released the money"]


def test_a_third_person_may(database_url: str) -> None:
    with books_at(database_url) as books:
        lent(books)
        assert found(books, "I10") == []


def test_two_keys_that_created_the_same_thing_are_found(database_url: str) -> None:
    place = f"/v1/applications/{APPLICATION}"
    with books_at(database_url) as books:
        answered(books, "a", place, {"application_id": APPLICATION})
        assert found(books, "I12") == []
        answered(books, "b", place, {"application_id": APPLICATION})
        [one] = found(books, "I12")
        assert one.startswith("application: 2 keys (")
        assert one.endswith(f"were told that each of them created {place}")


def test_an_answer_about_something_else_than_its_location_is_found(database_url: str) -> None:
    with books_at(database_url) as books:
        answered(books, "a", f"/v1/applications/{APPLICATION}", {"application_id": OTHER})
        [one] = found(books, "I12")
        assert one.endswith(f"a is of something else than its Location, /v1/applications/{APPLICATION}")


def test_a_promise_leads_to_its_case_as_others_do_and_breaks_nothing(database_url: str) -> None:
    with books_at(database_url) as books:
        for key, promise_id in (("a", CONTRACT), ("b", DRAWDOWN)):
            answered(books, key, f"/v1/cases/{OTHER}", {"promise_id": promise_id})
        assert found(books, "I12") == []


def test_one_receipt_number_on_two_loans_is_two_receipts(database_url: str) -> None:
    with books_at(database_url) as books:
        for loan_id in (CONTRACT, DRAWDOWN):
            nil = {"currency": "CNY", "minor": 0}
            parts = dict.fromkeys(("amount", "principal", "interest", "penalty"), nil)
            record(
                books, "repayment", f"loan_account-{loan_id}", 1, "WrittenOffLoanRecovered",
                loan_id=loan_id, receipt_id=OTHER, **parts,
            )  # fmt: skip
        assert [one for one in found(books, "I3") if "was applied" in one] == []


def accrued(books: Books, batch: str, *loan_ids: str) -> None:
    """A batch of the night with these loans, in the log and in the read model, which holds no two rows apart."""
    night = "2026-01-10"
    lines = {"count": len(loan_ids), "loan_ids": ",".join(loan_ids)}
    record(books, "repayment", f"accrual_batch-{batch}", 1, "InterestAccrued", accrued_on=night, lines=lines)
    books.database.execute("select repayment_loans_g1.add_night(%s)", (night,))
    for loan_id in loan_ids:
        books.database.execute(
            "insert into repayment_loans_g1.accruals"
            " (loan_id, accrued_on, interest, penalty, interest_total, penalty_total, part)"
            " values (%s, %s, 20, 0, 20, 0, 1)",
            (loan_id, night),
        )


def test_a_loan_that_accrued_twice_in_a_night_is_found_in_the_log_and_in_the_read_model(database_url: str) -> None:
    with books_at(database_url) as books:
        accrued(books, "1", DRAWDOWN, OTHER)
        assert found(books, "I11") == []
        accrued(books, "2", DRAWDOWN)
        assert found(books, "I11") == [
            f"loan {DRAWDOWN} accrued 2026-01-10 2 times",
            f"loan {DRAWDOWN} has not accrued the sum of its nights",
        ]
