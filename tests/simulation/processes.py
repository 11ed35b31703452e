"""A service as a process that may die at any statement, and that somebody starts again.

What runs is the service's own declaration with the real inbox, relay, effects and sweeps; dying means that every
task stops where it stands and that nothing but committed rows, the broker's queues and core banking remain.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from shared import business_date
from shared.command_handler import CommandHandler
from shared.contracts.repayment import BusinessDateClosed
from shared.effect import Performer
from shared.engine import Engine
from shared.follower import Log, restarting
from shared.inbox import HANDLER, Inbox
from shared.messages import IntegrationEvent
from shared.outbox import CURSOR, relay
from shared.parking import redrive
from shared.service import Service
from tests.simulation.memory_database import Connection, Tables
from tests.simulation.memory_store import Store
from tests.simulation.network import Network

LATENCY_SECONDS = 0.004


class ProcessDied(Exception):  # noqa: N818
    """The caller gets no answer: what was asked may have been done."""


class Process:
    """One service. `tables` outlive it; everything else begins anew when it is started."""

    def __init__(
        self, service: Service, network: Network, outside: Any, opening_date: date, chance: Random, trouble: float
    ) -> None:
        self.service, self.network, self.outside, self.opening_date = service, network, outside, opening_date
        self.chance, self.trouble = chance, trouble
        self.bad_streams = chance.choice([0.0, 0.0, 0.0, 0.0, 0.3]) if trouble else 0.0
        handlers = [one.handler for one in service.effects]
        self.tables = Tables([CURSOR, *handlers])
        self.deaths = self.redriven = 0
        self.crashed: list[str] = []
        self._unreadable: dict[str, float] = {}
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._restart: asyncio.TimerHandle | None = None
        self.start()

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def is_quiet(self) -> bool:
        """Everything that was committed has been announced and acted on, and the day's sweep is done."""
        tables, service = self.tables, self.service
        followers = [CURSOR] * bool(service.announces) + [one.handler for one in service.effects]
        swept = tables.opened_on == tables.swept_on or service.on_business_date is None
        return (
            self.is_alive
            and swept
            and not tables.delayed
            and all(tables.checkpoints[name] == tables.head for name in followers)
        )

    @property
    def hears(self) -> frozenset[type[IntegrationEvent]]:
        """The announcements that it listens to."""
        return frozenset({BusinessDateClosed, *(one.to for one in self.service.subscriptions)})

    def start(self) -> None:
        """Open the parts and run every loop of the service."""
        self.is_alive, self._restart = True, None
        service, step = self.service, self._step_of_life(self.deaths)
        pool, store, log = (
            cast("Any", Connection(self.tables, step)),
            cast("Any", Store(self.tables, step, self._check_readable)),
            Log(),
        )
        settings = cast("Any", SimpleNamespace(legal_entity="LD01", opening_date=self.opening_date))
        self.engine = Engine(
            service=service,
            settings=settings,
            pool=pool,
            store=store,
            commands=CommandHandler(store),
            inbox=Inbox(service.name, pool, store, service.subscriptions),
            bus=self.network,
            log=log,
            outside=self.outside(store) if callable(self.outside) else self.outside,
            verifier=cast("Any", None),
        )
        loops: dict[str, Callable[[], Awaitable[Any]]] = {"sealer": partial(self._seal, self.engine)}
        for interest in service.interests:
            loops[f"hear:{interest.producer}"] = partial(self.network.consume, interest, self.engine.inbox.handle)
        if service.announces:
            loops["relay"] = partial(relay, service.name, pool, store, self.network, service.announce, log)
        for performer in self._performers():
            loops[performer._effect.name] = partial(performer.run, log)
        if service.on_business_date:
            loops["sweep"] = partial(self._sweep, self.engine, service.on_business_date)
        for name, run in loops.items():
            self._spawn(restarting(name, run)).add_done_callback(self._end_if_crashed)

    def kill(self) -> None:
        """As kill -9: nobody gets to say a last word. Started again a little later."""
        if not self.is_alive:
            return
        self.is_alive = False
        self.deaths += 1
        for task in list(self._tasks):
            task.cancel()
        self._restart = asyncio.get_running_loop().call_later(self.chance.uniform(0.05, 0.5), self.start)

    async def stop(self) -> None:
        """End for good."""
        if self._restart:
            self._restart.cancel()
        self.is_alive = False
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def serve(self, work: Callable[[Engine], Coroutine[Any, Any, Any]]) -> Any:
        """Do what a request asks for; ProcessDied when it is down, or dies before it has answered."""
        if not self.is_alive:
            raise ProcessDied
        task = self._spawn(work(self.engine))
        await asyncio.wait([task])
        if task.cancelled():
            raise ProcessDied
        return task.result()

    async def redrive(self) -> None:
        """What an operator does with parked messages and effects once the trouble is over."""
        for (handler, _), row in list(self.tables.parked.items()):
            if row["stream_id"] == "undecodable":
                continue
            of_handler: dict[str, Any] = {HANDLER: self.engine.inbox.redrive}
            of_handler |= {one._effect.handler: one.redrive for one in self._performers()}
            done, _ = await redrive(self.engine.pool, handler, row["stream_id"], of_handler[handler])
            self.redriven += done
            self.engine.store.appended.set()

    def _end_if_crashed(self, task: "asyncio.Task[Any]") -> None:
        """A loop that died of something else than a fault takes its process with it, as in production."""
        if not task.cancelled() and task.exception() is not None:
            self.crashed.append(repr(task.exception()))
            self.kill()

    def _performers(self) -> list[Performer]:
        engine = self.engine
        return [
            Performer(one, engine.pool, engine.store, engine.commands, engine.outside, f"system:{self.name}")
            for one in self.service.effects
        ]

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.create_task(work)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        return task

    def _step_of_life(self, life: int) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            """The time of a statement; the process may die at it, or lose its connection."""
            chance = self.chance.random()
            if chance < 0.5:  # often at once, so that a seed is quick
                await asyncio.sleep(chance * LATENCY_SECONDS if chance < 0.25 else 0)
            if self.deaths != life:
                raise asyncio.CancelledError
            if chance > 1 - self.trouble / 50:
                self.kill()
                raise asyncio.CancelledError
            if chance > 1 - self.trouble / 10:
                raise ConnectionError("the database is away")

        return step

    def _check_readable(self, stream_id: str) -> None:
        """Some streams cannot be read for a while, by a bug or a bad disk: what concerns them is parked."""
        now = asyncio.get_running_loop().time()
        if stream_id not in self._unreadable:
            is_bad = self.chance.random() < self.bad_streams
            self._unreadable[stream_id] = now + self.chance.uniform(1, 4) if is_bad else 0.0
        if self.trouble and now < self._unreadable[stream_id]:
            raise ValueError("a stored event cannot be read")

    async def _seal(self, engine: Engine) -> None:
        """The sealer's place: what is committed here is sealed at once, the followers need only be told."""
        while True:
            await engine.log.reached(self.tables.head)
            engine.store.appended.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):  # what another connection committed is found without a word
                    await engine.store.appended.wait()

    async def _sweep(self, engine: Engine, on_business_date: Callable[[Engine, date], Awaitable[None]]) -> None:
        while True:
            if (on := await business_date.unswept(engine.pool)) is not None:
                await on_business_date(engine, on)
                await business_date.swept(engine.pool, on)
            await asyncio.sleep(0.5)
