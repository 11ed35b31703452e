"""The books as files (导出): asked for and recorded first, then fetched."""

import asyncio
from datetime import date, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from services.repayment.domain.events.books import ExportContent, ExportFormat, ExportRequested
from services.repayment.domain.export import RequestExport, export
from services.repayment.queries import ledger as queries
from services.repayment.queries.export_files import FILES
from services.repayment.queries.exports import CONTENTS, batches
from shared.command_handler import Outcome
from shared.dates import Day
from shared.http import Caller, Commands, Db, Page, RequestBody, ServiceEngine, Today, branch_scope, position
from shared.problem_details import Problem

router = APIRouter(prefix="/v1/exports", tags=["ledger"])

_ONE_AT_A_TIME = asyncio.Semaphore(1)
"""A file is written by one thread at a time in each process: who exports a year does not starve who serves a branch."""


class ExportBody(RequestBody):
    """What to export, and the days it is of, both included; loans and the sub-ledger are as they stand now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"content": "journal", "file_format": "csv"}]})
    content: ExportContent
    file_format: ExportFormat = "csv"
    since: Day | None = Field(default=None, description="`until` alone unless given")
    until: Day | None = Field(default=None, description="The business date unless given")


class Export(BaseModel):
    """An export as it was asked for; its file is read at `file`, by the person who asked."""

    export_id: UUID
    content: ExportContent
    file_format: ExportFormat
    since: date
    until: date
    branches: tuple[str, ...] | None
    requested_by: str
    requested_on: date
    file: str


class ExportRow(Export):
    """An export with the instant at which it was recorded."""

    recorded_at: datetime


class Exports(BaseModel):
    """A page of exports, the last first."""

    items: list[ExportRow]
    next: str | None


@router.get("", response_model=Exports)
async def list_exports(caller: Caller, db: Db, page: Page) -> Any:
    """Who took what out of the books."""
    rows = await queries.exports(db, branches=branch_scope(caller), after=page.place(position), limit=page.limit + 1)
    places = {row["export_id"]: row.pop("pos") for row in rows}
    items = [ExportRow(file=_file(row["export_id"]), **row) for row in rows]
    return page.answer(items, key=lambda item: (places[item.export_id],))


@router.post("", response_model=Export, status_code=201)
async def request_export(body: ExportBody, caller: Caller, commands: Commands, today: Today) -> Response:
    """Record that you take rows out; the answer says where their file is."""
    until = body.until or today
    scope = branch_scope(caller)
    command = RequestExport(
        export_id=commands.new_id,
        content=body.content,
        file_format=body.file_format,
        since=body.since or until,
        until=until,
        branches=None if scope is None else tuple(scope),
        requested_by=caller.person,
        requested_on=today,
    )
    return await commands.handle(export, command, answer=_answer, status=201, location=_file(command.export_id))


@router.get("/{export_id}/file", response_class=FileResponse)
async def read_export_file(export_id: UUID, caller: Caller, commands: Commands, engine: ServiceEngine) -> Response:
    """The file, with the rows of the branches that you could see when you asked and can see now."""
    outcome = await commands.load(export, export_id)
    asked = outcome.state
    if asked is None or asked.requested_by != caller.person:
        raise Problem(404, "not-found", "There is no such thing, or it is not yours to see.")
    scope, told = branch_scope(caller), asked.branches
    branches = told if scope is None else scope if told is None else sorted(set(scope) & set(told))
    media_type, opened = FILES[asked.file_format]
    content = CONTENTS[asked.content]
    path = await asyncio.to_thread(_new_file)
    try:
        async with _ONE_AT_A_TIME:
            with opened(path, content.columns) as write:
                async for rows in batches(engine.pool, content, asked.since, asked.until, branches):
                    await asyncio.to_thread(write, rows)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    name = f"{asked.content}_{asked.since}_{asked.until}.{asked.file_format}"
    return FileResponse(path, media_type=media_type, filename=name, background=BackgroundTask(path.unlink))


def _new_file() -> Path:
    handle, name = mkstemp(prefix="liudai-export-")
    open(handle, "wb").close()  # noqa: PTH123  (a descriptor)
    return Path(name)


def _file(export_id: UUID) -> str:
    return f"{router.prefix}/{export_id}/file"


def _answer(outcome: Outcome[ExportRequested | None, ExportRequested]) -> Export:
    asked = outcome.state
    assert asked is not None, "it was recorded or refused"
    return Export(file=_file(asked.export_id), **dict(asked))
