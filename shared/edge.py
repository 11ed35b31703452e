"""The outermost layer of a service's HTTP: limits, request ids, metrics; and what is open to all: health, docs."""

import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import fastapi_offline
import structlog
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from shared.database import UNAVAILABLE
from shared.problem_details import Problem, problem_response
from shared.telemetry import FAILING, HTTP_SECONDS, LAG, LOG_HEAD, PARKED, UNSEALED

BODY_MAX = 1_048_576
_REQUESTS = UUID("7b0c2b1e-64a5-5d5c-9d0e-6b8d4d6f1a55")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_log = structlog.get_logger()

Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class Edge:
    """ASGI middleware: bounds the body, echoes the request id and traceparent, times and logs, hides bugs."""

    def __init__(self, app: Asgi, service: str) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Handle one request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _matched(_REQUEST_ID, headers.get(b"x-request-id")) or str(uuid4())
        traceparent = _matched(_TRACEPARENT, headers.get(b"traceparent"))
        state = scope.setdefault("state", {})
        state["correlation_id"], state["traceparent"] = _as_uuid(request_id), traceparent
        started, status = time.perf_counter(), 500
        echoed = [(b"x-request-id", request_id.encode())]
        if traceparent:
            echoed.append((b"traceparent", traceparent.encode()))

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *echoed, (b"cache-control", b"no-store")]
            await send(message)

        try:
            await self._app(scope, _bounded(receive, headers), sending)
        except HTTPException as refused:  # before any route was reached
            problem = Problem(refused.status_code, "body-too-large", refused.detail)
            await problem_response(scope["path"], problem)(scope, receive, sending)
        except Exception:  # noqa: BLE001  (whatever it was, the caller gets an id and nothing of its inside)
            _log.exception("bug", path=scope["path"], request_id=request_id)
            detail = f"Something is wrong on our side; tell the operators this id: {request_id}"
            await problem_response(scope["path"], Problem(500, "internal-error", detail))(scope, receive, sending)
        finally:
            endpoint = scope.get("endpoint")
            operation = getattr(endpoint, "__name__", "unknown")
            seconds = time.perf_counter() - started
            HTTP_SECONDS.labels(self._service, operation, str(status)).observe(seconds)
            if scope["method"] not in {"GET", "HEAD"}:
                _log.info("request", service=self._service, operation=operation, status=status,
                          milliseconds=round(1000 * seconds, 1), request_id=request_id)  # fmt: skip


def _bounded(receive: Any, headers: dict[bytes, bytes]) -> Any:
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > BODY_MAX:
        raise _too_large()
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message: Message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_MAX:
            raise _too_large()
        return message

    return receiving


def _too_large() -> HTTPException:
    """As the framework's own exception, which it lets through while it reads a body."""
    return HTTPException(413, f"A body may have at most {BODY_MAX} bytes.")


def _matched(pattern: re.Pattern[str], value: bytes | None) -> str | None:
    text = value.decode("latin-1") if value else ""
    return text if pattern.fullmatch(text) else None


def _as_uuid(request_id: str) -> UUID:
    try:
        return UUID(request_id)
    except ValueError:
        return uuid5(_REQUESTS, request_id)


def install_open_routes(app: FastAPI, service: str) -> None:
    """Health, metrics and documents: plain routes, so no token is asked for and the schema leaves them out."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> Response:
        try:
            status = await request.app.state.engine.status()
        except UNAVAILABLE as error:
            return JSONResponse({"status": "not ready", "database": type(error).__name__}, 503, {"Retry-After": "2"})
        lag = {name: status["head"] - pos for name, pos in status["followers"].items()}
        told = {name: status[name] for name in ("business_date", "parked", "failing")}
        return JSONResponse({"status": "ready", "lag": lag, **told})

    async def metrics(request: Request) -> Response:
        status = await request.app.state.engine.status()
        LOG_HEAD.labels(service).set(status["head"])
        UNSEALED.labels(service).set(status["unsealed"])
        for name, pos in status["followers"].items():
            LAG.labels(service, name).set(status["head"] - pos)
        for handler in {"inbox", *status["parked"]}:
            PARKED.labels(service, handler).set(status["parked"].get(handler, 0))
        for projection in request.app.state.engine.service.projections:
            FAILING.labels(service, projection.name).set(projection.name in status["failing"])
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def docs(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        assets = f"{root}/docs-assets"
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json", title=app.title, swagger_js_url=f"{assets}/swagger-ui-bundle.js",
            swagger_css_url=f"{assets}/swagger-ui.css", swagger_favicon_url=f"{assets}/favicon.png",
        )  # fmt: skip

    for path, answer in (("/health/live", live), ("/health/ready", ready), ("/metrics", metrics), ("/docs", docs)):
        app.add_route(path, answer, include_in_schema=False)
    app.mount("/docs-assets", StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static"))
