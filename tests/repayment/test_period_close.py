"""Closing the books: who may, when, what it moves, and that nothing is posted into a closed month again."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.repayment.domain.accounting_period import (
    ApprovePeriodClose,
    Periods,
    ProposePeriodClose,
    RejectPeriodClose,
    accounting_period,
    month_end,
)
from services.repayment.domain.events.books import ClosingBalance, PeriodClosed
from services.repayment.main import service
from services.repayment.registry import books, entries
from shared.messages import Rejected
from shared.money import Money
from tests.repayment.bank import Bank, disbursed
from tests.repayment.builders import DRAWN_ON, LOAN
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
PERIODS = "/v1/accounting-periods"


def propose(last_day: date = JANUARY, *, by: str = "chen", today: date = date(2026, 2, 2), n: int = 1) -> Any:
    return ProposePeriodClose(
        legal_entity="LD01", proposal_id=UUID(int=n), last_day=last_day, balances=(), profits=(),
        first_posted_on=DRAWN_ON, proposed_by=by, today=today,
    )  # fmt: skip


def approve(last_day: date = JANUARY, *, by: str = "li") -> Any:
    return ApprovePeriodClose(legal_entity="LD01", last_day=last_day, approved_by=by, today=date(2026, 2, 2))


def after(*commands: Any) -> Periods:
    state = Periods()
    for command in commands:
        state = accounting_period.fold(accounting_period.decide(command, state), state)
    return state


@pytest.mark.parametrize(
    ("past", "command", "code"),
    [
        ((), propose(today=JANUARY), "period_not_over"),
        ((), propose(date(2026, 1, 30)), "period_not_a_month"),
        ((), propose(FEBRUARY, today=date(2026, 3, 1)), "period_out_of_order"),  # January has postings
        ((propose(),), propose(n=2), "period_close_pending"),
        ((propose(),), approve(by="chen"), "same_person"),
        ((), approve(), "period_not_proposed"),
        ((propose(),), approve(FEBRUARY), "period_not_proposed"),
        ((propose(), approve()), propose(n=2), "period_closed"),  # there is no way back
        ((propose(), approve()), propose(date(2026, 3, 31), today=date(2026, 4, 1), n=2), "period_out_of_order"),
    ],
)
def test_a_close_that_a_rule_forbids_is_refused(past: tuple[Any, ...], command: Any, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        accounting_period.decide(command, after(*past))
    assert refused.value.code == code


def test_a_rejected_close_may_be_proposed_anew_and_then_closes() -> None:
    rejected = RejectPeriodClose(legal_entity="LD01", last_day=JANUARY, rejected_by="li", today=date(2026, 2, 2))
    assert after(propose(), rejected).closed_until is None
    assert after(propose(), rejected, propose(n=2), approve()).closed_until == JANUARY


@pytest.mark.parametrize(
    ("day", "last"),
    [(date(2024, 2, 1), date(2024, 2, 29)), (date(2026, 12, 31), date(2026, 12, 31)), (JANUARY, JANUARY)],
)
def test_a_month_ends_on_its_last_day(day: date, last: date) -> None:
    assert month_end(day) == last


def test_decembers_close_moves_income_to_profit_and_profit_to_what_is_retained() -> None:
    closed = PeriodClosed(
        legal_entity="LD01", proposal_id=UUID(int=1), last_day=date(2026, 12, 31),
        balances=(ClosingBalance(branch="SH", account="6011.01", balance=Money(-900)),
                  ClosingBalance(branch="BJ", account="6702", balance=Money(200))),
        profits=(ClosingBalance(branch="SH", account="4103", balance=Money(-1500)),),
        proposed_by="chen", approved_by="li", closed_on=date(2027, 1, 2),
    )  # fmt: skip
    assert [(one.branch, one.account, one.debit - one.credit) for one in entries(closed)] == [
        ("SH", "6011.01", 900), ("SH", "4103", -900),
        ("BJ", "4103", 200), ("BJ", "6702", -200),
        ("SH", "4103", 1500), ("SH", "4104", -1500),
    ]  # fmt: skip


async def totals(bank: Bank, on: date) -> dict[str, dict[str, Any]]:
    answer = (await bank.get("/v1/trial-balance", on=on, branch="HQ")).json()
    assert answer["balanced"]
    return {
        one["account"]: {name: one[name]["amount"] for name in ("opening", "debit", "credit", "transferred", "balance")}
        for one in answer["currencies"][0]["accounts"]
    }


async def close(bank: Bank, period: str) -> dict[str, Any]:
    proposed = await bank.post(f"{PERIODS}/{period}/close", {}, branch="HQ")
    assert proposed.status_code == 201, proposed.text
    alone = await bank.post(f"{PERIODS}/{period}/approve", {}, branch="HQ")
    assert (alone.status_code, alone.json()["type"]) == (409, "urn:liudai:problem:same-person")
    approved = await bank.post(f"{PERIODS}/{period}/approve", {}, who="li", roles="operator", branch="HQ")
    assert approved.status_code == 200, approved.text
    await bank.engine.caught_up()
    shown: dict[str, Any] = approved.json()
    assert shown["transferred"] == proposed.json()["transferred"]
    return shown


async def test_a_closed_month_begins_the_next_one_with_no_income_and_keeps_its_own_movement(bank: Bank) -> None:
    await bank.hear(disbursed())
    await bank.hear(disbursed(loan_id=UUID(int=7), principal=10_000), branch="BJ")
    await bank.close_until(date(2026, 2, 3))
    before, open_days = await totals(bank, JANUARY), await totals(bank, date(2026, 2, 2))
    shown = await close(bank, "2026-01")
    assert {one["branch"] for one in shown["transferred"]} == {"SH", "BJ"}
    assert (shown["status"], shown["closed_until"]) == ("closed", "2026-01-31")
    income, profit = books().accounts["interest_income"].code, books().accounts["profit"].code
    january = await totals(bank, JANUARY)
    for account, row in before.items():
        assert {**january[account], "transferred": "0.00", "balance": row["balance"]} == row, "no movement is touched"
    assert january[income]["balance"] == "0.00"
    assert january[profit]["transferred"] == january[profit]["balance"] == before[income]["balance"]
    february = await totals(bank, date(2026, 2, 2))
    assert february[income]["credit"] == open_days[income]["credit"]
    since = Decimal(open_days[income]["balance"]) - Decimal(before[income]["balance"])
    assert Decimal(february[income]["balance"]) == since != 0
    assert (await bank.get("/v1/sub-ledger/check", branch="HQ")).json()["agrees"]
    for projection in service.projections:
        for one in await bank.rebuild(projection):
            assert (one.only_live, one.only_rebuilt) == (0, 0), one


async def test_nothing_is_posted_into_a_closed_month_however_late_it_is_heard_of(bank: Bank) -> None:
    await bank.hear(disbursed())
    await bank.close_until(date(2026, 2, 3))
    await close(bank, "2026-01")
    january = await totals(bank, JANUARY)
    await bank.hear(disbursed(loan_id=uuid4()), on=DRAWN_ON)
    await bank.repay("100.00", received_on="2026-01-30")
    await bank.close_until(date(2026, 2, 4))
    assert await totals(bank, JANUARY) == january
    lines = (await bank.get("/v1/journal-entries", loan_id=str(LOAN), limit=200)).json()["items"]
    assert {one["business_date"] for one in lines if one["fact"] != "LoanBooked"} == {"2026-02-03"}


async def test_the_months_are_listed_and_one_branch_may_not_close_them(bank: Bank) -> None:
    await bank.hear(disbursed())
    await bank.close_until(date(2026, 2, 1))
    assert (await bank.post(f"{PERIODS}/2026-01/close", {})).status_code == 403
    assert (await bank.post(f"{PERIODS}/2026-13/close", {}, branch="HQ")).status_code == 422
    early = await bank.post(f"{PERIODS}/2026-02/close", {}, branch="HQ")
    assert (early.status_code, early.json()["type"]) == (409, "urn:liudai:problem:period-not-over")
    await bank.post(f"{PERIODS}/2026-01/close", {}, branch="HQ")
    rejected = await bank.post(f"{PERIODS}/2026-01/reject", {}, who="li", branch="HQ")
    assert rejected.json()["status"] == "rejected"
    await close(bank, "2026-01")
    [listed] = (await bank.get(PERIODS, branch="HQ")).json()["items"]
    assert (listed["period"], listed["status"], listed["proposed_by"], listed["decided_by"]) == (
        "2026-01", "closed", "chen", "li",
    )  # fmt: skip
    again = await bank.post(f"{PERIODS}/2026-01/close", {}, branch="HQ")
    assert again.json()["type"] == "urn:liudai:problem:period-closed"


class DecemberBank(Bank):
    """A bank that opened shortly before the end of the year."""

    opening_date = date(2026, 12, 20)


async def test_the_year_ends_with_no_profit_of_the_year_left(postgres_server: PostgresServer, issuer: Issuer) -> None:
    async with DecemberBank.open(postgres_server, issuer) as bank:
        await bank.hear(disbursed(on=date(2026, 12, 20)))
        await bank.close_until(date(2027, 1, 1))
        earned = (await totals(bank, date(2026, 12, 31)))[books().accounts["interest_income"].code]["balance"]
        await close(bank, "2026-12")
        december = await totals(bank, date(2026, 12, 31))
    codes = {key: one.code for key, one in books().accounts.items()}
    assert december[codes["interest_income"]]["balance"] == december[codes["profit"]]["balance"] == "0.00"
    assert december[codes["retained_profit"]]["balance"] == earned != "0.00"
