"""A console with what is around it: the demo issuer itself, and five services that tell what they were asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from joserfc.jwk import KeySet

from services.console.main import create_app
from services.console.pages import Pages
from services.console.surroundings import Surroundings
from services.operations import demo_issuer
from shared.problem_details import Problem, install_problem_details

ISSUER = "http://127.0.0.1:8007"
CONSOLE = "http://127.0.0.1:8000"
Answer = Callable[[Request], Response]


class Around(httpx.AsyncBaseTransport):
    """Carries each request to the app at its port; nobody listens at any other."""

    def __init__(self, apps: dict[int, FastAPI]) -> None:
        self._apps = {port: httpx.ASGITransport(app) for port, app in apps.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        found = self._apps.get(request.url.port or 0)
        if found is None:
            raise httpx.ConnectError("nobody listens there", request=request)
        return await found.handle_async_request(request)


def telling_service(answers: dict[str, Answer]) -> FastAPI:
    """A service that answers a path as told and otherwise says what it was asked."""
    app = FastAPI()
    install_problem_details(app)

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def told(request: Request, path: str) -> Response:
        if answer := answers.get(path):
            return answer(request)
        body = (await request.body()).decode()
        return JSONResponse({"path": path, "query": dict(request.query_params), "body": body, **_headers(request)})

    return app


def _headers(request: Request) -> dict[str, Any]:
    return {
        "authorization": request.headers.get("authorization", ""),
        "key": request.headers.get("idempotency-key", ""),
    }


def refusing(status: int, code: str, detail: str) -> Answer:
    def answer(_request: Request) -> Response:
        raise Problem(status, code, detail)

    return answer


@asynccontextmanager
async def console_around(
    folder: Path, answers: dict[str, Answer] | None = None, **environment: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, as far as HTTP goes, before a console whose five services are one app on port 8001."""
    issuer = demo_issuer.create_app({"LIUDAI_OIDC_ISSUER": ISSUER})
    apps = {8007: issuer, 8001: telling_service(answers or {})}
    # Everything but collection, which is away.
    urls = {f"LIUDAI_{name.upper()}_URL": "http://127.0.0.1:8001" for name in ("risk", "disbursement", "repayment")}
    around = Surroundings.read({**urls, **environment})
    console = create_app(around, Pages(folder), httpx.AsyncClient(transport=Around(apps)))
    server = FastAPI()
    server.mount("/console", console)
    async with (
        console.router.lifespan_context(console),
        httpx.AsyncClient(
            transport=Around({**apps, 8000: server}), base_url=CONSOLE, headers={"Origin": CONSOLE}
        ) as browser,
    ):
        # The verifier has connections of its own, which nobody here listens to.
        console.state.verifier._keys = KeySet.import_key_set((await browser.get(f"{ISSUER}/jwks.json")).json())
        yield browser


async def authorization(browser: httpx.AsyncClient, to: str = "") -> dict[str, str]:
    """Begin to sign in: what the console asks the issuer for."""
    begun = await browser.get("/console/auth/sign-in", params={"to": to})
    assert begun.status_code == 303
    where = urlsplit(begun.headers["location"])
    assert where.netloc == urlsplit(ISSUER).netloc
    return {name: values[0] for name, values in parse_qs(where.query).items()}


async def sign_in(browser: httpx.AsyncClient, login: str, to: str = "") -> httpx.Response:
    """As a person does it: to the issuer, and back with a code."""
    asked = await authorization(browser, to)
    back = await browser.post(f"{ISSUER}/authorize", data={**asked, "username": login, "password": "liudai"})
    assert back.status_code == 303, back.text
    return await browser.get(back.headers["location"])
