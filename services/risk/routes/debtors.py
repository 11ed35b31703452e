"""债务人: the bank's claims on one borrower, and what they demand of one another; how he pays, and what warns."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.behaviour import Level
from services.risk.domain.debtor import debtor
from services.risk.domain.debtor_state import Debtor, behaviour
from services.risk.domain.early_warning import Severity, WarningKind, WarningStatus
from shared.command_handler import Outcome
from shared.engine import BANK_TIME
from shared.http import AsOf, Commands, Today
from shared.money import MoneyText

router = APIRouter(prefix="/debtors")


class ClaimView(BaseModel):
    """One loan; `outstanding` is empty until somebody said how much is owed."""

    loan_id: UUID
    outstanding: MoneyText | None
    days_past_due: int
    own: AssetClass
    in_books: bool


class BehaviourView(BaseModel):
    """行为评分: points of 100 with those of each indicator, by the post-loan policy of that version."""

    model_config = ConfigDict(from_attributes=True)
    score: int
    level: Level
    points: dict[str, int]
    policy_version: str


class WarningView(BaseModel):
    """An early warning that is not closed."""

    warning_id: UUID
    kind: WarningKind
    severity: Severity
    status: WarningStatus
    loan_id: UUID | None
    raised_on: date


class DebtorView(BaseModel):
    """`floor` is the class that the claims together demand of each; `behaviour` is empty before the first payout."""

    borrower_id: UUID
    retail: bool
    floor: AssetClass
    behaviour: BehaviourView | None
    claims: list[ClaimView]
    warnings: list[WarningView]


@router.get("/{borrower_id}", response_model=DebtorView)
async def read_debtor(borrower_id: UUID, commands: Commands, today: Today, as_of: AsOf) -> Response:
    """The debtor now, or as of a date; his behaviour is scored as of that day."""
    outcome = await commands.load(debtor, borrower_id, as_of)
    on = as_of.astimezone(BANK_TIME).date() if isinstance(as_of, datetime) else as_of
    return commands.read_answer(outcome, debtor_view(outcome, min(on or today, today)))


def debtor_view(outcome: Outcome[Debtor, Any], on: date) -> DebtorView:
    """The folded debtor as he is shown, his behaviour scored as of `on`."""
    known = outcome.state
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
    warnings = [
        {
            "warning_id": one.warning_id,
            "kind": one.signal.kind,
            "severity": one.signal.severity,
            "status": one.status,
            "loan_id": one.signal.loan_id,
            "raised_on": one.raised_on,
        }
        for one in known.warnings
        if one.status != "closed"
    ]
    return DebtorView.model_validate(
        {
            "borrower_id": outcome.aggregate_id,
            "retail": known.retail,
            "floor": known.floor,
            "behaviour": behaviour(known, on),
            "claims": claims,
            "warnings": warnings,
        }
    )
