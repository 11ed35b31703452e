"""五级分类: loans by class, and the history of one loan's class."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.risk import queries
from services.risk.calculations.derived import view_of
from services.risk.domain.asset_class import SPECIFIC_RATE_PERCENT, AssetClass, floors
from services.risk.domain.classified_loan import Classified, LoanClassification, signs_of
from services.risk.domain.events import LoanClassified
from services.risk.domain.loan_classification import loan_classification
from services.risk.queries import ClassificationRow
from shared.command_handler import Outcome
from shared.http import AsOf, Caller, Commands, Db, Page, branch_scope

router = APIRouter()

ChangeView = view_of(LoanClassified)


class ClassificationPage(BaseModel):
    items: list[ClassificationRow]
    next: str | None


class ImprovementView(BaseModel):
    """A better class that waits for the decision of a second person."""

    model_config = ConfigDict(from_attributes=True)
    proposal_id: UUID
    classification: AssetClass
    proposed_by: str


class ClassificationView(BaseModel):
    """The class of one loan, whether it still stands in the books, and every change of class in order.

    The answer to an act has only the changes that it made.

    `floors` are the rules that demand something now; `own` the class without what the debtor's other loans demand.
    """

    loan_id: UUID
    classification: AssetClass
    provision_rate_percent: str
    own: AssetClass
    floors: dict[str, AssetClass]
    by_hand: AssetClass
    debtor_floor: AssetClass
    days_past_due: int
    observed_until: date | None
    improvement: ImprovementView | None
    is_open: bool
    changes: list[ChangeView]  # type: ignore[valid-type]


def classification_view(loan_id: UUID, outcome: Outcome[LoanClassification, Any]) -> ClassificationView:
    """The folded classification as it is shown."""
    loan = outcome.state
    stands = loan if isinstance(loan, Classified) else Classified(asset_class=loan.asset_class, own=loan.asset_class)
    return ClassificationView.model_validate(
        {
            "loan_id": loan_id,
            "classification": loan.asset_class,
            "provision_rate_percent": str(SPECIFIC_RATE_PERCENT[loan.asset_class]),
            "own": stands.own,
            "floors": floors(signs_of(stands)),
            "by_hand": stands.by_hand,
            "debtor_floor": stands.debtor_floor,
            "days_past_due": stands.days_past_due,
            "observed_until": stands.observed_until,
            "improvement": stands.improvement,
            "is_open": isinstance(loan, Classified),
            "changes": [event for event in outcome.events if isinstance(event, LoanClassified)],
        }
    )


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
    return commands.read_answer(outcome, classification_view(loan_id, outcome))
