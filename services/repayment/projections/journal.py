"""`journal_entries`: the general ledger's lines of this service."""

from typing import Any

from services.repayment.domain import events
from services.repayment.registry import entries
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
"""


async def project_journal(db: Any, recorded: Recorded[Any]) -> None:
    """The lines of `domain.journal`, in the books of the loan's branch.

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
    lines = entries(event)
    if not lines:
        return
    loan_id = getattr(event, "loan_id", None)
    await db.executemany(
        "insert into journal_entries select $1, $2, $3, greatest($4, (select open_on from journal_dates)),"
        " coalesce((select legal_entity from journal_branches where loan_id = $7), $5),"
        " coalesce((select branch from journal_branches where loan_id = $7), $6), $7, $8, $9, $10, $11, $12",
        [
            (recorded.event_id, no, recorded.pos, meta.business_date, meta.legal_entity, meta.branch, loan_id,
             type(event).__name__, line.account, line.currency, line.debit, line.credit)
            for no, line in enumerate(lines, start=1)
        ],
    )  # fmt: skip
