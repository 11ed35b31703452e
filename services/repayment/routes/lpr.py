"""The loan prime rate (LPR): what has been published, and publications that wait for a second person."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.repayment.domain.commands import ApproveLpr, ProposeLpr, RejectLpr
from services.repayment.domain.events import LprRate
from services.repayment.domain.lpr_table import LPR_TABLE_ID, LprTable, lpr_table
from services.repayment.registry import shipped_lpr
from services.repayment.routes.account_changes import PROPOSAL, Rejection
from shared.command_handler import Outcome
from shared.dates import Day
from shared.http import Caller, Commands, RequestBody, ServiceEngine, Today

router = APIRouter(prefix="/v1/lpr", tags=["lpr"])

LprPercent = Annotated[Decimal, Field(ge=0, le=20, max_digits=6, decimal_places=4)]


class Publication(RequestBody):
    """A publication as the interbank funding center made it, in percent a year."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "proposal_id": PROPOSAL,
                    "published_on": "2026-01-20",
                    "one_year_percent": "3.00",
                    "five_years_percent": "3.50",
                }
            ]
        }
    )
    proposal_id: UUID
    published_on: Day
    one_year_percent: LprPercent
    five_years_percent: LprPercent


class Rate(BaseModel):
    """One publication: it counts from its day on."""

    published_on: date
    one_year_percent: Decimal
    five_years_percent: Decimal


class PendingRate(Rate):
    """A publication that waits for a second person."""

    proposal_id: UUID
    proposed_by: str
    proposed_on: date


class LprTableAnswer(BaseModel):
    """All publications that loans are priced by, the newest first, and those that wait."""

    table_id: UUID = LPR_TABLE_ID
    items: list[Rate]
    pending: list[PendingRate]


@router.get("")
async def list_lpr(engine: ServiceEngine) -> LprTableAnswer:
    """The publications that loans are priced by."""
    return _table((await engine.commands.load(lpr_table, LPR_TABLE_ID)).state)


@router.post("/proposals", response_model=LprTableAnswer, status_code=201)
async def propose_lpr(body: Publication, commands: Commands, caller: Caller, today: Today) -> Response:
    """Type in a publication. It counts once another person has compared it with the source."""
    rate = LprRate(**{name: getattr(body, name) for name in LprRate.model_fields})
    command = ProposeLpr(proposal_id=body.proposal_id, rate=rate, proposed_by=caller.person, today=today)
    return await commands.handle(lpr_table, command, answer=_answer, status=201)


@router.post("/proposals/{proposal_id}/approval", response_model=LprTableAnswer)
async def approve_lpr(proposal_id: UUID, commands: Commands, caller: Caller, today: Today) -> Response:
    """Publish what somebody else typed in."""
    command = ApproveLpr(proposal_id=proposal_id, approved_by=caller.person, today=today)
    return await commands.handle(lpr_table, command, answer=_answer)


@router.post("/proposals/{proposal_id}/rejection", response_model=LprTableAnswer)
async def reject_lpr(proposal_id: UUID, body: Rejection, commands: Commands, caller: Caller, today: Today) -> Response:
    """Turn down what was typed in."""
    command = RejectLpr(proposal_id=proposal_id, reason=body.reason, rejected_by=caller.person, today=today)
    return await commands.handle(lpr_table, command, answer=_answer)


def _answer(outcome: Outcome[LprTable, Any]) -> LprTableAnswer:
    return _table(outcome.state)


def _table(table: LprTable) -> LprTableAnswer:
    known = sorted((*shipped_lpr(), *table.published), key=lambda one: one.published_on, reverse=True)
    return LprTableAnswer(
        items=[Rate(**one.model_dump()) for one in known],
        pending=[
            PendingRate(
                **one.rate.model_dump(),
                proposal_id=one.proposal_id,
                proposed_by=one.proposed_by,
                proposed_on=one.proposed_on,
            )
            for one in table.pending.values()
        ],
    )
