"""Read-model rows → lists of assessments and classified loans."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.decision_record import Outcome
from services.risk.domain.events import AssessmentRequested, SourcesAnswered
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.simulation import Decided, PastApplication
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


class ShadowScoreRow(BaseModel):
    """What a model beside the champion said of an application, and what the champion decided."""

    application_id: UUID
    segment: Segment
    alias: str
    model_id: str
    sha256: str
    pd_percent: Decimal
    grade: str
    champion_pd_percent: Decimal
    champion_grade: str
    outcome: Outcome
    scored_on: date


async def shadow_scores(
    db: Any, *, branches: Sequence[str] | None, after: tuple[date, UUID, str] | None, limit: int
) -> list[ShadowScoreRow]:
    """Scores in the order in which they were made, behind `after`."""
    rows = await db.fetch(
        "select s.*, a.pd_percent champion_pd_percent, a.grade champion_grade, a.outcome from shadow_scores s"
        " join assessments a using (application_id) where ($1::text[] is null or s.branch = any($1))"
        " and ($2::date is null or (s.scored_on, s.application_id, s.sha256) > ($2, $3::uuid, $4))"
        " order by s.scored_on, s.application_id, s.sha256 limit $5",
        branches,
        *(after or (None, None, None)),
        limit,
    )
    return [ShadowScoreRow(**dict(row)) for row in rows]


async def not_shadow_scored(db: Any, segment: Segment, sha: str, since: date, limit: int) -> list[tuple[UUID, str]]:
    """Applications decided since a day of which the model has not spoken, with their branch."""
    rows = await db.fetch(
        "select application_id, branch from assessments a where segment = $1 and assessed_on >= $3 and not exists"
        " (select from shadow_scores s where s.application_id = a.application_id and s.sha256 = $2)"
        " order by assessed_on, application_id limit $4",
        segment,
        sha,
        since,
        limit,
    )
    return [(row["application_id"], row["branch"]) for row in rows]


_PAST = """
select e.type, e.data, e.schema_v, a.*, l.defaulted, coalesce(l.lent_minor, 0) lent_minor
from assessments a
join lateral (
  select type, data, schema_v from events
  where stream_id = 'credit_assessment-' || a.application_id and type in ('AssessmentRequested', 'SourcesAnswered')
  order by version desc limit 1
) e on true
left join lateral (
  select case when bool_or(known) then true when bool_and(known is not null) then false end defaulted,
         sum(principal_minor)::bigint lent_minor
  from (select principal_minor,
          case when defaulted_on <= entered_on + interval '12 months' then true
               when left_on is not null or entered_on + interval '12 months' <= $3 then false end known
        from classifications where application_id = a.application_id and entered_on is not null) one
) l on true
where a.assessed_on between $1 and $2 and (a.assessed_on, a.application_id) > ($4, $5::uuid)
order by a.assessed_on, a.application_id limit $6"""
PAST_PAGE = 500


async def past_applications(db: Any, first: date, last: date, *, today: date) -> AsyncIterator[list[PastApplication]]:
    """Pages of what was decided from `first` to `last`, in that order: facts from the log, decisions as listed.

    Whether a loan defaulted within twelve months is known once they are over, which `today` says.
    """
    place = (first, UUID(int=0))
    while True:
        rows = await db.fetch(_PAST, first, last, today, *place, PAST_PAGE)
        if not rows:
            return
        yield [_past(row) for row in rows]
        place = (rows[-1]["assessed_on"], rows[-1]["application_id"])


async def count_past_applications(db: Any, first: date, last: date) -> int:
    """How many were decided from `first` to `last`."""
    counted: int = await db.fetchval(
        "select count(*) from assessments where assessed_on between $1 and $2", first, last
    )
    return counted


def _past(row: Any) -> PastApplication:
    return PastApplication(
        facts=_facts(row["type"], row["data"], row["schema_v"]),
        decided=Decided(
            outcome=row["outcome"],
            grade=row["grade"],
            pd_percent=float(row["pd_percent"]),
            limit_minor=row["limit_minor"],
            annual_rate_percent=float(row["annual_rate_percent"]),
            expected_loss_minor=row["expected_loss_minor"],
        ),
        assessed_on=row["assessed_on"],
        defaulted=row["defaulted"],
        lent_minor=row["lent_minor"],
    )


def _facts(name: str, data: str, schema_v: int) -> ApplicationFacts:
    """The facts that were decided on: as the sources completed them, or before there were sources as they were told."""
    kind: type[AssessmentRequested | SourcesAnswered] = _HOLDS_FACTS[name]
    stale = kind.upcasters[schema_v - 1 :]
    if not stale:
        return kind.model_validate_json(data).facts
    return kind.model_validate(reduce(lambda old, upcast: upcast(old), stale, orjson.loads(data))).facts


_HOLDS_FACTS: dict[str, type[AssessmentRequested | SourcesAnswered]] = {
    one.__name__: one for one in (AssessmentRequested, SourcesAnswered)
}


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


_HISTORY = """
select e.data->'record'->'features' features, l.bad
from assessments a
join events e on e.stream_id = 'credit_assessment-' || a.application_id and e.type = 'CreditAssessed'
join lateral (
  select bool_or(coalesce(defaulted_on <= entered_on + interval '12 months', false)) bad
  from classifications where application_id = a.application_id
    and (defaulted_on <= entered_on + interval '12 months' or left_on is not null
         or entered_on + interval '12 months' <= $2)
) l on l.bad is not null
where a.segment = $1
order by a.assessed_on, a.application_id"""


async def history(db: Any, segment: str, *, today: date) -> list[tuple[dict[str, str | None], bool]]:
    """Features of each recorded decision whose loan's outcome is known, and whether it defaulted within a year."""
    rows = await db.fetch(_HISTORY, segment, today)
    return [({one["name"]: one["value"] for one in orjson.loads(row["features"])}, bool(row["bad"])) for row in rows]
