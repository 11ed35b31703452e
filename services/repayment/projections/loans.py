"""`loans` and `installments`, what lists show; with `accruals` what the night works from.

They are one projection, so that the nightly run never sees half of a fact.
"""

from typing import Any

from services.repayment.domain import events
from services.repayment.projections import accruals
from services.repayment.projections.changes import change_terms, prepay
from services.repayment.projections.corrections import project_correction
from services.repayment.projections.receivables import take_receivables
from services.repayment.projections.schedules import add_installments, reschedule
from shared.event_store import Recorded

LOANS = """
create table loans (
  loan_id uuid primary key, contract_id uuid not null, application_id uuid not null, borrower_id uuid not null,
  legal_entity text not null, branch text not null, currency text not null,
  principal bigint not null, outstanding bigint not null, credit bigint not null, claim bigint not null,
  annual_rate_percent numeric not null, penalty_rate_percent numeric not null,
  rate_percent numeric not null, next_reset_on date,
  repayment_method text not null, day_count text not null, disbursed_on date not null, maturity_on date not null,
  status text not null, closed_on date, classification text not null, provision bigint not null,
  days_past_due int not null, last_event_on date not null,
  penalty_settled bigint not null, compound_settled bigint not null, settled_on date not null,
  interest_charged bigint, penalty_charged bigint, part int);
create index on loans (disbursed_on, loan_id);
create index on loans (borrower_id);
"""


async def project_loans(db: Any, recorded: Recorded[Any]) -> None:
    """One row per loan and one per instalment, as their last fact left them; one accrual a night."""
    await take_receivables(db, recorded.event)
    await _apply(db, recorded)
    if loan_id := getattr(recorded.event, "loan_id", None):
        await accruals.refresh(db, [loan_id], recorded.meta.business_date)


async def _apply(db: Any, recorded: Recorded[Any]) -> None:
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
        case (
            events.EarlyRepaymentAccepted() | events.LoanPrepaid() | events.RateReset() | events.RateChanged()
            | events.ChargesWaived() | events.LoanExtended() | events.LoanRenewed() | events.LoanRescheduled()
        ) as event:  # fmt: skip
            await _change_schedule(db, event)
        case events.LoanReclassified() as event:
            await db.execute(
                "update loans set classification = $2, provision = $3, last_event_on = greatest(last_event_on, $4)"
                " where loan_id = $1",
                event.loan_id, event.classification, event.provision.minor, event.classified_on,
            )  # fmt: skip
        case events.LoanSettled() | events.LoanWrittenOff() | events.WrittenOffLoanRecovered() as event:
            await _close(db, event)
        case events.InterestAccrued() | events.InstallmentsBilled() as event:
            await accruals.work_off(db, event)
        case _:
            await project_correction(db, recorded.event)


async def _change_schedule(db: Any, event: Any) -> None:
    match event:
        case events.EarlyRepaymentAccepted():
            await reschedule(db, event.loan_id, event.installments, event.accepted_on)
        case events.LoanPrepaid():
            await prepay(db, event)
        case events.RateReset() | events.RateChanged() | events.ChargesWaived():
            await _change(db, event)
        case _:
            await change_terms(db, event)


async def _book(db: Any, recorded: Recorded[Any], event: events.LoanBooked) -> None:
    meta, origin, principal = recorded.meta, event.origin, event.principal.minor
    await db.execute(
        "insert into loans (loan_id, contract_id, application_id, borrower_id, legal_entity, branch, currency,"
        " principal, outstanding, credit, claim, annual_rate_percent, penalty_rate_percent, repayment_method,"
        " day_count, disbursed_on, maturity_on, status, classification, provision, days_past_due, last_event_on,"
        " penalty_settled, compound_settled, settled_on, rate_percent,"
        " next_reset_on)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0, 0, $9, $10, $11, $12, $13, $14, 'open', 'normal', 0, 0, $13,"
        " 0, 0, $13, $9, $15)",
        event.loan_id, origin.contract_id, origin.application_id, origin.borrower_id, meta.legal_entity, meta.branch,
        event.principal.currency, principal, event.annual_rate_percent, event.penalty_rate_percent,
        event.repayment_method, event.day_count, event.disbursed_on, event.maturity_on,
        event.next_reset_on,
    )  # fmt: skip
    await accruals.place(db, event.loan_id, meta, event.principal.currency)
    await add_installments(db, event.loan_id, event.installments)


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


async def _change(db: Any, event: events.RateReset | events.RateChanged | events.ChargesWaived) -> None:
    if isinstance(event, events.ChargesWaived):
        await _waive(db, event)
    else:
        await _reprice(db, event)


async def _waive(db: Any, event: events.ChargesWaived) -> None:
    """In these rows, which say what is owed, waived interest counts as paid."""
    await db.executemany(
        "update installments set interest_paid = interest_paid + $3 where loan_id = $1 and no = $2",
        [(event.loan_id, line.installment_no, line.interest.minor) for line in event.lines],
    )
    await db.execute(
        "update loans set days_past_due = $2, penalty_settled = $3, compound_settled = $4, settled_on = $5,"
        " last_event_on = greatest(last_event_on, $5) where loan_id = $1",
        event.loan_id, event.days_past_due_after, event.penalty_accrued.minor, event.compound_accrued.minor,
        event.decided_on,
    )  # fmt: skip


async def _reprice(db: Any, event: events.RateReset | events.RateChanged) -> None:
    if isinstance(event, events.RateReset):
        await db.execute(
            "update loans set next_reset_on = $2, last_event_on = greatest(last_event_on, $3) where loan_id = $1",
            event.loan_id,
            event.next_reset_on,
            event.decided_on,
        )
    new, version = event.repricing, event.schedule
    if new is None or version is None:
        return
    await reschedule(db, event.loan_id, version.installments, event.decided_on)
    await db.execute(
        "update loans set rate_percent = $2, penalty_rate_percent = $3, penalty_settled = $4, compound_settled = $5,"
        " settled_on = $6, credit = credit + $7 where loan_id = $1",
        event.loan_id, new.annual_rate_percent, new.penalty_rate_percent, new.penalty_accrued.minor,
        new.compound_accrued.minor, new.settled_on, event.credit_change.minor,
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
