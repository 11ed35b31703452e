"""审查·审批: the work list, the first person's recommendation, the second person's decision."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from starlette.responses import Response

from services.application import queries
from services.application.domain.commands import DecideReview, DeclineCode, RecommendDecision
from services.application.domain.loan_application import loan_application
from services.application.queries import ReviewRow
from services.application.routes.answers import application_answer
from services.application.routes.texts import Note, RatePercent
from services.application.routes.views import ApplicationAnswer
from services.application.routes.visibility import VisibleApplication
from shared.http import Caller, Commands, Db, Page, RequestBody, Today, branch_scope
from shared.money import PositiveMoney

router = APIRouter(prefix="/v1", tags=["reviews"])

DeclineCodes = Annotated[tuple[DeclineCode, ...], Field(max_length=5)]


class RecommendationBody(RequestBody):
    """For an approval, amount and rate are those assessed unless given; for a refusal, the reasons."""

    recommendation: Literal["approve", "decline"]
    amount: PositiveMoney | None = None
    annual_rate_percent: RatePercent | None = None
    decline_codes: DeclineCodes = ()
    opinion: Note
    override_reason: Note | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        terms: list[PositiveMoney | Decimal | None] = [self.amount, self.annual_rate_percent]
        if self.recommendation == "decline" and any(term is not None for term in terms):
            raise ValueError("amount and annual_rate_percent belong to an approval")
        if self.recommendation == "approve" and self.decline_codes:
            raise ValueError("decline_codes belong to a refusal")
        return self


class DecisionBody(RequestBody):
    """An amount may only be lower than recommended; a return says in `note` what is missing."""

    decision: Literal["approve", "decline", "return"]
    amount: PositiveMoney | None = None
    decline_codes: DeclineCodes = ()
    note: Note | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.decision != "approve" and self.amount is not None:
            raise ValueError("amount belongs to an approval")
        if self.decision != "decline" and self.decline_codes:
            raise ValueError("decline_codes belong to a refusal")
        return self


class ReviewPage(BaseModel):
    items: list[ReviewRow]
    next: str | None


@router.get("/reviews", response_model=ReviewPage)
async def list_reviews(
    db: Db,
    caller: Caller,
    page: Page,
    step: Literal["recommendation", "decision"] | None = None,
) -> dict[str, Any]:
    """What waits for people, the longest open first."""
    rows = await queries.reviews(
        db, branches=branch_scope(caller), step=step, after=page.place(date.fromisoformat, UUID), limit=page.limit + 1
    )
    return page.answer(rows, key=lambda row: (row.opened_on, row.application_id))


@router.post("/applications/{application_id}/recommendation", response_model=ApplicationAnswer)
async def recommend_decision(
    application_id: VisibleApplication, body: RecommendationBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Recommend, as a reviewer who did not submit the application."""
    command = RecommendDecision(
        application_id=application_id,
        recommendation=body.recommendation,
        amount=body.amount,
        annual_rate_percent=body.annual_rate_percent,
        decline_codes=body.decline_codes,
        opinion=body.opinion,
        override_reason=body.override_reason,
        recommended_by=caller.person,
        recommended_on=today,
    )
    return await commands.handle(loan_application, command, answer=application_answer)


@router.post("/applications/{application_id}/decision", response_model=ApplicationAnswer)
async def decide_application(
    application_id: VisibleApplication, body: DecisionBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Decide, as an approver who neither submitted nor recommended."""
    command = DecideReview(
        application_id=application_id,
        decision=body.decision,
        amount=body.amount,
        decline_codes=body.decline_codes,
        note=body.note,
        authority=caller.roles,
        decided_by=caller.person,
        decided_on=today,
    )
    return await commands.handle(loan_application, command, answer=application_answer)
