"""Fact → rows of the lists: facilities and their drawdowns, and what is known of each payment.

No payee, no account and nothing that people wrote stands in a row: that is read from the facility itself.
"""

from typing import Any
from uuid import UUID

from services.disbursement.domain.events import (
    DisbursementFailed,
    DrawdownCancelled,
    DrawdownRequested,
    DrawdownSettled,
    DrawdownWrittenOff,
    FacilityClosed,
    FacilityOpened,
    LoanDisbursed,
    PaymentContradicted,
    PaymentInstructed,
    PaymentOutcomeUnknown,
    ResolutionProposed,
)
from shared.event_store import Recorded

FACILITIES = """
create table facilities (
    contract_id uuid primary key,
    application_id uuid not null,
    borrower_id uuid not null,
    branch text not null,
    segment text not null,
    product_code text not null,
    currency text not null,
    limit_minor bigint not null,
    reserved_minor bigint not null,
    drawn_minor bigint not null,
    status text not null,
    opened_on date not null,
    available_until date not null,
    closed_on date
);
create index on facilities (opened_on, contract_id);
create index on facilities (borrower_id);
create table drawdowns (
    drawdown_id uuid primary key,
    contract_id uuid not null,
    borrower_id uuid not null,
    branch text not null,
    currency text not null,
    amount_minor bigint not null,
    payment_mode text not null,
    status text not null,
    requested_by text not null,
    requested_on date not null,
    released_by text,
    instructed_on date,
    core_reference text,
    reason text,
    proposed_by text,
    contradicted boolean not null
);
create index on drawdowns (requested_on, drawdown_id);
create index on drawdowns (contract_id);
create index on drawdowns (status, requested_on, drawdown_id);
"""

PAYMENTS = """
create table payments (
    drawdown_id uuid primary key,
    reference uuid not null unique,
    currency text not null,
    amount_minor bigint not null,
    status text not null check (status in ('instructed', 'unknown', 'paid', 'not_paid', 'contradicted')),
    core_reference text,
    instructed_on date not null
);
create index on payments (status);
"""


async def project_facilities(db: Any, recorded: Recorded[Any]) -> None:
    """`facilities` and `drawdowns`: how much is left, and what waits for whom."""
    match recorded.event:
        case FacilityOpened() as opened:
            terms = opened.terms
            await db.execute(
                "insert into facilities values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 'open', $9, $10, null)",
                *(opened.contract_id, terms.application_id, terms.borrower_id, recorded.meta.branch),
                *(terms.segment, terms.product_code, terms.limit.currency, terms.limit.minor),
                *(opened.opened_on, terms.available_until),
            )
        case FacilityClosed() as closed:
            await db.execute(
                "update facilities set status = 'closed', closed_on = $2 where contract_id = $1",
                *(closed.contract_id, closed.closed_on),
            )
        case DrawdownRequested() as requested:
            await db.execute(
                "insert into drawdowns select $2, contract_id, borrower_id, branch, currency, $3, $4,"
                " 'requested', $5, $6, null, null, null, null, null, false from facilities where contract_id = $1",
                *(requested.contract_id, requested.drawdown_id, requested.amount.minor),
                *(requested.payment_mode, requested.requested_by, requested.requested_on),
            )
            await _move(db, requested.contract_id, reserved=requested.amount.minor)
        case DrawdownCancelled() as given_up:
            await _move(db, given_up.contract_id, reserved=-given_up.amount.minor)
        case DisbursementFailed() as failed:
            await _move(db, failed.contract_id, reserved=-failed.amount.minor)
        case LoanDisbursed() as disbursed:
            minor = disbursed.principal.minor
            await _move(db, disbursed.contract_id, reserved=-minor, drawn=minor)
        case _:
            pass
    await _project_drawdown(db, recorded.event)


async def _project_drawdown(db: Any, event: Any) -> None:
    """What follows a request, on its row."""
    match event:
        case DrawdownCancelled():
            await _mark(db, event.drawdown_id, "cancelled")
        case DisbursementFailed() | PaymentOutcomeUnknown():
            status = "failed" if isinstance(event, DisbursementFailed) else "unknown"
            await _mark(db, event.drawdown_id, status, reason=event.reason)
        case PaymentInstructed():
            await db.execute(
                "update drawdowns set status = 'instructed', released_by = $2, instructed_on = $3"
                " where drawdown_id = $1",
                *(event.drawdown_id, event.released_by, event.instructed_on),
            )
        case ResolutionProposed():
            await db.execute(
                "update drawdowns set proposed_by = $2 where drawdown_id = $1", event.drawdown_id, event.proposed_by
            )
        case LoanDisbursed():
            await _mark(db, event.drawdown_id, "disbursed", core_reference=event.core_reference)
        case PaymentContradicted():
            await db.execute("update drawdowns set contradicted = true where drawdown_id = $1", event.drawdown_id)
        case DrawdownSettled():
            await _mark(db, event.drawdown_id, "settled")
        case DrawdownWrittenOff():
            await _mark(db, event.drawdown_id, "written_off")
        case _:
            pass


async def project_payments(db: Any, recorded: Recorded[Any]) -> None:
    """`payments`: one row per instruction, to be held against core banking's ledger."""
    match recorded.event:
        case PaymentInstructed() as instructed:
            await db.execute(
                "insert into payments values ($1, $1, $2, $3, 'instructed', null, $4)",
                *(instructed.drawdown_id, instructed.amount.currency, instructed.amount.minor),
                instructed.instructed_on,
            )
        case PaymentOutcomeUnknown() as unknown:
            await _mark_payment(db, unknown.drawdown_id, "unknown")
        case LoanDisbursed() as disbursed:
            await _mark_payment(db, disbursed.drawdown_id, "paid", disbursed.core_reference)
        case DisbursementFailed() as failed:
            await _mark_payment(db, failed.drawdown_id, "not_paid")
        case PaymentContradicted() as contradicted:
            await _mark_payment(db, contradicted.drawdown_id, "contradicted", contradicted.core_reference)
        case _:
            pass


async def _move(db: Any, contract_id: UUID, *, reserved: int = 0, drawn: int = 0) -> None:
    await db.execute(
        "update facilities set reserved_minor = reserved_minor + $2, drawn_minor = drawn_minor + $3"
        " where contract_id = $1",
        *(contract_id, reserved, drawn),
    )


async def _mark(
    db: Any, drawdown_id: UUID, status: str, *, reason: str | None = None, core_reference: str | None = None
) -> None:
    await db.execute(
        "update drawdowns set status = $2, reason = $3, core_reference = coalesce($4, core_reference)"
        " where drawdown_id = $1",
        *(drawdown_id, status, reason, core_reference),
    )


async def _mark_payment(db: Any, drawdown_id: UUID, status: str, core_reference: str | None = None) -> None:
    await db.execute(
        "update payments set status = $2, core_reference = coalesce($3, core_reference) where drawdown_id = $1",
        *(drawdown_id, status, core_reference),
    )
