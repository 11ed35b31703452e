"""Receipts of the core system over HTTP: one, a file of them, and the worklist of what waits in suspense (挂账)."""

from collections.abc import Awaitable, Callable
from datetime import date
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.repayment.domain.core_receipt import (
    core_receipt,
    receipt_id_of,
)
from services.repayment.domain.events.receipts import ReceiptTaken
from services.repayment.domain.receipt_commands import (
    DeclineSuspense,
    ProposeSuspense,
    ReturnSuspense,
    TakeReceiptFile,
)
from services.repayment.domain.receipt_file import file_id_of, receipt_file
from services.repayment.queries import suspense
from services.repayment.receiving import Posting, match, post
from services.repayment.receiving.answers import (
    CoreReceiptAnswer,
    CoreReceiptBody,
    ReceiptFileAnswer,
    SuspenseDeclineBody,
    SuspenseList,
    SuspenseMatchBody,
    SuspenseProposalBody,
    file_answer,
    file_told,
    receipt_answer,
    receipt_told,
    suspense_line,
)
from services.repayment.receiving.files import read_receipts
from shared.http import Caller, Commands, Db, Keyed, Page, ServiceEngine, Today, branch_scope
from shared.problem_details import FieldProblem, Problem
from shared.request_commands import RequestCommands

router = APIRouter(prefix="/v1", tags=["receipts"])

DryRun = Annotated[bool, Query(description="Decide and answer, but write nothing")]
Because = Annotated[str, Field(min_length=1, max_length=500)]
FILE_TYPES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FILE_TYPES},
    }
}


@router.post("/receipts", response_model=CoreReceiptAnswer)
async def post_receipt(
    body: CoreReceiptBody, caller: Caller, engine: ServiceEngine, commands: Keyed, today: Today, dry_run: DryRun = False
) -> Response:
    """Take a receipt: to the loan that it names, to the one open loan of the borrower, or else into suspense."""
    taken = ReceiptTaken(**{**dict(body), "received_on": body.received_on or today})
    receipt_id = receipt_id_of(caller.legal_entity, taken.reference)
    posting = Posting(receipt_id, taken, branch_scope(caller), await commands.metadata())

    async def act() -> CoreReceiptAnswer:
        return receipt_answer(receipt_id, await post(engine, posting, dry_run=dry_run))

    return await _acted(commands, act, dry_run=dry_run)


@router.get("/receipts/{receipt_id}", response_model=CoreReceiptAnswer)
async def read_receipt(receipt_id: UUID, commands: Commands) -> Response:
    """What became of a receipt of the core system."""
    outcome = await commands.load(core_receipt, receipt_id)
    return commands.read_answer(outcome, receipt_answer(receipt_id, outcome.state))


@router.get("/suspense", response_model=SuspenseList)
async def list_suspense(caller: Caller, db: Db, page: Page) -> Any:
    """The worklist: money that nobody could be credited with, the oldest first."""
    after = page.place(date.fromisoformat, UUID)
    rows = await suspense.suspended(db, branches=branch_scope(caller), after=after, limit=page.limit + 1)
    return page.answer([suspense_line(row) for row in rows], key=lambda row: (row.received_on, row.receipt_id))


@router.post("/suspense/{receipt_id}/proposal", response_model=CoreReceiptAnswer)
async def propose_suspense(
    receipt_id: UUID, body: SuspenseProposalBody, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Propose whose the money is, or that it goes back to its payer; a second person decides."""
    await commands.load(core_receipt, receipt_id)
    command = ProposeSuspense(
        receipt_id=receipt_id, loan_id=body.loan_id, because=body.because, proposed_by=caller.person, today=today
    )
    return await commands.handle(core_receipt, command, answer=receipt_told)


@router.post("/suspense/{receipt_id}/decline", response_model=CoreReceiptAnswer)
async def decline_suspense(
    receipt_id: UUID, body: SuspenseDeclineBody, caller: Caller, commands: Commands, today: Today
) -> Response:
    """Say no to what was proposed; the money stays in suspense."""
    await commands.load(core_receipt, receipt_id)
    command = DeclineSuspense(receipt_id=receipt_id, because=body.because, declined_by=caller.person, today=today)
    return await commands.handle(core_receipt, command, answer=receipt_told)


@router.post("/suspense/{receipt_id}/match", response_model=CoreReceiptAnswer)
async def match_suspense(
    receipt_id: UUID,
    body: SuspenseMatchBody,
    caller: Caller,
    engine: ServiceEngine,
    commands: Keyed,
    dry_run: DryRun = False,
) -> Response:
    """Apply suspended money to a loan: alone up to the bank's parameter, else as the second of two people."""
    await commands.load(core_receipt, receipt_id)
    meta = await commands.metadata()

    async def act() -> CoreReceiptAnswer:
        scope = branch_scope(caller)
        return receipt_answer(receipt_id, await match(engine, meta, receipt_id, body.loan_id, scope, dry_run=dry_run))

    return await _acted(commands, act, dry_run=dry_run)


@router.post("/suspense/{receipt_id}/return", response_model=CoreReceiptAnswer)
async def return_suspense(receipt_id: UUID, caller: Caller, commands: Commands, today: Today) -> Response:
    """Approve, as a second person, that the money goes back to its payer: the payment is recorded as instructed."""
    await commands.load(core_receipt, receipt_id)
    command = ReturnSuspense(receipt_id=receipt_id, by=caller.person, today=today)
    return await commands.handle(core_receipt, command, answer=receipt_told)


@router.post("/receipt-files", response_model=ReceiptFileAnswer, status_code=202, openapi_extra=_FILE_BODY)
async def take_receipt_file(
    request: Request,
    caller: Caller,
    commands: Commands,
    today: Today,
    name: Annotated[str, Query(max_length=200, description="What the file is called")] = "",
) -> Response:
    """Take a CSV or XLSX file of receipts: every row that can be read is durable, every other is named.

    What becomes of the rows is seen under `receipt-files/{file_id}`. The same file again answers the same file.
    """
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind not in FILE_TYPES:
        wrong = FieldProblem(field="Content-Type", rule="file", detail=f"send one of {', '.join(FILE_TYPES)}")
        raise Problem(415, "unsupported-media-type", "The body must be a CSV or XLSX file.", errors=[wrong])
    content = await request.body()
    branches = branch_scope(caller)
    digest = sha256(content).hexdigest()
    read = read_receipts(content, today)
    command = TakeReceiptFile(
        file_id=file_id_of(caller.legal_entity, digest),
        sha256=digest,
        name=name,
        rows=tuple(read.rows),
        bad=tuple(read.bad),
        branches=tuple(branches) if branches is not None else None,
        taken_by=caller.person,
        today=today,
    )
    location = f"/v1/receipt-files/{command.file_id}"
    return await commands.handle(receipt_file, command, answer=file_told, status=202, location=location)


@router.get("/receipt-files/{file_id}", response_model=ReceiptFileAnswer)
async def read_receipt_file(file_id: UUID, commands: Commands) -> Response:
    """How far the rows of a file have come, and every bad row by line, field and rule."""
    outcome = await commands.load(receipt_file, file_id)
    return commands.read_answer(outcome, file_answer(outcome.state))


async def _acted(commands: RequestCommands, act: Callable[[], Awaitable[BaseModel]], *, dry_run: bool) -> Response:
    """Once under its key; a trial is not kept."""
    if not dry_run:
        commands.require_key()
        return await commands.once(act)
    body = (await act()).model_dump_json()
    return Response(body, headers={"Dry-Run": "true"}, media_type="application/json")
