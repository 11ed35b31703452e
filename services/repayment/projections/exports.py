"""`exports`: who took what out of the books."""

from typing import Any

from services.repayment.domain.events.books import ExportRequested
from shared.event_store import Recorded

EXPORTS = """
create table exports (
  export_id uuid primary key, pos bigint not null unique, content text not null, file_format text not null,
  since date not null, until date not null, branches text[], branch text not null, requested_by text not null,
  requested_on date not null, recorded_at timestamptz not null);
"""


async def project_exports(db: Any, recorded: Recorded[Any]) -> None:
    """One row per export, as it was asked for."""
    match recorded.event:
        case ExportRequested() as event:
            await db.execute(
                "insert into exports values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                event.export_id, recorded.pos, event.content, event.file_format, event.since, event.until,
                event.branches, recorded.meta.branch, event.requested_by, event.requested_on, recorded.at,
            )  # fmt: skip
        case _:
            pass
