"""The whole bank under one server, for `make up`: five services, the console, the demo issuer, the sandbox.

The services are the same as anywhere else, each with its own role in the database; only the bus is
in-process unless AMQP_URL names a broker. Environment: DATABASE_URL is the migrator's, from which each
service's own is made; LIUDAI_PORT; LIUDAI_CORE_BANKING_URL.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.main import create_app as create_console
from services.console.surroundings import Surroundings
from services.operations import demo_issuer, sandbox
from services.operations.deployment import PORT, Deployment, all_in_one, load_services
from services.operations.local_bus import LocalBus
from services.operations.migrate import as_role, database_password
from services.operations.start_page import favicon, start_page
from shared.bus import Bus
from shared.database import UNAVAILABLE
from shared.problem_details import install_problem_details
from shared.rabbitmq import RabbitBus
from shared.service import Service, create_app
from shared.settings import Settings

DRAIN_SECONDS = 10


class UnderPrefix:
    """An app whose paths begin with `prefix`: its `Location` headers are made to begin with it too.

    `keeps_path` leaves the request's path as it came, for an app that serves that very path.
    """

    def __init__(self, app: ASGIApp, prefix: str, *, keeps_path: bool = False) -> None:
        self._app, self._prefix, self._keeps_path = app, prefix.encode(), keeps_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, self._prefix + value if name == b"location" and value.startswith(b"/v1/") else value)
                    for name, value in message["headers"]
                ]
            await send(message)

        inner = {**scope, "root_path": ""} if self._keeps_path else scope
        await self._app(inner, receive, sending)


def settings_of(service: Service, deployment: Deployment, environment: Mapping[str, str]) -> Settings:
    """A service's own settings: its role's URL, and the issuer of this very server."""
    role_url = as_role(environment["DATABASE_URL"], service.role, database_password(service.name, environment))
    issuer = environment.get("LIUDAI_OIDC_ISSUER", deployment.issuer)
    jwks_url = environment.get("LIUDAI_OIDC_JWKS_URL", f"{deployment.issuer}/jwks.json")
    return Settings.model_validate({"DATABASE_URL": role_url, "oidc_issuer": issuer, "oidc_jwks_url": jwks_url})


def open_bus(services: Sequence[Service], environment: Mapping[str, str]) -> Bus:
    """RabbitMQ where AMQP_URL names it, else the in-process bus with every interest of the five."""
    if amqp_url := environment.get("AMQP_URL"):
        return RabbitBus(amqp_url, int(environment.get("LIUDAI_QUEUES_PER_SUBSCRIBER", "1")))
    return LocalBus(interest for service in services for interest in service.interests)


def create_bank(services: Sequence[Service], environment: Mapping[str, str] = os.environ) -> FastAPI:
    """The server. Its lifespan enters that of each service, since a mounted app's does not run by itself."""
    deployment = all_in_one(
        f"http://127.0.0.1:{environment.get('LIUDAI_PORT', PORT)}", environment["LIUDAI_CORE_BANKING_URL"]
    )
    bus = open_bus(services, environment)
    apps = {
        service.name: create_app(service, settings=settings_of(service, deployment, environment), bus=bus)
        for service in services
    }

    @asynccontextmanager
    async def lifespan(_bank: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in (*apps.values(), clock, console):
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    bank = FastAPI(title="liudai", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    install_problem_details(bank)
    clock = sandbox.create_app({"LIUDAI_OIDC_ISSUER": deployment.issuer, **environment}, deployment, prefix="")

    around = Surroundings.read(
        environment, services=deployment.services, issuer=deployment.issuer, sandbox=deployment.sandbox
    )
    console = create_console(around)

    @bank.get("/")
    async def console_first() -> Response:
        return RedirectResponse("/console/", 307)

    @bank.get("/start", response_class=HTMLResponse)
    async def start(request: Request, lang: str | None = None) -> HTMLResponse:
        return start_page(deployment, await _statuses(apps), lang or request.headers.get("accept-language", ""))

    @bank.get("/favicon.svg")
    @bank.get("/favicon.ico")
    async def mark() -> Response:
        return favicon()

    @bank.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @bank.get("/health/ready")
    async def ready() -> JSONResponse:
        statuses = await _statuses(apps)
        away = sorted(name for name, status in statuses.items() if status is None)
        dates = {name: status["business_date"] for name, status in statuses.items() if status}
        if away:
            return JSONResponse({"status": "not ready", "away": away}, 503, {"Retry-After": "2"})
        return JSONResponse({"status": "ready", "business_date": dates})

    for name, app in apps.items():
        bank.mount(f"/{name}", UnderPrefix(app, f"/{name}"))
    bank.mount("/issuer", demo_issuer.create_app({"LIUDAI_OIDC_ISSUER": deployment.issuer, **environment}))
    bank.mount("/sandbox", clock)
    bank.mount("/console", console)
    if "application" in apps:
        bank.mount("/loan", UnderPrefix(apps["application"], "/application", keeps_path=True))
    return bank


async def _statuses(apps: Mapping[str, FastAPI]) -> dict[str, dict[str, Any] | None]:
    """Each service's own status; None where its database does not answer."""
    found: dict[str, dict[str, Any] | None] = {}
    for name, app in apps.items():
        try:
            found[name] = await app.state.engine.status()
        except UNAVAILABLE:
            found[name] = None
    return found


def main() -> None:
    """Serve until SIGTERM."""
    port = int(os.environ.get("LIUDAI_PORT", PORT))
    bank = create_bank(load_services())
    uvicorn.run(
        bank,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


if __name__ == "__main__":
    main()
