"""贷款损失准备: what is to be provided for the loans as they stood on a day, and the check against the ledger."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.risk.queries import provisions
from services.risk.queries.provisions import LoanLossRow, ProvisionsAsOf
from shared.http import Caller, Db, Page, Today, branch_scope

router = APIRouter(prefix="/provisions")
On = Annotated[date | None, Query(description="As the loans stood at the end of this business date; today's otherwise")]


class LoanLossPage(BaseModel):
    items: list[LoanLossRow]
    next: str | None


@router.get("")
async def read_provisions(db: Db, caller: Caller, today: Today, on: On = None) -> ProvisionsAsOf:
    """Specific (0, 2, 25, 50, 100 %) and general provision and expected loss, by branch, class and stage.

    With the supervisor's ratios (2.5 %, 150 %) and what account 1304 of the ledger should hold.
    """
    return await provisions.provisions_as_of(db, min(on or today, today), branches=branch_scope(caller))


@router.get("/loans", response_model=LoanLossPage)
async def list_loan_provisions(db: Db, caller: Caller, page: Page, today: Today, on: On = None) -> dict[str, Any]:
    """The same, loan by loan."""
    rows = await provisions.loan_losses(
        db,
        min(on or today, today),
        branches=branch_scope(caller),
        after=page.place(UUID),
        limit=page.limit + 1,
    )
    return page.answer(rows, key=lambda row: (row.loan_id,))
