"""影子评分: what the models beside the champion say of the same applications."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.risk import queries
from services.risk.queries import ShadowScoreRow
from shared.http import Caller, Db, Page, branch_scope

router = APIRouter()


class ShadowScorePage(BaseModel):
    items: list[ShadowScoreRow]
    next: str | None


@router.get("/shadow-scores", response_model=ShadowScorePage)
async def list_shadow_scores(db: Db, caller: Caller, page: Page) -> dict[str, Any]:
    """Scores of challengers and models in shadow, beside the champion's, in the order in which they were made."""
    place = page.place(date.fromisoformat, UUID, str)
    rows = await queries.shadow_scores(
        db, branches=branch_scope(caller), after=place and (place[0], place[1], place[2]), limit=page.limit + 1
    )
    return page.answer(rows, key=lambda row: (row.scored_on, row.application_id, row.sha256))
