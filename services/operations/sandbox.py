"""The sandbox clock: the bank is taken to a later business date, day by day, and rests there. Absent in production.

`POST /sandbox/clock/advance` closes one business date after the other with the caller's own token (an
operator's) and answers when every service has reached the date and nothing is under way. With
`Accept: application/x-ndjson` it tells of each day as it closes.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Annotated, Any, Self

import httpx
import orjson
from fastapi import APIRouter, FastAPI, Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.operations.deployment import Deployment, find
from services.operations.settled import NotSettled, settle

DAYS_MAX = 3660
CLOSE_SECONDS, SETTLE_SECONDS = 120.0, 120.0
NDJSON = "application/x-ndjson"


class Advance(BaseModel):
    """Where to: a date, or a number of days on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"days": 30}, {"to": "2027-01-31"}]})

    to: date | None = None
    days: Annotated[int | None, Field(ge=0, le=DAYS_MAX)] = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.to is None) == (self.days is None):
            raise ValueError("give either `to` or `days`")
        return self


class Stopped(Exception):  # noqa: N818  (it becomes the answer)
    """The clock could not be moved on; what a service said goes to the caller."""

    def __init__(self, status: int, said: Any) -> None:
        super().__init__(f"{status}: {said}")
        self.status, self.said = status, said


class Clock:
    """Moves the business date of one deployment; one caller at a time."""

    def __init__(self, deployment: Deployment, http: httpx.AsyncClient) -> None:
        self._services, self._http = deployment.services, http
        self._turn = asyncio.Lock()

    async def advance(self, asked: Advance, headers: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        """Yield each closed date, then where the bank has come to rest. Raises Stopped, httpx.HTTPError, NotSettled."""
        async with self._turn:
            today = await self._today(headers)
            goal = asked.to if asked.to is not None else today + timedelta(days=asked.days or 0)
            if goal < today:
                raise Stopped(409, f"The bank works on {today}: time only goes forward.")
            if (goal - today).days > DAYS_MAX:
                raise Stopped(422, f"at most {DAYS_MAX} days at a time")
            # What has been announced on this date must be booked on it, not on a later one.
            await settle(self._http, self._services, headers, seconds=SETTLE_SECONDS)
            total = (goal - today).days
            for day in range(total):
                closed = today + timedelta(days=day)
                await self._close(closed, headers)
                yield {"closed": closed.isoformat(), "day": day + 1, "days": total}
            await self._await_date(goal, headers)
            statuses = await settle(self._http, self._services, headers, seconds=SETTLE_SECONDS)
            yield {
                "business_date": goal.isoformat(),
                "days": total,
                "parked": sum(sum(status["parked"].values()) for status in statuses.values()),
                "delayed": sum(status["delayed"] for status in statuses.values()),
            }

    async def _today(self, headers: Mapping[str, str]) -> date:
        answer = await self._http.get(f"{self._services['repayment']}/internal/status", headers=headers)
        _require(answer)
        return date.fromisoformat(answer.json()["business_date"])

    async def _close(self, closed_on: date, headers: Mapping[str, str]) -> None:
        answer = await self._http.post(
            f"{self._services['repayment']}/v1/business-date/close",
            json={"closed_on": closed_on.isoformat()},
            headers=headers,
            timeout=CLOSE_SECONDS,
        )
        _require(answer)

    async def _await_date(self, goal: date, headers: Mapping[str, str]) -> None:
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                for url in self._services.values():
                    while True:
                        answer = await self._http.get(f"{url}/internal/status", headers=headers)
                        _require(answer)
                        if date.fromisoformat(answer.json()["business_date"]) >= goal:
                            break
                        await asyncio.sleep(0.05)
        except TimeoutError:
            raise NotSettled(f"not every service has reached {goal}") from None


def _require(answer: httpx.Response) -> None:
    if answer.is_error:
        try:
            said = answer.json()
        except ValueError:
            said = answer.text[:500]
        raise Stopped(answer.status_code, said)


router = APIRouter(tags=["sandbox"])


@router.post("/clock/advance")
async def advance_clock(
    asked: Advance,
    request: Request,
    authorization: Annotated[str, Header()] = "",
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Close business dates until the bank works on the date asked for; answer when everything rests there."""
    clock: Clock = request.app.state.clock
    steps = _told(clock.advance(asked, {"Authorization": authorization}))
    if NDJSON in accept:
        return StreamingResponse((orjson.dumps(step) + b"\n" async for step in steps), media_type=NDJSON)
    last: dict[str, Any] = {}
    async for step in steps:
        last = step
    if "status" in last:
        return JSONResponse(last, last["status"], media_type="application/problem+json")
    return JSONResponse(last)


async def _told(steps: AsyncIterator[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    """The steps; a failure becomes the last of them, as a problem."""
    try:
        async for step in steps:
            yield step
    except Stopped as stopped:
        yield stopped.said if isinstance(stopped.said, dict) else _problem(stopped.status, "refused", stopped.said)
    except NotSettled as moving:
        yield _problem(504, "not-settled", str(moving))
    except httpx.HTTPError as error:
        yield _problem(503, "service-unavailable", f"{type(error).__name__}: {error}")


def _problem(status: int, code: str, detail: Any) -> dict[str, Any]:
    return {"type": f"urn:liudai:problem:{code}", "title": code, "status": status, "detail": str(detail), "errors": []}


def create_app(
    environment: Mapping[str, str] = os.environ, deployment: Deployment | None = None, *, prefix: str = "/sandbox"
) -> FastAPI:
    """The sandbox as an app; SystemExit in production."""
    if environment.get("LIUDAI_ENV") == "production":
        raise SystemExit("the sandbox is refused when LIUDAI_ENV=production: a bank's time is not to be moved")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=30.0) as http:
            app.state.clock = Clock(deployment or find(environment), http)
            yield

    app = FastAPI(title="liudai sandbox", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(router, prefix=prefix)

    @app.get("/health/live")
    @app.get("/health/ready")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def __getattr__(name: str) -> Any:
    """`uvicorn services.operations.sandbox:app`: made when asked for, so that importing does nothing."""
    if name != "app":
        raise AttributeError(name)
    return create_app()
