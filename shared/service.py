"""A service as data, and `create_app`, which is all the wiring there is."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, cast

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response

from shared import business_date
from shared.api_document import complete_document
from shared.bus import Bus, Interest
from shared.command_handler import CommandHandler
from shared.database import connect, open_pool
from shared.decider import Decider
from shared.edge import Edge, install_open_routes
from shared.effect import Effect
from shared.engine import Engine
from shared.event_store import Recorded
from shared.follower import Log, restarting, seal_log
from shared.http import authorise
from shared.identity import TokenVerifier, access_matrix
from shared.inbox import Inbox, interests
from shared.internal import INTERNAL_ACCESS
from shared.internal import router as internal_router
from shared.messages import Event, IntegrationEvent
from shared.outbox import relay
from shared.personal_data import Vault
from shared.postgres_event_store import Codec, PostgresEventStore
from shared.problem_details import ProblemDetails, install_problem_details
from shared.projection import Projection, keep_projected
from shared.rabbitmq import RabbitBus
from shared.request_commands import AlreadyAnswered
from shared.settings import Settings
from shared.subscription import Subscription
from shared.telemetry import configure_logging

_log = structlog.get_logger()
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDetails, "description": text}
    for status, text in (
        (400, "Malformed, or without its Idempotency-Key"), (401, "No valid token"), (403, "Not your role's"),
        (404, "Not there, or not yours"), (409, "Refused by a rule"), (412, "Decided on a stale version"),
        (413, "A body that is too large"), (415, "A body that does not say that it is JSON"),
        (422, "A field breaks a rule"), (503, "Come back in a moment"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Service:
    """One of the five: its rules, its routes, what it hears and what it announces."""

    name: str
    deciders: tuple[Decider[Any, Any, Any], ...]
    router: APIRouter
    subscriptions: tuple[Subscription[Any], ...] = ()
    announces: tuple[type[IntegrationEvent], ...] = ()
    announce: Callable[[Recorded[Any]], IntegrationEvent | None] = lambda recorded: None
    projections: tuple[Projection, ...] = ()
    effects: tuple[Effect, ...] = ()
    outside: Callable[[Engine], AbstractAsyncContextManager[Any]] = nullcontext  # nothing but its engine
    tables: str = ""
    on_business_date: Callable[[Engine, date], Awaitable[None]] | None = None

    @property
    def role(self) -> str:
        """Its PostgreSQL role."""
        return f"liudai_{self.name}"

    @property
    def events(self) -> tuple[type[Event], ...]:
        """Every type its log may hold."""
        return tuple(event for decider in self.deciders for event in decider.events)

    @property
    def interests(self) -> tuple[Interest, ...]:
        """What it hears, by producer."""
        return interests(self.name, self.subscriptions)


@asynccontextmanager
async def open_engine(service: Service, settings: Settings, bus: Bus) -> AsyncIterator[Engine]:
    """Open a service's parts and its writers; no follower runs yet."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(str(settings.database_url), service.name, settings.pool_size))
        vault = Vault(pool, bytes.fromhex(settings.master_key.get_secret_value()))
        store = PostgresEventStore(pool, Codec(service.events, vault))
        await stack.enter_async_context(store.writing())
        issuer = (settings.oidc_issuer, settings.oidc_jwks_url, settings.oidc_audience)
        engine = Engine(
            service=service,
            settings=settings,
            pool=pool,
            store=store,
            commands=CommandHandler(store),
            inbox=Inbox(service.name, pool, store, service.subscriptions),
            bus=bus,
            log=Log(),
            verifier=TokenVerifier(*issuer, person_required=settings.env == "production"),
        )
        engine.outside = await stack.enter_async_context(service.outside(engine))
        yield engine


def followers(engine: Engine) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Every loop of a service, by name; each may be started again at any time."""
    service, pool, store, log = engine.service, engine.pool, engine.store, engine.log
    loops: dict[str, Callable[[], Awaitable[Any]]] = {"sealer": partial(seal_log, pool, store, log)}
    for interest in service.interests:
        loops[f"hear:{interest.producer}"] = partial(engine.bus.consume, interest, engine.inbox.handle)
    for one in service.projections:
        loops[f"project:{one.name}"] = partial(keep_projected, pool, store, service.name, one, log, engine.failing)
    loops["leader"] = partial(lead, engine)
    return loops


async def lead(engine: Engine) -> None:
    """What only one replica does: relay, effects, and what follows a new business date. The others wait here."""
    service = engine.service
    connection = await connect(str(engine.settings.database_url), service.name)
    try:
        await connection.execute(f"select pg_advisory_lock(hashtext('lead:{service.name}'))", timeout=None)
        async with asyncio.TaskGroup() as group:
            group.create_task(_while_connected(connection))
            if service.announces:
                group.create_task(
                    relay(service.name, engine.pool, engine.store, engine.bus, service.announce, engine.log)
                )
            for one in service.effects:
                group.create_task(engine.performer(one).run(engine.log))
            if service.on_business_date:
                group.create_task(_sweep(engine, service.on_business_date))
    finally:
        connection.terminate()


async def _while_connected(connection: Any) -> None:
    while not connection.is_closed():
        await asyncio.sleep(0.5)
    raise ConnectionError("the leader's connection, and so its lock, was lost")


async def _sweep(engine: Engine, on_business_date: Callable[[Engine, date], Awaitable[None]]) -> None:
    while True:
        if (on := await business_date.unswept(engine.pool)) is not None:
            try:
                await on_business_date(engine, on)
                await business_date.swept(engine.pool, on)
            except TimeoutError as late:  # a stopped read model must not stop what else the leader does
                _log.warning("sweep_waits", service=engine.name, business_date=on.isoformat(), reason=str(late))
                await asyncio.sleep(1.0)
        await asyncio.sleep(0.1)


def calm_collector() -> None:
    """Let the cycle collector pass over what was imported, and come less often: a page of events is no garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def end_process(task: "asyncio.Task[Any]") -> None:
    """A follower that died must not leave a server that answers: end the process, whoever runs it restarts it."""
    if not task.cancelled() and task.exception() is not None:
        _log.critical("follower_died", follower=task.get_name(), error=repr(task.exception()))
        os.kill(os.getpid(), signal.SIGTERM)


def create_app(
    service: Service,
    *,
    settings: Settings | None = None,
    bus: Bus | None = None,
    if_crashed: Callable[["asyncio.Task[Any]"], None] = end_process,
) -> FastAPI:
    """Wire `service` to PostgreSQL and the bus. `settings` and `bus` come from the environment unless given."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        given = settings or Settings.load()
        configure_logging(given.log_level)
        calm_collector()
        if bus is None and given.amqp_url is None:
            raise SystemExit("liudai cannot start: AMQP_URL is missing")
        carried = bus or RabbitBus(given.amqp_url or "", given.queues_per_subscriber)
        async with open_engine(service, given, carried) as engine:
            app.state.engine = engine
            engine.access = access
            loops = [
                asyncio.create_task(restarting(name, run), name=f"{service.name}/{name}")
                for name, run in followers(engine).items()
            ]
            for loop in loops:
                loop.add_done_callback(if_crashed)
            try:
                yield
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)

    access = access_matrix(service.name) | INTERNAL_ACCESS
    app = FastAPI(
        title=f"liudai {service.name}",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(authorise)],
        responses=_PROBLEMS,
        generate_unique_id_function=lambda route: route.name,
    )
    app.include_router(service.router)
    app.include_router(internal_router)
    install_problem_details(app)
    app.add_exception_handler(AlreadyAnswered, _as_before)
    install_open_routes(app, service.name)
    app.add_middleware(Edge, service=service.name)
    app.state.queries = complete_document(app, service.name, access)
    return app


async def _as_before(_request: Request, answered: Any) -> Response:
    return cast("Response", answered.response)
