"""借款人: register a borrower, list them masked, read one."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import Response

from services.application import queries
from services.application.domain.borrower import (
    Borrower,
    KnownBorrower,
    borrower,
    legal_representative_id,
)
from services.application.domain.commands import RegisterBorrower
from services.application.domain.events import BorrowerEvent, BorrowerRegistered, CompanyIdentity, PersonIdentity
from services.application.domain.masking import masked_name, masked_number, plain
from services.application.queries import BorrowerRow
from services.application.routes.intake import own_borrower_id
from services.application.routes.texts import Name, Phone, ResidentId, UnifiedSocialCreditCode
from services.application.routes.visibility import visible_borrower
from shared.command_handler import Outcome
from shared.engine import Engine
from shared.http import AsOf, Caller, Commands, Db, Page, RequestBody, ServiceEngine, Today, branch_scope
from shared.identity import Principal
from shared.messages import Personal

router = APIRouter(prefix="/v1/borrowers", tags=["borrowers"])

EXAMPLE: dict[str, Any] = {
    "company": {
        "name": "上海流水贸易有限公司",
        "unified_social_credit_code": "91110000600037341L",
        "legal_representative": "张三丰",
        "phone": "13800138000",
    }
}
SEE_NAMES = frozenset({"officer", "reviewer", "approver", "senior_approver"})


class CompanyParticulars(RequestBody):
    name: Name
    unified_social_credit_code: UnifiedSocialCreditCode
    legal_representative: Name
    phone: Phone


class PersonParticulars(RequestBody):
    name: Name
    resident_id: ResidentId
    phone: Phone


class BorrowerBody(RequestBody):
    """Exactly one of `company` and `person`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    company: CompanyParticulars | None = None
    person: PersonParticulars | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.company is None) == (self.person is None):
            raise ValueError("give exactly one of company and person")
        return self


class RegisteredBorrower(BaseModel):
    borrower_id: UUID
    segment: Literal["company", "person"]
    registered_on: date


class BorrowerPage(BaseModel):
    items: list[BorrowerRow]
    next: str | None


class BorrowerView(BaseModel):
    """`identity_number` is the company's register number or the person's resident identity number."""

    borrower_id: UUID
    segment: Literal["company", "person"]
    name: str
    identity_number: str
    legal_representative: str | None
    phone: str
    registered_by: str
    registered_on: date


@router.post("", response_model=RegisteredBorrower, status_code=201)
async def register_borrower(
    body: BorrowerBody, caller: Caller, today: Today, commands: Commands, engine: ServiceEngine
) -> Response:
    """Keep a borrower's particulars: one record for one register or resident identity number, whatever the branch.

    The same particulars again, from any branch, are answered from the record.
    """
    commands.require_key()
    borrower_id = borrower_id_of(body.company, body.person, caller, engine)
    command = registration(borrower_id, body.company, body.person, caller, today)
    location = f"/v1/borrowers/{borrower_id}"
    return await commands.handle(borrower, command, answer=_registered, status=201, location=location)


@router.get("", response_model=BorrowerPage)
async def list_borrowers(
    db: Db,
    caller: Caller,
    page: Page,
    unified_social_credit_code: Annotated[str | None, Query(max_length=18)] = None,
) -> dict[str, Any]:
    """Borrowers, oldest first; persons by masked names."""
    rows = await queries.borrowers(
        db,
        branches=branch_scope(caller),
        code=unified_social_credit_code,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.registered_on, row.borrower_id))


@router.get("/{borrower_id}", response_model=BorrowerView)
async def read_borrower(
    borrower_id: UUID, caller: Caller, commands: Commands, engine: ServiceEngine, as_of: AsOf
) -> Response:
    """Who a borrower is: in full for those who decide on his loans, masked for everybody else.

    He is shown to the branch that registered him and to those that have taken in an application of his.
    """
    outcome = await visible_borrower(borrower_id, engine, caller, as_of)
    view = borrower_view(facts_of(outcome), in_full=bool(caller.roles & SEE_NAMES))
    return commands.read_answer(outcome, view)


def borrower_id_of(
    company: CompanyParticulars | None, person: PersonParticulars | None, caller: Principal, engine: Engine
) -> UUID:
    """The id that follows from a borrower's number."""
    return own_borrower_id(
        engine,
        caller,
        company_code=company.unified_social_credit_code if company else None,
        resident_id=person.resident_id if person else None,
    )


def registration(
    borrower_id: UUID,
    company: CompanyParticulars | None,
    person: PersonParticulars | None,
    caller: Principal,
    today: date,
) -> RegisterBorrower:
    """The command; the persons in it are data subjects of their own."""
    return RegisterBorrower(
        borrower_id=borrower_id,
        segment="company" if company else "person",
        company=_company_identity(borrower_id, company) if company else None,
        person=_person_identity(borrower_id, person) if person else None,
        registered_by=caller.person,
        registered_on=today,
    )


def _company_identity(borrower_id: UUID, company: CompanyParticulars) -> CompanyIdentity:
    subject = legal_representative_id(borrower_id)
    return CompanyIdentity(
        name=company.name,
        unified_social_credit_code=company.unified_social_credit_code,
        legal_representative=Personal(subject_id=subject, value=company.legal_representative),
        phone=Personal(subject_id=subject, value=company.phone),
    )


def _person_identity(borrower_id: UUID, person: PersonParticulars) -> PersonIdentity:
    return PersonIdentity(
        name=Personal(subject_id=borrower_id, value=person.name),
        resident_id=Personal(subject_id=borrower_id, value=person.resident_id),
        phone=Personal(subject_id=borrower_id, value=person.phone),
    )


def facts_of(outcome: Outcome[Borrower, BorrowerEvent]) -> BorrowerRegistered:
    """The particulars of a borrower that has been loaded."""
    assert isinstance(outcome.state, KnownBorrower), "load answers 404 where nothing is registered"
    return outcome.state.facts


def _registered(outcome: Outcome[Borrower, BorrowerEvent]) -> RegisteredBorrower:
    facts = facts_of(outcome)
    return RegisteredBorrower(borrower_id=facts.borrower_id, segment=facts.segment, registered_on=facts.registered_on)


def borrower_view(facts: BorrowerRegistered, *, in_full: bool) -> BorrowerView:
    """The record, its personal data in full or masked."""
    name, number = (plain, plain) if in_full else (masked_name, masked_number)
    if facts.company:
        particulars: dict[str, Any] = {
            "name": facts.company.name,
            "identity_number": facts.company.unified_social_credit_code,
            "legal_representative": name(facts.company.legal_representative),
            "phone": number(facts.company.phone),
        }
    else:
        assert facts.person, "one of company and person is set"
        particulars = {
            "name": name(facts.person.name),
            "identity_number": number(facts.person.resident_id),
            "legal_representative": None,
            "phone": number(facts.person.phone),
        }
    return BorrowerView(
        borrower_id=facts.borrower_id,
        segment=facts.segment,
        registered_by=facts.registered_by,
        registered_on=facts.registered_on,
        **particulars,
    )
