"""HTTP → one command or query → JSON. A drawdown lives within its facility, so its actions do too."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.disbursement.domain.commands import (
    CancelDrawdown,
    ConfirmResolution,
    ProposeResolution,
    ReleaseDrawdown,
    RequestDrawdown,
)
from services.disbursement.domain.drawdown import Status
from services.disbursement.domain.events import Payee, PaymentMode, PaymentOutcome
from services.disbursement.domain.facility import Facility, facility
from services.disbursement.queries import facilities as queries
from services.disbursement.queries.facilities import (
    DrawdownRow,
    DrawdownView,
    FacilityRow,
    FacilityView,
    facility_of,
    facility_view,
    view_of,
)
from shared.http import AsOf, Caller, Commands, Db, Page, RequestBody, Today, branch_scope
from shared.identity import Principal
from shared.messages import Personal
from shared.money import PositiveMoney
from shared.problem_details import Problem

router = APIRouter(prefix="/v1", tags=["disbursement"])

AccountNumber = Annotated[str, Field(pattern=r"^[0-9A-Z]{6,34}$", examples=["6222020200112233445"])]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class PayeeBody(RequestBody):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    account: AccountNumber
    bank: Annotated[str, Field(min_length=1, max_length=200)]


class DrawdownBody(RequestBody):
    """`payee` and `trade_contract` are required in entrusted payment. `business_use` concerns persons only."""

    amount: PositiveMoney
    payment_mode: PaymentMode
    borrower_account: AccountNumber
    payee: PayeeBody | None = None
    trade_contract: Annotated[str | None, Field(max_length=100)] = None
    business_use: bool = False


class CancellationBody(RequestBody):
    reason: Text


class ResolutionBody(RequestBody):
    """`evidence`: where the proof lies, e.g. the number of core banking's statement."""

    outcome: PaymentOutcome
    core_reference: Annotated[str | None, Field(max_length=100)] = None
    evidence: Text


class ResolutionConfirmationBody(RequestBody):
    proposal_id: UUID


class FacilityPage(BaseModel):
    items: list[FacilityRow]
    next: str | None


class DrawdownPage(BaseModel):
    items: list[DrawdownRow]
    next: str | None


async def known_facility(contract_id: UUID, commands: Commands) -> Facility:
    """The facility of the path; 404 where there is none or it is not the caller's."""
    return facility_of(await commands.load(facility, contract_id))


def handles_payments(caller: Principal) -> bool:
    """Whether the caller needs to see whom and which account the money goes to."""
    return bool(caller.roles & {"officer", "releaser"})


KnownFacility = Annotated[Facility, Depends(known_facility)]


def known_drawdown(drawdown_id: UUID, known: KnownFacility) -> None:
    """404 where the facility has no such drawdown."""
    if drawdown_id not in known.drawdowns:
        raise Problem(404, "not-found", "The facility has no such drawdown.")


@router.get("/facilities", response_model=FacilityPage)
async def list_facilities(
    db: Db, caller: Caller, page: Page, borrower_id: UUID | None = None, status: Literal["open", "closed"] | None = None
) -> dict[str, Any]:
    """Facilities, oldest first."""
    rows = await queries.facilities(
        db,
        branches=branch_scope(caller),
        borrower_id=borrower_id,
        status=status,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.opened_on, row.contract_id))


@router.get("/facilities/{contract_id}", response_model=FacilityView)
async def read_facility(contract_id: UUID, caller: Caller, commands: Commands, as_of: AsOf) -> Response:
    """One facility with its drawdowns, now or as of a date."""
    outcome = await commands.load(facility, contract_id, as_of)
    return commands.read_answer(outcome, facility_view(outcome, in_full=handles_payments(caller)))


@router.post("/facilities/{contract_id}/drawdowns", response_model=DrawdownView, status_code=201)
async def request_drawdown(
    contract_id: UUID, body: DrawdownBody, known: KnownFacility, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Ask for money under the contract: reserves the limit; a second person must release it."""
    drawdown_id = commands.new_id
    command = RequestDrawdown(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        amount=body.amount,
        payment_mode=body.payment_mode,
        borrower_account=Personal(subject_id=known.terms.borrower_id, value=body.borrower_account),
        payee=payee_of(body.payee, drawdown_id) if body.payee else None,
        trade_contract=body.trade_contract,
        business_use=body.business_use,
        requested_by=caller.person,
        requested_on=today,
    )
    location = f"/v1/facilities/{contract_id}/drawdowns/{drawdown_id}"
    return await commands.handle(facility, command, answer=view_of(drawdown_id), status=201, location=location)


@router.get("/facilities/{contract_id}/drawdowns/{drawdown_id}", response_model=DrawdownView)
async def read_drawdown(
    contract_id: UUID, drawdown_id: UUID, caller: Caller, commands: Commands, as_of: AsOf
) -> Response:
    """One drawdown, now or as of a date."""
    outcome = await commands.load(facility, contract_id, as_of)
    known_drawdown(drawdown_id, facility_of(outcome))
    view = view_of(drawdown_id, in_full=handles_payments(caller), prose=True)
    return commands.read_answer(outcome, view(outcome))


@router.post(
    "/facilities/{contract_id}/drawdowns/{drawdown_id}/release",
    response_model=DrawdownView,
    dependencies=[Depends(known_drawdown)],
)
async def release_drawdown(
    contract_id: UUID, drawdown_id: UUID, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Release the money as a second person: core banking is told to pay, once."""
    command = ReleaseDrawdown(
        contract_id=contract_id, drawdown_id=drawdown_id, released_by=caller.person, released_on=today
    )
    return await commands.handle(facility, command, answer=view_of(drawdown_id))


@router.post(
    "/facilities/{contract_id}/drawdowns/{drawdown_id}/cancel",
    response_model=DrawdownView,
    dependencies=[Depends(known_drawdown)],
)
async def cancel_drawdown(
    contract_id: UUID, drawdown_id: UUID, body: CancellationBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Give the reserved limit back, while the drawdown has not been released."""
    command = CancelDrawdown(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        reason=body.reason,
        cancelled_by=caller.person,
        cancelled_on=today,
    )
    return await commands.handle(facility, command, answer=view_of(drawdown_id))


@router.post(
    "/facilities/{contract_id}/drawdowns/{drawdown_id}/resolution",
    response_model=DrawdownView,
    dependencies=[Depends(known_drawdown)],
)
async def propose_resolution(
    contract_id: UUID, drawdown_id: UUID, body: ResolutionBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Say, with evidence, what became of a payment of unknown outcome. A second person must confirm."""
    command = ProposeResolution(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        proposal_id=commands.new_id,
        outcome=body.outcome,
        core_reference=body.core_reference,
        evidence=body.evidence,
        proposed_by=caller.person,
        proposed_on=today,
    )
    return await commands.handle(facility, command, answer=view_of(drawdown_id))


@router.post(
    "/facilities/{contract_id}/drawdowns/{drawdown_id}/resolution/confirm",
    response_model=DrawdownView,
    dependencies=[Depends(known_drawdown)],
)
async def confirm_resolution(
    contract_id: UUID,
    drawdown_id: UUID,
    body: ResolutionConfirmationBody,
    caller: Caller,
    today: Today,
    commands: Commands,
) -> Response:
    """Confirm, as a second person, the proposal that was read: it takes effect at once."""
    command = ConfirmResolution(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        proposal_id=body.proposal_id,
        confirmed_by=caller.person,
        confirmed_on=today,
    )
    return await commands.handle(facility, command, answer=view_of(drawdown_id))


@router.get("/drawdowns", response_model=DrawdownPage)
async def list_drawdowns(
    db: Db,
    caller: Caller,
    page: Page,
    status: Status | None = None,
    contract_id: UUID | None = None,
    borrower_id: UUID | None = None,
) -> dict[str, Any]:
    """Drawdowns, oldest first; `status=requested` is the releaser's work list."""
    rows = await queries.drawdowns(
        db,
        branches=branch_scope(caller),
        contract_id=contract_id,
        borrower_id=borrower_id,
        status=status,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.requested_on, row.drawdown_id))


@router.get("/drawdowns/{drawdown_id}")
async def find_drawdown(drawdown_id: UUID, db: Db, caller: Caller) -> DrawdownRow:
    """The drawdown of a loan, by the id they share; `contract_id` leads to its facility."""
    row = await queries.drawdown(db, drawdown_id, branch_scope(caller))
    if row is None:
        raise Problem(404, "not-found", "There is no such drawdown, or it is not yours to see.")
    return row


def payee_of(body: PayeeBody, drawdown_id: UUID) -> Payee:
    """The payee as its own data subject, under the id of the drawdown that names it."""
    return Payee(
        name=Personal(subject_id=drawdown_id, value=body.name),
        account=Personal(subject_id=drawdown_id, value=body.account),
        bank=body.bank,
    )
