"""The trial balance (科目余额表) by day and branch, and the loans' sub-ledger beside the general ledger."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.repayment.domain.journal import AccountType
from services.repayment.queries import trial_balance as queries
from services.repayment.registry import books
from shared.dates import Day
from shared.http import Caller, Db, Page, Today, branch_scope, require_past
from shared.money import Money, MoneyText
from shared.problem_details import FieldProblem, invalid

router = APIRouter(prefix="/v1", tags=["ledger"])


class AccountTotal(BaseModel):
    """An account over the days: how it opened, what moved it, and the closing `balance`, debit less credit.

    `transferred` is what the close of a period moved, on its last day, between income or expense and profit: debit
    less credit, and no movement of the day.
    """

    account: str
    account_name: str
    account_name_en: str
    type: AccountType
    opening: MoneyText
    debit: MoneyText
    credit: MoneyText
    transferred: MoneyText
    balance: MoneyText


class CurrencyBalance(BaseModel):
    """One currency's accounts, of one branch or of all. `difference` sums the balances: nil, or the books are wrong."""

    currency: str
    branch: str | None
    accounts: list[AccountTotal]
    total_debit: MoneyText
    total_credit: MoneyText
    difference: MoneyText


class TrialBalance(BaseModel):
    """The accounts at the end of `on`, and what moved them since the beginning of `since`."""

    since: date
    on: date
    balanced: bool
    currencies: list[CurrencyBalance]


class ControlAccount(BaseModel):
    """What the loans of a branch come to, and the account of the ledger that they explain; debit less credit."""

    branch: str
    account: str
    account_name: str
    account_name_en: str
    sub_ledger: MoneyText
    general_ledger: MoneyText
    difference: MoneyText


class SubLedgerCheck(BaseModel):
    """`agrees`: no account differs. `complete`: both had read all of the log, so a difference is a fault."""

    agrees: bool
    complete: bool
    accounts: list[ControlAccount]


class LoanBalances(BaseModel):
    """One loan's part of the ledger: what it owes by component, what is held for it, and what it is provided with."""

    loan_id: UUID
    borrower_id: UUID
    branch: str
    status: str
    outstanding: MoneyText
    interest: MoneyText
    penalty: MoneyText
    held: MoneyText
    claim: MoneyText
    provision: MoneyText


class SubLedger(BaseModel):
    """A page of loans in the order of their ids."""

    items: list[LoanBalances]
    next: str | None


@router.get("/trial-balance")
async def read_trial_balance(
    caller: Caller,
    db: Db,
    today: Today,
    on: Day | None = None,
    since: Annotated[Day | None, Query(description="Movements from the beginning of this day; of `on` alone")] = None,
    by_branch: Annotated[bool, Query(description="A balance for each branch, which closes by itself")] = False,
) -> TrialBalance:
    """Every account at the end of a day; debits equal credits in each currency."""
    last = on or today
    first = since or last
    require_past("on", last, today)
    if first > last:
        raise invalid(FieldProblem(field="since", rule="not_after_on", detail=f"movements end on {last}"))
    rows = await queries.trial_balance(db, first, last, branches=branch_scope(caller), by_branch=by_branch)
    currencies = [
        _currency_balance(*place, [row for row in rows if (row["currency"], row["branch"]) == place])
        for place in dict.fromkeys((row["currency"], row["branch"]) for row in rows)
    ]
    balanced = not any(one.difference or one.total_debit != one.total_credit for one in currencies)
    return TrialBalance(since=first, on=last, balanced=balanced, currencies=currencies)


@router.get("/sub-ledger", response_model=SubLedger)
async def list_sub_ledger(caller: Caller, db: Db, page: Page) -> Any:
    """Each loan's part of the control accounts, now."""
    rows = await queries.sub_ledger(db, branches=branch_scope(caller), after=page.place(UUID), limit=page.limit + 1)
    return page.answer([_loan(row) for row in rows], key=lambda loan: (loan.loan_id,))


@router.get("/sub-ledger/check")
async def check_sub_ledger(caller: Caller, db: Db) -> SubLedgerCheck:
    """The loans' sub-ledger beside the general ledger (总分核对), now, by branch and account."""
    codes = {key: books().accounts[key].code for key in queries.CONTROLS}
    complete, rows = await queries.control(db, branches=branch_scope(caller), codes=codes)
    accounts = [_control(row) for row in rows]
    return SubLedgerCheck(agrees=not any(one.difference for one in accounts), complete=complete, accounts=accounts)


def _control(row: dict[str, Any]) -> ControlAccount:
    account, currency = books().accounts[row["control"]], row["currency"]
    return ControlAccount(
        branch=row["branch"],
        account=account.code,
        account_name=account.zh,
        account_name_en=account.en,
        sub_ledger=Money(row["sub_ledger"], currency),
        general_ledger=Money(row["general_ledger"], currency),
        difference=Money(row["sub_ledger"] - row["general_ledger"], currency),
    )


def _loan(row: dict[str, Any]) -> LoanBalances:
    amounts = ("outstanding", "interest", "penalty", "claim", "provision")
    return LoanBalances(
        loan_id=row["loan_id"],
        borrower_id=row["borrower_id"],
        branch=row["branch"],
        status=row["status"],
        held=Money(row["credit"], row["currency"]),
        **{name: Money(row[name], row["currency"]) for name in amounts},
    )


def _currency_balance(currency: str, branch: str | None, rows: list[dict[str, Any]]) -> CurrencyBalance:
    accounts = [_account_total(row) for row in rows]
    return CurrencyBalance(
        currency=currency,
        branch=branch,
        accounts=accounts,
        total_debit=Money.sum((one.debit for one in accounts), currency),
        total_credit=Money.sum((one.credit for one in accounts), currency),
        difference=Money.sum((one.balance for one in accounts), currency),
    )


def _account_total(row: dict[str, Any]) -> AccountTotal:
    currency, account = row["currency"], books().chart[row["account"]]
    return AccountTotal(
        account=account.code,
        account_name=account.zh,
        account_name_en=account.en,
        type=account.type,
        opening=Money(row["opening"], currency),
        debit=Money(row["debit"], currency),
        credit=Money(row["credit"], currency),
        transferred=Money(row["transferred"], currency),
        balance=Money(row["opening"] + row["debit"] - row["credit"] + row["transferred"], currency),
    )
