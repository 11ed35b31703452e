"""What a route may ask for: the caller, the commands, the business date, a page. The grammar of every API."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Header, Query, Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, field_validator

from shared.dates import Day, Instant
from shared.engine import Engine
from shared.identity import EVERYWHERE, Principal
from shared.problem_details import FieldProblem, Problem, invalid
from shared.request_commands import AlreadyAnswered, RequestCommands

Item = TypeVar("Item")

KEY_MAX = 255
PAGE_MAX = 200
POSITION_MAX = 2**63 - 1


class RequestBody(BaseModel):
    """A request's body: unknown fields are refused, and nothing is coerced from another type."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True, str_max_length=4000)

    @field_validator("*")
    @classmethod
    def _can_be_stored(cls, value: Any) -> Any:
        texts = value if isinstance(value, tuple) else (value,)
        if any("\x00" in one for one in texts if isinstance(one, str)):
            raise ValueError("must not contain a NUL character")
        return value


_BEARER = HTTPBearer(auto_error=False, description="`liudai token <login>` prints one for the demo logins")
"""Only so that the documents say how to come in: the verifier reads the header itself."""


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


async def authorise(request: Request, _token: Annotated[Any, Security(_BEARER)] = None) -> Principal:
    """The caller, who may call this operation by the access matrix; 401 or 403 otherwise."""
    engine = _engine(request)
    principal = await engine.verifier.verify(request.headers.get("authorization"))
    operation = request.scope["endpoint"].__name__
    if not principal.roles & engine.access.get(operation, frozenset()):
        raise Problem(403, "forbidden", f"None of your roles may call {operation}.")
    if unknown := sorted(set(request.query_params) - request.app.state.queries[operation]):
        detail = "there is no such parameter"
        raise invalid(*(FieldProblem(field=name, rule="extra_forbidden", detail=detail) for name in unknown))
    request.state.principal = principal
    return principal


def _database(request: Request) -> Any:
    """The pool itself: a request that held one connection while it waits for another could wait for ever."""
    return _engine(request).pool


async def _today(request: Request) -> date:
    return await _engine(request).today()


async def _as_of(request: Request, as_of: Annotated[Day | Instant | None, Query(description=(
    "A business date: as it stood at the end of that date. An instant with its zone: as it was known then."
))] = None) -> date | datetime | None:  # fmt: skip
    if isinstance(as_of, datetime) and as_of.tzinfo is None:
        detail = "an instant needs its zone, e.g. 2026-03-31T17:00:00Z"
        raise invalid(FieldProblem(field="as_of", rule="timezone", detail=detail))
    if as_of:  # an instant may be a minute ahead: clocks differ
        soon = datetime.now(UTC) + timedelta(minutes=1)  # noqa: TID251  (an edge)
        require_past("as_of", as_of, soon if isinstance(as_of, datetime) else await _today(request))
    return as_of


def require_past(field: str, asked: Any, now: Any) -> None:
    """422 for a day or an instant that has not come: what is not known yet would look like what is so."""
    if asked > now:
        raise invalid(FieldProblem(field=field, rule="not_in_future", detail=f"nothing is known of later than {now}"))


Caller = Annotated[Principal, Depends(authorise)]
Db = Annotated[Any, Depends(_database)]
Today = Annotated[date, Depends(_today)]
AsOf = Annotated[date | datetime | None, Depends(_as_of)]
ServiceEngine = Annotated[Engine, Depends(_engine)]


def whole_bank(caller: Caller) -> None:
    """403 unless the caller may see every branch."""
    if EVERYWHERE not in caller.scope:
        raise Problem(403, "forbidden", "This shows the whole bank; your token is for some branches.")


def branch_scope(caller: Principal) -> list[str] | None:
    """The branches a list may show: None for all of them."""
    return None if EVERYWHERE in caller.scope else sorted(caller.scope)


class PageRequest:
    """A page of a stably sorted list: `limit` rows behind the cursor `after`."""

    def __init__(
        self, limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
        after: Annotated[str | None, Query(max_length=500, description="`next` of the page before")] = None,
    ) -> None:  # fmt: skip
        self.limit = limit
        self.after = _decode_cursor(after) if after else None

    def place(self, *kinds: Callable[[str], Any]) -> tuple[Any, ...] | None:
        """The cursor's parts as these types, or None on the first page; 422 when it is not one of this list's."""
        if self.after is None:
            return None
        try:
            return tuple(kind(part) for kind, part in zip(kinds, self.after, strict=True))
        except ValueError as error:
            raise _not_a_cursor() from error

    def answer(self, items: Sequence[Item], key: Callable[[Item], tuple[Any, ...]]) -> dict[str, Any]:
        """`{"items", "next"}` from at most `limit` + 1 rows; `key` is the row's place in the order."""
        shown = items[: self.limit]
        more = len(items) > self.limit
        return {"items": shown, "next": _encode_cursor(key(shown[-1])) if more else None}


Page = Annotated[PageRequest, Depends()]


def position(text: str) -> int:
    """A part of a cursor that counts: no number that the database could not hold."""
    number = int(text)
    if not 0 <= number <= POSITION_MAX:
        raise ValueError("no position")
    return number


def _encode_cursor(key: tuple[Any, ...]) -> str:
    return urlsafe_b64encode(orjson.dumps([str(part) for part in key])).decode().rstrip("=")


def _decode_cursor(cursor: str) -> tuple[str, ...]:
    try:
        parts = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(parts, list):
            raise TypeError("not a cursor")  # noqa: TRY301
        return tuple(str(part) for part in parts)
    except (ValueError, TypeError) as error:
        raise _not_a_cursor() from error


def _not_a_cursor() -> Problem:
    return invalid(FieldProblem(field="after", rule="cursor", detail="use the value of `next` unchanged"))


_Key = Annotated[str | None, Header(max_length=KEY_MAX + 2)]


async def _commands(request: Request, engine: ServiceEngine, caller: Caller, idempotency_key: _Key = None,
                    if_match: Annotated[str | None, Header(max_length=100)] = None,
                    dry_run: Annotated[bool, Query(description="Decide and answer, but write nothing")] = False,
                    ) -> RequestCommands:  # fmt: skip
    key = idempotency_key.strip('"') if idempotency_key else None
    commands = RequestCommands(request, engine, caller, key or None, if_match, dry_run=dry_run)
    if (told := await commands.told()) is not None:
        raise AlreadyAnswered(told)
    return commands


async def _keyed(
    request: Request, engine: ServiceEngine, caller: Caller, idempotency_key: _Key = None
) -> RequestCommands:
    return await _commands(request, engine, caller, idempotency_key, None, dry_run=False)


Commands = Annotated[RequestCommands, Depends(_commands)]
Keyed = Annotated[RequestCommands, Depends(_keyed)]
"""For work over many things (`once`): it is done or not done, so there is no trial and no version to compare."""
