"""What a correction changes in the read models of loans: it writes what the fact carries."""

from typing import Any
from uuid import UUID

from services.repayment.domain import events
from services.repayment.domain.events.corrections import AccountAfter, RowAfter, SettledAfter
from services.repayment.projections.schedules import replace_installments


async def project_correction(db: Any, event: Any) -> None:
    """The loan's row and its instalments as if a receipt had never come; what the nights accrued stays."""
    if isinstance(event, events.RepaymentReversed) and event.maturity_on:
        await db.execute("update loans set maturity_on = $2 where loan_id = $1", event.loan_id, event.maturity_on)
    match event:
        case events.RepaymentReversed(account=AccountAfter() as after):
            await _open(db, event.loan_id, after, event.outstanding_after.minor)
        case events.RepaymentReversed(settled=SettledAfter() as after):
            await _settle(db, event.loan_id, after)
        case events.CreditRefunded():
            await db.execute(
                "update loans set credit = $2, last_event_on = greatest(last_event_on, $3) where loan_id = $1",
                event.loan_id,
                event.credit_after.minor,
                event.refunded_on,
            )
        case events.RecoveryReversed():
            claim = event.claim_principal_after + event.claim_interest_after + event.claim_penalty_after
            await db.execute("update loans set claim = $2 where loan_id = $1", event.loan_id, claim.minor)
        case _:
            pass


async def _open(db: Any, loan_id: UUID, after: AccountAfter, outstanding: int) -> None:
    await db.execute(
        "update loans set status = 'open', closed_on = null, interest_charged = null, penalty_charged = null,"
        " outstanding = $2, credit = $3, classification = $4, provision = $5, days_past_due = $6,"
        " last_event_on = $7, penalty_settled = $8, compound_settled = $9, settled_on = $10,"
        " next_reset_on = $11 where loan_id = $1",
        loan_id, outstanding, after.credit.minor, after.classification, after.provision.minor, after.days_past_due,
        after.last_event_on, after.penalty_settled.minor, after.compound_settled.minor, after.settled_on,
        after.next_reset_on,
    )  # fmt: skip
    await _rows(db, loan_id, after.rows)


async def _settle(db: Any, loan_id: UUID, after: SettledAfter) -> None:
    await db.execute(
        "update loans set closed_on = $2, credit = $3, interest_charged = $4, penalty_charged = $5 where loan_id = $1",
        loan_id, after.settled_on, after.credit.minor, after.interest_charged.minor, after.penalty_charged.minor,
    )  # fmt: skip
    await _rows(db, loan_id, after.rows)


async def _rows(db: Any, loan_id: UUID, rows: tuple[RowAfter, ...]) -> None:
    await replace_installments(db, loan_id, [one.row for one in rows])
    await db.executemany(
        "update installments set principal_paid = $3, interest_paid = $4, billed = $5, fell_overdue = $6"
        " where loan_id = $1 and no = $2",
        [
            (loan_id, one.row.no, one.principal_paid.minor, one.interest_paid.minor, one.billed, one.fell_overdue)
            for one in rows
        ],
    )
