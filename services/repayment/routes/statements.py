"""Papers for the borrower: previewed and printed, issued as a fact, and verified by whoever holds one.

Reading changes nothing: a paper that was not issued says so and carries no code. Issued, it carries the hash of its
figures and the address that verifies them, which is open to all and names nobody.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, cast, get_args
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from services.repayment.domain.events import StatementIssued, StatementKind
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.statement import (
    IssueStatement,
    hash_of,
    said_by,
    statement,
    statement_id_of,
)
from services.repayment.domain.statement_figures import Asked, Posted, paper_of
from services.repayment.statements.page import Paper, Proof, page_of
from services.repayment.statements.rendering import LibrariesMissing, pdf_of
from services.repayment.statements.verified import verified_page
from services.repayment.statements.words import Language
from shared.command_handler import Outcome
from shared.dates import Day
from shared.event_store import Recorded
from shared.http import Commands, RequestBody, ServiceEngine, Today
from shared.messages import Rejected
from shared.money import MoneyText
from shared.problem_details import Problem, problem_response, refused

router = APIRouter(prefix="/v1", tags=["statements"])

PUBLIC_URL = "LIUDAI_REPAYMENT_PUBLIC_URL"
"""Where this service is reached from outside, for the code on a paper; else as the request has reached it."""
SHA256 = r"^[0-9a-f]{64}$"
VERSION_MAX = 10_000

Kind = Annotated[
    str, Path(description="schedule 还款计划表, account 对账单 or settlement 结清证明", examples=["schedule"])
]
Printed = Annotated[Language, Query(description="zh or en")]
Hash = Annotated[str | None, Query(pattern=SHA256, description="An issued one, by its hash; else as it would be today")]
FromOn = Annotated[Day | None, Query(description="Of an account statement; the drawdown unless told")]
UntilOn = Annotated[Day | None, Query(description="Of an account statement; the business date unless told")]
Version = Annotated[int | None, Query(ge=1, le=VERSION_MAX, description="Of the schedule; the current one unless told")]


class StatementBody(RequestBody):
    """Which paper: a period belongs to an account statement, a version to a schedule."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "schedule"}]})
    kind: StatementKind
    from_on: Day | None = None
    until_on: Day | None = None
    schedule_version: Annotated[int, Field(ge=1, le=VERSION_MAX)] | None = None


class SaidFigure(BaseModel):
    """One of a paper's main figures: an amount or a day."""

    name: str
    amount: MoneyText | None = None
    on: date | None = None


class IssuedStatement(BaseModel):
    """A paper that was issued; `pdf` and `html` print it, `verify` is what its code leads to."""

    loan_id: UUID
    kind: StatementKind
    sha256: str
    issued_on: date
    said: list[SaidFigure]
    pdf: str
    html: str
    verify: str


@router.post("/loans/{loan_id}/statements", response_model=IssuedStatement, status_code=201)
async def issue_statement(
    loan_id: UUID, body: StatementBody, commands: Commands, today: Today, request: Request
) -> Response:
    """Issue 还款计划表, 对账单 or 结清证明: a fact with the hash of its figures. A paper is issued once a day."""
    past = await commands.history(loan_account, loan_id)
    asked = _asked(body.kind, today, body.from_on, body.until_on, body.schedule_version)
    paper = _paper(past, asked)
    sha256 = hash_of(paper)
    command = IssueStatement(
        statement_id=statement_id_of(sha256),
        loan_id=loan_id,
        kind=body.kind,
        sha256=sha256,
        said=said_by(paper),
        loan_version=past[-1].version,
        from_on=asked.from_on,
        until_on=asked.until_on,
        schedule_version=asked.schedule_version,
        issued_on=today,
    )
    return await commands.handle(statement, command, answer=_issued(request), status=201)


@router.get(
    "/loans/{loan_id}/statements/{kind}.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def print_statement(
    loan_id: UUID, kind: Kind, commands: Commands, engine: ServiceEngine, today: Today, request: Request,
    language: Printed = "zh", issued: Hash = None, from_on: FromOn = None, until_on: UntilOn = None,
    schedule_version: Version = None,
) -> Response:  # fmt: skip
    """The paper as PDF, issued or as a preview. 503 with the line to run where the system's libraries are missing."""
    past = await commands.history(loan_account, loan_id)
    asked = _asked(kind, today, from_on, until_on, schedule_version)
    page = await _page(request, engine, past, asked, issued, language)
    try:
        printed = await asyncio.to_thread(pdf_of, page)
    except LibrariesMissing as error:
        raise Problem(503, "pdf-libraries-missing", f"No PDF can be made on this machine: {error}") from error
    name = f"{kind}-{loan_id}-{language}.pdf"
    return Response(
        printed, headers={"Content-Disposition": f'inline; filename="{name}"'}, media_type="application/pdf"
    )


@router.get(
    "/loans/{loan_id}/statements/{kind}.html",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def preview_statement(
    loan_id: UUID, kind: Kind, commands: Commands, engine: ServiceEngine, today: Today, request: Request,
    language: Printed = "zh", issued: Hash = None, from_on: FromOn = None, until_on: UntilOn = None,
    schedule_version: Version = None,
) -> Response:  # fmt: skip
    """The very page that is printed, as HTML that loads nothing else."""
    past = await commands.history(loan_account, loan_id)
    asked = _asked(kind, today, from_on, until_on, schedule_version)
    return HTMLResponse(await _page(request, engine, past, asked, issued, language))


async def verify_statement(request: Request) -> Response:
    """Whether a paper with this hash was issued, what it said, and whether later facts have superseded it.

    Open to all, like health: who holds the paper may ask. HTML for a browser, JSON for anything else.
    """
    sha256, engine = request.path_params["sha256"], request.app.state.engine
    outcome: Outcome[StatementIssued | None, Any] = await engine.commands.load(statement, statement_id_of(sha256))
    issued = outcome.state
    superseded = False
    if issued is not None:
        past = await engine.store.read(loan_account.stream(issued.loan_id))
        superseded = _is_superseded(past, issued)
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(verified_page(sha256, issued, superseded=superseded), 200 if issued else 404)
    if issued is None:
        return problem_response(request.url.path, Problem(404, "statement-unknown", "No such paper was issued here."))
    said = [SaidFigure(**dict(one)).model_dump(mode="json", exclude_none=True) for one in issued.said]
    return JSONResponse(
        {"genuine": True, "superseded": superseded, "kind": issued.kind, "sha256": issued.sha256,
         "issued_on": issued.issued_on.isoformat(), "said": said}
    )  # fmt: skip


router.add_route("/v1/verify/{sha256}", verify_statement, include_in_schema=False)


def _asked(
    kind: str, issued_on: date, from_on: date | None, until_on: date | None, schedule_version: int | None
) -> Asked:
    """What was asked; 404 for a kind that there is not, 422 for what the kind does not have."""
    if kind not in get_args(StatementKind):
        raise Problem(404, "not-found", f"There is no statement {kind[:40]!r}: schedule, account or settlement.")
    for field, value in (("from_on", from_on), ("until_on", until_on)):
        if value is not None and kind != "account":
            raise refused(field, "account_only", "only an account statement has a period")
    if schedule_version is not None and kind != "schedule":
        raise refused("schedule_version", "schedule_only", "only a schedule has versions")
    return Asked(cast("StatementKind", kind), issued_on, from_on, until_on, schedule_version)


async def _page(
    request: Request, engine: Any, past: Sequence[Recorded[Any]], asked: Asked, sha256: str | None, language: Language
) -> str:
    """The page of an issued paper by its hash, else of today's; that one has a proof too where it was issued today."""
    if sha256 is None:
        paper = _paper(past, asked)
        found = await _issued_as(engine, hash_of(paper))
        return page_of(paper, language, _proof(request, found.sha256) if found else None)
    found = await _issued_as(engine, sha256)
    if found is None or (found.loan_id, found.kind) != (past[0].event.loan_id, asked.kind):
        raise Problem(404, "not-found", "No such paper of this loan was issued.")
    paper = _paper(past[: found.loan_version], _asked_of(found))
    if hash_of(paper) != sha256:
        raise Problem(409, "statement-not-reproducible", "This version of the service prints other figures for it.")
    return page_of(paper, language, _proof(request, sha256))


async def _issued_as(engine: Any, sha256: str) -> StatementIssued | None:
    outcome: Outcome[StatementIssued | None, Any] = await engine.commands.load(statement, statement_id_of(sha256))
    return outcome.state


def _is_superseded(past: Sequence[Recorded[Any]], issued: StatementIssued) -> bool:
    """Whether what was asked then would be told otherwise now; told both times by today's rules."""
    asked = _asked_of(issued)
    try:
        return _paper(past, asked) != _paper(past[: issued.loan_version], asked)
    except Rejected:  # a settled loan that was opened again
        return True


def _asked_of(issued: StatementIssued) -> Asked:
    return Asked(issued.kind, issued.issued_on, issued.from_on, issued.until_on, issued.schedule_version)


def _paper(past: Sequence[Recorded[Any]], asked: Asked) -> Paper:
    meta = past[0].meta
    posted = [Posted(one.meta.business_date, one.event) for one in past]
    return paper_of(posted, asked, legal_entity=meta.legal_entity, branch=meta.branch)


def _proof(request: Request, sha256: str) -> Proof:
    return Proof(sha256, f"{_base(request)}/v1/verify/{sha256}")


def _base(request: Request) -> str:
    return (os.environ.get(PUBLIC_URL) or str(request.base_url)).rstrip("/")


def _issued(request: Request) -> Callable[[Outcome[StatementIssued | None, Any]], IssuedStatement]:
    base = _base(request)

    def answer(outcome: Outcome[StatementIssued | None, Any]) -> IssuedStatement:
        one = outcome.state
        assert one is not None, "it has just been issued, or was before"
        path = f"{base}/v1/loans/{one.loan_id}/statements/{one.kind}"
        return IssuedStatement(
            loan_id=one.loan_id,
            kind=one.kind,
            sha256=one.sha256,
            issued_on=one.issued_on,
            said=[SaidFigure(**dict(figure)) for figure in one.said],
            pdf=f"{path}.pdf?issued={one.sha256}",
            html=f"{path}.html?issued={one.sha256}",
            verify=f"{base}/v1/verify/{one.sha256}",
        )

    return answer
