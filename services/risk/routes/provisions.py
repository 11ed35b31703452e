"""贷款损失准备: what is to be provided for the loans as they stood on a day, and the check against the ledger."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from services.risk.domain.loss_measurement import loss_measurement
from services.risk.domain.measured_group import MeasuredGroup
from services.risk.queries import provisions
from services.risk.queries.provisions import LoanLossRow, ProvisionsAsOf
from shared.dates import Day
from shared.http import Caller, Db, Keyed, Page, RequestBody, ServiceEngine, Today, branch_scope, whole_bank
from shared.money import Money, MoneyText

router = APIRouter(prefix="/provisions")
On = Annotated[Day | None, Query(description="As the loans stood at the end of this business date; today's otherwise")]


class LoanLossPage(BaseModel):
    items: list[LoanLossRow]
    next: str | None


class MeasureBody(RequestBody):
    """What is measured are the loans as they stand."""


class Measured(BaseModel):
    """What a branch's loans in one currency are expected to lose, and what is held for it beside what classes demand.

    `undrawn_loss` is what is expected to be lost of limits that may still be drawn.
    """

    branch: str
    loans: int
    expected_loss: MoneyText
    specific: MoneyText
    top_up: MoneyText
    undrawn: MoneyText
    undrawn_loss: MoneyText


class Measurement(BaseModel):
    """The whole bank as it was measured."""

    measured_on: date
    items: list[Measured]


@router.post("/measurements")
async def measure_provisions(
    _body: MeasureBody, caller: Caller, commands: Keyed, engine: ServiceEngine, db: Db, today: Today
) -> Response:
    """Measure what all loans and undrawn limits are expected to lose, and tell the books.

    The last day of a month is measured by itself as it begins; measured again, it is corrected.
    """
    whole_bank(caller)
    commands.require_key()

    async def measure() -> Measurement:
        await engine.caught_up("standings")
        groups = await provisions.measured_losses(db, today)
        metadata = await commands.metadata()
        for group in groups:
            own = replace(metadata, branch=group.branch)
            await engine.commands.handle(loss_measurement, group.measurement(today), own, command_id=uuid4())
        return Measurement(measured_on=today, items=[_measured(group) for group in groups])

    return await commands.once(measure)


def _measured(group: MeasuredGroup) -> Measured:
    sums = group.stages.values()
    return Measured(
        branch=group.branch,
        loans=sum(loans for loans, _, _ in sums),
        expected_loss=Money(sum(lost for _, _, lost in sums), group.currency),
        specific=Money(group.specific, group.currency),
        top_up=Money(group.top_up, group.currency),
        undrawn=Money(group.undrawn, group.currency),
        undrawn_loss=Money(group.undrawn_loss, group.currency),
    )


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
