"""Fact → rows of the lists: borrowers, applications, what waits for people, open offers and contracts.

No row shows who a person is: names are masked, numbers and phones stay in the record itself. What concerns
an application belongs to the branch that took it in, whoever acts on it.
"""

from typing import Any
from uuid import UUID

from services.application.domain.events import (
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    AssessmentRecorded,
    BorrowerRegistered,
    ContractSigned,
    DisbursementFailed,
    LoanDisbursed,
    LoanSettled,
    LoanWrittenOff,
    OfferAccepted,
    OfferExpired,
    OfferMade,
    ReviewOpened,
    ReviewRecommended,
    ReviewReturned,
)
from services.application.domain.masking import masked_name
from shared.event_store import Recorded
from shared.projection import Projection

_BORROWERS = """
create table borrowers (
    borrower_id uuid primary key,
    branch text not null,
    segment text not null,
    shown_name text not null,
    unified_social_credit_code text,
    registered_on date not null
);
create index on borrowers (registered_on, borrower_id);
create index on borrowers (unified_social_credit_code);
"""

_APPLICATIONS = """
create table applications (
    application_id uuid primary key,
    borrower_id uuid not null,
    branch text not null,
    segment text not null,
    product_code text not null,
    currency text not null,
    requested_minor bigint not null,
    granted_minor bigint,
    term_months integer not null,
    repayment_method text not null,
    status text not null,
    score integer,
    grade text,
    annual_rate_percent numeric,
    submitted_by text not null,
    submitted_on date not null
);
create index on applications (submitted_on, application_id);
create index on applications (status, submitted_on, application_id);
create index on applications (borrower_id, status);
create table reviews (
    application_id uuid primary key,
    branch text not null,
    borrower_id uuid not null,
    product_code text not null,
    currency text not null,
    requested_minor bigint not null,
    causes text[] not null,
    step text not null check (step in ('recommendation', 'decision')),
    submitted_by text not null,
    recommendation text,
    recommended_minor bigint,
    recommended_by text,
    authority text,
    opened_on date not null
);
create index on reviews (opened_on, application_id);
create table open_offers (
    application_id uuid primary key,
    branch text not null,
    valid_until date not null
);
create index on open_offers (valid_until, application_id);
create table contracts (
    contract_id uuid primary key,
    application_id uuid not null unique,
    borrower_id uuid not null,
    branch text not null,
    segment text not null,
    product_code text not null,
    currency text not null,
    limit_minor bigint not null,
    annual_rate_percent numeric not null,
    term_months integer not null,
    repayment_method text not null,
    status text not null,
    signed_on date not null,
    available_until date not null
);
create index on contracts (signed_on, contract_id);
create index on contracts (borrower_id);
"""


async def project_borrowers(db: Any, recorded: Recorded[Any]) -> None:
    """`borrowers`: a company by its name and register number, a person by a masked name."""
    match recorded.event:
        case BorrowerRegistered(company=company, person=person) as registered:
            name = company.name if company else masked_name(person.name) if person else ""
            await db.execute(
                "insert into borrowers values ($1, $2, $3, $4, $5, $6)",
                *(registered.borrower_id, recorded.meta.branch, registered.segment, name),
                *(company.unified_social_credit_code if company else None, registered.registered_on),
            )
        case _:
            pass


async def project_applications(db: Any, recorded: Recorded[Any]) -> None:
    """`applications`, and what is open of them: `reviews`, `open_offers`, `contracts`."""
    match recorded.event:
        case ApplicationSubmitted() as submitted:
            await db.execute(
                "insert into applications values"
                " ($1, $2, $3, $4, $5, $6, $7, null, $8, $9, 'submitted', null, null, null, $10, $11)",
                *(submitted.application_id, submitted.borrower_id, recorded.meta.branch, submitted.segment),
                *(submitted.product_code, submitted.requested_amount.currency, submitted.requested_amount.minor),
                *(submitted.term_months, submitted.repayment_method, submitted.submitted_by, submitted.submitted_on),
            )
        case AssessmentRecorded() as assessed:
            await db.execute(
                "update applications set score = $2, grade = $3, annual_rate_percent = $4 where application_id = $1",
                *(assessed.application_id, assessed.score, assessed.grade, assessed.annual_rate_percent),
            )
        case ReviewOpened() | ReviewRecommended() | ReviewReturned():
            await _project_review(db, recorded.event)
        case ApplicationApproved() as approved:
            await _close_review(db, approved.application_id)
            await db.execute(
                "update applications set granted_minor = $2, annual_rate_percent = $3 where application_id = $1",
                *(approved.application_id, approved.amount.minor, approved.annual_rate_percent),
            )
        case ApplicationDeclined() as declined:
            await _close_review(db, declined.application_id)
            await _mark(db, declined.application_id, "declined")
        case ApplicationWithdrawn() as withdrawn:
            await _close_review(db, withdrawn.application_id)
            await _close_offer(db, withdrawn.application_id)
            await _mark(db, withdrawn.application_id, "withdrawn")
        case OfferMade() | OfferAccepted() | OfferExpired():
            await _project_offer(db, recorded.event)
        case ContractSigned() | LoanDisbursed() | DisbursementFailed() | LoanSettled() | LoanWrittenOff():
            await _project_contract(db, recorded.event)
        case _:
            pass


async def _project_review(db: Any, event: ReviewOpened | ReviewRecommended | ReviewReturned) -> None:
    match event:
        case ReviewOpened():
            await db.execute(
                "insert into reviews select application_id, branch, borrower_id, product_code, currency,"
                " requested_minor, $2, 'recommendation', $3, null, null, null, null, $4"
                " from applications where application_id = $1",
                *(event.application_id, list(event.causes), event.submitted_by, event.opened_on),
            )
            await _mark(db, event.application_id, "in_review")
        case ReviewRecommended(amount=amount):
            await db.execute(
                "update reviews set step = 'decision', recommendation = $2, recommended_minor = $3,"
                " recommended_by = $4, authority = $5 where application_id = $1",
                *(event.application_id, event.recommendation, amount.minor if amount else None),
                *(event.recommended_by, event.authority),
            )
            await _mark(db, event.application_id, "recommended")
        case ReviewReturned():
            await db.execute(
                "update reviews set step = 'recommendation', recommendation = null, recommended_minor = null,"
                " recommended_by = null, authority = null where application_id = $1",
                event.application_id,
            )
            await _mark(db, event.application_id, "in_review")


async def _project_offer(db: Any, event: OfferMade | OfferAccepted | OfferExpired) -> None:
    match event:
        case OfferMade():
            await db.execute(
                "insert into open_offers select application_id, branch, $2 from applications where application_id = $1",
                *(event.application_id, event.valid_until),
            )
            await _mark(db, event.application_id, "offered")
        case OfferAccepted():
            await _mark(db, event.application_id, "accepted")
        case OfferExpired():
            await _close_offer(db, event.application_id)
            await _mark(db, event.application_id, "offer_expired")


async def _project_contract(
    db: Any, event: ContractSigned | LoanDisbursed | DisbursementFailed | LoanSettled | LoanWrittenOff
) -> None:
    match event:
        case ContractSigned():
            await _close_offer(db, event.application_id)
            await db.execute(
                "insert into contracts select $2, application_id, borrower_id, branch, segment, product_code, $3, $4,"
                " $5, $6, $7, 'signed', $8, $9 from applications where application_id = $1",
                *(event.application_id, event.contract_id, event.limit.currency, event.limit.minor),
                *(event.annual_rate_percent, event.term_months, event.repayment_method),
                *(event.signed_on, event.available_until),
            )
            await _mark(db, event.application_id, "signed")
        case _:
            await db.execute(
                "update contracts set status = $2 where application_id = $1",
                *(event.application_id, event.contract_status),
            )
            await _mark(db, event.application_id, event.contract_status)


async def _mark(db: Any, application_id: UUID, status: str) -> None:
    await db.execute("update applications set status = $2 where application_id = $1", application_id, status)


async def _close_review(db: Any, application_id: UUID) -> None:
    await db.execute("delete from reviews where application_id = $1", application_id)


async def _close_offer(db: Any, application_id: UUID) -> None:
    await db.execute("delete from open_offers where application_id = $1", application_id)


projections = (
    Projection(name="borrowers", tables=_BORROWERS, project=project_borrowers),
    Projection(name="applications", tables=_APPLICATIONS, project=project_applications),
)
