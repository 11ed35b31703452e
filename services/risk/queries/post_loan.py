"""Read-model rows → the work lists of warnings and inspections."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.early_warning import Severity, WarningKind, WarningStatus
from services.risk.domain.inspection_plan import Cause, Result

InspectionStatus = Literal["scheduled", "done", "lapsed"]


class WarningRow(BaseModel):
    """One warning; `measured` against `border` in the unit of its kind: days, percent, cases, or the covenant's own."""

    warning_id: UUID
    borrower_id: UUID
    loan_id: UUID | None
    branch: str
    kind: WarningKind
    severity: Severity
    measured: Decimal
    border: Decimal
    status: WarningStatus
    raised_on: date
    acknowledged_by: str | None
    acknowledged_on: date | None
    closed_by: str | None
    closed_on: date | None


class InspectionRow(BaseModel):
    """One inspection of a loan; `is_overdue` when it should have been done before today."""

    loan_id: UUID
    number: int
    borrower_id: UUID
    branch: str
    cause: Cause
    classification: AssetClass
    due_on: date
    status: InspectionStatus
    is_overdue: bool
    result: Result | None
    done_by: str | None
    done_on: date | None


async def warnings(
    db: Any,
    *,
    branches: Sequence[str] | None,
    status: str | None,
    severity: str | None,
    borrower_id: UUID | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[WarningRow]:
    """Up to `limit` warnings behind `after` (raised_on, warning_id), the oldest first."""
    raised_on, warning_id = after or (None, None)
    rows = await db.fetch(
        "select * from warnings where ($1::text[] is null or branch = any($1)) and ($2::text is null or status = $2)"
        " and ($3::text is null or severity = $3) and ($4::uuid is null or borrower_id = $4)"
        " and ($5::date is null or (raised_on, warning_id) > ($5, $6::uuid)) order by raised_on, warning_id limit $7",
        *(branches, status, severity, borrower_id, raised_on, warning_id, limit),
    )
    return [WarningRow(**row) for row in rows]


async def inspections(
    db: Any,
    *,
    branches: Sequence[str] | None,
    today: date,
    status: str | None,
    due_by: date | None,
    after: tuple[date, UUID, int] | None,
    limit: int,
) -> list[InspectionRow]:
    """Up to `limit` inspections behind `after` (due_on, loan_id, number), the first due first; `due_by` included."""
    due_on, loan_id, number = after or (None, None, None)
    rows = await db.fetch(
        "select *, asset_class classification, status = 'scheduled' and due_on < $1 is_overdue from inspections"
        " where ($2::text[] is null or branch = any($2)) and ($3::text is null or status = $3)"
        " and ($4::date is null or due_on <= $4)"
        " and ($5::date is null or (due_on, loan_id, number) > ($5, $6::uuid, $7::bigint))"
        " order by due_on, loan_id, number limit $8",
        *(today, branches, status, due_by, due_on, loan_id, number, limit),
    )
    return [InspectionRow(**row) for row in rows]
