"""Answers that no single service has: who is signed in and where they begin, how the five stand, what is meant."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.console.actions import may, operations
from services.console.forwarding import Upstream
from services.console.session import Session
from services.console.surroundings import Surroundings
from shared.identity import Principal
from shared.problem_details import Problem

HOMES = (
    ("operator", "/operations"),
    ("releaser", "/drawdowns"),
    ("senior_approver", "/reviews"),
    ("approver", "/reviews"),
    ("reviewer", "/reviews"),
    ("cashier", "/loans"),
    ("collector", "/loans"),
    ("collection_manager", "/loans"),
    ("officer", "/pipeline"),
    ("auditor", "/pipeline"),
)
"""Role → the page its day begins on; the first that fits."""
NAMES_MAX = 200
AT_ONCE = 8


class SignedIn(BaseModel):
    """Who the pages are shown to. `operations` is what their roles may call, by service."""

    person: str
    name: str
    roles: list[str]
    branch: str
    branches: list[str]
    home: str
    operations: dict[str, list[str]]
    sandbox: bool
    ends_at: int


class Standing(BaseModel):
    """How a service stands; of one that does not answer only its name and `away`."""

    service: str
    away: str = ""
    business_date: str | None = None
    facts: int = 0
    lag: int = 0
    slowest: str = ""
    parked: int = 0
    delayed: int = 0
    failing: dict[str, str] = {}


class Found(BaseModel):
    """A thing that a search has found, and its page."""

    kind: str
    id: str
    title: str
    page: str


def signed_in(caller: Principal, session: Session, around: Surroundings) -> SignedIn:
    home = next((page for role, page in HOMES if role in caller.roles), "/welcome")
    return SignedIn(
        person=caller.person,
        name=caller.name,
        roles=sorted(caller.roles),
        branch=caller.branch,
        branches=sorted(caller.scope),
        home=home,
        operations=operations(caller),
        sandbox=bool(around.sandbox) and "operator" in caller.roles,
        ends_at=session.ends_at(),
    )


async def standings(upstream: Upstream, session: Session) -> list[Standing]:
    """Each service's standing, asked at the same time; one that is away does not hide the others."""
    return list(await asyncio.gather(*(_standing(upstream, session, name) for name in upstream.names)))


async def _standing(upstream: Upstream, session: Session, service: str) -> Standing:
    try:
        answer = await upstream.ask(session, service, "internal/status")
    except Problem as problem:
        return Standing(service=service, away=problem.detail)
    if answer.is_error:
        return Standing(service=service, away=str(answer.json().get("detail", answer.status_code)))
    status = answer.json()
    behind = {who: max(0, status["head"] - at) for who, at in status["followers"].items() if "@" not in who}
    slowest = max(behind, key=lambda who: behind[who], default="")
    return Standing(
        service=service,
        business_date=status["business_date"],
        facts=status["head"],
        lag=behind.get(slowest, 0),
        slowest=slowest if behind.get(slowest) else "",
        parked=sum(status["parked"].values()),
        delayed=status["delayed"],
        failing={who: str(why) for who, why in status["failing"].items()},
    )


async def names(upstream: Upstream, session: Session, borrowers: Sequence[UUID]) -> dict[str, str]:
    """Borrowers' names as the caller may see them; who is not the caller's to see is left out."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def name(borrower: UUID) -> tuple[str, str | None]:
        async with turn:
            answer = await upstream.ask(session, "application", f"v1/borrowers/{borrower}")
        return str(borrower), None if answer.is_error else answer.json()["name"]

    found = await asyncio.gather(*map(name, dict.fromkeys(borrowers)))
    return {borrower: called for borrower, called in found if called}


async def search(upstream: Upstream, session: Session, caller: Principal, text: str) -> list[Found]:
    """What an id names, or the borrower with a unified social credit code and what he has asked for."""
    try:
        wanted = UUID(text.strip())
    except ValueError:
        return await _by_code(upstream, session, caller, text.strip().upper())
    looks = (
        ("application", "application", "v1/applications/{}", "read_application", "/applications/{}"),
        ("loan", "repayment", "v1/loans/{}", "read_loan", "/loans/{}"),
        ("drawdown", "disbursement", "v1/drawdowns/{}", "find_drawdown", "/drawdowns/{contract_id}/{}"),
        ("contract", "application", "v1/contracts/{}", "read_contract", "/applications/{application_id}"),
    )

    async def look(kind: str, service: str, path: str, operation: str, page: str) -> Found | None:
        if not may(caller, service, operation):
            return None
        answer = await upstream.ask(session, service, path.format(wanted))
        if answer.is_error:
            return None
        return Found(kind=kind, id=str(wanted), title=str(wanted), page=page.format(wanted, **answer.json()))

    return [found for found in await asyncio.gather(*(look(*one) for one in looks)) if found]


async def _by_code(upstream: Upstream, session: Session, caller: Principal, code: str) -> list[Found]:
    if not code or not may(caller, "application", "list_borrowers"):
        return []
    answer = await upstream.ask(session, "application", "v1/borrowers", unified_social_credit_code=code)
    if answer.is_error or not may(caller, "application", "list_applications"):
        return []
    found = []
    for borrower in answer.json()["items"]:
        asked = await upstream.ask(session, "application", "v1/applications", borrower_id=borrower["borrower_id"])
        items: list[dict[str, Any]] = [] if asked.is_error else asked.json()["items"]
        found += [
            Found(kind="application", id=one["application_id"], title=borrower["shown_name"],
                  page=f"/applications/{one['application_id']}")
            for one in items
        ]  # fmt: skip
    return found
