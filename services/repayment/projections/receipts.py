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
