"""五级分类 by people: a sign, a worse class at once, a better one by two persons, a restructuring."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field
from starlette.responses import Response

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.class_by_others import PERIOD_MONTHS_MAX
from services.risk.domain.classification_commands import (
    ClassByOthersCommand,
    DecideImprovement,
    NoteSign,
    ProposeClass,
    RestructureLoan,
)
from services.risk.domain.classification_events import Sign
from services.risk.domain.classified_loan import Classified
from services.risk.domain.fractions import Share
from services.risk.domain.loan_classification import loan_classification
from services.risk.routes.classifications import ClassificationView, classification_view
from shared.dates import Day
from shared.http import Caller, Commands, RequestBody, Today
from shared.problem_details import Problem

router = APIRouter(prefix="/classifications/{loan_id}")
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class SignBody(RequestBody):
    """What was found, and why it is believed; the loss expected, in percent of the balance, of an impaired loan."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sign": "misused", "reason": "paid a dividend"}]})
    sign: Sign
    expected_loss_percent: Share | None = None
    reason: Reason


class ClassBody(RequestBody):
    """The class that a person would set."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"classification": "substandard", "reason": "the main customer is insolvent"}]}
    )
    classification: AssetClass
    reason: Reason


class ImprovementBody(RequestBody):
    """The second person's decision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decision": "approve", "reason": "papers seen"}]})
    decision: Literal["approve", "reject"]
    reason: Reason


class RestructuringBody(RequestBody):
    """The new plan: when it first falls due, and how many months lie between its payments."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"first_due_on": "2026-07-21", "repayment_period_months": 1, "reason": "orders delayed"}]
        }
    )
    first_due_on: Day
    repayment_period_months: Annotated[int, Field(ge=1, le=PERIOD_MONTHS_MAX)]
    reason: Reason


async def known_loan(loan_id: UUID, commands: Commands) -> None:
    """404 where the loan was never heard of, or is not the caller's."""
    await commands.load(loan_classification, loan_id)


async def known_improvement(loan_id: UUID, proposal_id: UUID, commands: Commands) -> None:
    """404 where no such proposal waits for a decision."""
    loan = (await commands.load(loan_classification, loan_id)).state
    waits = loan.improvement if isinstance(loan, Classified) else None
    if waits is None or waits.proposal_id != proposal_id:
        raise Problem(404, "not-found", "No such proposal waits for a decision.")


KNOWN = [Depends(known_loan)]


async def _handle(commands: Commands, command: ClassByOthersCommand, status: int = 201) -> Response:
    return await commands.handle(
        loan_classification,
        command,
        answer=lambda outcome: classification_view(command.loan_id, outcome),
        status=status,
        location=f"/v1/classifications/{command.loan_id}" if status == 201 else None,  # noqa: PLR2004  (HTTP's word)
    )


@router.post("/signs", response_model=ClassificationView, status_code=201, dependencies=KNOWN)
async def note_classification_sign(
    loan_id: UUID, body: SignBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Note what demands a worse class; it counts at once."""
    command = NoteSign(
        loan_id=loan_id,
        sign=body.sign,
        expected_loss_percent=body.expected_loss_percent,
        reason=body.reason,
        noted_by=caller.person,
        noted_on=today,
    )
    return await _handle(commands, command)


@router.post("/proposals", response_model=ClassificationView, status_code=201, dependencies=KNOWN)
async def propose_classification(
    loan_id: UUID, body: ClassBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Set a worse class at once, or propose a better one, on which a second person decides."""
    command = ProposeClass(
        loan_id=loan_id,
        proposal_id=commands.new_id,
        classification=body.classification,
        reason=body.reason,
        proposed_by=caller.person,
        proposed_on=today,
    )
    return await _handle(commands, command)


@router.post(
    "/proposals/{proposal_id}/decision",
    response_model=ClassificationView,
    dependencies=[Depends(known_improvement)],
)
async def decide_classification(
    loan_id: UUID, proposal_id: UUID, body: ImprovementBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Approve or reject a better class as a second person. What the rules demand, nobody can lift."""
    command = DecideImprovement(
        loan_id=loan_id,
        proposal_id=proposal_id,
        approve=body.decision == "approve",
        reason=body.reason,
        decided_by=caller.person,
        decided_on=today,
    )
    return await _handle(commands, command, status=200)


@router.post("/restructurings", response_model=ClassificationView, status_code=201, dependencies=KNOWN)
async def record_restructuring(
    loan_id: UUID, body: RestructuringBody, caller: Caller, today: Today, commands: Commands
) -> Response:
    """Record that the terms were eased because the debtor is in difficulty; the observation begins."""
    command = RestructureLoan(
        loan_id=loan_id,
        first_due_on=body.first_due_on,
        repayment_period_months=body.repayment_period_months,
        reason=body.reason,
        restructured_by=caller.person,
        restructured_on=today,
    )
    return await _handle(commands, command)
