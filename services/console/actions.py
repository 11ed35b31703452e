"""What the caller may do with a thing now, and why not: each service is asked by a trial of the very call.

A dry run decides with the rules of the service and writes nothing, so the pages hold none of them. What the caller's
roles never may is left out, and so is what the thing's status rules out; a refusal that people should know of, such as
that another person has to decide, is shown with the service's own words.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from pydantic import BaseModel

from services.console.forwarding import Upstream
from services.console.session import Session
from shared.identity import Principal, access_matrix

NOT_NOW = frozenset({"wrong-status", "offer-expired", "not-found", "decided-by-people", "drawdown-not-requested"})
"""Refusals that only say that this is not the time."""


@dataclass(frozen=True)
class Trial:
    """A call to try: `operation` is its name in the service's access matrix, `name` the action's where that differs."""

    operation: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


APPLICATION = (
    Trial("request_review", "review-request"),
    Trial(
        "recommend_decision",
        "recommendation",
        {"recommendation": "decline", "decline_codes": ["outside_policy"], "opinion": "dry run"},
    ),
    Trial("decide_application", "decision", {"decision": "return", "note": "dry run"}),
    Trial("decide_application", "decision", {"decision": "approve"}, "approve_application"),
    Trial("accept_offer", "offer/accept"),
    Trial("withdraw_application", "withdraw", {"reason": "other"}),
)
DRAWDOWN = (
    Trial("release_drawdown", "release"),
    Trial("cancel_drawdown", "cancel", {"reason": "dry run"}),
)


class Action(BaseModel):
    """One thing that could be done: by whom else, or what is missing, stands in `because` where it is not allowed."""

    name: str
    allowed: bool
    code: str = ""
    because: str = ""


async def application_actions(upstream: Upstream, session: Session, caller: Principal, which: UUID) -> list[Action]:
    """In the order in which an application meets them."""
    base = f"v1/applications/{which}"
    tried = [_try(upstream, session, caller, "application", base, trial) for trial in APPLICATION]
    *found, signing = await asyncio.gather(*tried, _signing(upstream, session, caller, base))
    return [action for action in (*found, signing) if action is not None]


async def _signing(upstream: Upstream, session: Session, caller: Principal, base: str) -> Action | None:
    """To sign one confirms the offer's own annualised rate, so the offer is read first."""
    if not may(caller, "application", "sign_contract"):
        return None
    offer = await upstream.ask(session, "application", f"{base}/offer")
    if offer.is_error:
        return None
    rate = offer.json()["cost_statement"]["annualised_rate_percent"]
    trial = Trial("sign_contract", "contract", {"confirmed_annualised_rate_percent": rate})
    return await _try(upstream, session, caller, "application", base, trial)


async def drawdown_actions(
    upstream: Upstream, session: Session, caller: Principal, contract: UUID, drawdown: UUID
) -> list[Action]:
    """What may become of a drawdown by the caller's hand."""
    base = f"v1/facilities/{contract}/drawdowns/{drawdown}"
    tried = [_try(upstream, session, caller, "disbursement", base, trial) for trial in DRAWDOWN]
    return [action for action in await asyncio.gather(*tried) if action is not None]


def may(caller: Principal, service: str, operation: str) -> bool:
    """Whether one of the caller's roles may call the operation at all."""
    return bool(caller.roles & _MATRICES[service].get(operation, frozenset()))


def operations(caller: Principal) -> dict[str, list[str]]:
    """Every operation that the caller's roles may call, by service."""
    return {
        service: sorted(operation for operation in matrix if may(caller, service, operation))
        for service, matrix in _MATRICES.items()
    }


async def _try(
    upstream: Upstream, session: Session, caller: Principal, service: str, base: str, trial: Trial
) -> Action | None:
    if not may(caller, service, trial.operation):
        return None
    answer = await upstream.ask(
        session, service, f"{base}/{trial.path}", method="POST", body=trial.body or None, dry_run="true"
    )
    name = trial.name or trial.operation
    if answer.is_success:
        return Action(name=name, allowed=True)
    code, detail = _refusal(answer)
    return None if code in NOT_NOW else Action(name=name, allowed=False, code=code, because=detail)


def _refusal(answer: httpx.Response) -> tuple[str, str]:
    try:
        problem = answer.json()
    except ValueError:
        return "service-away", f"{answer.status_code}"
    return str(problem.get("type", "")).rpartition(":")[2], str(problem.get("detail", ""))


_MATRICES = {name: access_matrix(name) for name in ("application", "risk", "disbursement", "repayment", "collection")}
