"""签约: sign the contract after the cost was shown, and read what was signed."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from services.application import queries
from services.application.domain.commands import SignContract
from services.application.domain.events import ContractStatus
from services.application.domain.loan_application import loan_application
from services.application.queries import ContractRow
from services.application.routes.answers import Loaded, contract_view, live
from services.application.routes.texts import RatePercent
from services.application.routes.views import ContractView
from services.application.routes.visibility import VisibleApplication, not_found, visible_application
from shared.http import AsOf, Caller, Commands, Db, Page, RequestBody, ServiceEngine, Today, branch_scope

router = APIRouter(prefix="/v1", tags=["contracts"])


class SigningBody(RequestBody):
    """The annualised rate of the offer's cost statement, as the borrower confirms to have seen it."""

    confirmed_annualised_rate_percent: RatePercent


class ContractPage(BaseModel):
    items: list[ContractRow]
    next: str | None


@router.post("/applications/{application_id}/contract", response_model=ContractView, status_code=201)
async def sign_contract(
    application_id: VisibleApplication,
    body: SigningBody,
    caller: Caller,
    today: Today,
    commands: Commands,
    engine: ServiceEngine,
) -> Response:
    """Sign what was offered and accepted. The limit can be drawn from then on."""
    request = live(await commands.load(loan_application, application_id)).request
    command = SignContract(
        application_id=application_id,
        contract_id=commands.new_id,
        confirmed_annualised_rate_percent=body.confirmed_annualised_rate_percent,
        new_relation=not await queries.has_contract(engine.pool, request.borrower_id),
        signed_by=caller.person,
        signed_on=today,
    )
    location = f"/v1/applications/{application_id}/contract"
    return await commands.handle(loan_application, command, answer=_contract, status=201, location=location)


@router.get("/applications/{application_id}/contract", response_model=ContractView)
async def read_signed_contract(application_id: VisibleApplication, commands: Commands, as_of: AsOf) -> Response:
    """The contract of an application; 404 until it is signed."""
    return await _read(application_id, commands, as_of)


@router.get("/contracts", response_model=ContractPage)
async def list_contracts(
    db: Db,
    caller: Caller,
    page: Page,
    status: ContractStatus | None = None,
    borrower_id: UUID | None = None,
) -> dict[str, Any]:
    """Contracts, oldest first."""
    rows = await queries.contracts(
        db,
        branches=branch_scope(caller),
        status=status,
        borrower_id=borrower_id,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.signed_on, row.contract_id))


@router.get("/contracts/{contract_id}", response_model=ContractView)
async def read_contract(
    contract_id: UUID, caller: Caller, commands: Commands, engine: ServiceEngine, as_of: AsOf
) -> Response:
    """One contract and its loans, now or as of a date."""
    application_id = await queries.application_of_contract(engine.pool, contract_id)
    if application_id is None:
        raise not_found()
    return await _read(await visible_application(application_id, commands, caller), commands, as_of)


async def _read(application_id: UUID, commands: Commands, as_of: AsOf) -> Response:
    loaded = await commands.load(loan_application, application_id, as_of)
    view = contract_view(live(loaded))
    if view is None:
        raise not_found()
    return commands.read_answer(loaded, view)


def _contract(loaded: Loaded) -> ContractView:
    view = contract_view(live(loaded))
    assert view, "a signed contract stands"
    return view
