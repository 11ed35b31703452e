"""贷款申请: submit, list, read, withdraw, and ask for people to decide."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.application import queries
from services.application.domain.application_state import ApplicationStatus
from services.application.domain.borrower import age_on
from services.application.domain.commands import RequestReview, SubmitApplication, WithdrawApplication
from services.application.domain.events import BorrowerRegistered
from services.application.domain.facts import PersonFacts, RepaymentMethod
from services.application.domain.loan_application import loan_application
from services.application.domain.use_of_funds import Purpose
from services.application.queries import ApplicationRow
from services.application.routes.answers import application_answer, application_view, history_view
from services.application.routes.borrowers import facts_of
from services.application.routes.intake import other_exposure
from services.application.routes.statements import (
    Bureau,
    Collateral,
    Company,
    Consent,
    Evidence,
    Person,
    SmallFirm,
    SupplyChain,
)
from services.application.routes.texts import Code, Months
from services.application.routes.views import ApplicationAnswer, ApplicationView, History
from services.application.routes.visibility import VisibleApplication, borrower_of_bank, is_partner
from shared.http import AsOf, Caller, Commands, Db, Page, RequestBody, ServiceEngine, Today, branch_scope
from shared.money import MoneyOrNil, PositiveMoney

router = APIRouter(prefix="/v1/applications", tags=["applications"])


class ApplicationBody(RequestBody):
    """An application of a registered borrower, with the facts that the product's segment asks for.

    A company's product: `company`; a small firm's: `small_firm`; a person's: `person`; the supply chain's: `company`
    and `supply_chain`.

    `evidence` are the contracts and invoices that the loan would pay: with them it is not lent beyond its purpose.
    `group_exposure` is what borrowers connected with him owe the bank. Where the bank is connected to the credit
    bureau, people decide on an application without a valid `bureau_consent`.
    """

    borrower_id: UUID
    product_code: Code
    requested_amount: PositiveMoney
    term_months: Months
    repayment_method: RepaymentMethod
    purpose: Purpose
    company: Company | None = None
    person: Person | None = None
    small_firm: SmallFirm | None = None
    supply_chain: SupplyChain | None = None
    bureau: Bureau = Bureau()
    collateral: Annotated[tuple[Collateral, ...], Field(max_length=20)] = ()
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=100)] = ()
    group_exposure: MoneyOrNil | None = None
    bureau_consent: Consent | None = None


class WithdrawalBody(RequestBody):
    reason: Literal["found_other_funding", "terms_not_acceptable", "entered_in_error", "other"]


class ApplicationPage(BaseModel):
    items: list[ApplicationRow]
    next: str | None


@router.post("", response_model=ApplicationAnswer, status_code=201)
async def submit_application(
    body: ApplicationBody, caller: Caller, today: Today, commands: Commands, engine: ServiceEngine
) -> Response:
    """Submit a complete application: it goes to assessment at once."""
    commands.require_key()
    known = facts_of(await borrower_of_bank(body.borrower_id, engine, caller))
    async with other_exposure(engine, body.borrower_id, body.requested_amount.currency) as exposure:
        command = SubmitApplication(
            application_id=commands.new_id,
            borrower_id=body.borrower_id,
            borrower_segment=known.segment,
            product_code=body.product_code,
            requested_amount=body.requested_amount,
            term_months=body.term_months,
            repayment_method=body.repayment_method,
            purpose=body.purpose,
            company=body.company.facts() if body.company else None,
            person=_person_facts(body.person, known, today) if body.person else None,
            small_firm=body.small_firm.facts() if body.small_firm else None,
            supply_chain=body.supply_chain.facts() if body.supply_chain else None,
            bureau=body.bureau.facts(),
            collateral=tuple(item.facts() for item in body.collateral),
            evidence=tuple(item.facts() for item in body.evidence),
            other_exposure=exposure,
            group_exposure=body.group_exposure,
            bureau_consent=body.bureau_consent.facts() if body.bureau_consent else None,
            submitted_by=caller.person,
            submitted_on=today,
        )
        place = f"/v1/applications/{command.application_id}"
        return await commands.handle(loan_application, command, answer=application_answer, status=201, location=place)


def _person_facts(person: Person, known: BorrowerRegistered, today: date) -> PersonFacts:
    """With the age by the resident identity number; none for a company, which the rules of submission refuse."""
    number = known.person.resident_id.value if known.person else None
    return person.facts(age_on(number, today) if number else 0)


@router.get("", response_model=ApplicationPage)
async def list_applications(
    db: Db,
    caller: Caller,
    page: Page,
    status: ApplicationStatus | None = None,
    borrower_id: UUID | None = None,
) -> dict[str, Any]:
    """Applications, oldest first."""
    rows = await queries.applications(
        db,
        branches=branch_scope(caller),
        status=status,
        borrower_id=borrower_id,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.submitted_on, row.application_id))


@router.get("/{application_id}", response_model=ApplicationView)
async def read_application(
    application_id: VisibleApplication, caller: Caller, commands: Commands, as_of: AsOf
) -> Response:
    """One application from submission to its loans, now or as of a date."""
    loaded = await commands.load(loan_application, application_id, as_of)
    return commands.read_answer(loaded, application_view(loaded, in_confidence=not is_partner(caller)))


@router.get("/{application_id}/history")
async def read_history(application_id: VisibleApplication, commands: Commands, as_of: AsOf) -> History:
    """Every fact recorded of the application, in order."""
    return history_view(await commands.history(loan_application, application_id, as_of))


@router.post("/{application_id}/withdraw", response_model=ApplicationAnswer)
async def withdraw_application(
    application_id: VisibleApplication, body: WithdrawalBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Withdraw, while nothing is signed."""
    command = WithdrawApplication(
        application_id=application_id, reason=body.reason, withdrawn_by=caller.person, withdrawn_on=today
    )
    return await commands.handle(loan_application, command, answer=application_answer)


@router.post("/{application_id}/review-request", response_model=ApplicationAnswer)
async def request_review(application_id: VisibleApplication, today: Today, commands: Commands) -> Response:
    """Have people look at an automatic refusal, as a person may ask."""
    command = RequestReview(application_id=application_id, requested_on=today)
    return await commands.handle(loan_application, command, answer=application_answer)
