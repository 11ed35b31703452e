"""HTTP → one command or query → JSON. What people do about a case happens under the loan's id."""

from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from services.collection import queries
from services.collection.domain.case_state import Case, CaseStatus
from services.collection.domain.collection_case import collection_case
from services.collection.domain.commands import (
    ApproveWriteOff,
    MakePromise,
    Paper,
    ProposeWriteOff,
    RecordContact,
    RejectWriteOff,
)
from services.collection.domain.contact_log import contact_log
from services.collection.domain.strategy import Stage
from services.collection.domain.write_off import ProposalStatus, find
from services.collection.queries import CaseRow, ContactRow, ProposalRow
from services.collection.routes.answers import (
    CaseHistory,
    CaseView,
    ContactView,
    PromiseView,
    ProposalView,
    case_history,
    case_of,
    case_view,
    contact_view_of,
    promise_view_of,
    proposal_view_of,
)
from services.collection.routes.bodies import ContactBody, DecisionBody, PromiseBody, ProposalBody
from shared.engine import BANK_TIME
from shared.http import AsOf, Caller, Commands, Db, Keyed, Page, ServiceEngine, Today, branch_scope, position
from shared.problem_details import Problem

router = APIRouter(prefix="/v1", tags=["collection"])


class CasePage(BaseModel):
    items: list[CaseRow]
    next: str | None


class ContactPage(BaseModel):
    items: list[ContactRow]
    next: str | None


class ProposalPage(BaseModel):
    items: list[ProposalRow]
    next: str | None


class PromisesExpired(BaseModel):
    """Promises due before `business_date` have been looked at, and broken where they were not kept."""

    business_date: date


async def known_case(loan_id: UUID, commands: Commands) -> Case:
    """The case of the path; 404 where there is none or it is not the caller's."""
    return case_of(await commands.load(collection_case, loan_id))


KnownCase = Annotated[Case, Depends(known_case)]


def known_proposal(proposal_id: UUID, case: KnownCase) -> None:
    """404 where the case has no such proposal."""
    if find(case.proposals, proposal_id) is None:
        raise Problem(404, "not-found", "The case has no such proposal.")


@router.get("/cases", response_model=CasePage)
async def list_cases(
    db: Db,
    caller: Caller,
    page: Page,
    today: Today,
    status: CaseStatus | None = None,
    stage: Stage | None = None,
    borrower_id: UUID | None = None,
) -> dict[str, Any]:
    """The work list, the most urgent case first: by stage, then broken promises, then the size of the arrears."""
    rows = await queries.cases_by_priority(
        db,
        branches=branch_scope(caller),
        on=today,
        status=status,
        stage=stage,
        borrower_id=borrower_id,
        after=page.place(position, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.priority, row.loan_id))


@router.get("/cases/{loan_id}", response_model=CaseView)
async def read_case(loan_id: UUID, commands: Commands, today: Today, as_of: AsOf) -> Response:
    """One case, now or as of a date."""
    outcome = await commands.load(collection_case, loan_id, as_of)
    on = as_of.astimezone(BANK_TIME).date() if isinstance(as_of, datetime) else as_of
    return commands.read_answer(outcome, case_view(case_of(outcome), min(on or today, today)))


@router.get("/cases/{loan_id}/history")
async def read_case_history(loan_id: UUID, commands: Commands, as_of: AsOf) -> CaseHistory:
    """Every fact of the case in order, over all its episodes."""
    return case_history(loan_id, await commands.history(collection_case, loan_id, as_of))


@router.get("/cases/{loan_id}/contacts", response_model=ContactPage, dependencies=[Depends(known_case)])
async def list_contacts(loan_id: UUID, db: Db, page: Page) -> dict[str, Any]:
    """The contacts about this loan, the latest first."""
    after = page.place(date.fromisoformat, time.fromisoformat, UUID)
    rows = await queries.contacts_about(db, loan_id, after=after, limit=page.limit + 1)
    return page.answer(rows, key=lambda row: (row.contacted_on, row.local_time, row.contact_id))


@router.post("/cases/{loan_id}/contacts", response_model=ContactView, status_code=201)
async def record_contact(
    loan_id: UUID, case: KnownCase, body: ContactBody, today: Today, commands: Commands
) -> Response:
    """Record a contact with the debtor, if hours and frequency allow it; with `dry_run=true`, ask beforehand."""
    command = RecordContact(
        contact_id=commands.new_id,
        borrower_id=case.borrower_id,
        loan_id=loan_id,
        being_collected=case.being_collected,
        direction=body.direction,
        channel=body.channel,
        result=body.result,
        contacted_on=body.contacted_on or today,
        local_time=body.local_time,
        note=body.note,
        recorded_on=today,
    )
    location = f"/v1/cases/{loan_id}/contacts"
    return await commands.handle(contact_log, command, answer=contact_view_of(command), status=201, location=location)


@router.post(
    "/cases/{loan_id}/promises", response_model=PromiseView, status_code=201, dependencies=[Depends(known_case)]
)
async def make_promise(loan_id: UUID, body: PromiseBody, today: Today, commands: Commands) -> Response:
    """Record what the debtor promises to pay; the bank's date moving past `due_on` shows whether it was kept."""
    command = MakePromise(
        loan_id=loan_id,
        promise_id=commands.new_id,
        amount=body.amount,
        due_on=body.due_on,
        made_on=today,
    )
    location = f"/v1/cases/{loan_id}"
    answer = promise_view_of(command.promise_id)
    return await commands.handle(collection_case, command, answer=answer, status=201, location=location)


@router.post(
    "/cases/{loan_id}/write-off-proposals",
    response_model=ProposalView,
    status_code=201,
    dependencies=[Depends(known_case)],
)
async def propose_write_off(
    loan_id: UUID, body: ProposalBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Propose to write the loan off; a second person must decide."""
    command = ProposeWriteOff(
        loan_id=loan_id,
        proposal_id=commands.new_id,
        evidence=tuple(Paper(kind=one.kind, reference=one.reference) for one in body.evidence),
        proposed_by=caller.person,
        proposed_on=today,
    )
    location = f"/v1/cases/{loan_id}"
    answer = proposal_view_of(command.proposal_id)
    return await commands.handle(collection_case, command, answer=answer, status=201, location=location)


@router.get("/write-off-proposals", response_model=ProposalPage)
async def list_write_off_proposals(
    db: Db, caller: Caller, page: Page, status: ProposalStatus | None = None
) -> dict[str, Any]:
    """Write-off proposals, the oldest first; `status=proposed` is the work list of those who decide."""
    rows = await queries.write_off_proposals(
        db,
        branches=branch_scope(caller),
        status=status,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.proposed_on, row.proposal_id))


@router.post(
    "/cases/{loan_id}/write-off-proposals/{proposal_id}/decision",
    response_model=ProposalView,
    dependencies=[Depends(known_proposal)],
)
async def decide_write_off(
    loan_id: UUID, proposal_id: UUID, body: DecisionBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Approve or reject as a second person. An approval is announced, and the loan account writes the loan off."""
    command: ApproveWriteOff | RejectWriteOff
    match body.decision:
        case "approve":
            command = ApproveWriteOff(
                loan_id=loan_id,
                proposal_id=proposal_id,
                reason=body.reason,
                approved_by=caller.person,
                approved_on=today,
            )
        case "reject":
            command = RejectWriteOff(
                loan_id=loan_id,
                proposal_id=proposal_id,
                reason=body.reason,
                rejected_by=caller.person,
                rejected_on=today,
            )
    return await commands.handle(collection_case, command, answer=proposal_view_of(proposal_id))


@router.post("/promises/expire", response_model=PromisesExpired)
async def expire_promises(engine: ServiceEngine, today: Today, commands: Keyed) -> Response:
    """Run now what runs when the business date moves: break promises whose date has passed. Safe to repeat."""
    commands.require_key()
    sweep = engine.service.on_business_date
    assert sweep is not None, "declared in main.py"

    async def expire() -> PromisesExpired:
        await sweep(engine, today)
        return PromisesExpired(business_date=today)

    return await commands.once(expire)
