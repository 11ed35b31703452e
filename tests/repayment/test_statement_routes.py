"""Papers over HTTP, on a real database: previewed, issued as a fact, printed, and verified by anybody."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.repayment.domain.statement import statement, statement_id_of
from services.repayment.statements import rendering
from services.repayment.statements.words import TITLES
from tests.repayment.bank import Bank, disbursed
from tests.repayment.builders import BORROWER, FIRST_DUE, LOAN, MATURITY, SECOND_DUE

# WeasyPrint leaves its colour profile, an open file, to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PATH = f"/v1/loans/{LOAN}"


@pytest.fixture
async def bank(bank: Bank) -> Bank:
    """The bank with one loan."""
    await bank.hear(disbursed())
    return bank


async def issue(bank: Bank, kind: str, **more: Any) -> dict[str, Any]:
    answer = await bank.post(f"{PATH}/statements", {"kind": kind} | more)
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


async def verified(bank: Bank, sha256: str) -> dict[str, Any]:
    answer = await bank.client.get(f"/v1/verify/{sha256}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def settle(bank: Bank) -> None:
    for due_on, amount in ((FIRST_DUE, "620.00"), (SECOND_DUE, "560.00"), (MATURITY, "100620.00")):
        await bank.close_until(due_on)
        assert (await bank.repay(amount)).status_code == 201


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_preview_is_marked_until_the_paper_is_issued(bank: Bank, language: str) -> None:
    path = f"{PATH}/statements/schedule.html"
    before = await bank.get(path, language=language)
    assert (before.status_code, "<svg" in before.text) == (200, False)
    issued = await issue(bank, "schedule")
    after = await bank.get(path, language=language)
    assert issued["sha256"] in after.text
    assert TITLES["schedule"][language == "en"] in after.text
    assert issued["verify"] in after.text


async def test_a_paper_is_printed_as_pdf(bank: Bank) -> None:
    """Where the system's libraries are missing this fails and says how to install them (`make test` does)."""
    answer = await bank.get(f"{PATH}/statements/account.pdf", language="en")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.content.startswith(b"%PDF-1.7")
    assert f"account-{LOAN}-en.pdf" in answer.headers["content-disposition"]


async def test_without_the_libraries_the_pdf_is_a_problem_and_the_rest_works(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint.text", None)  # as if it could not be loaded
    rendering.what_is_missing.cache_clear()
    try:
        answer = await bank.get(f"{PATH}/statements/schedule.pdf")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:liudai:problem:pdf-libraries-missing")
        assert rendering.INSTALL in answer.json()["detail"]
        assert (await bank.get(f"{PATH}/statements/schedule.html")).status_code == 200
        assert (await issue(bank, "schedule"))["kind"] == "schedule"
    finally:
        rendering.what_is_missing.cache_clear()


async def test_whoever_holds_a_paper_learns_what_it_said_and_not_whose_it_is(bank: Bank) -> None:
    issued = await issue(bank, "schedule")
    told = await verified(bank, issued["sha256"])
    assert (told["genuine"], told["superseded"], told["kind"]) == (True, False, "schedule")
    assert {"name": "principal", "amount": {"currency": "CNY", "amount": "100000.00"}} in told["said"]
    page = await bank.client.get(f"/v1/verify/{issued['sha256']}", headers={"Accept": "text/html,*/*"})
    assert "真实有效" in page.text
    assert "100,000.00" in page.text
    for answer in (str(told), page.text):
        assert str(BORROWER) not in answer
        assert str(LOAN) not in answer


async def test_a_hash_that_was_never_issued_is_told_so(bank: Bank) -> None:
    for unknown in ("0" * 64, "x", "%00"):
        answer = await bank.client.get(f"/v1/verify/{unknown}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:liudai:problem:statement-unknown")
    page = await bank.client.get("/v1/verify/<b>", headers={"Accept": "text/html"})
    assert (page.status_code, "查无此单" in page.text, "<b>" in page.text) == (404, True, False)


async def test_a_schedule_is_superseded_by_a_new_one_and_can_still_be_printed(bank: Bank) -> None:
    issued = await issue(bank, "schedule")
    first = await bank.get(f"{PATH}/statements/schedule.html", issued=issued["sha256"])
    quote = (await bank.get(f"{PATH}/payoff-quote")).json()
    body = {"receipt_id": str(uuid4()), "amount": quote["amount"]}
    assert (await bank.post(f"{PATH}/payoff", body)).status_code == 201
    assert (await verified(bank, issued["sha256"]))["superseded"] is True
    page = await bank.client.get(f"/v1/verify/{issued['sha256']}", headers={"Accept": "text/html"})
    assert "已被更新" in page.text
    again = await bank.get(f"{PATH}/statements/schedule.html", issued=issued["sha256"])
    assert again.content == first.content
    old = await bank.get(f"{PATH}/statements/schedule.html", schedule_version=1)
    assert "已被后续版本取代" in old.text


async def test_what_happens_after_a_period_does_not_supersede_its_statement(bank: Bank) -> None:
    await bank.close_until(FIRST_DUE)
    closed = await issue(bank, "account", until_on="2026-02-09")
    open_still = await issue(bank, "account", until_on="2026-02-10")
    await bank.repay("620.00")
    assert (await verified(bank, closed["sha256"]))["superseded"] is False
    assert (await verified(bank, open_still["sha256"]))["superseded"] is True


async def test_a_settled_loan_has_its_certificate(bank: Bank) -> None:
    refused = await bank.post(f"{PATH}/statements", {"kind": "settlement"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:liudai:problem:loan-not-settled")
    await settle(bank)
    issued = await issue(bank, "settlement")
    assert issued["issued_on"] == MATURITY.isoformat()
    assert (await verified(bank, issued["sha256"]))["superseded"] is False
    page = await bank.get(f"{PATH}/statements/settlement.html", issued=issued["sha256"])
    assert "已全部结清" in page.text


async def test_the_same_paper_is_one_fact_whoever_asks_again(bank: Bank) -> None:
    first, again = await issue(bank, "schedule"), await issue(bank, "schedule")
    assert first == again
    facts = await bank.engine.store.read(statement.stream(statement_id_of(first["sha256"])))
    assert [type(one.event).__name__ for one in facts] == ["StatementIssued"]


async def test_a_dry_run_issues_nothing(bank: Bank) -> None:
    answer = await bank.post(f"{PATH}/statements", {"kind": "schedule"}, dry_run=True)
    unknown = await bank.client.get(f"/v1/verify/{answer.json()['sha256']}")
    assert (answer.status_code, unknown.status_code) == (200, 404)


@pytest.mark.parametrize(
    ("path", "query", "status", "field"),
    [
        ("letter.pdf", {}, 404, None),
        ("schedule.html", {"from_on": "2026-01-10"}, 422, "from_on"),
        ("settlement.html", {"schedule_version": 1}, 422, "schedule_version"),
        ("schedule.html", {"schedule_version": 2}, 409, "schedule_version"),
        ("schedule.html", {"schedule_version": 0}, 422, "schedule_version"),
        ("schedule.html", {"issued": "0" * 64}, 404, None),
        ("schedule.html", {"issued": "x"}, 422, "issued"),
        ("schedule.html", {"language": "fr"}, 422, "language"),
        ("account.html", {"until_on": "2030-01-01"}, 409, "until_on"),
        ("account.html", {"from_on": "2026-01-11"}, 409, "until_on"),
    ],
)
async def test_what_cannot_be_printed_names_the_rule(
    bank: Bank, path: str, query: dict[str, Any], status: int, field: str | None
) -> None:
    answer = await bank.get(f"{PATH}/statements/{path}", **query)
    assert answer.status_code == status, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == ([field] if field else [])


async def test_a_paper_of_another_loan_is_not_found(bank: Bank) -> None:
    other = UUID(int=7)
    await bank.hear(disbursed(loan_id=other))
    issued = await issue(bank, "schedule")
    answer = await bank.get(f"/v1/loans/{other}/statements/schedule.html", issued=issued["sha256"])
    assert answer.status_code == 404


async def test_the_address_on_paper_is_the_one_that_the_bank_is_reached_by(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIUDAI_REPAYMENT_PUBLIC_URL", "https://bank.example/repayment/")
    issued = await issue(bank, "schedule")
    assert issued["verify"] == f"https://bank.example/repayment/v1/verify/{issued['sha256']}"
    page = await bank.get(f"{PATH}/statements/schedule.html")
    assert re.search(r"https://bank\.example/repayment/v1/verify/[0-9a-f]{64}", page.text)
