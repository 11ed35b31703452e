"""The books: journal entries, the trial balance, and what each loan accrued."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.repayment.queries import ledger as queries
from services.repayment.queries import loans
from services.repayment.registry import books
from services.repayment.routes.account_answers import Accruals, accrual
from shared.http import Caller, Db, Page, Today, branch_scope, position, require_past
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
    debit: MoneyText
    credit: MoneyText


class JournalEntries(BaseModel):
    """A page of lines in the order of posting."""

    items: list[JournalEntry]
    next: str | None


class AccountTotal(BaseModel):
    """What has been debited and credited to an account; `balance` is debit less credit."""

    account: str
    account_name: str
    debit: MoneyText
    credit: MoneyText
    balance: MoneyText


class CurrencyBalance(BaseModel):
    """One currency's accounts. `difference` is the sum of all balances: nil, or the books are wrong."""

    currency: str
    accounts: list[AccountTotal]
    total_debit: MoneyText
    total_credit: MoneyText
    difference: MoneyText


class TrialBalance(BaseModel):
    """Everything posted up to and including `on`."""

    on: date
    balanced: bool
    currencies: list[CurrencyBalance]


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
    posted_from: date | None = None,
    posted_to: date | None = None,
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


@router.get("/trial-balance")
async def read_trial_balance(caller: Caller, db: Db, today: Today, on: date | None = None) -> TrialBalance:
    """The totals of every account; debits equal credits in each currency."""
    require_past("on", on or today, today)
    rows = await queries.trial_balance(db, branches=branch_scope(caller), on=on or today)
    currencies = [
        _currency_balance(currency, [row for row in rows if row["currency"] == currency])
        for currency in sorted({row["currency"] for row in rows})
    ]
    return TrialBalance(on=on or today, balanced=not any(one.difference for one in currencies), currencies=currencies)


def _entry(row: dict[str, Any]) -> JournalEntry:
    currency = row["currency"]
    return JournalEntry(
        event_id=row["event_id"],
        line=row["line"],
        pos=row["pos"],
        business_date=row["business_date"],
        branch=row["branch"],
        loan_id=row["loan_id"],
        fact=row["fact"],
        account=row["account"],
        account_name=books().chart[row["account"]].zh,
        debit=Money(row["debit"], currency),
        credit=Money(row["credit"], currency),
    )


def _currency_balance(currency: str, rows: list[dict[str, Any]]) -> CurrencyBalance:
    accounts = [
        AccountTotal(
            account=row["account"],
            account_name=books().chart[row["account"]].zh,
            debit=Money(row["debit"], currency),
            credit=Money(row["credit"], currency),
            balance=Money(row["debit"] - row["credit"], currency),
        )
        for row in rows
    ]
    return CurrencyBalance(
        currency=currency,
        accounts=accounts,
        total_debit=Money.sum((one.debit for one in accounts), currency),
        total_credit=Money.sum((one.credit for one in accounts), currency),
        difference=Money.sum((one.balance for one in accounts), currency),
    )
