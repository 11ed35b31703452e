"""The console's server: pages and sign-in for browsers, the services' answers for the pages.

As many replicas as one likes, for none keeps anything. `create_app` lies under `/console`; `app` is that on its own.
"""

import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import RedirectResponse, Response

from services.console import actions, overview, sign_in
from services.console.forwarding import Upstream
from services.console.labels import Label, labels
from services.console.pages import Pages, harden
from services.console.session import Sealer, Session, Sessions
from services.console.surroundings import Surroundings
from shared.identity import Principal, TokenVerifier
from shared.problem_details import Problem, install_problem_details, problem_response

TIMEOUT = httpx.Timeout(130.0, connect=3.0)
"""Longer than the longest night a service lets a caller wait for."""
SAFE = frozenset({"GET", "HEAD"})


async def _session(request: Request) -> Session:
    sessions: Sessions = request.app.state.sessions
    return sessions.read(request)


SignedIn = Annotated[Session, Depends(_session)]


async def _caller(request: Request, session: SignedIn) -> Principal:
    verifier: TokenVerifier = request.app.state.verifier
    return await verifier.verify(f"Bearer {session.token}")


Caller = Annotated[Principal, Depends(_caller)]


def create_app(around: Surroundings, pages: Pages | None = None, http: httpx.AsyncClient | None = None) -> FastAPI:
    """The console, to be mounted at /console. Its lifespan owns the connections to what it asks."""
    shown = pages or Pages()
    sealer = Sealer(around.key)
    verifier = TokenVerifier(around.issuer, around.jwks_url, around.audience, person_required=around.is_production)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with http or httpx.AsyncClient(timeout=TIMEOUT, verify=_verification(around)) as opened:
            app.state.upstream = Upstream(around, opened)
            app.state.sign_in = sign_in.SignIn(around, app.state.sessions, sealer, verifier, opened)
            yield

    app = FastAPI(title="liudai console", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.sessions, app.state.verifier = Sessions(around, sealer), verifier
    app.state.around, app.state.pages = around, shown
    install_problem_details(app)
    app.include_router(sign_in.router)
    _add_answers(app)

    @app.middleware("http")
    async def guarded(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method not in SAFE and not _is_own(request, around):
            problem = Problem(403, "foreign-origin", "Another site sent this; it was not done.")
            response = problem_response(request.url.path, problem)
        else:
            response = await go_on(request)
        harden(response, around)
        return response

    @app.get("/assets/{name}")
    async def asset(request: Request, name: str) -> Response:
        return shown.asset(request, name)

    @app.get("/{page:path}")
    async def page(page: str) -> Response:
        if page.startswith(("api/", "auth/")):
            raise Problem(404, "not-found", "There is no such thing.")
        return shown.document()

    return app


def _add_answers(app: FastAPI) -> None:
    def upstream() -> Upstream:
        found: Upstream = app.state.upstream
        return found

    @app.get("/api/session")
    async def who(session: SignedIn, caller: Caller, response: Response) -> overview.SignedIn:
        app.state.sessions.renew(response, session)
        return overview.signed_in(caller, session, app.state.around)

    @app.get("/api/health")
    async def health(session: SignedIn) -> list[overview.Standing]:
        return await overview.standings(upstream(), session)

    @app.get("/api/labels", dependencies=[Depends(_session)])
    async def words() -> dict[str, Label]:
        return labels()

    @app.get("/api/names")
    async def names(
        session: SignedIn, borrower: Annotated[list[UUID], Query(max_length=overview.NAMES_MAX)]
    ) -> dict[str, str]:
        return await overview.names(upstream(), session, borrower)

    @app.get("/api/search")
    async def search(
        session: SignedIn, caller: Caller, text: Annotated[str, Query(max_length=100)]
    ) -> list[overview.Found]:
        return await overview.search(upstream(), session, caller, text)

    @app.get("/api/actions/applications/{which}")
    async def of_application(session: SignedIn, caller: Caller, which: UUID) -> list[actions.Action]:
        return await actions.application_actions(upstream(), session, caller, which)

    @app.get("/api/actions/drawdowns/{contract}/{drawdown}")
    async def of_drawdown(session: SignedIn, caller: Caller, contract: UUID, drawdown: UUID) -> list[actions.Action]:
        return await actions.drawdown_actions(upstream(), session, caller, contract, drawdown)

    @app.api_route("/api/{service}/{path:path}", methods=["GET", "POST", "PUT"])
    async def forward(request: Request, session: SignedIn, service: str, path: str) -> Response:
        answer = await upstream().forward(request, session, service, path)
        if request.method not in SAFE:
            app.state.sessions.renew(answer, session)
        return answer


def _is_own(request: Request, around: Surroundings) -> bool:
    """Whether a page of this very origin sent it: browsers say where from with everything that is not a GET."""
    origin = request.headers.get("origin")
    own = around.public_url or sign_in.own_origin(request)
    return origin is not None and urlsplit(origin)[:2] == urlsplit(own)[:2]


def _verification(around: Surroundings) -> ssl.SSLContext | bool:
    """To read the certificates of the world takes longer than an answer; where all is plain HTTP nobody needs them."""
    urls = (*around.services.values(), around.token_url)
    return ssl.create_default_context() if any(url.startswith("https:") for url in urls) else False


def create_server(environment: Mapping[str, str] = os.environ) -> FastAPI:
    """The console as a server of its own, as a container runs it."""
    console = create_app(Surroundings.read(environment))

    @asynccontextmanager
    async def lifespan(_server: FastAPI) -> AsyncIterator[None]:
        async with console.router.lifespan_context(console):
            yield

    server = FastAPI(title="liudai", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @server.get("/")
    async def start() -> Response:
        return RedirectResponse(f"{sign_in.PREFIX}/", 307)

    @server.get("/health/live")
    @server.get("/health/ready")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    server.mount(sign_in.PREFIX, console)
    return server


def __getattr__(name: str) -> Any:
    """`uvicorn services.console.main:app`: made when asked for, so that importing does nothing."""
    if name != "app":
        raise AttributeError(name)
    return create_server()
