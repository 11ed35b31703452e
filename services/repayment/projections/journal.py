"""`journal_entries`: the general ledger's lines of this service; `ledger_days`: what each account came to by day."""

from collections import defaultdict
from datetime import date
from typing import Any

from services.repayment.domain import events
from services.repayment.domain.events.books import PeriodClosed, PeriodCloseProposed, PeriodCloseRejected
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
  opening bigint not null, debit bigint not null, credit bigint not null, transferred bigint not null,
  closing bigint generated always as (opening + debit - credit + transferred) stored,
  primary key (legal_entity, branch, currency, account, day));
create table accounting_periods (
  legal_entity text, last_day date, status text not null, proposed_by text not null, proposed_on date not null,
  decided_by text, decided_on date, primary key (legal_entity, last_day));
"""

_DAYS = """
with moved as (
  select * from unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
    m(currency, account, debit, credit, transferred)),
known as (
  insert into ledger_accounts select $1, $2, currency, account from moved on conflict do nothing),
later as (
  update ledger_days d set opening = opening + m.debit - m.credit + m.transferred from moved m
  where d.legal_entity = $1 and d.branch = $2 and d.currency = m.currency and d.account = m.account and d.day > $3)
insert into ledger_days
select $1, $2, m.currency, m.account, $3, coalesce((
    select closing from ledger_days d
    where d.legal_entity = $1 and d.branch = $2 and d.currency = m.currency and d.account = m.account and d.day < $3
    order by d.day desc limit 1), 0), m.debit, m.credit, m.transferred
from moved m
on conflict (legal_entity, branch, currency, account, day)
do update set debit = ledger_days.debit + excluded.debit, credit = ledger_days.credit + excluded.credit,
  transferred = ledger_days.transferred + excluded.transferred
"""
"""A day that is not the account's last moves the openings after it. There is one at most, the night's next morning;
the close of a month, which is posted on the month's last day, moves the days since."""


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
    if isinstance(event, PeriodCloseProposed | PeriodCloseRejected | PeriodClosed):
        await _note_period(db, event)
    if lines := entries(event):
        await _post(db, recorded, lines)


async def _note_period(db: Any, event: PeriodCloseProposed | PeriodCloseRejected | PeriodClosed) -> None:
    match event:
        case PeriodCloseProposed():
            await db.execute(
                "insert into accounting_periods values ($1, $2, 'proposed', $3, $4)"
                " on conflict (legal_entity, last_day) do update"
                " set status = 'proposed', proposed_by = $3, proposed_on = $4, decided_by = null, decided_on = null",
                event.legal_entity, event.last_day, event.proposed_by, event.proposed_on,
            )  # fmt: skip
            return
        case PeriodCloseRejected():
            decided = ("rejected", event.rejected_by, event.rejected_on)
        case PeriodClosed():
            decided = ("closed", event.approved_by, event.closed_on)
    await db.execute(
        "update accounting_periods set status = $3, decided_by = $4, decided_on = $5"
        " where legal_entity = $1 and last_day = $2",
        event.legal_entity,
        event.last_day,
        *decided,
    )


async def _post(db: Any, recorded: Recorded[Any], lines: tuple[Entry, ...]) -> None:
    """To the day that is open; the close of a month alone is posted on a day that is over, the month's last."""
    event, meta, loan_id = recorded.event, recorded.meta, getattr(recorded.event, "loan_id", None)
    place = await fetch_one(
        db,
        "select coalesce(b.legal_entity, $2) legal_entity, coalesce(b.branch, $3) branch,"
        ' greatest($4::date, d.open_on) "on" from (select 1) one'
        " left join journal_branches b on b.loan_id = $1 left join journal_dates d on true",
        loan_id, meta.legal_entity, meta.branch, meta.business_date,
    )  # fmt: skip
    closes = isinstance(event, PeriodClosed)
    on = event.last_day if closes else place["on"]
    placed = [(line.branch or place["branch"], line) for line in lines]
    await db.executemany(
        "insert into journal_entries values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            (recorded.event_id, no, recorded.pos, on, place["legal_entity"], branch, loan_id,
             type(event).__name__, line.account, line.currency, line.debit, line.credit)
            for no, (branch, line) in enumerate(placed, start=1)
        ],
    )  # fmt: skip
    for branch in dict.fromkeys(one for one, _ in placed):
        own = [line for one, line in placed if one == branch]
        await _add_to_days(db, place["legal_entity"], branch, on, own, closes=closes)


async def _add_to_days(db: Any, legal_entity: str, branch: str, on: date, lines: list[Entry], *, closes: bool) -> None:
    moved: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in lines:
        sums = moved[line.currency, line.account]
        if closes:
            sums[2] += line.debit - line.credit
        else:
            sums[0] += line.debit
            sums[1] += line.credit
    currencies, accounts = zip(*moved, strict=True)
    await db.execute(_DAYS, legal_entity, branch, on, currencies, accounts, *zip(*moved.values(), strict=True))
