"""五级分类: loans by class, and the history of one loan's class."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from services.risk import queries
from services.risk.calculations.derived import view_of
from services.risk.domain.asset_class import AssetClass
from services.risk.domain.events import LoanClassified
from services.risk.domain.loan_classification import Classified, loan_classification, provision_rate_percent
from services.risk.queries import ClassificationRow
from shared.http import AsOf, Caller, Commands, Db, Page, branch_scope

router = APIRouter()

ChangeView = view_of(LoanClassified)


class ClassificationPage(BaseModel):
    items: list[ClassificationRow]
    next: str | None


class ClassificationView(BaseModel):
    """The class of one loan, whether it still stands in the books, and every change of class in order."""

    loan_id: UUID
    classification: AssetClass
    provision_rate_percent: str
    days_past_due: int
    observed_until: date | None
    is_open: bool
    changes: list[ChangeView]  # type: ignore[valid-type]


@router.get("/classifications", response_model=ClassificationPage)
async def list_classifications(
    db: Db, caller: Caller, page: Page, classification: AssetClass | None = None
) -> dict[str, Any]:
    """Loans and their classes, by loan id."""
    rows = await queries.classifications(
        db,
        branches=branch_scope(caller),
        classification=classification,
        after=page.place(UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.loan_id,))


@router.get("/classifications/{loan_id}", response_model=ClassificationView)
async def read_classification(loan_id: UUID, commands: Commands, as_of: AsOf) -> Response:
    """One loan's class, now or as of a date."""
    outcome = await commands.load(loan_classification, loan_id, as_of)
    loan = outcome.state
    is_open = isinstance(loan, Classified)
    view = ClassificationView.model_validate(
        {
            "loan_id": loan_id,
            "classification": loan.asset_class,
            "provision_rate_percent": str(provision_rate_percent(loan.asset_class)),
            "days_past_due": loan.days_past_due if isinstance(loan, Classified) else 0,
            "observed_until": loan.observed_until if isinstance(loan, Classified) else None,
            "is_open": is_open,
            "changes": [event for event in outcome.events if isinstance(event, LoanClassified)],
        }
    )
    return commands.read_answer(outcome, view)
