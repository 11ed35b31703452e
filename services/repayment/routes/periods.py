"""Closing the books (结账), month by month: one person proposes, another approves, and there is no way back."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.responses import Response

from services.repayment.domain.accounting_period import (
    ApprovePeriodClose,
    Periods,
    ProposePeriodClose,
    RejectPeriodClose,
    accounting_period,
    books_of,
    month_end,
)
from services.repayment.domain.events.books import ClosingBalance, PeriodClosed, PeriodCloseProposed
from services.repayment.queries import periods as queries
from services.repayment.registry import books
from shared.command_handler import Outcome
from shared.http import Caller, Commands, Db, RequestBody, ServiceEngine, Today, whole_bank
from shared.money import Money, MoneyText

router = APIRouter(prefix="/v1/accounting-periods", tags=["ledger"])

Period = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-01"])]
Status = Literal["proposed", "rejected", "closed"]
DECEMBER = 12


class Nothing(RequestBody):
    """The path says it all."""


class AccountingPeriod(BaseModel):
    """A month that somebody asked to close."""

    period: str
    status: Status
    proposed_by: str
    proposed_on: date
    decided_by: str | None
    decided_on: date | None


class AccountingPeriods(BaseModel):
    """The months, the last first."""

    items: list[AccountingPeriod]


class Transferred(BaseModel):
    """What an account of one branch came to, debit less credit: it goes to profit, in December to retained."""

    branch: str
    account: str
    account_name: str
    account_name_en: str
    balance: MoneyText


class PeriodClose(BaseModel):
    """How far the books are closed, and the close of this month as it was proposed."""

    books_id: UUID
    period: str
    status: Status
    closed_until: date | None
    proposed_by: str
    transferred: list[Transferred]


@router.get("")
async def list_accounting_periods(caller: Caller, db: Db) -> AccountingPeriods:
    """Which months are closed, and which wait for the second person."""
    rows = await queries.periods(db, caller.legal_entity)
    return AccountingPeriods(
        items=[AccountingPeriod(period=f"{row['last_day']:%Y-%m}", **_without(row, "last_day")) for row in rows]
    )


@router.post("/{period}/close", response_model=PeriodClose, status_code=201)
async def propose_period_close(
    period: Period, _body: Nothing, caller: Caller, commands: Commands, engine: ServiceEngine, db: Db, today: Today
) -> Response:
    """Ask to close a month that is over: its income and expense, account by account, as they stand for ever."""
    whole_bank(caller)
    commands.require_key()
    last_day = _last_day(period)
    await engine.caught_up("journal")
    balances, profits = await _balances(db, caller.legal_entity, last_day)
    command = ProposePeriodClose(
        legal_entity=caller.legal_entity,
        proposal_id=commands.new_id,
        last_day=last_day,
        balances=balances,
        profits=profits,
        first_posted_on=await queries.first_posted_on(db, caller.legal_entity),
        proposed_by=caller.person,
        today=today,
    )
    return await commands.handle(accounting_period, command, answer=_answer, status=201)


@router.post("/{period}/approve", response_model=PeriodClose)
async def approve_period_close(
    period: Period, _body: Nothing, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Close the month as another person proposed it, for ever."""
    whole_bank(caller)
    await commands.load(accounting_period, books_of(caller.legal_entity))
    command = ApprovePeriodClose(
        legal_entity=caller.legal_entity, last_day=_last_day(period), approved_by=caller.person, today=today
    )
    return await commands.handle(accounting_period, command, answer=_answer)


@router.post("/{period}/reject", response_model=AccountingPeriod)
async def reject_period_close(
    period: Period, _body: Nothing, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Leave the month open; who proposed may take it back so."""
    whole_bank(caller)
    before = await commands.load(accounting_period, books_of(caller.legal_entity))
    command = RejectPeriodClose(
        legal_entity=caller.legal_entity, last_day=_last_day(period), rejected_by=caller.person, today=today
    )

    def answer(_outcome: Outcome[Periods, Any]) -> AccountingPeriod:
        pending = before.state.pending
        assert pending is not None, "what was rejected was pending"
        return AccountingPeriod(
            period=period,
            status="rejected",
            proposed_by=pending.proposed_by,
            proposed_on=pending.proposed_on,
            decided_by=caller.person,
            decided_on=today,
        )

    return await commands.handle(accounting_period, command, answer=answer)


def _last_day(period: str) -> date:
    return month_end(date.fromisoformat(f"{period}-01"))


async def _balances(
    db: Any, legal_entity: str, last_day: date
) -> tuple[tuple[ClosingBalance, ...], tuple[ClosingBalance, ...]]:
    """Income and expense of the month; in December also the year's profit by branch, this month's included."""
    earned = [one.code for one in books().chart.values() if one.type in {"income", "expense"}]
    rows = await queries.closing_balances(db, legal_entity, last_day, earned)
    balances = tuple(_balance(row["branch"], row["account"], row["closing"], row["currency"]) for row in rows)
    if last_day.month != DECEMBER:
        return balances, ()
    profit = books().accounts["profit"].code
    sums: Counter[tuple[str, str]] = Counter()
    for row in [*rows, *await queries.closing_balances(db, legal_entity, last_day, [profit])]:
        sums[row["branch"], row["currency"]] += row["closing"]
    return balances, tuple(
        _balance(branch, profit, minor, currency) for (branch, currency), minor in sorted(sums.items())
    )


def _balance(branch: str, account: str, minor: int, currency: str) -> ClosingBalance:
    return ClosingBalance(branch=branch, account=account, balance=Money(minor, currency))


def _answer(outcome: Outcome[Periods, Any]) -> PeriodClose:
    """The close that is proposed, or the last that was approved."""
    last: PeriodCloseProposed | PeriodClosed | None = outcome.state.pending or outcome.state.last
    assert last is not None, "it was proposed, approved or refused"
    return PeriodClose(
        books_id=outcome.aggregate_id,
        period=f"{last.last_day:%Y-%m}",
        status="proposed" if outcome.state.pending else "closed",
        closed_until=outcome.state.closed_until,
        proposed_by=last.proposed_by,
        transferred=_transferred((*last.balances, *last.profits)),
    )


def _transferred(balances: Iterable[ClosingBalance]) -> list[Transferred]:
    return [
        Transferred(
            branch=one.branch,
            account=one.account,
            account_name=books().chart[one.account].zh,
            account_name_en=books().chart[one.account].en,
            balance=one.balance,
        )
        for one in balances
    ]


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}
