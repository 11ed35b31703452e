"""End of day on a real database: accrued once whoever is killed, corrected by the next night, held up by no loan."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.repayment.domain.loan import accrued_before
from services.repayment.domain.loan_account import loan_account
from services.repayment.end_of_day import close_business_date
from services.repayment.main import service
from services.repayment.projections import accruals, projections
from services.repayment.queries import nightly_work
from shared.database import connect
from shared.problem_details import Problem
from tests.repayment.bank import ONE_DAY, Bank, disbursed
from tests.repayment.builders import DRAWN_ON, FIRST_DUE, LOAN
from tests.repayment.night import OPERATOR
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer
from tests.shared.services import migrated

LOANS = [UUID(int=n) for n in range(1, 13)]
CLOSE = "/v1/business-date/close"


async def lend(bank: Bank, *, on: date = DRAWN_ON) -> None:
    """Twelve loans of two branches, of both methods and day counts."""
    for n, loan_id in enumerate(LOANS):
        method = "interest_only" if n % 2 else "equal_instalments"
        day_count = "30/360" if n % 3 else "ACT/360"
        loan = disbursed(loan_id=loan_id, principal=10_000 * (n + 1), method=method, day_count=day_count, on=on)
        await bank.hear(loan, on=on, branch="SH" if n % 4 else "BJ")


async def rows(bank: Bank, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await bank.engine.pool.fetch(query, *arguments)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of five loans, so that twelve are three parts: three loans of BJ, nine of SH."""
    monkeypatch.setattr(accruals, "PART_SIZE", 5)


async def close(bank: Bank, on: date) -> dict[str, Any]:
    report = await close_business_date(bank.engine, OPERATOR, closed_on=on, key=None)
    await bank.engine.caught_up()
    return report


async def assert_books_agree(bank: Bank, until: date) -> None:
    """Every loan's accrual rows sum up to its own target, and the ledger holds what the loans say."""
    [(ledger,)] = await rows(bank, "select sum(debit - credit)::bigint from journal_entries")
    assert ledger == 0
    [(booked,)] = await rows(bank, "select sum(debit - credit)::bigint from journal_entries where account = '1303.01'")
    [(lent,)] = await rows(bank, "select sum(outstanding)::bigint from loans")
    assert booked == lent
    for loan_id in LOANS:
        outcome = await bank.engine.commands.load(loan_account, loan_id)
        target = accrued_before(outcome.state, until)
        [sums] = await rows(
            bank, "select sum(interest)::bigint, sum(penalty)::bigint from accruals where loan_id = $1", loan_id
        )
        assert sums == (target.interest.minor, target.penalty.minor + target.compound.minor)


async def assert_accrued_once(bank: Bank, night: date) -> None:
    accrued = await rows(bank, "select loan_id, count(*) from accruals where accrued_on = $1 group by 1", night)
    assert sorted(accrued) == [(loan_id, 1) for loan_id in LOANS]
    closed = await rows(bank, "select count(*) from events where type = 'BusinessDateClosed'")
    assert closed == [(1,)]


async def test_a_night_accrues_every_loan_once_in_an_event_per_chunk(bank: Bank) -> None:
    await lend(bank)
    report = await close(bank, DRAWN_ON)
    assert {name: report[name] for name in ("loans", "chunks", "accrued", "aged", "quarantined")} == {
        "loans": 12,
        "chunks": 3,
        "accrued": 12,
        "aged": 0,
        "quarantined": [],
    }
    batches = await rows(bank, "select meta->>'branch', count(*) from events where type = 'InterestAccrued' group by 1")
    assert sorted(batches) == [("BJ", 1), ("SH", 2)]
    await assert_accrued_once(bank, DRAWN_ON)
    await assert_books_agree(bank, DRAWN_ON + ONE_DAY)


async def test_a_night_that_was_run_is_only_reported(bank: Bank) -> None:
    await lend(bank)
    first = await bank.post(CLOSE, {"closed_on": DRAWN_ON.isoformat()}, roles="operator")
    events = await rows(bank, "select count(*) from events")
    again = await bank.post(CLOSE, {"closed_on": DRAWN_ON.isoformat()}, roles="operator")
    assert first.content == again.content
    assert await rows(bank, "select count(*) from events") == events


async def test_the_same_key_closes_one_day_however_often_it_is_sent(bank: Bank) -> None:
    answers = [await bank.post(CLOSE, {}, roles="operator", key="tonight") for _ in range(3)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert (await bank.get("/v1/business-date", roles="operator")).json()["on"] == "2026-01-11"
    other = await bank.post(CLOSE, {}, roles="operator", key="tomorrow night")
    assert other.json()["closed_on"] == "2026-01-11"


async def test_a_close_names_its_day_or_its_request_and_never_a_day_to_come(bank: Bank) -> None:
    unnamed = await bank.client.post(CLOSE, json={}, headers=bank.bearer(roles="operator"))
    assert (unnamed.status_code, unnamed.json()["type"]) == (400, "urn:liudai:problem:idempotency-key-required")
    early = await bank.post(CLOSE, {"closed_on": "2026-01-11"}, roles="operator")
    assert (early.status_code, early.json()["type"]) == (409, "urn:liudai:problem:business-date-not-reached")
    assert (await bank.post(CLOSE, {}, roles="cashier")).status_code == 403
    never = await bank.post(CLOSE, {"closed_on": "2025-12-31"}, roles="operator")
    assert (never.status_code, never.json()["errors"][0]["field"]) == (409, "closed_on")


async def test_the_first_day_is_opened_once(bank: Bank) -> None:
    opened = await bank.post("/v1/business-date/open", {}, roles="operator")
    assert opened.json() == {"on": "2026-01-10"}
    await close(bank, DRAWN_ON)
    again = await bank.post("/v1/business-date/open", {}, roles="operator")
    assert again.status_code == 409


async def test_three_that_close_the_same_night_at_once_close_it_once(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accruals, "PART_SIZE", 1)
    await lend(bank)
    reports = await asyncio.gather(*(close(bank, DRAWN_ON) for _ in range(3)))
    assert all(report["accrued"] == 12 for report in reports)
    await assert_accrued_once(bank, DRAWN_ON)
    await assert_books_agree(bank, DRAWN_ON + ONE_DAY)


async def test_a_loan_heard_of_a_day_late_catches_up_in_the_next_night(bank: Bank) -> None:
    await close(bank, DRAWN_ON)
    await lend(bank)
    await close(bank, DRAWN_ON + ONE_DAY)
    await assert_books_agree(bank, DRAWN_ON + 2 * ONE_DAY)
    nights = await rows(bank, "select accrued_on, interest from accruals where loan_id = $1", LOANS[1])
    assert nights == [(DRAWN_ON + ONE_DAY, 800)]  # two days at 400 fen


async def test_money_dated_back_is_corrected_by_the_next_night(bank: Bank) -> None:
    """A pay-off of three days ago: what the nights since have accrued too much goes back."""
    await lend(bank)
    await bank.close_until(date(2026, 1, 15))
    loan = f"/v1/loans/{LOANS[1]}"
    quote = (await bank.get(f"{loan}/payoff-quote", on="2026-01-12")).json()
    body = {"receipt_id": str(uuid4()), "amount": quote["amount"], "received_on": "2026-01-12"}
    assert (await bank.post(f"{loan}/payoff", body)).status_code == 201
    await bank.close_until(date(2026, 1, 17))
    nights = await rows(bank, "select interest from accruals where loan_id = $1 order by accrued_on", LOANS[1])
    assert [interest for (interest,) in nights] == [400, 400, 400, 400, 400, -1200]
    await assert_books_agree(bank, date(2026, 1, 17))


async def test_money_dated_back_before_a_due_date_that_the_night_billed_pays_on_that_date(bank: Bank) -> None:
    """It comes on the due date, dated back by five days, and no night accrues penalty on what it has paid."""
    await lend(bank)
    await bank.close_until(FIRST_DUE)
    loan = f"/v1/loans/{LOANS[1]}"
    assert (await bank.get(f"{loan}/schedule")).json()["items"][0]["status"] == "billed"
    sent = await bank.repay("4000.00", loan_id=LOANS[1], received_on=str(FIRST_DUE - 5 * ONE_DAY))
    assert sent.status_code == 201
    assert (await bank.get(f"{loan}/schedule")).json()["items"][0]["status"] == "paid"
    await bank.close_until(FIRST_DUE + ONE_DAY)
    applied = await rows(bank, "select data->>'applied_on' from events where type = 'CreditApplied'")
    assert applied == [(str(FIRST_DUE),)]
    penal = "select count(*) from accruals where loan_id = $1 and penalty <> 0"
    assert await rows(bank, penal, LOANS[1]) == [(0,)]
    await bank.close_until(FIRST_DUE + 2 * ONE_DAY)
    assert await rows(bank, penal, LOANS[1]) == [(0,)]
    await assert_books_agree(bank, FIRST_DUE + 2 * ONE_DAY)


async def test_the_books_agree_after_two_months_of_paying_late_and_early(bank: Bank) -> None:
    await lend(bank)
    await bank.close_until(FIRST_DUE + ONE_DAY)
    for loan_id in LOANS[:6]:
        await bank.repay("700.00", loan_id=loan_id)
    await bank.close_until(date(2026, 2, 20))
    for loan_id in LOANS[3:9]:
        await bank.repay("123.45", loan_id=loan_id)
    await bank.close_until(date(2026, 3, 14))
    await assert_books_agree(bank, date(2026, 3, 14))
    aged = await rows(bank, "select count(*) from events where type = 'DelinquencyAged'")
    assert aged[0][0] >= 12


async def test_a_night_is_not_begun_while_the_read_model_of_loans_is_stopped_and_says_why(bank: Bank) -> None:
    migrator = await connect(bank.database_url, "repayment_loans_g1")
    await migrator.execute("alter table loans rename to loans_away")
    await bank.hear(disbursed())
    with pytest.raises(Problem) as stopped:
        await close_business_date(bank.engine, OPERATOR, closed_on=DRAWN_ON, key=None, catch_up_seconds=1.0)
    assert (stopped.value.status, stopped.value.code) == (503, "read-model-stopped")
    assert "'loans'" in str(stopped.value)
    assert bank.engine.failing["loans"] in str(stopped.value)
    assert await rows(bank, "select count(*) from end_of_day_runs") == [(0,)]
    await migrator.execute("alter table loans_away rename to loans")
    await migrator.close()
    assert (await close(bank, DRAWN_ON))["accrued"] == 1


async def test_a_loan_that_cannot_be_accrued_is_put_aside_and_catches_up_when_repaired(bank: Bank) -> None:
    await lend(bank)
    await bank.engine.caught_up()
    migrator = await connect(bank.database_url, "repayment_loans_g1")
    await migrator.execute("update loans set annual_rate_percent = 'NaN' where loan_id = $1", LOANS[0])
    await migrator.execute("update accruing set plain = false where loan_id = $1", LOANS[0])
    report = await close(bank, DRAWN_ON)
    assert [(one["loan_id"], one["step"]) for one in report["quarantined"]] == [(LOANS[0], "accrue")]
    assert "finite" in report["quarantined"][0]["reason"]
    assert report["accrued"] == 11
    await migrator.execute("update loans set annual_rate_percent = 7.2 where loan_id = $1", LOANS[0])
    await migrator.execute("update accruing set plain = true where loan_id = $1", LOANS[0])
    await migrator.close()
    await close(bank, DRAWN_ON + ONE_DAY)
    await assert_books_agree(bank, DRAWN_ON + 2 * ONE_DAY)


async def test_one_loan_makes_up_for_the_night_that_left_it_out_and_only_once(bank: Bank) -> None:
    await lend(bank)
    await bank.engine.caught_up()
    migrator = await connect(bank.database_url, "repayment_loans_g1")
    await migrator.execute("update loans set annual_rate_percent = 'NaN' where loan_id = $1", LOANS[1])
    await migrator.execute("update accruing set plain = false where loan_id = $1", LOANS[1])
    assert (await close(bank, DRAWN_ON))["accrued"] == 11
    await migrator.execute("update loans set annual_rate_percent = 7.2 where loan_id = $1", LOANS[1])
    await migrator.close()
    path = f"/v1/loans/{LOANS[1]}/end-of-day"
    made_up = await bank.post(path, roles="operator")
    assert (made_up.status_code, made_up.json()["interest"]["amount"], made_up.json()["facts"]) == (200, "4.00", 0)
    await bank.engine.caught_up()
    again = await bank.post(path, roles="operator")
    assert again.json()["interest"]["amount"] == "0.00"
    await assert_accrued_once(bank, DRAWN_ON)
    await assert_books_agree(bank, DRAWN_ON + ONE_DAY)
    await close(bank, DRAWN_ON + ONE_DAY)
    await assert_books_agree(bank, DRAWN_ON + 2 * ONE_DAY)


async def test_one_loan_is_left_to_the_night_that_runs(bank: Bank) -> None:
    await lend(bank)
    await close(bank, DRAWN_ON)
    async with bank.engine.pool.acquire() as db:
        await nightly_work.plan(db, DRAWN_ON + ONE_DAY)
    refused = await bank.post(f"/v1/loans/{LOANS[1]}/end-of-day", roles="operator")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:liudai:problem:night-running")
    progress = (await bank.get("/v1/business-date/progress", roles="operator")).json()
    assert (progress["is_running"], progress["loans"], progress["loans_done"]) == (True, 12, 0)
    await close(bank, DRAWN_ON + ONE_DAY)
    progress = (await bank.get("/v1/business-date/progress", roles="operator")).json()
    assert (progress["is_running"], progress["loans_done"], progress["chunks_done"]) == (False, 12, 3)


async def test_what_was_so_and_what_was_known_differ_where_money_is_dated_back(bank: Bank) -> None:
    """4,000 yuan come in on the 12th and are posted on the 15th."""
    await lend(bank)
    await bank.close_until(date(2026, 1, 15))
    [(before,)] = await rows(bank, "select clock_timestamp()")
    assert (await bank.repay("4000.00", loan_id=LOANS[1], received_on="2026-01-12")).status_code == 201
    path = f"/v1/loans/{LOANS[1]}"

    async def credit(**asked: str) -> str:
        return str((await bank.get(path, **asked)).json()["credit"]["amount"])

    assert await credit(as_of="2026-01-11") == "0.00"
    assert await credit(as_of="2026-01-12") == "4000.00"
    assert await credit(as_of="2026-01-12", known_at=before.isoformat()) == "0.00"
    assert await credit(known_at=before.isoformat()) == "0.00"
    assert await credit() == "4000.00"
    naive = await bank.get(path, known_at="2026-01-12T00:00:00")
    assert naive.status_code == 422
    assert (await bank.get(path, as_of="2026-01-09")).status_code == 404


async def test_a_loan_that_cannot_be_aged_is_put_aside_and_the_others_age(bank: Bank) -> None:
    """A row without its stream: ageing it is refused."""
    await bank.hear(disbursed())
    await bank.engine.caught_up()
    stray = uuid4()
    migrator = await connect(bank.database_url, "repayment_loans_g1")
    for table in ("loans", "installments", "accruing"):
        columns = [
            row["attname"]
            for row in await migrator.fetch(
                "select attname from pg_attribute where attrelid = $1::regclass and attnum > 0"
                " and attgenerated = '' and attname <> 'loan_id' and not attisdropped",
                table,
            )
        ]
        names = ", ".join(columns)
        await migrator.execute(f"insert into {table} (loan_id, {names}) select $1, {names} from {table}", stray)
    await migrator.close()
    night = await bank.close_until(FIRST_DUE + ONE_DAY)
    assert [(one["loan_id"], one["step"]) for one in night["quarantined"]] == [(str(stray), "age")]
    assert "loan_unknown" in night["quarantined"][0]["reason"]
    assert (await bank.get(f"/v1/loans/{LOAN}/schedule")).json()["items"][0]["status"] == "overdue"


async def test_a_chunk_whose_worker_died_is_taken_up_when_its_lease_has_run_out(bank: Bank) -> None:
    await lend(bank)
    await bank.engine.caught_up()
    async with bank.engine.pool.acquire() as db:
        await nightly_work.plan(db, DRAWN_ON)
        first, second, _ = [await nightly_work.claim(db, DRAWN_ON) for _ in range(3)]
        assert first is not None
        assert second is not None
        assert first.no != second.no
        assert await nightly_work.claim(db, DRAWN_ON) is None
        await db.execute("update end_of_day_chunks set lease_until = clock_timestamp() - interval '1 second'")
        assert await nightly_work.claim(db, DRAWN_ON) == first


@pytest.fixture
async def migrated_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    async with migrated(postgres_server, service) as database_url:
        yield database_url


async def night_process(database_url: str, fault: str) -> tuple[int, str]:
    """How the process ended, and what it last said where it was not killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.repayment.night",
        database_url,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"LIUDAI_FAULT_POINT": fault},
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    _, said = await process.communicate()
    return process.returncode or 0, "" if process.returncode in {0, 137} else said.decode()[-2000:]


async def test_a_night_killed_twice_is_ended_by_two_schedulers_at_once(
    migrated_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before a chunk is written and after others are; a read model rebuilt from the log has the same rows."""
    monkeypatch.setattr(accruals, "PART_SIZE", 1)
    async with Bank.on(migrated_url, issuer) as bank:
        await bank.post("/v1/business-date/open", {}, roles="operator")
        await lend(bank)
        await bank.engine.caught_up()
    for fault in ("append.before_insert:2", "append.after_commit:2"):
        assert await night_process(migrated_url, fault) == (137, "")
        await run_leases_out(migrated_url)
    assert await asyncio.gather(*(night_process(migrated_url, "") for _ in range(2))) == [(0, ""), (0, "")]
    async with Bank.on(migrated_url, issuer) as bank:
        await bank.engine.caught_up()
        assert await rows(bank, "select count(*) from events where type = 'InterestAccrued'") == [(len(LOANS),)]
        await assert_accrued_once(bank, DRAWN_ON)
        await assert_books_agree(bank, DRAWN_ON + ONE_DAY)
        for one in await bank.rebuild(projections[0]):
            assert (one.only_live, one.only_rebuilt) == (0, 0), one


async def run_leases_out(database_url: str) -> None:
    """Time passes until every lease has run out."""
    migrator = await connect(database_url, "repayment")
    await migrator.execute("update end_of_day_chunks set lease_until = null")
    await migrator.close()
