"""Read-model rows → lists of assessments and classified loans."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.decision_record import Outcome
from services.risk.domain.facts import Segment
from shared.money import Money, MoneyText

Status = Literal["requested", "assessed"]


class AssessmentRow(BaseModel):
    """An application in the list; what is decided is empty while it waits."""

    application_id: UUID
    assessment_id: UUID
    borrower_id: UUID
    segment: Segment
    product_code: str
    status: Status
    requested: MoneyText
    requested_on: date
    outcome: Outcome | None
    grade: str | None
    score: int | None
    pd_percent: Decimal | None
    five_c_score: Decimal | None
    limit: MoneyText | None
    binding_limit: str | None
    annual_rate_percent: Decimal | None
    model_version: str | None
    policy_version: str | None
    assessed_on: date | None


class ClassificationRow(BaseModel):
    """A loan in the list. Application, borrower and principal are empty until its payout has been heard of."""

    loan_id: UUID
    application_id: UUID | None
    borrower_id: UUID | None
    principal: MoneyText | None
    classification: AssetClass
    provision_rate_percent: Decimal
    stage: int
    days_past_due: int
    observed_until: date | None
    classified_on: date
    left_on: date | None
    written_off: bool


async def assessments(
    db: Any,
    *,
    branches: Sequence[str] | None,
    outcome: str | None,
    grade: str | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[AssessmentRow]:
    """Assessments in the order in which they were asked for, behind `after`."""
    asked_on, application_id = after or (None, None)
    rows = await db.fetch(
        "select * from assessments where ($1::text[] is null or branch = any($1))"
        " and ($2::text is null or outcome = $2) and ($3::text is null or grade = $3)"
        " and ($4::date is null or (requested_on, application_id) > ($4, $5::uuid))"
        " order by requested_on, application_id limit $6",
        branches,
        outcome,
        grade,
        asked_on,
        application_id,
        limit,
    )
    return [_assessment(row) for row in rows]


async def classifications(
    db: Any,
    *,
    branches: Sequence[str] | None,
    classification: str | None,
    after: tuple[UUID] | None,
    limit: int,
) -> list[ClassificationRow]:
    """Loans by id, behind `after`; with those that have left."""
    [loan_id] = after or (None,)
    rows = await db.fetch(
        "select * from classifications where ($1::text[] is null or branch = any($1))"
        " and ($2::text is null or classification = $2) and ($3::uuid is null or loan_id > $3)"
        " order by loan_id limit $4",
        branches,
        classification,
        loan_id,
        limit,
    )
    return [_classification(row) for row in rows]


def _assessment(row: Any) -> AssessmentRow:
    currency = row["currency"]
    return AssessmentRow(
        **{name: row[name] for name in AssessmentRow.model_fields if name in row.keys()},  # noqa: SIM118  (a Record)
        status="requested" if row["outcome"] is None else "assessed",
        requested=Money(row["requested_minor"], currency),
        limit=None if row["limit_minor"] is None else Money(row["limit_minor"], currency),
    )


def _classification(row: Any) -> ClassificationRow:
    return ClassificationRow(
        **{name: row[name] for name in ClassificationRow.model_fields if name in row.keys()},  # noqa: SIM118
        principal=None if row["currency"] is None else Money(row["principal_minor"], row["currency"]),
    )
