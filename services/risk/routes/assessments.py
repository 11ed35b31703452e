"""授信评估: the list, the whole record of one decision, and its recomputation."""

from datetime import date
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.risk import queries
from services.risk.calculations.derived import view_of
from services.risk.domain.credit_assessment import Answered, Assessed, CreditAssessment, Requested, credit_assessment
from services.risk.domain.decision_record import DecisionRecord, Outcome
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.source_answers import SourceAnswer
from services.risk.queries import AssessmentRow
from services.risk.routes.views import LoadedLibrary
from services.risk.scoring import replay_assessment
from shared.http import AsOf, Caller, Commands, Db, Page, branch_scope
from shared.problem_details import Problem

router = APIRouter()

FactsView = view_of(ApplicationFacts)
RecordView = view_of(DecisionRecord)
SourceView = view_of(SourceAnswer)


class AssessmentPage(BaseModel):
    items: list[AssessmentRow]
    next: str | None


class AssessmentView(BaseModel):
    """One assessment: the facts asked about and, once it is there, the decision with everything it stood on.

    `declared_facts` are those of the application, `facts` those after `sources` were asked: per source what it said, or
    why it said nothing. `sources` is empty until they were, and where a decision is of before there were any.
    """

    model_config = ConfigDict(from_attributes=True)
    application_id: UUID
    assessment_id: UUID
    status: Literal["requested", "assessed"]
    facts: FactsView  # type: ignore[valid-type]
    declared_facts: FactsView  # type: ignore[valid-type]
    sources: list[SourceView]  # type: ignore[valid-type]
    record: RecordView | None  # type: ignore[valid-type]


class ReplayView(BaseModel):
    """Whether the record came out again, byte for byte; where it did not, which of its parts differ."""

    application_id: UUID
    equal: bool
    recorded_sha256: str
    recomputed_sha256: str
    differing: list[str]


@router.get("/assessments", response_model=AssessmentPage)
async def list_assessments(
    db: Db, caller: Caller, page: Page, outcome: Outcome | None = None, grade: str | None = None
) -> dict[str, Any]:
    """Assessments in the order in which they were asked for."""
    rows = await queries.assessments(
        db,
        branches=branch_scope(caller),
        outcome=outcome,
        grade=grade,
        after=page.place(date.fromisoformat, UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.requested_on, row.application_id))


@router.get("/assessments/{application_id}", response_model=AssessmentView)
async def read_assessment(application_id: UUID, commands: Commands, as_of: AsOf) -> Response:
    """The assessment of an application with its decision record, now or as of a date."""
    outcome = await commands.load(credit_assessment, application_id, as_of)
    return commands.read_answer(outcome, assessment_view(outcome.state))


@router.post("/assessments/{application_id}/replay", openapi_extra={"x-key": "none"})
async def replay_recorded_assessment(application_id: UUID, commands: Commands, library: LoadedLibrary) -> ReplayView:
    """Compute the decision again from its record, with the very model and policy it names. Changes nothing."""
    outcome = await commands.load(credit_assessment, application_id)
    if not isinstance(outcome.state, Assessed):
        raise Problem(409, "assessment_not_decided", "There is no decision yet that could be computed again.")
    record = outcome.state.record
    try:
        again = replay_assessment(record, library)
    except LookupError as error:
        raise Problem(409, "document_missing", f"It cannot be computed again here: {error}.") from error
    recorded, recomputed = record.model_dump_json(), again.model_dump_json()
    return ReplayView(
        application_id=application_id,
        equal=recorded == recomputed,
        recorded_sha256=sha256(recorded.encode()).hexdigest(),
        recomputed_sha256=sha256(recomputed.encode()).hexdigest(),
        differing=[name for name in type(record).model_fields if getattr(record, name) != getattr(again, name)],
    )


def assessment_view(assessment: CreditAssessment) -> AssessmentView:
    """The folded assessment as it is shown; 404 before it was asked for."""
    match assessment:
        case Requested():
            declared, facts, record = assessment.facts, assessment.facts, None
        case Answered():
            declared, facts, record = assessment.declared, assessment.facts, None
        case Assessed():
            declared, facts, record = assessment.declared, assessment.record.facts, assessment.record
        case _:
            raise Problem(404, "not-found", "There was no assessment of this application then.")
    return AssessmentView.model_validate(
        {
            "application_id": facts.application_id,
            "assessment_id": assessment.assessment_id,
            "status": "assessed" if record else "requested",
            "facts": facts,
            "declared_facts": declared,
            "sources": () if isinstance(assessment, Requested) else assessment.answers,
            "record": record,
        }
    )
