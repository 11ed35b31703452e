"""Whose is it? What a path names must exist for the caller: by branch, and for a partner by who brought it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.application import queries
from services.application.domain.borrower import Borrower, borrower
from services.application.domain.events import BorrowerEvent
from services.application.domain.loan_application import loan_application
from shared.command_handler import Outcome
from shared.engine import Engine
from shared.event_store import Recorded
from shared.http import Caller, Commands
from shared.identity import Principal
from shared.problem_details import Problem
from shared.request_commands import until


async def visible_application(application_id: UUID, commands: Commands, caller: Caller) -> UUID:
    """404 unless the caller may see this application."""
    _require_own(await commands.history(loan_application, application_id), caller)
    return application_id


VisibleApplication = Annotated[UUID, Depends(visible_application)]


KeptBorrower = Outcome[Borrower, BorrowerEvent]


async def borrower_of_bank(borrower_id: UUID, engine: Engine, caller: Principal) -> KeptBorrower:
    """A borrower under whom the caller may apply; 404 otherwise.

    A borrower belongs to the legal entity: every branch may take in his application. A partner applies here for
    those whom its own client registered.
    """
    past = await _past(borrower_id, engine, caller)
    _require_own(past, caller)
    return _folded(borrower_id, past)


async def visible_borrower(
    borrower_id: UUID, engine: Engine, caller: Principal, as_of: date | datetime | None = None
) -> KeptBorrower:
    """A borrower whom the caller may look at, now or as of a date; 404 otherwise.

    Shown to the branch that registered him, and to one that does business with him: that has taken in an
    application of his. The list of applications is a moment behind.
    """
    past = await _past(borrower_id, engine, caller)
    _require_own(past, caller)
    if not caller.may_see(past[0].meta.branch) and not await queries.has_applied(
        engine.pool, borrower_id, sorted(caller.scope)
    ):
        raise not_found()
    return _folded(borrower_id, until(past, as_of))


async def _past(borrower_id: UUID, engine: Engine, caller: Principal) -> list[Recorded[Any]]:
    past = await engine.store.read(borrower.stream(borrower_id))
    if not past or past[0].meta.legal_entity != caller.legal_entity:
        raise not_found()
    return past


def _folded(borrower_id: UUID, past: Sequence[Recorded[Any]]) -> KeptBorrower:
    if not past:
        raise not_found()
    events = tuple(recorded.event for recorded in past)
    return Outcome(borrower_id, past[-1].version, borrower.fold(events), events)


def _require_own(past: Sequence[Recorded[Any]], caller: Principal) -> None:
    """Staff see their branches; a partner sees what its own client brought in."""
    if is_partner(caller) and past[0].meta.client != caller.client:
        raise not_found()


def is_partner(caller: Principal) -> bool:
    """Whether the caller is a partner or a borrower's portal, and nobody of the bank."""
    return caller.roles <= {"partner"}


def not_found() -> Problem:
    """The same answer for what is not there and for what is not the caller's."""
    return Problem(404, "not-found", "There is no such thing, or it is not yours to see.")
