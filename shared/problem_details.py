"""What went wrong, as RFC 9457 problems: a stable type, the field and the rule, and what to do next."""

from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.command_handler import StaleVersion
from shared.database import UNAVAILABLE
from shared.event_store import KeyUsed, StoreUnavailable, VersionConflict
from shared.messages import Rejected

_log = structlog.get_logger()
_FRAMEWORK_CODES = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "unsupported-media-type"}
"""Stable names for what the framework refuses: the phrases of HTTP change with Python's version."""


class FieldProblem(BaseModel):
    """One field and the rule it broke."""

    field: str
    rule: str
    detail: str


class ProblemDetails(BaseModel):
    """An RFC 9457 problem. `type` is stable; `errors` name fields and rules where fields are to blame."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] = []


class Problem(Exception):  # noqa: N818  (it is answered, not raised to a developer)
    """Answer with this problem."""

    def __init__(self, status: int, code: str, detail: str, *, errors: Sequence[FieldProblem] = (),
                 headers: dict[str, str] | None = None) -> None:  # fmt: skip
        super().__init__(f"{code}: {detail}")
        self.status, self.code, self.detail, self.errors, self.headers = (status, code, detail, errors, headers or {})


def problem_response(path: str, problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    body = ProblemDetails(
        type=f"urn:liudai:problem:{problem.code}", title=HTTPStatus(problem.status).phrase, status=problem.status,
        detail=problem.detail, instance=path, errors=list(problem.errors),
    ).model_dump_json()  # fmt: skip
    return Response(body, problem.status, headers=problem.headers, media_type="application/problem+json")


UNAVAILABLE_PROBLEM = Problem(
    503, "temporarily-unavailable",
    "The database does not answer, so the outcome is unknown: send the same request with the same Idempotency-Key.",
    headers={"Retry-After": "2"},
)  # fmt: skip


def invalid(*fields: FieldProblem) -> Problem:
    """A 422 that names the fields to correct."""
    named = ", ".join(sorted({one.field for one in fields}))
    return Problem(422, "invalid-request", f"Correct: {named}", errors=fields)


def refused(field: str, rule: str, detail: str) -> Problem:
    """A 422 that names one field and the rule it broke."""
    return invalid(FieldProblem(field=field, rule=rule, detail=detail))


def install_problem_details(app: FastAPI) -> None:
    """Every error leaves the app as a problem."""
    for kinds, told in (
        ((Problem,), lambda problem: problem), ((Rejected,), _refused), ((RequestValidationError,), _invalid),
        ((StaleVersion,), _stale), ((VersionConflict, KeyUsed), _contended),
        ((StoreUnavailable, *UNAVAILABLE), _unavailable), ((asyncpg.DataError,), _unstorable),
        ((HTTPException,), _http),
    ):  # fmt: skip
        for kind in kinds:
            app.add_exception_handler(kind, partial(_answer, told))


async def _answer(told: Callable[[Any], Problem], request: Request, error: Any) -> Response:
    return problem_response(request.url.path, told(error))


def _refused(error: Any) -> Problem:
    errors = [FieldProblem(field=error.field, rule=error.code, detail=error.detail)] if error.field else []
    return Problem(409, error.code.replace("_", "-"), error.detail, errors=errors)


def _invalid(error: Any) -> Problem:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _malformed(first["ctx"]["error"])
    if isinstance(first.get("input"), bytes):  # left as it came, since it does not call itself JSON
        wrong = FieldProblem(field="Content-Type", rule="json", detail="send Content-Type: application/json")
        return Problem(415, "unsupported-media-type", "The body must be JSON.", errors=[wrong])
    return invalid(*map(field_problem, error.errors()))


def _malformed(detail: str) -> Problem:
    wrong = FieldProblem(field="body", rule="json", detail=detail)
    return Problem(400, "malformed-json", f"The body is no JSON: {detail}", errors=[wrong])


def _stale(error: Any) -> Problem:
    detail = f"You saw version {error.expected}; it is now at {error.actual}. Read it again and decide on what it says."
    return Problem(412, "stale-version", detail, headers={"ETag": f'"{error.actual}"'})


def _contended(_error: Any) -> Problem:
    detail = "Others changed the same thing at the same time. Try again with the same Idempotency-Key."
    return Problem(409, "busy", detail, headers={"Retry-After": "1"})


def _unstorable(error: Any) -> Problem:
    return Problem(422, "invalid-request", f"A value cannot be stored or compared: {error}"[:300])


def _unavailable(error: Any) -> Problem:
    if isinstance(error, ValueError):  # asyncpg's own word for an argument out of range
        return _unstorable(error)
    _log.warning("database_unavailable", reason=repr(error)[:300])
    return UNAVAILABLE_PROBLEM


def _http(error: Any) -> Problem:
    if (status := error.status_code) == HTTPStatus.BAD_REQUEST:  # a body that is not even text
        return _malformed(str(error.detail))
    return Problem(status, _FRAMEWORK_CODES.get(status, "refused"), error.detail, headers=error.headers)


def field_problem(error: Any) -> FieldProblem:
    """The field and the rule of one of pydantic's complaints about a request."""
    place, *where = map(str, error["loc"] or ["body"])
    if place in {"query", "path", "header"}:
        del where[1:]  # which type of several was tried
    elif place != "body":  # a part of a body
        where = [place, *where]
    detail = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return FieldProblem(field=".".join(where) or place, rule=error["type"], detail=detail)
