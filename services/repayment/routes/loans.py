"""Reading loans: lists, one loan as of a date, its schedule, its history, its accruals, its pay-off quote."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from services.repayment.domain.loan import LoanAccount
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.schedule_versions import schedule_versions
from services.repayment.queries import loans as queries
from services.repayment.routes.account_answers import (
    HistoryPage,
    PayoffQuote,
    Schedule,
    ScheduleVersions,
    history_item,
    payoff_body,
    schedule_of_loan,
    version_answer,
)
from services.repayment.routes.loan_answers import Loan, LoanRows, loan_body, loan_row
from shared.command_handler import Outcome
from shared.dates import ISO
from shared.engine import BANK_TIME
from shared.http import AsOf, Caller, Commands, Db, Page, Today, branch_scope, position

router = APIRouter(prefix="/v1/loans", tags=["loans"])

QUOTED_TO = date(2100, 1, 1)


@router.get("", response_model=LoanRows)
async def list_loans(
    caller: Caller,
    db: Db,
    today: Today,
    page: Page,
    status: Literal["open", "settled", "written_off"] | None = None,
    borrower_id: UUID | None = None,
    overdue: Annotated[bool | None, Query(description="Whether an instalment was due before today")] = None,
) -> Any:
    """Loans by drawdown date. What is overdue is as of the business date."""
    rows = await queries.loans(
        db,
        on=today,
        branches=branch_scope(caller),
        status=status,
        borrower_id=borrower_id,
        overdue=overdue,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer([loan_row(row) for row in rows], key=lambda row: (row.disbursed_on, row.loan_id))


@router.get("/{loan_id}", response_model=Loan)
async def read_loan(loan_id: UUID, commands: Commands, today: Today, as_of: AsOf = None) -> Response:
    """One loan and what it owes, now or as of a date or an instant."""
    outcome = await commands.load(loan_account, loan_id, as_of)
    return commands.read_answer(outcome, loan_body(outcome.state, _day(as_of, today)))


@router.get("/{loan_id}/schedule", response_model=Schedule)
async def read_schedule(loan_id: UUID, commands: Commands, as_of: AsOf = None) -> Response:
    """The repayment schedule with what has been paid of each row."""
    outcome = await commands.load(loan_account, loan_id, as_of)
    return commands.read_answer(outcome, schedule_of_loan(outcome.state))


@router.get("/{loan_id}/schedules")
async def list_schedule_versions(loan_id: UUID, commands: Commands, as_of: AsOf = None) -> ScheduleVersions:
    """Every version of the repayment schedule: what was agreed first, and each time that it was changed."""
    past = await commands.history(loan_account, loan_id, as_of)
    return ScheduleVersions(items=[version_answer(one) for one in schedule_versions(one.event for one in past)])


@router.get("/{loan_id}/history", response_model=HistoryPage)
async def read_history(loan_id: UUID, commands: Commands, page: Page, as_of: AsOf = None) -> Any:
    """Every fact of the loan with who did it and the journal lines it made: where each number comes from."""
    (after,) = page.place(position) or (0,)
    past = await commands.history(loan_account, loan_id, as_of)
    items = [history_item(one) for one in past if one.version > after]
    return page.answer(items[: page.limit + 1], key=lambda item: (item.version,))


@router.get("/{loan_id}/payoff-quote", response_model=PayoffQuote)
async def read_payoff_quote(
    loan_id: UUID,
    commands: Commands,
    today: Today,
    on: Annotated[
        Annotated[date, Field(le=QUOTED_TO), ISO] | None,
        Query(description="The day of the pay-off; the business date unless given"),
    ] = None,
) -> Response:
    """What would pay the loan off on a day: interest for the real time, penalty, less what is held."""
    outcome: Outcome[LoanAccount, Any] = await commands.load(loan_account, loan_id)
    return commands.read_answer(outcome, payoff_body(outcome.state, on or today))


def _day(as_of: date | datetime | None, today: date) -> date:
    """The day that amounts are shown for: an instant's day at the bank, and never a day to come."""
    on = as_of.astimezone(BANK_TIME).date() if isinstance(as_of, datetime) else as_of
    return min(on or today, today)
