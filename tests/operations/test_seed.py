"""The demo portfolio, lived in full: every state is there, the books are right, and a second run finds it."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from services.operations.bank_client import BankClient
from services.operations.seed import seed
from services.operations.terminal import Exit, Screen
from tests.operations.command import Liudai, bank_up
from tests.operations.stuttering import ACTING, StutteringClient
from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def liudai(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Liudai]:
    with bank_up(postgres_server, tmp_path_factory.mktemp("liudai")) as command:
        yield command


PAYS = {"receive_repayment", "pay_off_loan", "recover_written_off"}


@pytest.fixture(scope="module")
def client(liudai: Liudai) -> Iterator[StutteringClient]:
    """A client of the bank after its seed, every request of which was said without a key, as a trial, and twice."""
    client = StutteringClient({"LIUDAI_URL": liudai.url})
    made = seed(Screen(as_json=True), client, 7)
    assert (made.outcome, made.ended_early) == ("made", ())
    assert (made.start, made.end) == (date(2026, 1, 5), date(2027, 1, 5))
    yield client
    client.close()


def test_every_act_of_a_portfolio_is_done_once_however_often_it_is_asked(client: StutteringClient) -> None:
    elsewhere = {
        ("application", "register_borrower"), ("application", "submit_application"), ("application", "request_review"),
        ("disbursement", "cancel_drawdown"), ("disbursement", "propose_resolution"),
        ("disbursement", "confirm_resolution"), ("disbursement", "report_fund_use"), ("disbursement", "check_fund_use"),
        ("disbursement", "confirm_misuse"), ("disbursement", "dismiss_misuse"),
        *(one for one in ACTING if one[0] == "risk"),  # a portfolio is judged by rules; nobody overrules one
        *(one for one in ACTING if one[0] == "repayment" and one[1] not in PAYS),  # its loans are only paid
    }  # fmt: skip
    assert set(ACTING) - client.said == elsewhere, "acts of no portfolio are said once, in their own tests"


def test_every_state_of_an_application_is_there(client: BankClient) -> None:
    states = Counter(one["status"] for one in client.every("application", "/v1/applications"))
    assert sum(states.values()) == 38
    assert set(states) == {
        "in_review", "recommended", "offered", "signed", "disbursed", "settled", "written_off", "declined", "withdrawn",
        "offer_expired", "disbursement_failed",
    }  # fmt: skip


def test_loans_run_are_settled_early_or_in_time_overdue_and_written_off(client: BankClient) -> None:
    loans = list(client.every("repayment", "/v1/loans"))
    states = Counter(loan["status"] for loan in loans)
    assert states["open"] >= 10
    assert states["settled"] == 5
    assert states["written_off"] == 2
    assert [loan["status"] for loan in loans if loan["days_past_due"] > 90] == ["open"]


def test_a_payment_of_unknown_outcome_was_resolved_by_enquiry(client: BankClient) -> None:
    facts = client.get("disbursement", "/internal/events", limit=1000)
    unknown = {fact["data"]["drawdown_id"] for fact in facts if fact["type"] == "PaymentOutcomeUnknown"}
    disbursed = {fact["data"]["drawdown_id"] for fact in facts if fact["type"] == "LoanDisbursed"}
    assert len(unknown) == 1
    assert unknown <= disbursed


def test_collection_has_cases_that_were_cured_broken_promises_and_write_offs(client: BankClient) -> None:
    cases = Counter(case["status"] for case in client.every("collection", "/v1/cases"))
    assert cases == {"open": 1, "cured": 3, "written_off_recovery": 2}
    types = Counter(fact["type"] for fact in client.get("collection", "/internal/events", limit=1000))
    assert types["PromiseKept"] == 3
    assert types["PromiseBroken"] == 1
    proposals = Counter(one["status"] for one in client.every("collection", "/v1/write-off-proposals"))
    assert proposals == {"applied": 2, "proposed": 1}


def test_every_work_list_has_something_to_do(client: BankClient) -> None:
    steps = Counter(review["step"] for review in client.every("application", "/v1/reviews"))
    assert steps == {"recommendation": 2, "decision": 2}
    assert len(list(client.every("disbursement", "/v1/drawdowns", status="requested"))) == 1


def test_the_books_balance_and_every_invariant_holds(client: BankClient, liudai: Liudai) -> None:
    assert client.get("repayment", "/v1/trial-balance")["balanced"]
    assert [one for one in liudai("invariants", "--json").data if one["verdict"] != "ok"] == []


def test_a_second_run_finds_the_portfolio_and_adds_nothing(client: BankClient, liudai: Liudai) -> None:
    before = liudai("status", "--json").data
    assert liudai("seed", "--json").data["outcome"] == "was there"
    assert liudai("status", "--json").data == before
    assert liudai("seed", "--seed", "8", "--json", status=Exit.WRONG).data["outcome"] == "too late"
