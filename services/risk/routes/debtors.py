"""债务人: the bank's claims on one borrower, and what they demand of one another."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.debtor import Debtor, debtor
from shared.http import AsOf, Commands
from shared.money import MoneyText

router = APIRouter(prefix="/debtors")


class ClaimView(BaseModel):
    """One loan; `outstanding` is empty until somebody said how much is owed."""

    loan_id: UUID
    outstanding: MoneyText | None
    days_past_due: int
    own: AssetClass
    in_books: bool


class DebtorView(BaseModel):
    """`floor` is the class that the claims together demand of each of them."""

    borrower_id: UUID
    retail: bool
    floor: AssetClass
    claims: list[ClaimView]


@router.get("/{borrower_id}", response_model=DebtorView)
async def read_debtor(borrower_id: UUID, commands: Commands, as_of: AsOf) -> Response:
    """The debtor now, or as of a date."""
    outcome = await commands.load(debtor, borrower_id, as_of)
    return commands.read_answer(outcome, DebtorView.model_validate(_shown(borrower_id, outcome.state)))


def _shown(borrower_id: UUID, known: Debtor) -> dict[str, Any]:
    claims = [
        {
            "loan_id": loan_id,
            "outstanding": claim.outstanding,
            "days_past_due": claim.days_past_due,
            "own": claim.own,
            "in_books": not claim.has_ended,
        }
        for loan_id, claim in known.claims.items()
    ]
    return {"borrower_id": borrower_id, "retail": known.retail, "floor": known.floor, "claims": claims}
