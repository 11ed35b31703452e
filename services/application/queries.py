"""Read-model rows → the lists that officers work from, and what the bank has granted a borrower already."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.application.domain.facts import Segment
from shared.money import Money, MoneyText

EXPOSED = ("submitted", "in_review", "recommended", "offered", "accepted", "signed", "disbursement_failed", "disbursed")
"""Statuses in which an application has, or may yet lead to, money out."""

Place = tuple[date, UUID]
"""Where a page ends: the date by which the list is sorted, and the row's id."""
NOWHERE = (None, None)


class BorrowerRow(BaseModel):
    """A person's name is masked."""

    borrower_id: UUID
    branch: str
    segment: Literal["company", "person"]
    shown_name: str
    unified_social_credit_code: str | None
    registered_on: date


class ApplicationRow(BaseModel):
    """`granted` is what was approved; the rate is the assessed one until then."""

    application_id: UUID
    borrower_id: UUID
    branch: str
    segment: Segment
    product_code: str
    requested_amount: MoneyText
    granted: MoneyText | None
    term_months: int
    repayment_method: str
    status: str
    score: int | None
    grade: str | None
    annual_rate_percent: Decimal | None
    submitted_by: str
    submitted_on: date


class ReviewRow(BaseModel):
    """One task: a recommendation by anybody but the submitter, or a decision by a third person with authority."""

    application_id: UUID
    branch: str
    borrower_id: UUID
    product_code: str
    requested_amount: MoneyText
    causes: list[str]
    step: Literal["recommendation", "decision"]
    submitted_by: str
    recommendation: str | None
    recommended_amount: MoneyText | None
    recommended_by: str | None
    authority: str | None
    opened_on: date


class ContractRow(BaseModel):
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    branch: str
    segment: Segment
    product_code: str
    limit: MoneyText
    annual_rate_percent: Decimal
    term_months: int
    repayment_method: str
    status: str
    signed_on: date
    available_until: date


async def borrowers(
    db: Any, *, branches: Sequence[str] | None, code: str | None, after: Place | None, limit: int
) -> list[BorrowerRow]:
    """Up to `limit` borrowers behind `after` (registered_on, borrower_id), oldest first."""
    registered_on, borrower_id = after or NOWHERE
    rows = await db.fetch(
        "select * from borrowers where ($1::text[] is null or branch = any($1))"
        " and ($2::text is null or unified_social_credit_code = $2)"
        " and ($3::date is null or (registered_on, borrower_id) > ($3, $4::uuid))"
        " order by registered_on, borrower_id limit $5",
        *(branches, code, registered_on, borrower_id, limit),
    )
    return [BorrowerRow(**row) for row in rows]


async def applications(
    db: Any,
    *,
    branches: Sequence[str] | None,
    status: str | None,
    borrower_id: UUID | None,
    after: Place | None,
    limit: int,
) -> list[ApplicationRow]:
    """Up to `limit` applications behind `after` (submitted_on, application_id), oldest first."""
    submitted_on, application_id = after or NOWHERE
    rows = await db.fetch(
        "select * from applications where ($1::text[] is null or branch = any($1))"
        " and ($2::text is null or status = $2) and ($3::uuid is null or borrower_id = $3)"
        " and ($4::date is null or (submitted_on, application_id) > ($4, $5::uuid))"
        " order by submitted_on, application_id limit $6",
        *(branches, status, borrower_id, submitted_on, application_id, limit),
    )
    return [
        ApplicationRow(
            **row, requested_amount=_money(row, "requested_minor"), granted=_money_or_none(row, "granted_minor")
        )
        for row in rows
    ]


async def reviews(
    db: Any, *, branches: Sequence[str] | None, step: str | None, after: Place | None, limit: int
) -> list[ReviewRow]:
    """Up to `limit` open reviews behind `after` (opened_on, application_id), the longest open first."""
    opened_on, application_id = after or NOWHERE
    rows = await db.fetch(
        "select * from reviews where ($1::text[] is null or branch = any($1)) and ($2::text is null or step = $2)"
        " and ($3::date is null or (opened_on, application_id) > ($3, $4::uuid))"
        " order by opened_on, application_id limit $5",
        *(branches, step, opened_on, application_id, limit),
    )
    return [
        ReviewRow(
            **row,
            requested_amount=_money(row, "requested_minor"),
            recommended_amount=_money_or_none(row, "recommended_minor"),
        )
        for row in rows
    ]


async def contracts(
    db: Any,
    *,
    branches: Sequence[str] | None,
    status: str | None,
    borrower_id: UUID | None,
    after: Place | None,
    limit: int,
) -> list[ContractRow]:
    """Up to `limit` contracts behind `after` (signed_on, contract_id), oldest first."""
    signed_on, contract_id = after or NOWHERE
    rows = await db.fetch(
        "select * from contracts where ($1::text[] is null or branch = any($1))"
        " and ($2::text is null or status = $2) and ($3::uuid is null or borrower_id = $3)"
        " and ($4::date is null or (signed_on, contract_id) > ($4, $5::uuid))"
        " order by signed_on, contract_id limit $6",
        *(branches, status, borrower_id, signed_on, contract_id, limit),
    )
    return [ContractRow(**row, limit=_money(row, "limit_minor")) for row in rows]


async def application_of_contract(db: Any, contract_id: UUID) -> UUID | None:
    """The application under which a contract was signed."""
    found: UUID | None = await db.fetchval("select application_id from contracts where contract_id = $1", contract_id)
    return found


async def exposure(db: Any, borrower_id: UUID, currency: str) -> Money:
    """What the borrower has been granted in `currency`, or has asked for where nothing is granted yet.

    From the list of applications: whoever counts on it waits first until that shows all that was recorded.
    """
    minor: int = await db.fetchval(
        "select coalesce(sum(coalesce(granted_minor, requested_minor)), 0)::bigint from applications"
        " where borrower_id = $1 and currency = $2 and status = any($3)",
        *(borrower_id, currency, list(EXPOSED)),
    )
    return Money(minor, currency)


async def has_applied(db: Any, borrower_id: UUID, branches: Sequence[str]) -> bool:
    """Whether one of `branches` has taken in an application of the borrower."""
    found: bool = await db.fetchval(
        "select exists(select from applications where borrower_id = $1 and branch = any($2))", borrower_id, branches
    )
    return found


async def has_contract(db: Any, borrower_id: UUID) -> bool:
    """Whether the borrower has had a contract before. Unknown is no: a new relation is the stricter case."""
    found: bool = await db.fetchval("select exists(select from contracts where borrower_id = $1)", borrower_id)
    return found


class PastOffer(BaseModel):
    application_id: UUID
    branch: str


async def offers_past(db: Any, business_date: date, *, after: UUID | None, limit: int) -> list[PastOffer]:
    """Up to `limit` offers, behind the application `after`, whose last day lies before `business_date`."""
    rows = await db.fetch(
        "select application_id, branch from open_offers where valid_until < $1"
        " and ($2::uuid is null or application_id > $2) order by application_id limit $3",
        *(business_date, after, limit),
    )
    return [PastOffer(**row) for row in rows]


def _money(row: Any, column: str) -> Money:
    return Money(row[column], row["currency"])


def _money_or_none(row: Any, column: str) -> Money | None:
    return None if row[column] is None else _money(row, column)
