"""The books: journal entries, and what each loan accrued."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.repayment.queries import ledger as queries
from services.repayment.queries import loans
from services.repayment.registry import books
from services.repayment.routes.account_answers import Accruals, accrual
from shared.dates import Day
from shared.http import Caller, Db, Page, branch_scope, position
from shared.money import Money, MoneyText

router = APIRouter(prefix="/v1", tags=["ledger"])

Account = Annotated[str | None, Query(max_length=10, description="An account of the chart, e.g. 1303.01")]


class JournalEntry(BaseModel):
    """One line: a fact of a loan (or of a night's accrual, without a loan) on one account."""

    event_id: UUID
    line: int
    pos: int
    business_date: date
    branch: str
    loan_id: UUID | None
    fact: str
    account: str
    account_name: str
    account_name_en: str
    debit: MoneyText
    credit: MoneyText


class JournalEntries(BaseModel):
    """A page of lines in the order of posting."""

    items: list[JournalEntry]
    next: str | None


@router.get("/accruals", response_model=Accruals)
async def list_accruals(caller: Caller, db: Db, page: Page, loan_id: UUID) -> Any:
    """What a loan accrued night by night, the last night first."""
    after = page.place(date.fromisoformat)
    rows = await loans.accruals(db, loan_id, branches=branch_scope(caller), after=after, limit=page.limit + 1)
    return page.answer([accrual(row) for row in rows], key=lambda row: (row.accrued_on,))


@router.get("/journal-entries", response_model=JournalEntries)
async def list_journal_entries(
    caller: Caller,
    db: Db,
    page: Page,
    loan_id: UUID | None = None,
    account: Account = None,
    posted_from: Day | None = None,
    posted_to: Day | None = None,
) -> Any:
    """Posting lines, both dates included."""
    rows = await queries.journal_entries(
        db,
        branches=branch_scope(caller),
        loan_id=loan_id,
        account=account,
        posted_from=posted_from,
        posted_to=posted_to,
        after=page.place(position, position),
        limit=page.limit + 1,
    )
    return page.answer([_entry(row) for row in rows], key=lambda entry: (entry.pos, entry.line))


def _entry(row: dict[str, Any]) -> JournalEntry:
    currency, account = row["currency"], books().chart[row["account"]]
    return JournalEntry(
        event_id=row["event_id"],
        line=row["line"],
        pos=row["pos"],
        business_date=row["business_date"],
        branch=row["branch"],
        loan_id=row["loan_id"],
        fact=row["fact"],
        account=row["account"],
        account_name=account.zh,
        account_name_en=account.en,
        debit=Money(row["debit"], currency),
        credit=Money(row["credit"], currency),
    )
