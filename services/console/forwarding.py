"""What the pages ask of the five services, in the name of who is signed in: the cookie becomes the bearer token."""

from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

from services.console.session import Session
from services.console.surroundings import Surroundings
from shared.problem_details import Problem

BODY_BYTES_MAX = 2_000_000
TOLD = ("accept", "accept-language", "content-type", "idempotency-key", "if-match", "x-request-id")
"""Request headers that services get to see."""
ANSWERED = ("content-type", "etag", "idempotent-replayed", "retry-after", "x-request-id", "dry-run")
"""Response headers that pages get to see."""
PATHS = ("v1/", "internal/")


class Upstream:
    """The services, each under its name; `sandbox` where there is one."""

    def __init__(self, around: Surroundings, http: httpx.AsyncClient) -> None:
        self.names = tuple(around.services)
        self._urls: Mapping[str, str] = {**around.services, **({"sandbox": around.sandbox} if around.sandbox else {})}
        self._http = http

    async def forward(self, request: Request, session: Session, service: str, path: str) -> Response:
        """The service's own answer, as it comes."""
        url = self._url(service, path)
        body = await request.body()
        if len(body) > BODY_BYTES_MAX:
            raise Problem(413, "body-too-large", f"at most {BODY_BYTES_MAX} bytes")
        headers = {name: request.headers[name] for name in TOLD if name in request.headers}
        asked = self._http.build_request(
            request.method, url, params=request.query_params, content=body, headers=headers | _bearer(session)
        )
        try:
            answer = await self._http.send(asked, stream=True)
        except httpx.HTTPError as error:
            raise _away(service) from error
        shown = {name: answer.headers[name] for name in ANSWERED if name in answer.headers}
        return StreamingResponse(
            answer.aiter_bytes(), answer.status_code, shown, background=BackgroundTask(answer.aclose)
        )

    async def ask(
        self, session: Session, service: str, path: str, *, body: Any = None, method: str = "GET", **query: str
    ) -> httpx.Response:
        """One question of the console's own, in the name of who is signed in."""
        try:
            return await self._http.request(
                method, self._url(service, path), params=query, json=body, headers=_bearer(session)
            )
        except httpx.HTTPError as error:
            raise _away(service) from error

    def _url(self, service: str, path: str) -> str:
        is_known = path.startswith(PATHS) if service in self.names else path == "clock/advance"
        if service not in self._urls or not is_known or ".." in path:
            raise Problem(404, "not-found", "There is no such thing.")
        return f"{self._urls[service]}/{path}"


def _bearer(session: Session) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.token}"}


def _away(service: str) -> Problem:
    return Problem(503, "service-away", f"{service} does not answer.", headers={"Retry-After": "2"})
