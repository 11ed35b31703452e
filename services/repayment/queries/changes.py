"""Which changes of terms were proposed, and what became of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID


async def loan_changes(
    db: Any,
    *,
    branches: Sequence[str] | None,
    status: str | None,
    loan_id: UUID | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Proposals by day, the oldest first."""
    proposed_on, proposal_id = after or (None, None)
    rows = await db.fetch(
        "select loan_id, proposal_id, kind, status, proposed_by, proposed_on, decided_by, decided_on, maturity_on,"
        " restructured from loan_changes where ($1::text[] is null or branch = any($1))"
        " and ($2::text is null or status = $2) and ($3::uuid is null or loan_id = $3)"
        " and ($4::date is null or (proposed_on, proposal_id) > ($4, $5::uuid))"
        " order by proposed_on, proposal_id limit $6",
        branches, status, loan_id, proposed_on, proposal_id, limit,
    )  # fmt: skip
    return [dict(row) for row in rows]
