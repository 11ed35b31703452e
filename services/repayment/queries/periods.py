"""The months of the books: what their income and expense came to, and who closed them."""

from collections.abc import Collection
from datetime import date
from typing import Any

_BALANCES = """
select a.branch, a.currency, a.account, last.closing from ledger_accounts a
cross join lateral (
  select closing from ledger_days d
  where (d.legal_entity, d.branch, d.currency, d.account) = (a.legal_entity, a.branch, a.currency, a.account)
    and d.day <= $2 order by d.day desc limit 1) last
where a.legal_entity = $1 and a.account = any($3) and last.closing <> 0
order by a.branch, a.currency, a.account"""


async def closing_balances(
    db: Any, legal_entity: str, last_day: date, accounts: Collection[str]
) -> list[dict[str, Any]]:
    """What each of `accounts` holds at the end of a day, by branch and currency, in minor units, debit less credit."""
    return [dict(row) for row in await db.fetch(_BALANCES, legal_entity, last_day, list(accounts))]


async def first_posted_on(db: Any, legal_entity: str) -> date | None:
    """The first day of a legal entity's books; None while they are empty."""
    on: date | None = await db.fetchval("select min(day) from ledger_days where legal_entity = $1", legal_entity)
    return on


async def periods(db: Any, legal_entity: str) -> list[dict[str, Any]]:
    """Every month that somebody asked to close, the last first."""
    rows = await db.fetch(
        "select last_day, status, proposed_by, proposed_on, decided_by, decided_on from accounting_periods"
        " where legal_entity = $1 order by last_day desc",
        legal_entity,
    )
    return [dict(row) for row in rows]
