"""What has been posted, line by line."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID


async def journal_entries(
    db: Any,
    *,
    branches: Sequence[str] | None,
    loan_id: UUID | None,
    account: str | None,
    posted_from: date | None,
    posted_to: date | None,
    after: tuple[int, int] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Lines in the order of posting; both dates are included."""
    pos, line = after or (None, None)
    rows = await db.fetch(
        "select pos, event_id, line, business_date, branch, loan_id, fact, account, currency, debit, credit"
        " from journal_entries where ($1::bigint is null or (pos, line) > ($1, $2::bigint))"
        " and ($3::text[] is null or branch = any($3)) and ($4::uuid is null or loan_id = $4)"
        " and ($5::text is null or account = $5) and ($6::date is null or business_date >= $6)"
        " and ($7::date is null or business_date <= $7) order by pos, line limit $8",
        pos, line, branches, loan_id, account, posted_from, posted_to, limit,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def exports(
    db: Any, *, branches: Sequence[str] | None, after: tuple[int] | None, limit: int
) -> list[dict[str, Any]]:
    """Who took what out of the books, the last first."""
    [pos] = after or (None,)
    rows = await db.fetch(
        "select export_id, pos, content, file_format, since, until, branches, requested_by, requested_on, recorded_at"
        " from exports where ($1::text[] is null or branch = any($1)) and ($2::bigint is null or pos < $2)"
        " order by pos desc limit $3",
        branches,
        pos,
        limit,
    )
    return [dict(row) for row in rows]
