"""`core_receipts`: what the core system reported, one row per reference."""

from typing import Any
from uuid import UUID

from services.repayment.domain.events import receipts as facts
from shared.event_store import Recorded

CORE_RECEIPTS = """
create table core_receipts (
  receipt_id uuid primary key, reference text not null, legal_entity text not null, branch text not null,
  currency text not null, amount bigint not null, received_on date not null, taken_on date not null,
  state text not null, loan_id uuid, reason text, payer_reference text, borrower_id uuid, named_loan_id uuid,
  proposed text, proposed_loan_id uuid, proposed_by text, because text, file_id uuid, line int);
create index on core_receipts (received_on, receipt_id) where state = 'suspended';
create index on core_receipts (file_id) where file_id is not null;
"""


async def project_core_receipts(db: Any, recorded: Recorded[Any]) -> None:
    """One row per reference, as its last fact left it."""
    match recorded.event:
        case facts.ReceiptPosted() as event:
            await _take(db, recorded, event, "applied", event.loan_id, None)
        case facts.ReceiptSuspended() as event:
            await _take(db, recorded, event, "suspended", None, event.reason)
        case facts.SuspenseProposed() as event:
            proposed = "match" if event.loan_id else "return"
            await db.execute(
                "update core_receipts set proposed = $2, proposed_loan_id = $3, proposed_by = $4, because = $5"
                " where receipt_id = $1",
                event.receipt_id, proposed, event.loan_id, event.proposed_by, event.because,
            )  # fmt: skip
        case facts.SuspenseProposalDeclined() as event:
            await db.execute(
                "update core_receipts set proposed = null, proposed_loan_id = null, proposed_by = null,"
                " because = null where receipt_id = $1",
                event.receipt_id,
            )
        case facts.SuspenseMatched() as event:
            await db.execute(
                "update core_receipts set state = 'applied', loan_id = $2 where receipt_id = $1",
                event.receipt_id,
                event.matched_to,
            )
        case facts.SuspenseReturned() as event:
            await db.execute("update core_receipts set state = 'returned' where receipt_id = $1", event.receipt_id)
        case _:
            pass


async def _take(
    db: Any,
    recorded: Recorded[Any],
    event: facts.ReceiptPosted | facts.ReceiptSuspended,
    state: str,
    loan_id: UUID | None,
    reason: str | None,
) -> None:
    taken, source, meta = event.taken, event.source, recorded.meta
    await db.execute(
        "insert into core_receipts values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
        " null, null, null, null, $15, $16)",
        event.receipt_id, taken.reference, meta.legal_entity, meta.branch, taken.amount.currency, taken.amount.minor,
        taken.received_on, meta.business_date, state, loan_id, reason, taken.payer_reference, taken.borrower_id,
        taken.loan_id, source and source.file_id, source and source.line,
    )  # fmt: skip
