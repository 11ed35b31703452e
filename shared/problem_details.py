"""What went wrong, as RFC 9457 problems: a stable type, the field and the rule, and what to do next."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.command_handler import StaleVersion
from shared.event_store import KeyUsed, StoreUnavailable, VersionConflict
from shared.messages import Rejected
from shared.postgres_event_store import UNAVAILABLE

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

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status, self.code, self.detail, self.errors, self.headers = (status, code, detail, errors, headers or {})


def problem_response(path: str, problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    body = ProblemDetails(
        type=f"urn:liudai:problem:{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        instance=path,
        errors=list(problem.errors),
    )
    return Response(
        body.model_dump_json(), problem.status, headers=problem.headers, media_type="application/problem+json"
    )


UNAVAILABLE_PROBLEM = Problem(
    503, "temporarily-unavailable",
    "The database does not answer, so the outcome is unknown: send the same request with the same Idempotency-Key.",
    headers={"Retry-After": "2"},
)  # fmt: skip


def install_problem_details(app: FastAPI) -> None:
    """Every error leaves the app as a problem."""
    for kinds, answer in (
        ((Problem,), _answered),
        ((Rejected,), _refused),
        ((RequestValidationError,), _invalid),
        ((StaleVersion,), _stale),
        ((VersionConflict, KeyUsed), _contended),
        ((StoreUnavailable, *UNAVAILABLE), _unavailable),
        ((asyncpg.DataError,), _unstorable),
        ((HTTPException,), _http),
    ):
        for kind in kinds:
            app.add_exception_handler(kind, answer)


async def _refused(request: Request, error: Any) -> Response:
    errors = [FieldProblem(field=error.field, rule=error.code, detail=error.detail)] if error.field else []
    return problem_response(request.url.path, Problem(409, error.code.replace("_", "-"), error.detail, errors=errors))


async def _invalid(request: Request, error: Any) -> Response:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return problem_response(
            request.url.path, Problem(400, "malformed-json", f"The body is no JSON: {first['msg']}")
        )
    fields = [_field(one) for one in error.errors()]
    named = ", ".join(sorted({one.field for one in fields}))
    return problem_response(request.url.path, Problem(422, "invalid-request", f"Correct: {named}", errors=fields))


async def _stale(request: Request, error: Any) -> Response:
    detail = f"You saw version {error.expected}; it is now at {error.actual}. Read it again and decide on what it says."
    return problem_response(
        request.url.path, Problem(412, "stale-version", detail, headers={"ETag": f'"{error.actual}"'})
    )


async def _contended(request: Request, _error: Any) -> Response:
    detail = "Others changed the same thing at the same time. Try again with the same Idempotency-Key."
    return problem_response(request.url.path, Problem(409, "busy", detail, headers={"Retry-After": "1"}))


async def _unstorable(request: Request, error: Any) -> Response:
    detail = f"A value cannot be stored or compared: {error}"
    return problem_response(request.url.path, Problem(422, "invalid-request", detail[:300]))


async def _unavailable(request: Request, error: Any) -> Response:
    if isinstance(error, ValueError):  # asyncpg's own word for an argument out of range
        return await _unstorable(request, error)
    _log.warning("database_unavailable", path=request.url.path, reason=repr(error)[:300])
    return problem_response(request.url.path, UNAVAILABLE_PROBLEM)


async def _http(request: Request, error: Any) -> Response:
    code = _FRAMEWORK_CODES.get(error.status_code, "bad-request")
    return problem_response(
        request.url.path, Problem(error.status_code, code, str(error.detail), headers=dict(error.headers or {}))
    )


async def _answered(request: Request, error: Any) -> Response:
    return problem_response(request.url.path, error)


def _field(error: dict[str, Any]) -> FieldProblem:
    where = [str(part) for part in error["loc"] if part not in {"body", "query", "path", "header"}]
    return FieldProblem(field=".".join(where) or str(error["loc"][0]), rule=error["type"], detail=error["msg"])


def internal_error(path: str, request_id: str) -> bytes:
    """The body for a bug: its id and nothing of its inside."""
    return orjson.dumps(
        {
            "type": "urn:liudai:problem:internal-error",
            "title": "Internal Server Error",
            "status": 500,
            "detail": f"Something is wrong on our side; tell the operators this id: {request_id}",
            "instance": path,
            "errors": [],
        }
    )
