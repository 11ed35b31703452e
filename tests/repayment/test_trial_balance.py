"""The trial balance by day and branch, and the loans' sub-ledger: each against another way to the same number."""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.repayment.queries.trial_balance import TRIAL_BALANCE
from shared.database import connect
from tests.repayment.bank import ONE_DAY, Bank, classified, disbursed, write_off_approved
from tests.repayment.builders import DRAWN_ON, FIRST_DUE, LOAN

SH, BJ = UUID(int=11), UUID(int=12)
LAST_DAY = date(2026, 2, 20)


async def two_branches(bank: Bank) -> None:
    """Loans of two branches: one repaid in part with money held, one late, one written off and partly recovered."""
    await bank.hear(disbursed())
    await bank.hear(disbursed(loan_id=SH, principal=10_000))
    await bank.hear(disbursed(loan_id=BJ, principal=10_000), branch="BJ")
    await bank.close_until(FIRST_DUE)
    await bank.repay("1000.00", loan_id=SH)
    await bank.close_until(LAST_DAY)
    await bank.hear(classified("loss", "100", LAST_DAY), on=LAST_DAY)
    await bank.hear(write_off_approved(LAST_DAY), on=LAST_DAY)
    await bank.post(f"/v1/loans/{LOAN}/recoveries", {"receipt_id": str(uuid4()), "amount": {"amount": "500.00"}})
    await bank.close_until(LAST_DAY + ONE_DAY)
    await bank.engine.caught_up()


async def trial_balance(bank: Bank, **query: Any) -> dict[str, Any]:
    answer = await bank.get("/v1/trial-balance", roles="auditor", branch="HQ", **query)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_every_days_balance_of_every_branch_is_the_sum_of_its_lines(bank: Bank) -> None:
    await two_branches(bank)
    day = DRAWN_ON
    while day <= LAST_DAY:
        shown = await trial_balance(bank, on=day, by_branch=True)
        assert shown["balanced"]
        found = {
            (one["branch"], line["account"]): tuple(
                Decimal(line[name]["amount"]) for name in ("opening", "debit", "credit", "balance")
            )
            for one in shown["currencies"]
            for line in one["accounts"]
        }
        async with bank.engine.pool.acquire() as db:
            rows = await db.fetch(
                "select branch, account, coalesce(sum(debit - credit) filter (where business_date < $1), 0) opening,"
                " coalesce(sum(debit) filter (where business_date = $1), 0) debit,"
                " coalesce(sum(credit) filter (where business_date = $1), 0) credit, sum(debit - credit) balance"
                " from journal_entries where business_date <= $1 group by branch, account",
                day,
            )
        assert found == {
            (row["branch"], row["account"]): tuple(
                row[name] / 100 for name in ("opening", "debit", "credit", "balance")
            )
            for row in rows
        }, day
        day += ONE_DAY


async def test_a_span_of_days_opens_where_the_day_before_closed(bank: Bank) -> None:
    await two_branches(bank)
    january = await trial_balance(bank, on=date(2026, 1, 31), since=date(2026, 1, 1))
    february = await trial_balance(bank, on=date(2026, 2, 20), since=date(2026, 2, 1))
    closed = {one["account"]: one["balance"] for one in january["currencies"][0]["accounts"]}
    opened = {one["account"]: one["opening"] for one in february["currencies"][0]["accounts"]}
    assert {key: opened[key] for key in closed} == closed
    assert january["currencies"][0]["total_debit"] == january["currencies"][0]["total_credit"]


async def test_a_caller_of_one_branch_sees_its_balance_alone_and_it_closes_by_itself(bank: Bank) -> None:
    await two_branches(bank)
    answer = (await bank.get("/v1/trial-balance", roles="auditor", branch="BJ", by_branch=True)).json()
    assert [one["branch"] for one in answer["currencies"]] == ["BJ"]
    assert answer["balanced"]
    [lent] = [one for one in answer["currencies"][0]["accounts"] if one["account"] == "1303.01"]
    assert lent["balance"]["amount"] == "10000.00"


async def test_days_that_end_before_they_begin_are_refused(bank: Bank) -> None:
    await bank.hear(disbursed())
    answer = await bank.get("/v1/trial-balance", on=DRAWN_ON, since=DRAWN_ON + ONE_DAY)
    assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (422, "not_after_on")


async def test_the_loans_explain_every_control_account_to_the_fen(bank: Bank) -> None:
    await two_branches(bank)
    checked = (await bank.get("/v1/sub-ledger/check", roles="auditor", branch="HQ")).json()
    assert (checked["agrees"], checked["complete"]) == (True, True), checked
    shown = {(one["branch"], one["account"]): one["general_ledger"]["amount"] for one in checked["accounts"]}
    assert shown["BJ", "1303.01"] == "10000.00"
    assert {account for _, account in shown} >= {"1303.01", "1132.01", "1132.02", "2241", "9301"}
    loans = (await bank.get("/v1/sub-ledger", roles="auditor", branch="HQ")).json()["items"]
    for account, name in (("1303.01", "outstanding"), ("1132.01", "interest"), ("1132.02", "penalty")):
        total = sum(Decimal(one[name]["amount"]) for one in loans)
        assert total == sum(Decimal(minor) for (_, code), minor in shown.items() if code == account)


async def test_what_is_waived_leaves_the_loans_and_the_ledger_alike(bank: Bank) -> None:
    await bank.hear(disbursed(loan_id=SH))
    await bank.close_until(LAST_DAY)
    proposal, changes = str(uuid4()), f"/v1/loans/{SH}/account-changes"
    waiver = {"kind": "waiver", "interest": {"amount": "120.00"}, "compound": {"amount": "1.00"}}
    body = {"proposal_id": proposal, "change": waiver, "reason": "agreed"}
    proposed = await bank.post(changes, body, roles="officer")
    assert proposed.status_code == 201, proposed.text
    approved = await bank.post(f"{changes}/{proposal}/approval", who="li", roles="approver senior_approver")
    assert approved.status_code == 200, approved.text
    await bank.close_until(LAST_DAY + ONE_DAY)
    checked = (await bank.get("/v1/sub-ledger/check")).json()
    assert (checked["agrees"], checked["complete"]) == (True, True), checked


@pytest.mark.parametrize(
    ("tampering", "account"),
    [
        ("update loans set outstanding = outstanding - 1 where loan_id = $1", "1303.01"),
        ("update loan_receivables set interest_taken = interest_taken + 1 where loan_id = $1", "1132.01"),
        ("update loans set credit = credit + 1 where loan_id = $1", "2241"),
    ],
)
async def test_a_loan_that_is_a_fen_off_is_found(bank: Bank, tampering: str, account: str) -> None:
    await bank.hear(disbursed(loan_id=SH))
    await bank.close_until(DRAWN_ON + 2 * ONE_DAY)
    await bank.engine.caught_up()
    assert (await bank.get("/v1/sub-ledger/check")).json()["agrees"]
    superuser = await connect(bank.database_url, "repayment")
    await superuser.execute(tampering, SH)
    await superuser.close()
    checked = (await bank.get("/v1/sub-ledger/check")).json()
    assert not checked["agrees"]
    assert [one["account"] for one in checked["accounts"] if one["difference"]["amount"] != "0.00"] == [account]


async def test_a_trial_balance_reads_no_more_of_a_long_history_than_of_a_short_one(bank: Bank) -> None:
    await bank.hear(disbursed())
    read = []
    for until in (DRAWN_ON + 5 * ONE_DAY, DRAWN_ON + 30 * ONE_DAY):
        await bank.close_until(until)
        await bank.engine.caught_up()
        async with bank.engine.pool.acquire() as db, db.transaction():
            await db.execute("set local enable_seqscan = off")
            await db.execute("set local enable_bitmapscan = off")
            day = until - ONE_DAY
            plan = await db.fetchval(f"explain (analyze, format json) {TRIAL_BALANCE}", day, day, None, False)
        read.append(rows_read(json.loads(plan)[0]["Plan"]))
    assert read[0] == read[1] > 0


def rows_read(node: dict[str, Any]) -> float:
    """Rows that a plan took from the table of days, those thrown away counted too."""
    own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    here: float = own if node.get("Relation Name") == "ledger_days" else 0
    return here + sum(rows_read(one) for one in node.get("Plans", ()))
