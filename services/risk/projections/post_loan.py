"""Facts → the work lists after a loan is paid out: early warnings, and inspections by their due date."""

from typing import Any

from services.risk.domain.debtor_events import EarlyWarningAcknowledged, EarlyWarningClosed, EarlyWarningRaised
from services.risk.domain.inspection_plan import InspectionDone, InspectionScheduled, InspectionsEnded
from shared.event_store import Recorded
from shared.projection import Projection

WARNINGS = """
create table warnings (
    warning_id uuid primary key,
    borrower_id uuid not null,
    loan_id uuid,
    branch text not null,
    kind text not null,
    severity text not null,
    measured numeric not null,
    border numeric not null,
    status text not null,
    raised_on date not null,
    acknowledged_by text,
    acknowledged_on date,
    closed_by text,
    closed_on date
);
create index on warnings (raised_on, warning_id);
create index on warnings (status, raised_on, warning_id);
"""

INSPECTIONS = """
create table inspections (
    loan_id uuid not null,
    number integer not null,
    borrower_id uuid not null,
    branch text not null,
    cause text not null,
    asset_class text not null,
    due_on date not null,
    status text not null,
    result text,
    done_by text,
    done_on date,
    primary key (loan_id, number)
);
create index on inspections (due_on, loan_id, number);
create index on inspections (status, due_on, loan_id, number);
"""


async def project_warnings(db: Any, recorded: Recorded[Any]) -> None:
    """`warnings`: one row per warning, whatever became of it."""
    match recorded.event:
        case EarlyWarningRaised() as one:
            await db.execute(
                "insert into warnings values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)",
                *(one.warning_id, one.borrower_id, one.loan_id, recorded.meta.branch, one.kind, one.severity),
                *(one.measured, one.border, one.raised_on),
            )
        case EarlyWarningAcknowledged() as one:
            await db.execute(
                "update warnings set status = 'acknowledged', acknowledged_by = $2, acknowledged_on = $3"
                " where warning_id = $1",
                *(one.warning_id, one.acknowledged_by, one.acknowledged_on),
            )
        case EarlyWarningClosed() as one:
            await db.execute(
                "update warnings set status = 'closed', closed_by = $2, closed_on = $3 where warning_id = $1",
                *(one.warning_id, one.closed_by, one.closed_on),
            )
        case _:
            pass


async def project_inspections(db: Any, recorded: Recorded[Any]) -> None:
    """`inspections`: one row per inspection: scheduled, done, or lapsed with its loan."""
    match recorded.event:
        case InspectionScheduled() as one:
            await db.execute(
                "insert into inspections values ($1, $2, $3, $4, $5, $6, $7, 'scheduled') on conflict (loan_id, number)"
                " do update set cause = excluded.cause, asset_class = excluded.asset_class, due_on = excluded.due_on,"
                " status = excluded.status",
                *(one.loan_id, one.number, one.borrower_id, recorded.meta.branch, one.cause, one.asset_class.value),
                one.due_on,
            )
        case InspectionDone() as one:
            await db.execute(
                "update inspections set status = 'done', result = $3, done_by = $4, done_on = $5"
                " where loan_id = $1 and number = $2",
                *(one.loan_id, one.number, one.result, one.done_by, one.done_on),
            )
        case InspectionsEnded() as one:
            await db.execute(
                "update inspections set status = 'lapsed' where loan_id = $1 and status = 'scheduled'", one.loan_id
            )
        case _:
            pass


warnings = Projection(name="warnings", tables=WARNINGS, project=project_warnings)
inspections = Projection(name="inspections", tables=INSPECTIONS, project=project_inspections)
