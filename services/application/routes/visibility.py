"""Whose is it? What a path names must exist for the caller: by branch, and for a partner by who brought it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import TypeAdapter, ValidationError

from services.application.domain.borrower import borrower
from services.application.domain.loan_application import loan_application
from shared.event_store import Recorded
from shared.http import Caller, Commands, Page
from shared.identity import Principal
from shared.problem_details import FieldProblem, Problem
from shared.request_commands import RequestCommands

_PLACE: TypeAdapter[tuple[date, UUID]] = TypeAdapter(tuple[date, UUID])


async def visible_application(application_id: UUID, commands: Commands, caller: Caller) -> UUID:
    """404 unless the caller may see this application."""
    _require_own(await commands.history(loan_application, application_id), caller)
    return application_id


VisibleApplication = Annotated[UUID, Depends(visible_application)]


async def require_visible_borrower(borrower_id: UUID, commands: RequestCommands, caller: Principal) -> None:
    """404 unless the caller may see this borrower."""
    _require_own(await commands.history(borrower, borrower_id), caller)


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


def place(page: Page) -> tuple[date, UUID] | None:
    """Where the page before ended."""
    if page.after is None:
        return None
    try:
        return _PLACE.validate_python(page.after)
    except ValidationError:
        field = FieldProblem(field="after", rule="cursor", detail="use the value of `next` unchanged")
        raise Problem(422, "invalid-request", "Correct: after", errors=[field]) from None


After = Annotated[tuple[date, UUID] | None, Depends(place)]
