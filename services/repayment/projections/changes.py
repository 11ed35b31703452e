"""`loan_changes`: who proposed which terms for which loan, and what was decided; and what a change does to its rows."""

from typing import Any

from services.repayment.domain import events
from services.repayment.projections.schedules import reschedule
from shared.event_store import Recorded

LOAN_CHANGES = """
create table loan_changes (
  loan_id uuid, proposal_id uuid, branch text not null, kind text not null, status text not null,
  proposed_by text not null, proposed_on date not null, decided_by text, decided_on date,
  maturity_on date, restructured bool, primary key (loan_id, proposal_id));
create index on loan_changes (proposed_on, proposal_id);
"""


async def change_terms(db: Any, event: events.LoanExtended | events.LoanRenewed | events.LoanRescheduled) -> None:
    """The rows of the new schedule; interest that became principal is paid, what is owed stands as the fact says."""
    await reschedule(db, event.loan_id, event.schedule.installments, event.changed_on)
    await db.execute(
        "update loans set maturity_on = $2, next_reset_on = $3 where loan_id = $1",
        event.loan_id, event.maturity_on, event.next_reset_on,
    )  # fmt: skip
    if not isinstance(event, events.LoanRescheduled):
        return
    await db.executemany(
        "update installments set interest_paid = interest_paid + $3 where loan_id = $1 and no = $2",
        [(event.loan_id, line.installment_no, line.interest.minor) for line in event.capitalised],
    )
    await db.execute(
        "update loans set outstanding = $2, provision = provision + $3, penalty_settled = $4, compound_settled = $5,"
        " settled_on = greatest(settled_on, $6), penalty_rate_percent = $7, days_past_due = $8,"
        " rate_percent = $9 where loan_id = $1",
        event.loan_id, event.outstanding.minor, event.provision_change.minor, event.penalty_accrued.minor,
        event.compound_accrued.minor, event.changed_on, event.penalty_rate_percent, event.days_past_due,
        event.annual_rate_percent,
    )  # fmt: skip


async def prepay(db: Any, event: events.LoanPrepaid) -> None:
    """The rows of the new schedule; the money is a fact of its own."""
    await reschedule(db, event.loan_id, event.schedule.installments, event.accepted_on)
    await db.execute(
        "update loans set maturity_on = $2, next_reset_on = $3 where loan_id = $1",
        event.loan_id, event.maturity_on, event.next_reset_on,
    )  # fmt: skip


async def project_loan_changes(db: Any, recorded: Recorded[Any]) -> None:
    """One row per proposal; what nobody had decided when the loan was closed has lapsed until it is open again."""
    match recorded.event:
        case events.LoanChangeProposed() as event:
            await db.execute(
                "insert into loan_changes values ($1, $2, $3, $4, 'proposed', $5, $6)",
                event.loan_id, event.proposal_id, recorded.meta.branch, event.terms.kind, event.proposed_by,
                event.proposed_on,
            )  # fmt: skip
        case events.LoanChangeRejected() as event:
            await db.execute(
                "update loan_changes set status = 'rejected', decided_by = $3, decided_on = $4"
                " where loan_id = $1 and proposal_id = $2",
                event.loan_id, event.proposal_id, event.rejected_by, event.rejected_on,
            )  # fmt: skip
        case events.LoanExtended() | events.LoanRenewed() | events.LoanRescheduled() as event:
            await db.execute(
                "update loan_changes set status = 'approved', decided_by = $3, decided_on = $4, maturity_on = $5,"
                " restructured = $6 where loan_id = $1 and proposal_id = $2",
                event.loan_id, event.proposal_id, event.approved_by, event.changed_on, event.maturity_on,
                event.restructured,
            )  # fmt: skip
        case events.LoanSettled() | events.LoanWrittenOff() as event:
            await db.execute(
                "update loan_changes set status = 'lapsed' where loan_id = $1 and status = 'proposed'", event.loan_id
            )
        case events.RepaymentReversed(reopened=True) as event:
            await db.execute(
                "update loan_changes set status = 'proposed' where loan_id = $1 and status = 'lapsed'", event.loan_id
            )
        case _:
            pass
