"""Read models: loans with their instalments and accruals, receipts, and the general-ledger journal.

What the nightly run reads together is one projection, so that it never sees half of a fact.
"""

from collections.abc import Iterable
from typing import Any

from services.repayment.domain import events
from services.repayment.domain.installment import Installment
from services.repayment.domain.journal import entries
from shared.event_store import Recorded
from shared.projection import Projection

LOANS = """
create table loans (
  loan_id uuid primary key, contract_id uuid not null, application_id uuid not null, borrower_id uuid not null,
  legal_entity text not null, branch text not null, currency text not null,
  principal bigint not null, outstanding bigint not null, credit bigint not null, claim bigint not null,
  annual_rate_percent numeric not null, penalty_rate_percent numeric not null,
  repayment_method text not null, day_count text not null, disbursed_on date not null, maturity_on date not null,
  status text not null, closed_on date, classification text not null, provision bigint not null,
  days_past_due int not null, last_event_on date not null,
  penalty_settled bigint not null, compound_settled bigint not null, settled_on date not null,
  interest_accrued bigint not null, penalty_accrued bigint not null,
  interest_charged bigint, penalty_charged bigint);
create index on loans (disbursed_on, loan_id);
create index on loans (borrower_id);
create index on loans (legal_entity, branch, currency, loan_id) where status = 'open';
create table installments (
  loan_id uuid, no int, starts_on date not null, due_on date not null,
  balance bigint not null, principal bigint not null, interest bigint not null,
  principal_paid bigint not null, interest_paid bigint not null, billed bool not null, fell_overdue bool not null,
  paid bool generated always as (principal_paid = principal and interest_paid = interest) stored,
  primary key (loan_id, no));
create index on installments (loan_id, due_on) where not paid;
create table accruals (
  loan_id uuid, accrued_on date, interest bigint not null, penalty bigint not null,
  primary key (loan_id, accrued_on));
"""

RECEIPTS = """
create table receipts (
  loan_id uuid, receipt_id uuid, kind text not null, currency text not null, amount bigint not null,
  principal bigint not null, interest bigint not null, penalty bigint not null, unallocated bigint not null,
  received_on date not null, posted_by text not null, primary key (loan_id, receipt_id));
"""

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


async def project_loans(db: Any, recorded: Recorded[Any]) -> None:
    """One row per loan and one per instalment, as their last fact left them; one accrual a night."""
    match recorded.event:
        case events.LoanBooked() as event:
            await _book(db, recorded, event)
        case events.InstallmentBilled() as event:
            await db.execute(
                "update installments set billed = true where loan_id = $1 and no = $2",
                event.loan_id,
                event.installment_no,
            )
        case events.CreditApplied() as event:
            await _allocate(db, event.loan_id, event.allocation, event.applied_on)
        case events.RepaymentReceived() as event:
            await _allocate(db, event.loan_id, event.allocation, event.received_on)
        case events.InstallmentFellOverdue() as event:
            await db.execute(
                "update installments set fell_overdue = true where loan_id = $1 and no = $2",
                event.loan_id,
                event.installment_no,
            )
            await _age(db, event)
        case events.DelinquencyAged() as event:
            await _age(db, event)
        case events.EarlyRepaymentAccepted() as event:
            last = event.installments[-1]
            await db.execute("delete from installments where loan_id = $1 and no >= $2", event.loan_id, last.no)
            await _add_installments(db, event.loan_id, [last])
        case events.LoanReclassified() as event:
            await db.execute(
                "update loans set classification = $2, provision = $3, last_event_on = greatest(last_event_on, $4)"
                " where loan_id = $1",
                event.loan_id, event.classification, event.provision.minor, event.classified_on,
            )  # fmt: skip
        case events.LoanSettled() | events.LoanWrittenOff() | events.WrittenOffLoanRecovered() as event:
            await _close(db, event)
        case events.InterestAccrued() as event:
            await _accrue(db, event)
        case _:
            pass


async def _book(db: Any, recorded: Recorded[Any], event: events.LoanBooked) -> None:
    meta, origin, principal = recorded.meta, event.origin, event.principal.minor
    await db.execute(
        "insert into loans (loan_id, contract_id, application_id, borrower_id, legal_entity, branch, currency,"
        " principal, outstanding, credit, claim, annual_rate_percent, penalty_rate_percent, repayment_method,"
        " day_count, disbursed_on, maturity_on, status, classification, provision, days_past_due, last_event_on,"
        " penalty_settled, compound_settled, settled_on, interest_accrued, penalty_accrued)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0, 0, $9, $10, $11, $12, $13, $14, 'open', 'normal', 0, 0, $13,"
        " 0, 0, $13, 0, 0)",
        event.loan_id, origin.contract_id, origin.application_id, origin.borrower_id, meta.legal_entity, meta.branch,
        event.principal.currency, principal, event.annual_rate_percent, event.penalty_rate_percent,
        event.repayment_method, event.day_count, event.disbursed_on, event.maturity_on,
    )  # fmt: skip
    await _add_installments(db, event.loan_id, event.installments)


async def _add_installments(db: Any, loan_id: Any, rows: Iterable[Installment]) -> None:
    await db.executemany(
        "insert into installments values ($1, $2, $3, $4, $5, $6, $7, 0, 0, false, false)",
        [
            (loan_id, row.no, row.starts_on, row.due_on, row.balance.minor, row.principal.minor, row.interest.minor)
            for row in rows
        ],
    )


async def _allocate(db: Any, loan_id: Any, applied: events.Allocation, on: Any) -> None:
    await db.executemany(
        "update installments set principal_paid = principal_paid + $3, interest_paid = interest_paid + $4"
        " where loan_id = $1 and no = $2",
        [(loan_id, line.installment_no, line.principal.minor, line.interest.minor) for line in applied.lines],
    )
    await db.execute(
        "update loans set outstanding = $2, credit = $3, days_past_due = $4, provision = provision + $5,"
        " penalty_settled = $6, compound_settled = $7, settled_on = greatest(settled_on, $8),"
        " last_event_on = greatest(last_event_on, $8) where loan_id = $1",
        loan_id, applied.outstanding_after.minor, applied.credit_after.minor, applied.days_past_due_after,
        applied.provision_change.minor, applied.penalty_accrued.minor, applied.compound_accrued.minor, on,
    )  # fmt: skip


async def _age(db: Any, event: events.InstallmentFellOverdue | events.DelinquencyAged) -> None:
    await db.execute(
        "update loans set days_past_due = $2, last_event_on = greatest(last_event_on, $3) where loan_id = $1",
        event.loan_id,
        event.days_past_due,
        event.as_of,
    )


async def _close(db: Any, event: events.LoanSettled | events.LoanWrittenOff | events.WrittenOffLoanRecovered) -> None:
    match event:
        case events.LoanSettled():
            await db.execute(
                "update loans set status = 'settled', closed_on = $2, credit = $3, interest_charged = $4,"
                " penalty_charged = $5, last_event_on = greatest(last_event_on, $2) where loan_id = $1",
                event.loan_id, event.settled_on, event.credit.minor, event.interest_charged.minor,
                event.penalty_charged.minor,
            )  # fmt: skip
        case events.LoanWrittenOff():
            claim = event.principal + event.interest + event.penalty
            await db.execute(
                "update loans set status = 'written_off', closed_on = $2, outstanding = 0, provision = 0, claim = $3,"
                " interest_charged = $4, penalty_charged = $5, last_event_on = greatest(last_event_on, $2)"
                " where loan_id = $1",
                event.loan_id, event.written_off_on, claim.minor, event.interest_charged.minor,
                event.penalty_charged.minor,
            )  # fmt: skip
        case events.WrittenOffLoanRecovered():
            await db.execute(
                "update loans set claim = claim - $2, last_event_on = greatest(last_event_on, $3) where loan_id = $1",
                event.loan_id,
                event.amount.minor,
                event.received_on,
            )


async def _accrue(db: Any, event: events.InterestAccrued) -> None:
    loan_ids = [line.loan_id for line in event.lines]
    interest = [line.interest_minor for line in event.lines]
    penalty = [line.penalty_minor for line in event.lines]
    await db.execute(
        "insert into accruals select unnest($1::uuid[]), $2::date, unnest($3::bigint[]), unnest($4::bigint[])",
        loan_ids, event.accrued_on, interest, penalty,
    )  # fmt: skip
    await db.execute(
        "update loans l set interest_accrued = l.interest_accrued + a.interest,"
        " penalty_accrued = l.penalty_accrued + a.penalty"
        " from unnest($1::uuid[], $2::bigint[], $3::bigint[]) a(loan_id, interest, penalty)"
        " where l.loan_id = a.loan_id",
        loan_ids, interest, penalty,
    )  # fmt: skip


async def project_receipts(db: Any, recorded: Recorded[Any]) -> None:
    """Money that came in, once per receipt, and where it went."""
    match recorded.event:
        case events.RepaymentReceived() as event:
            applied = event.allocation
            amounts = (applied.principal, applied.interest, applied.penalty + applied.compound, event.unallocated)
            kind = "repayment"
        case events.WrittenOffLoanRecovered() as event:
            amounts = (event.principal, event.interest, event.penalty, event.amount - event.amount)
            kind = "recovery"
        case _:
            return
    await db.execute(
        "insert into receipts values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        event.loan_id, event.receipt_id, kind, event.amount.currency, event.amount.minor,
        *(amount.minor for amount in amounts), event.received_on, recorded.meta.actor,
    )  # fmt: skip


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


projections = (
    Projection(name="loans", tables=LOANS, project=project_loans),
    Projection(name="receipts", tables=RECEIPTS, project=project_receipts),
    Projection(name="journal", tables=JOURNAL, project=project_journal),
)
