"""`receipts`: money that came in."""

from typing import Any

from services.repayment.domain import events
from shared.event_store import Recorded

RECEIPTS = """
create table receipts (
  loan_id uuid, receipt_id uuid, kind text not null, currency text not null, amount bigint not null,
  principal bigint not null, interest bigint not null, penalty bigint not null, unallocated bigint not null,
  received_on date not null, posted_by text not null, primary key (loan_id, receipt_id));
"""


async def project_receipts(db: Any, recorded: Recorded[Any]) -> None:
    """Money that came in, once per receipt, and where it went."""
    event = recorded.event
    match event:
        case events.RepaymentReceived():
            applied = event.allocation
            amounts = (applied.principal, applied.interest, applied.penalty + applied.compound, event.unallocated)
            kind = "repayment"
        case events.WrittenOffLoanRecovered():
            amounts = (event.principal, event.interest, event.penalty, event.amount - event.amount)
            kind = "recovery"
        case events.RepaymentReversed() | events.RecoveryReversed():
            await _reverse(db, event)
            return
        case _:
            return
    await db.execute(
        "insert into receipts values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        event.loan_id, event.receipt_id, kind, event.amount.currency, event.amount.minor,
        *(amount.minor for amount in amounts), event.received_on, recorded.meta.actor,
    )  # fmt: skip


async def _reverse(db: Any, event: events.RepaymentReversed | events.RecoveryReversed) -> None:
    """The receipt stays listed as reversed; the others show where their money is now."""
    await db.execute(
        "update receipts set kind = 'reversed' where loan_id = $1 and receipt_id = $2", event.loan_id, event.receipt_id
    )
    if isinstance(event, events.RepaymentReversed):
        await db.executemany(
            "update receipts set principal = $3, interest = $4, penalty = $5, unallocated = $6"
            " where loan_id = $1 and receipt_id = $2",
            [
                (event.loan_id, one.receipt_id, one.principal.minor, one.interest.minor, one.penalty.minor,
                 one.unallocated.minor)
                for one in event.receipts
            ],
        )  # fmt: skip
