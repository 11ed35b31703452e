"""The business date (会计日期): what it is, opening the first one, closing the open one (日终)."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.repayment.domain.business_date import BusinessDate as State
from services.repayment.domain.business_date import OpenDate, business_date
from services.repayment.domain.commands import OpenBusinessDate
from services.repayment.end_of_day import close_business_date as run_end_of_day
from services.repayment.queries import nightly_work
from shared.command_handler import Outcome
from shared.dates import Day
from shared.http import Caller, Commands, Db, Keyed, RequestBody, ServiceEngine, Today
from shared.problem_details import Problem

router = APIRouter(prefix="/v1/business-date", tags=["business date"])


class Quarantined(BaseModel):
    """A loan that a night could not work on; the next night tries again."""

    loan_id: UUID
    step: str
    reason: str


class Night(BaseModel):
    """One end of day: `accrued` loans earned something, `aged` ones were billed, fell overdue or crossed a border.

    Of those aged, `billed` had nothing else to say than that an instalment falls due.
    """

    closed_on: date = Field(validation_alias="business_date")
    opened_on: date | None
    loans: int
    chunks: int
    accrued: int
    aged: int
    billed: int
    quarantined: list[Quarantined]


class NightProgress(BaseModel):
    """How far the newest end of day has come; `seconds_left` at the rate so far, None where nothing is done yet."""

    closed_on: date
    is_running: bool
    loans: int
    loans_done: int
    chunks: int
    chunks_done: int
    seconds: float
    loans_per_second: float
    seconds_left: float | None


class BusinessDate(BaseModel):
    """The date that the bank works on, and the last night that was run."""

    on: date
    last_night: Night | None


class OpenedDate(BaseModel):
    """The date that the bank works on."""

    on: date


class Close(RequestBody):
    """Which date to close: the open one unless given. A date that was closed before is only reported."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"closed_on": "2026-01-10"}]})
    closed_on: Day | None = None


@router.get("")
async def read_business_date(db: Db, today: Today) -> BusinessDate:
    """The business date, which is not the clock's."""
    last = await nightly_work.last_closed(db)
    report = await nightly_work.report(db, last) if last else None
    return BusinessDate(on=today, last_night=Night.model_validate(report) if report else None)


@router.get("/progress")
async def read_night_progress(db: Db) -> NightProgress:
    """How far the end of day that runs, or else the last one, has come."""
    row = await nightly_work.progress(db)
    if row is None:
        raise Problem(404, "not-found", "No end of day has been run yet.")
    is_running, seconds, done = row["closed_at"] is None, row["seconds"], row["loans_done"]
    rate = done / seconds if seconds else 0.0
    left = (row["loans"] - done) / rate if rate else None
    return NightProgress(
        closed_on=row["business_date"],
        is_running=is_running,
        loans=row["loans"],
        loans_done=done,
        chunks=row["chunks"],
        chunks_done=row["chunks_done"],
        seconds=round(seconds, 3),
        loans_per_second=round(rate, 1),
        seconds_left=(round(left, 1) if left is not None else None) if is_running else 0.0,
    )


@router.post("/open", response_model=OpenedDate)
async def open_business_date(commands: Commands, today: Today) -> Response:
    """Open the bank's first day: `LIUDAI_OPENING_DATE`, else today's date in China. The first close does it too."""
    command = OpenBusinessDate(opened_on=today)
    return await commands.handle(business_date, command, answer=_opened)


@router.post("/close", response_model=Night, openapi_extra={"x-key": "optional"})
async def close_business_date(
    body: Close,
    caller: Caller,
    engine: ServiceEngine,
    commands: Keyed,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> Response:
    """Run end of day for the open date and open the next calendar day; repeating it changes nothing.

    A night that is named by its date may be closed without a key: asked again, it is only reported.
    """

    async def close() -> Night:
        report = await run_end_of_day(engine, caller, closed_on=body.closed_on, key=idempotency_key)
        return Night.model_validate(report)

    return await commands.once(close)


def _opened(outcome: Outcome[State, Any]) -> OpenedDate:
    assert isinstance(outcome.state, OpenDate), "the business date was opened or refused"
    return OpenedDate(on=outcome.state.on)
