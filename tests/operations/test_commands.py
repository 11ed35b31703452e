"""Every command of liudai against a running bank: what it shows, what it changes, and how it ends."""

import csv
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.operations.deployment import SERVICES, running
from services.operations.portfolio_people import Borrowers, money
from services.operations.terminal import Exit
from shared.bus import bucket
from tests.operations.command import Liudai, bank_up
from tests.servers import PostgresServer

SERVED_SECONDS = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("liudai")


@pytest.fixture(scope="module")
def liudai(postgres_server: PostgresServer, home: Path) -> Iterator[Liudai]:
    with bank_up(postgres_server, home) as command:
        yield command


@pytest.fixture(scope="module")
def told(liudai: Liudai) -> list[dict[str, Any]]:
    """The facts of one loan, from `liudai demo`."""
    return liudai("demo", "--months", "2", "--json").lines


@pytest.fixture(scope="module")
def loan(told: list[dict[str, Any]]) -> dict[str, Any]:
    return next(fact for fact in told if fact["type"] == "LoanBooked")


def test_the_demo_leads_one_loan_through_all_services_to_its_settlement(told: list[dict[str, Any]]) -> None:
    types = [(fact["service"], fact["type"]) for fact in told]
    expected = [
        ("application", "ApplicationSubmitted"), ("risk", "CreditAssessed"), ("application", "OfferMade"),
        ("application", "ContractSigned"), ("disbursement", "DrawdownRequested"), ("disbursement", "LoanDisbursed"),
        ("repayment", "LoanBooked"), ("repayment", "InstallmentBilled"), ("repayment", "RepaymentReceived"),
        ("repayment", "LoanSettled"), ("application", "LoanSettled"),
    ]  # fmt: skip
    assert [step for step in expected if step not in types] == []
    assert types.index(("risk", "CreditAssessed")) < types.index(("application", "OfferMade"))
    assert {fact["actor"] for fact in told if fact["type"] in {"DrawdownRequested", "PaymentInstructed"}} == {
        "zhang.wei",
        "liu.yang",
    }


def test_a_second_up_finds_the_bank_running(liudai: Liudai, home: Path) -> None:
    before = running(home)
    answer = liudai("up", "--no-seed", "--json").data
    assert answer["url"] == liudai.url
    assert running(home) == before


def test_the_server_has_a_start_page_documents_and_health(liudai: Liudai) -> None:
    assert httpx.get(liudai.url).headers["location"] == "/console/"
    assert "zhang.wei" in httpx.get(f"{liudai.url}/start").text
    assert httpx.get(f"{liudai.url}/health/ready").json()["status"] == "ready"
    for name in SERVICES:
        assert httpx.get(f"{liudai.url}/{name}/health/ready").is_success
        assert f"/{name}/openapi.json" in httpx.get(f"{liudai.url}/{name}/docs").text


def test_the_first_two_calls_of_a_newcomer_work_at_the_root(liudai: Liudai) -> None:
    token = liudai("token", "zhang.wei").out.strip()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "first"}
    company = Borrowers(77, 2025).company("small", 300_000)
    body = {"amount": money(300_000), "purpose": "wages", "company": {**company.particulars, **company.facts}}
    applied = httpx.post(f"{liudai.url}/loan/apply", json=body, headers=headers)
    assert applied.status_code == 201
    where = applied.headers["location"]
    assert where == f"/application/v1/applications/{applied.json()['loan_application_id']}"
    assert httpx.get(f"{liudai.url}{where}", headers=headers).is_success
    question = {"loan_application_id": applied.json()["loan_application_id"]}
    decided = httpx.post(f"{liudai.url}/loan/approve", json=question, headers=headers, timeout=10)
    assert decided.json()["decision"] in {"approved", "referred"}


def test_status_says_where_every_service_stands(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    answer = liudai("status", "--json").data
    assert set(answer["services"]) == set(SERVICES)
    assert len({one["business_date"] for one in answer["services"].values()}) == 1
    assert "repayment" in liudai("status").out


def test_events_are_chosen_by_service_type_and_stream(liudai: Liudai, loan: dict[str, Any]) -> None:
    booked = liudai("events", "-s", "repayment", "-t", "LoanBooked", "--json").data
    assert [fact["type"] for fact in booked] == ["LoanBooked"]
    stream = liudai("events", "--stream", loan["stream_id"], "-n", "2", "--json").data
    assert [fact["type"] for fact in stream] == ["RepaymentReceived", "LoanSettled"]
    assert len(liudai("events", "-n", "7").out.splitlines()) == 7


def test_a_stream_is_shown_as_it_was(liudai: Liudai, loan: dict[str, Any]) -> None:
    [now] = liudai("show", loan["stream_id"], "--json").data
    [then] = liudai("show", loan["stream_id"], "--as-of", loan["business_date"], "--json").data
    assert [fact["type"] for fact in then["events"]] == ["LoanBooked"]
    assert now["version"] > then["version"] == 1
    assert now["state_type"] == "SettledLoan"
    assert now["state"]["terms"]["principal"] == {"currency": "CNY", "minor": 30_000_000}
    assert then["state_type"] == "OpenLoan"
    assert then["state"]["settled_on"] == loan["business_date"]


def test_a_stream_is_shown_in_words_with_its_money(liudai: Liudai, loan: dict[str, Any]) -> None:
    out = liudai("show", loan["stream_id"]).out
    assert f"{loan['stream_id']}  repayment, version 6" in out
    assert "LoanSettled" in out
    assert re.search(r"principal +CNY 300,000\.00", out)
    assert not re.search(r"Money\(|datetime\.|UUID\(|[{}]", out)
    assert "  loan id " not in out.partition("state  ")[0]
    assert "  loan id " in liudai("show", loan["stream_id"], "--full").out.partition("state  ")[0]


def test_no_personal_value_is_shown(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    registered = next(fact for fact in told if fact["type"] == "BorrowerRegistered")
    [shown] = liudai("show", registered["stream_id"], "--json").data
    values = list(_personal(shown["state"]))
    assert values
    assert set(values) <= {"•••", "[erased]"}


def _personal(node: Any) -> Iterator[Any]:
    if isinstance(node, dict) and set(node) == {"subject_id", "value"}:
        yield node["value"]
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _personal(inner)


def test_every_stream_can_be_shown(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    for stream in sorted({fact["stream_id"] for fact in told}):
        [shown] = liudai("show", stream, "--json").data
        assert shown["version"] == len(shown["events"])
        assert shown["state_type"]


def test_events_are_told_from_a_business_date_or_an_instant_on(liudai: Liudai, loan: dict[str, Any]) -> None:
    of_the_loan = ("events", "-s", "repayment", "--stream", loan["stream_id"], "--json")
    every = liudai(*of_the_loan, "-n", "1000").data
    paid = next(fact for fact in every if fact["type"] == "RepaymentReceived")
    later = liudai(*of_the_loan, "--since", paid["business_date"]).data
    assert later == [fact for fact in every if fact["business_date"] >= paid["business_date"]]
    assert 0 < len(later) < len(every)
    assert liudai(*of_the_loan, "--since", paid["at"]).data == [f for f in every if f["at"] >= paid["at"]]


def test_a_line_of_events_names_date_service_stream_and_amount(liudai: Liudai, loan: dict[str, Any]) -> None:
    [line] = liudai("events", "-t", "LoanBooked", "--stream", loan["stream_id"]).out.splitlines()
    for part in (loan["business_date"], "repayment", "LoanBooked", loan["stream_id"], "principal CNY 300,000.00"):
        assert part in line
    assert "…" not in line


def test_where_nothing_is_found_it_says_so(liudai: Liudai) -> None:
    nothing = liudai("events", "-t", "NoSuchFact")
    assert (nothing.out, nothing.err.strip()) == ("", "no such facts")


def test_an_id_alone_shows_every_stream_of_that_id(liudai: Liudai, loan: dict[str, Any]) -> None:
    found = liudai("show", loan["data"]["loan_id"], "--json").data
    assert {one["service"] for one in found} == {"repayment", "risk"}
    assert "LoanSettled" in liudai("show", loan["data"]["loan_id"]).out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("show", "loan_account-0", "--as-of", "yesterday"), Exit.USAGE),
        (("show", "loan_account-00000000-0000-0000-0000-000000000000"), Exit.WRONG),
        (("replay", "repayment", "nothing"), Exit.USAGE),
        (("invariants", "I99"), Exit.USAGE),
        (("end-of-day", "--to", "soon"), Exit.USAGE),
        (("end-of-day", "--to", "2020-01-01"), Exit.WRONG),
        (("token", "nobody"), Exit.WRONG),
        (("parked", "list", "-s", "nobody"), Exit.USAGE),
        (("parked", "redrive", "-s", "nobody"), Exit.USAGE),
        (("dead-letters", "list", "-s", "nobody"), Exit.USAGE),
        (("dead-letters", "redrive", "-s", "nobody"), Exit.USAGE),
        (("events", "-s", "nobody"), Exit.USAGE),
        (("events", "--since", "soon"), Exit.USAGE),
        (("events", "--since", "2026-03-31T17:00:00"), Exit.USAGE),
        (("events", "-n", "x"), Exit.USAGE),
        (("show", "loan_account-0", "--as-of", "2026-03-31T17:00:00"), Exit.USAGE),
        (("quote", "much"), Exit.USAGE),
        (("quote", "0.00"), Exit.USAGE),
        (("quote", "100", "--rate", "x"), Exit.USAGE),
        (("quote", "100", "--method", "x"), Exit.USAGE),
        (("quote", "100", "--day-count", "x"), Exit.USAGE),
        (("replay",), Exit.USAGE),
        (("nosuch",), Exit.USAGE),
        (("status", "--nosuch"), Exit.USAGE),
        (("status", "more"), Exit.USAGE),
    ],
)
def test_what_cannot_be_done_ends_with_its_own_status(liudai: Liudai, arguments: tuple[str, ...], status: int) -> None:
    assert liudai(*arguments, status=status).err


def test_a_bank_that_is_not_there_is_not_reachable(liudai: Liudai) -> None:
    elsewhere = Liudai({**liudai.environment, "LIUDAI_URL": "http://127.0.0.1:9"})
    for command in (("status",), ("seed",), ("end-of-day",)):
        assert "liudai up" in elsewhere(*command, status=Exit.AWAY).err


def test_end_of_day_closes_one_business_date_or_several(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    today = date.fromisoformat(liudai("status", "--json").data["services"]["risk"]["business_date"])
    assert liudai("end-of-day", "--json").data["business_date"] == str(today + timedelta(days=1))
    later = str(today + timedelta(days=4))
    assert liudai("end-of-day", "--to", later, "--json").data == {
        "business_date": later, "days": 3, "parked": 0, "delayed": 0,
    }  # fmt: skip
    services = liudai("status", "--json").data["services"]
    assert {one["business_date"] for one in services.values()} == {later}


def test_the_sandbox_says_no_as_the_services_do(liudai: Liudai) -> None:
    url = f"{liudai.url}/sandbox/clock/advance"
    assert httpx.post(url, json={"days": 1}).status_code == 401
    officer = {"Authorization": f"Bearer {liudai('token', 'zhang.wei').out.strip()}"}
    assert httpx.post(url, json={"days": 1}, headers=officer).status_code == 403
    operator = {"Authorization": f"Bearer {liudai('token', 'operator').out.strip()}"}
    for body in ({}, {"days": -1}, {"days": 1, "to": "2027-01-01"}, {"to": "2020-01-01"}, {"days": 1, "hours": 2}):
        assert httpx.post(url, json=body, headers=operator).status_code in {409, 422}


def test_migrate_again_changes_nothing(liudai: Liudai) -> None:
    before = liudai("status", "--json").data["services"]
    assert liudai("migrate", "--json").data == {"done": [f"schema {name}" for name in SERVICES]}
    assert liudai("status", "--json").data["services"] == before


def test_every_chain_is_whole(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    found = liudai("verify", "--json").data
    assert [one["service"] for one in found] == list(SERVICES)
    assert all(one["is_whole"] and one["facts"] > 0 for one in found if one["service"] != "collection")


def test_every_read_model_is_rebuilt_as_it_was(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    compared = liudai("replay", "--all", "--dry-run", "--json").data
    assert compared
    assert all(one["is_equal"] and not one["switched"] for one in compared)
    [loans] = liudai("replay", "repayment", "loans", "--json").data
    assert loans["switched"]
    assert liudai("status", "--json").data["services"]["repayment"]["generations"]["loans"] == loans["generation"]


def test_every_invariant_holds(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    found = liudai("invariants", "--json").data
    assert [one["id"] for one in found] == ["I1", "I2", "I3", "I4", "I5", "I8", "I10", "I11", "I12"]
    assert [one for one in found if one["verdict"] != "ok"] == []


def test_the_books_are_shown_taken_out_and_closed_by_two_people(
    liudai: Liudai, told: list[dict[str, Any]], tmp_path: Path
) -> None:
    first = told[0]["business_date"]
    shown = liudai("ledger", "trial-balance", "--since", first, "--by-branch", "--json").data
    assert shown["trial_balance"]["balanced"]
    assert (shown["sub_ledger"]["agrees"], shown["sub_ledger"]["complete"]) == (True, True)
    assert "总分相符" in liudai("ledger", "trial-balance").out
    file = tmp_path / "loans.parquet"
    taken = liudai("ledger", "export", "loans", str(file), "--json").data
    assert file.stat().st_size == taken["bytes"] > 0
    liudai("ledger", "export", "loans", str(file), status=Exit.USAGE)
    liudai("ledger", "export", "loans", str(tmp_path / "loans.pdf"), status=Exit.USAGE)
    month = min(line["business_date"] for line in _journal(liudai, tmp_path))[:7]
    assert liudai("ledger", "close", month, "--login", "zhao.min", "--json").data["status"] == "proposed"
    assert "same_person" not in liudai("ledger", "close", month, "--approve").out
    assert "for ever" in liudai("ledger", "close", month, status=Exit.WRONG).err
    assert [one for one in liudai("invariants", "I1", "--json").data if one["verdict"] != "ok"] == []


def _journal(liudai: Liudai, folder: Path) -> list[dict[str, str]]:
    file = folder / "journal.csv"
    liudai("ledger", "export", "journal", str(file), "--since", "2000-01-01")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_what_is_parked_is_listed_and_handled_again(liudai: Liudai, told: list[dict[str, Any]]) -> None:
    operator = {"Authorization": f"Bearer {liudai('token', 'operator').out.strip()}"}
    log = httpx.get(f"{liudai.url}/application/internal/log?types=application_submitted.v1", headers=operator).json()
    event = log["items"][0]["event"]
    # As if it had never been handled; the count of what was handled is kept by bucket.
    liudai.sql("delete from risk.inbox where event_id = %s", event["id"])
    liudai.sql(
        "update risk.inbox_counts set n = n - 1 where producer = 'application' and type = %s and bucket = %s",
        event["type"], bucket(event["subject"]),
    )  # fmt: skip
    liudai.sql(
        "insert into risk.parked values ('inbox', %s, %s, %s, %s, 'a test put it here', 4)",
        event["id"], event["subject"], event["streamversion"], httpx.Response(200, json=event).text,
    )  # fmt: skip
    [waiting] = liudai("parked", "list", "--json", status=Exit.WRONG).data
    assert waiting["error"] == "a test put it here"
    assert "1 parked" in liudai("status", status=Exit.WRONG).out
    assert liudai("parked", "redrive", "-s", "risk", "--json").data[0]["handled"] == 1
    assert liudai("parked", "list").out.strip() == "nothing is parked"


def test_an_in_process_bus_has_no_dead_letters(liudai: Liudai) -> None:
    assert "no dead letters" in liudai("dead-letters", "list").out


def test_a_killed_bank_is_started_again(liudai: Liudai, home: Path, told: list[dict[str, Any]]) -> None:
    started = running(home)
    assert started is not None
    assert {"bank", "core-banking", "credit-sources"} <= set(started.children)
    for pid in started.children.values():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + SERVED_SECONDS
    while (now := running(home)) is None or set(now.children.values()) & set(started.children.values()):
        assert time.monotonic() < deadline, "not started again"
        time.sleep(0.1)
    liudai("up", "--no-seed")
    assert [one for one in liudai("invariants", "--json").data if one["verdict"] != "ok"] == []


@contextmanager
def altered(liudai: Liudai, table: str, change: str, back: str) -> Iterator[None]:
    """Somebody with the owner's password alters a table behind everybody's back, and later puts it right."""
    liudai.sql(f"alter table {table} disable trigger user; {change}")
    try:
        yield
    finally:
        liudai.sql(f"{back}; alter table {table} enable trigger user")


def test_an_altered_fact_is_found_by_its_position(liudai: Liudai, loan: dict[str, Any]) -> None:
    event = f"where event_id = '{loan['event_id']}'"
    change = f"update repayment.events set data = replace(data::text, '30/360', 'ACT/360')::json {event}"
    back = f"update repayment.events set data = replace(data::text, 'ACT/360', '30/360')::json {event}"
    with altered(liudai, "repayment.events", change, back):
        found = {one["service"]: one for one in liudai("verify", "--json", status=Exit.WRONG).data}
        assert found["repayment"]["bad_position"] == loan["pos"]
        assert found["risk"]["is_whole"]
        [chain] = liudai("invariants", "I5", "--json", status=Exit.WRONG).data
        assert chain["offenders"] == [f"repayment: the chain breaks at {loan['pos']}"]
    liudai("verify")


def test_an_altered_read_model_is_found_by_replay_and_by_the_books(liudai: Liudai, loan: dict[str, Any]) -> None:
    [journal] = liudai("replay", "repayment", "journal", "--dry-run", "--json").data
    table = f"repayment_journal_g{journal['generation']}.journal_entries"
    where = f"where event_id = '{loan['event_id']}' and line = 1"
    with altered(
        liudai, table, f"update {table} set debit = debit + 1 {where}", f"update {table} set debit = debit - 1 {where}"
    ):
        [compared] = liudai("replay", "repayment", "journal", "--dry-run", "--json", status=Exit.WRONG).data
        assert {d["table"]: d["only_live"] for d in compared["differences"]}["journal_entries"] == 1
        [money_kept] = liudai("invariants", "I1", "--json", status=Exit.WRONG).data
        assert any(loan["event_id"] in offender for offender in money_kept["offenders"])
    liudai("invariants", "I1")


def test_a_payment_that_nobody_recorded_is_found_in_core_bankings_books(liudai: Liudai) -> None:
    url = f"http://127.0.0.1:{liudai.environment['LIUDAI_CORE_BANKING_PORT']}/payments"
    stray = "5b0c7f55-0a52-4f5e-9f5c-0d2b6a1c4e77"
    body = {
        "reference": stray, "amount": {"amount": "10.00"}, "borrower_account": "6222000011112222", "payee": None,
        "value_on": "2026-03-31",
    }  # fmt: skip
    assert httpx.post(url, json=body, headers={"Idempotency-Key": "stray"}).status_code == 201
    [paid_once] = liudai("invariants", "I2", "--json", status=Exit.WRONG).data
    assert paid_once["offenders"] == [f"core banking paid {stray}, which was not recorded as disbursed"]
