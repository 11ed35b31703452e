"""`installments`: the rows of each loan's schedule as it is now, with what has been paid of them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.repayment.domain.installment import Installment

INSTALLMENTS = """
create table installments (
  loan_id uuid, no int, starts_on date not null, due_on date not null,
  balance bigint not null, principal bigint not null, interest bigint not null,
  principal_paid bigint not null, interest_paid bigint not null, billed bool not null, fell_overdue bool not null,
  adjustment bigint not null, stretches jsonb,
  paid bool generated always as (principal_paid = principal and interest_paid = interest) stored,
  primary key (loan_id, no));
create index on installments (loan_id, due_on) where not paid;
"""

_ADD = "insert into installments as old values ($1, $2, $3, $4, $5, $6, $7, 0, 0, false, false, $8, $9)"
_FITS = "old.principal_paid <= excluded.principal and old.interest_paid <= excluded.interest"
_SAME_DAY = f"{_FITS} and old.due_on = excluded.due_on"
_REPLACE = f"""{_ADD} on conflict (loan_id, no) do update set starts_on = excluded.starts_on,
  due_on = excluded.due_on, balance = excluded.balance, principal = excluded.principal, interest = excluded.interest,
  principal_paid = case when {_FITS} then old.principal_paid else 0 end,
  interest_paid = case when {_FITS} then old.interest_paid else 0 end,
  billed = old.billed and {_SAME_DAY}, fell_overdue = old.fell_overdue and {_SAME_DAY},
  adjustment = excluded.adjustment, stretches = excluded.stretches"""


async def add_installments(db: Any, loan_id: UUID, rows: Iterable[Installment]) -> None:
    """The rows that a loan is booked with."""
    await db.executemany(_ADD, [(loan_id, *_columns(row)) for row in rows])


async def reschedule(db: Any, loan_id: UUID, rows: Sequence[Installment], on: date) -> None:
    """The next version of a schedule. What was paid of a row stays with its number, as in `loan_evolution.kept`."""
    await replace_installments(db, loan_id, rows)
    await db.execute("update loans set last_event_on = greatest(last_event_on, $2) where loan_id = $1", loan_id, on)


async def replace_installments(db: Any, loan_id: UUID, rows: Sequence[Installment]) -> None:
    """These rows and no others."""
    numbers = [row.no for row in rows]
    await db.execute("delete from installments where loan_id = $1 and not no = any($2::int[])", loan_id, numbers)
    await db.executemany(_REPLACE, [(loan_id, *_columns(row)) for row in rows])


def _columns(row: Installment) -> tuple[Any, ...]:
    stretches = [(one.starts_on, one.balance.minor, str(one.annual_rate_percent)) for one in row.stretches]
    return (
        row.no, row.starts_on, row.due_on, row.balance.minor, row.principal.minor, row.interest.minor,
        row.adjustment.minor if row.adjustment else 0, orjson.dumps(stretches).decode() if stretches else None,
    )  # fmt: skip
