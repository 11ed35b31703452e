"""Reading loans: lists, one loan as of a date, its schedule, its history, its accruals, its pay-off quote."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from services.repayment.domain.loan import LoanAccount
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.schedule_versions import schedule_versions
from services.repayment.domain.two_times import as_it_was
from services.repayment.queries import loans as queries
from services.repayment.routes.account_answers import (
    ExplainedAccrual,
    HistoryPage,
    PayoffQuote,
    Schedule,
    ScheduleVersions,
    explained_accrual,
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
from shared.problem_details import Problem
from shared.request_commands import RequestCommands

router = APIRouter(prefix="/v1/loans", tags=["loans"])

KnownAt = Annotated[
    Annotated[AwareDatetime, ISO] | None,
    Query(description="An instant with its zone: of what was so on `as_of`, what was known at that instant."),
]
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
async def read_loan(
    loan_id: UUID, commands: Commands, today: Today, as_of: AsOf = None, known_at: KnownAt = None
) -> Response:
    """One loan and what it owes: now, as it was on a date, as it was known at an instant, or both."""
    outcome = await _as_it_was(commands, loan_id, as_of, known_at)
    return commands.read_answer(outcome, loan_body(outcome.state, _day(as_of, today)))


@router.get("/{loan_id}/schedule", response_model=Schedule)
async def read_schedule(
    loan_id: UUID, commands: Commands, today: Today, as_of: AsOf = None, known_at: KnownAt = None
) -> Response:
    """The repayment schedule with what has been paid of each row; in two times, as the loan."""
    outcome = await _as_it_was(commands, loan_id, as_of, known_at)
    return commands.read_answer(outcome, schedule_of_loan(outcome.state, _day(as_of, today)))


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


@router.get("/{loan_id}/accrual", response_model=ExplainedAccrual)
async def explain_accrual(
    loan_id: UUID,
    commands: Commands,
    today: Today,
    night: Annotated[
        Annotated[date, Field(le=QUOTED_TO), ISO] | None,
        Query(description="The night that closed this day; the business date unless given"),
    ] = None,
) -> Response:
    """A night's accrual explained: on which balance, at which rate and for how many days each charge has run."""
    night = night or today
    outcome = await _as_it_was(commands, loan_id, night, None)
    return commands.read_answer(outcome, explained_accrual(outcome.state, night))


async def _as_it_was(
    commands: RequestCommands, loan_id: UUID, as_of: date | datetime | None, known_at: datetime | None
) -> Outcome[LoanAccount, Any]:
    if isinstance(as_of, datetime):
        known_at, as_of = min(as_of, known_at or as_of), None
    if as_of is None and known_at is None:
        return await commands.load(loan_account, loan_id)
    past = as_it_was(await commands.history(loan_account, loan_id), as_of, known_at)
    if not past:
        raise Problem(404, "not-found", "There was no such loan then, or nothing was known of it.")
    events = tuple(recorded.event for recorded in past)
    return Outcome(loan_id, past[-1].version, loan_account.fold(events), events)


def _day(as_of: date | datetime | None, today: date) -> date:
    """The day that amounts are shown for: an instant's day at the bank, and never a day to come."""
    on = as_of.astimezone(BANK_TIME).date() if isinstance(as_of, datetime) else as_of
    return min(on or today, today)
