"""`journal_entries`: the general ledger's lines of this service; `ledger_days`: what each account came to by day."""

from collections import defaultdict
from datetime import date
from typing import Any

from services.repayment.domain import events
from services.repayment.domain.journal import Entry
from services.repayment.registry import entries
from shared.database import fetch_one
from shared.event_store import Recorded

JOURNAL = """
create table journal_entries (
  event_id uuid, line int, pos bigint not null, business_date date not null, legal_entity text not null,
  branch text not null, loan_id uuid, fact text not null, account text not null, currency text not null,
  debit bigint not null, credit bigint not null, primary key (event_id, line));
create index on journal_entries (pos, line);
create index on journal_entries (business_date, account);
create index on journal_entries (loan_id, pos);
create table journal_branches (loan_id uuid primary key, legal_entity text not null, branch text not null);
create table journal_dates (one bool primary key check (one), open_on date not null);
create table ledger_accounts (
  legal_entity text, branch text, currency text, account text, primary key (legal_entity, branch, currency, account));
create table ledger_days (
  legal_entity text, branch text, currency text, account text, day date,
  opening bigint not null, debit bigint not null, credit bigint not null,
  primary key (legal_entity, branch, currency, account, day));
"""

_DAYS = """
with moved as (
  select * from unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[]) m(currency, account, debit, credit)),
known as (
  insert into ledger_accounts select $1, $2, currency, account from moved on conflict do nothing),
later as (
  update ledger_days d set opening = opening + m.debit - m.credit from moved m
  where d.legal_entity = $1 and d.branch = $2 and d.currency = m.currency and d.account = m.account and d.day > $3)
insert into ledger_days
select $1, $2, m.currency, m.account, $3, coalesce((
    select opening + d.debit - d.credit from ledger_days d
    where d.legal_entity = $1 and d.branch = $2 and d.currency = m.currency and d.account = m.account and d.day < $3
    order by d.day desc limit 1), 0), m.debit, m.credit
from moved m
on conflict (legal_entity, branch, currency, account, day)
do update set debit = ledger_days.debit + excluded.debit, credit = ledger_days.credit + excluded.credit
"""
"""A day that is not the account's last moves the openings after it: there is one at most, the night's next morning."""


async def project_journal(db: Any, recorded: Recorded[Any]) -> None:
    """The lines that a fact makes, in the books of the loan's branch.

    A fact is posted on its business date, but never on a day that has been closed: a closed day's trial
    balance stays what it was.
    """
    event, meta = recorded.event, recorded.meta
    if isinstance(event, events.LoanBooked):
        await db.execute(
            "insert into journal_branches values ($1, $2, $3)", event.loan_id, meta.legal_entity, meta.branch
        )
    if isinstance(event, (events.BusinessDateOpened, events.BusinessDateClosed)):
        await db.execute(
            "insert into journal_dates values (true, $1) on conflict (one) do update set open_on = $1",
            event.opened_on,
        )
    if lines := entries(event):
        await _post(db, recorded, lines)


async def _post(db: Any, recorded: Recorded[Any], lines: tuple[Entry, ...]) -> None:
    meta, loan_id = recorded.meta, getattr(recorded.event, "loan_id", None)
    place = await fetch_one(
        db,
        "select coalesce(b.legal_entity, $2) legal_entity, coalesce(b.branch, $3) branch,"
        ' greatest($4::date, d.open_on) "on" from (select 1) one'
        " left join journal_branches b on b.loan_id = $1 left join journal_dates d on true",
        loan_id, meta.legal_entity, meta.branch, meta.business_date,
    )  # fmt: skip
    await db.executemany(
        "insert into journal_entries values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            (recorded.event_id, no, recorded.pos, place["on"], place["legal_entity"], place["branch"], loan_id,
             type(recorded.event).__name__, line.account, line.currency, line.debit, line.credit)
            for no, line in enumerate(lines, start=1)
        ],
    )  # fmt: skip
    await _add_to_days(db, place["legal_entity"], place["branch"], place["on"], lines)


async def _add_to_days(db: Any, legal_entity: str, branch: str, on: date, lines: tuple[Entry, ...]) -> None:
    moved: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        sums = moved[line.currency, line.account]
        sums[0] += line.debit
        sums[1] += line.credit
    currencies, accounts = zip(*moved, strict=True)
    debits, credits_ = zip(*moved.values(), strict=True)
    await db.execute(_DAYS, legal_entity, branch, on, currencies, accounts, debits, credits_)
