"""贷后管理: warnings raised, taken up and closed; reports of people that may raise one; inspections due and done."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.risk.domain.debtor import debtor
from services.risk.domain.debtor_commands import (
    AcknowledgeWarning,
    CloseWarning,
    Report,
    ReportCovenant,
    ReportLitigation,
    ReportTurnover,
)
from services.risk.domain.early_warning import Severity, WarningStatus, find
from services.risk.domain.inspection_plan import CompleteInspection, Inspections, Result, inspection_plan
from services.risk.queries import post_loan
from services.risk.queries.post_loan import InspectionRow, InspectionStatus, WarningRow
from services.risk.routes.debtors import DebtorView, debtor_view
from shared.dates import Day
from shared.http import Caller, Commands, Db, Page, RequestBody, Today, branch_scope, position
from shared.money import MoneyOrNil, PositiveMoney
from shared.problem_details import Problem

router = APIRouter()
Text = Annotated[str, Field(min_length=1, max_length=1000)]
Figure = Annotated[Decimal, Field(ge=-1_000_000_000, le=1_000_000_000, decimal_places=6)]


class WarningPage(BaseModel):
    items: list[WarningRow]
    next: str | None


class InspectionPage(BaseModel):
    items: list[InspectionRow]
    next: str | None


class NoteBody(RequestBody):
    """What will be done about the warning."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "calling the owner today"}]})
    note: Text


class FindingBody(RequestBody):
    """What came out of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"finding": "paid; one invoice was late"}]})
    finding: Text


class LitigationReport(RequestBody):
    """Open court cases against the debtor."""

    kind: Literal["litigation"]
    cases: Annotated[int, Field(ge=0, le=100_000)]


class TurnoverReport(RequestBody):
    """Turnover of two periods of the same length."""

    kind: Literal["turnover"]
    before: PositiveMoney
    now: MoneyOrNil


class CovenantReport(RequestBody):
    """A covenant that was tested: `at_least` when the bound is a minimum."""

    kind: Literal["covenant"]
    actual: Figure
    bound: Figure
    at_least: bool


ReportBody = Annotated[
    LitigationReport | TurnoverReport | CovenantReport,
    Body(
        discriminator="kind",
        openapi_examples={
            "covenant": {"value": {"kind": "covenant", "actual": "1.25", "bound": "1.20", "at_least": True}}
        },
    ),
]


class InspectionBody(RequestBody):
    """What the inspection of that number found. A concern raises a warning and brings the next one forward."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": 1, "result": "satisfactory", "finding": "stock and orders seen"}]}
    )
    number: Annotated[int, Field(ge=1, le=100_000)]
    result: Result
    finding: Text


class InspectionPlanView(BaseModel):
    """The next inspection of a loan; empty once it is gone."""

    loan_id: UUID
    number: int
    due_on: date | None


async def known_debtor(borrower_id: UUID, commands: Commands) -> None:
    """404 where the bank has nothing of the debtor, or he is not the caller's."""
    await commands.load(debtor, borrower_id)


async def known_warning(borrower_id: UUID, warning_id: UUID, commands: Commands) -> None:
    """404 where the debtor has no such warning."""
    if find((await commands.load(debtor, borrower_id)).state.warnings, warning_id) is None:
        raise Problem(404, "not-found", "The debtor has no such warning.")


async def known_plan(loan_id: UUID, commands: Commands) -> None:
    """404 where nothing of the loan was ever to be inspected, or it is not the caller's."""
    await commands.load(inspection_plan, loan_id)


@router.get("/warnings", response_model=WarningPage)
async def list_warnings(
    db: Db,
    caller: Caller,
    page: Page,
    status: WarningStatus | None = None,
    severity: Severity | None = None,
    borrower_id: UUID | None = None,
) -> dict[str, Any]:
    """Early warnings, the oldest first; `status=open` is the work list of those who take them up."""
    rows = await post_loan.warnings(
        db,
        branches=branch_scope(caller),
        status=status,
        severity=severity,
        borrower_id=borrower_id,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.raised_on, row.warning_id))


@router.post("/debtors/{borrower_id}/reports", response_model=DebtorView, dependencies=[Depends(known_debtor)])
async def report_on_debtor(borrower_id: UUID, body: ReportBody, today: Today, commands: Commands) -> Response:
    """Tell what was learnt of a debtor; where it passes the policy's border, a warning is raised."""
    command: Report
    match body:
        case LitigationReport():
            command = ReportLitigation(borrower_id=borrower_id, cases=body.cases, reported_on=today)
        case TurnoverReport():
            command = ReportTurnover(borrower_id=borrower_id, before=body.before, now=body.now, reported_on=today)
        case CovenantReport():
            command = ReportCovenant(
                borrower_id=borrower_id,
                actual=body.actual,
                bound=body.bound,
                at_least=body.at_least,
                reported_on=today,
            )
    return await commands.handle(debtor, command, answer=lambda outcome: debtor_view(outcome, today))


@router.post(
    "/debtors/{borrower_id}/warnings/{warning_id}/acknowledgement",
    response_model=DebtorView,
    dependencies=[Depends(known_warning)],
)
async def acknowledge_warning(
    borrower_id: UUID, warning_id: UUID, body: NoteBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Take a warning up."""
    command = AcknowledgeWarning(
        borrower_id=borrower_id,
        warning_id=warning_id,
        note=body.note,
        acknowledged_by=caller.person,
        acknowledged_on=today,
    )
    return await commands.handle(debtor, command, answer=lambda outcome: debtor_view(outcome, today))


@router.post(
    "/debtors/{borrower_id}/warnings/{warning_id}/closure",
    response_model=DebtorView,
    dependencies=[Depends(known_warning)],
)
async def close_warning(
    borrower_id: UUID, warning_id: UUID, body: FindingBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Close a warning with what was found; a red one as another person than the one who took it up."""
    command = CloseWarning(
        borrower_id=borrower_id,
        warning_id=warning_id,
        finding=body.finding,
        closed_by=caller.person,
        closed_on=today,
    )
    return await commands.handle(debtor, command, answer=lambda outcome: debtor_view(outcome, today))


@router.get("/inspections", response_model=InspectionPage)
async def list_inspections(
    db: Db, caller: Caller, page: Page, today: Today, status: InspectionStatus | None = None, due_by: Day | None = None
) -> dict[str, Any]:
    """Inspections, the first due first; `status=scheduled` with `due_by` is the work list of a day."""
    rows = await post_loan.inspections(
        db,
        branches=branch_scope(caller),
        today=today,
        status=status,
        due_by=due_by,
        after=page.place(date.fromisoformat, UUID, position),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.due_on, row.loan_id, row.number))


@router.post("/inspections/{loan_id}/completion", response_model=InspectionPlanView, dependencies=[Depends(known_plan)])
async def complete_inspection(
    loan_id: UUID, body: InspectionBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Record what an inspection found; the next one is scheduled on a working day, by the loan's class and amount."""
    command = CompleteInspection(
        loan_id=loan_id,
        number=body.number,
        result=body.result,
        finding=body.finding,
        done_by=caller.person,
        done_on=today,
    )

    def shown(plan: Inspections) -> InspectionPlanView:
        return InspectionPlanView(loan_id=loan_id, number=plan.number, due_on=plan.due_on)

    return await commands.handle(inspection_plan, command, answer=lambda outcome: shown(outcome.state))
