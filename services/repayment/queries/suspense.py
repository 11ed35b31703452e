"""Whose money a receipt may be, and what waits in suspense."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID


async def open_loans_of(db: Any, borrower_id: UUID, branches: Sequence[str] | None) -> list[UUID]:
    """The loans of a borrower that money can still be applied to."""
    rows = await db.fetch(
        "select loan_id from loans where borrower_id = $1 and status <> 'settled'"
        " and ($2::text[] is null or branch = any($2)) order by loan_id",
        borrower_id,
        branches,
    )
    return [row["loan_id"] for row in rows]


async def suspended(
    db: Any, *, branches: Sequence[str] | None, after: tuple[date, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """What waits in suspense, the oldest first."""
    received_on, receipt_id = after or (None, None)
    rows = await db.fetch(
        "select * from core_receipts where state = 'suspended' and ($1::text[] is null or branch = any($1))"
        " and ($2::date is null or (received_on, receipt_id) > ($2, $3::uuid))"
        " order by received_on, receipt_id limit $4",
        branches,
        received_on,
        receipt_id,
        limit,
    )
    return [dict(row) for row in rows]
