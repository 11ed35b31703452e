"""用途监控 over HTTP: what the borrower reports, what somebody checks, what a second person confirms."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.disbursement.domain.facility import facility
from services.disbursement.domain.fund_use_commands import CheckFundUse, ConfirmMisuse, DismissMisuse, ReportFundUse
from services.disbursement.domain.fund_use_events import FundPayment, FundPurpose, FundUseOutcome
from services.disbursement.queries import fund_use as queries
from services.disbursement.queries.facilities import facility_of
from services.disbursement.queries.fund_use import FundUseRow, FundUseStatus, FundUseView, use_of
from services.disbursement.routes.facilities import AccountNumber, Text, handles_payments, known_drawdown
from shared.dates import Day
from shared.http import AsOf, Caller, Commands, Db, Page, RequestBody, Today, branch_scope
from shared.messages import Personal
from shared.money import PositiveMoney

router = APIRouter(prefix="/v1", tags=["fund use"])

PATH = "/facilities/{contract_id}/drawdowns/{drawdown_id}/fund-use"
PAYMENTS_AT_ONCE = 100


class FundPaymentBody(RequestBody):
    """`voucher`: the number of the invoice, receipt or transfer that shows it."""

    payee: Annotated[str, Field(min_length=1, max_length=200)]
    account: AccountNumber
    amount: PositiveMoney
    paid_on: Day
    purpose: FundPurpose
    voucher: Annotated[str, Field(min_length=1, max_length=100)]
    trade_contract: Annotated[str | None, Field(min_length=1, max_length=100)] = None


class FundUseReportBody(RequestBody):
    payments: Annotated[tuple[FundPaymentBody, ...], Field(min_length=1, max_length=PAYMENTS_AT_ONCE)]


class FundUseCheckBody(RequestBody):
    """`evidence`: where the proof lies. `misused` and `misused_from` belong to the outcome `misused` alone."""

    outcome: FundUseOutcome
    misused: PositiveMoney | None = None
    misused_from: Day | None = None
    evidence: Text


class MisuseConfirmationBody(RequestBody):
    finding_id: UUID


class MisuseDismissalBody(RequestBody):
    finding_id: UUID
    reason: Text


class FundUsePage(BaseModel):
    items: list[FundUseRow]
    next: str | None


@router.get("/fund-uses", response_model=FundUsePage)
async def list_fund_uses(
    db: Db, caller: Caller, page: Page, status: FundUseStatus | None = None, due_by: Day | None = None
) -> dict[str, Any]:
    """Loans by the day on which their use is to be reported; `status=to_check` is the inspector's work list."""
    rows = await queries.fund_uses(
        db,
        branches=branch_scope(caller),
        status=status,
        due_by=due_by,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.due_on, row.drawdown_id))


@router.get(PATH, response_model=FundUseView)
async def read_fund_use(
    contract_id: UUID, drawdown_id: UUID, caller: Caller, commands: Commands, as_of: AsOf
) -> Response:
    """What is known of the use of one drawdown's money, now or as of a date."""
    outcome = await commands.load(facility, contract_id, as_of)
    known_drawdown(drawdown_id, facility_of(outcome))
    view = use_of(drawdown_id, in_full=handles_payments(caller), prose=True)
    return commands.read_answer(outcome, view(outcome))


@router.post(f"{PATH}/reports", response_model=FundUseView, status_code=201, dependencies=[Depends(known_drawdown)])
async def report_fund_use(
    contract_id: UUID, drawdown_id: UUID, body: FundUseReportBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Report payments that the borrower made himself; what speaks against them is found at once."""
    report_id = commands.new_id
    command = ReportFundUse(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        report_id=report_id,
        payments=tuple(_payment(one, report_id) for one in body.payments),
        reported_by=caller.person,
        reported_on=today,
    )
    location = f"/v1/facilities/{contract_id}/drawdowns/{drawdown_id}/fund-use"
    return await commands.handle(facility, command, answer=use_of(drawdown_id), status=201, location=location)


@router.post(f"{PATH}/checks", response_model=FundUseView, status_code=201, dependencies=[Depends(known_drawdown)])
async def check_fund_use(
    contract_id: UUID, drawdown_id: UUID, body: FundUseCheckBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Record what was seen of the money's use. Misuse that is found takes effect once a second person confirms it."""
    command = CheckFundUse(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        finding_id=commands.new_id,
        outcome=body.outcome,
        misused=body.misused,
        misused_from=body.misused_from,
        evidence=body.evidence,
        checked_by=caller.person,
        checked_on=today,
    )
    location = f"/v1/facilities/{contract_id}/drawdowns/{drawdown_id}/fund-use"
    return await commands.handle(facility, command, answer=use_of(drawdown_id), status=201, location=location)


@router.post(f"{PATH}/misuse/confirm", response_model=FundUseView, dependencies=[Depends(known_drawdown)])
async def confirm_misuse(
    contract_id: UUID, drawdown_id: UUID, body: MisuseConfirmationBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Confirm, as a second person, the finding that was read: the loan counts as misused from then on."""
    command = ConfirmMisuse(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        finding_id=body.finding_id,
        confirmed_by=caller.person,
        confirmed_on=today,
    )
    return await commands.handle(facility, command, answer=use_of(drawdown_id))


@router.post(f"{PATH}/misuse/dismiss", response_model=FundUseView, dependencies=[Depends(known_drawdown)])
async def dismiss_misuse(
    contract_id: UUID, drawdown_id: UUID, body: MisuseDismissalBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Turn the finding down, as a second person; the use is to be checked again."""
    command = DismissMisuse(
        contract_id=contract_id,
        drawdown_id=drawdown_id,
        finding_id=body.finding_id,
        reason=body.reason,
        dismissed_by=caller.person,
        dismissed_on=today,
    )
    return await commands.handle(facility, command, answer=use_of(drawdown_id))


def _payment(body: FundPaymentBody, report_id: UUID) -> FundPayment:
    """The payees of a report are data subjects under its id."""
    payee = Personal(subject_id=report_id, value=body.payee)
    account = Personal(subject_id=report_id, value=body.account)
    return FundPayment(**dict(body) | {"payee": payee, "account": account})
