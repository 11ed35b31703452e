"""Writers, relays and two consumers a queue on a real RabbitMQ, while relays, consumers and connections are killed.

Nothing is lost, doubled or out of order, and the streams that are parked are those of the poison.
"""

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.operations.topology import declare_topology
from shared.engine import Engine
from shared.follower import restarting, seal_log
from shared.money import Money
from shared.rabbitmq import RabbitBus
from shared.service import lead, open_engine
from tests.servers import PostgresServer, RabbitMQServer
from tests.shared.sample import deposits, keeper, payer, till
from tests.shared.services import migrated, settings
from tests.shared.test_buses import POISON, until

SECONDS = float(os.environ.get("LIUDAI_FAULT_RUN_SECONDS", "10"))
"""How long they write and are killed, for each number of queues; a night's run may take 600."""
SEED = int(os.environ.get("LIUDAI_TEST_SEED", "20260105"))
WRITERS, STREAMS, CONSUMERS = 3, 60, 2
POISON_SHARE = 0.0005
POISONED_FOR_CERTAIN = 3
"""Which deposit of some streams is poison whatever chance says."""
KILL_SECONDS = (0.5, 3.0)
STILL_SECONDS = 30.0
KINDS = ("relay", "consumer", "consumer", "socket", "socket", "all connections")
_log = logging.getLogger(__name__)


class Role:
    """A loop that is started again each time it is killed, as a process is."""

    def __init__(self, name: str, run: Any) -> None:
        self._name, self._run = name, run
        self._task = self._begun()

    def _begun(self) -> "asyncio.Task[None]":
        return asyncio.create_task(restarting(self._name, self._run), name=self._name)

    def kill(self) -> None:
        self._task.cancel()
        self._task = self._begun()

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def check(self) -> None:
        """Raise what ended it; only a bug does."""
        if self._task.done():
            self._task.result()


@dataclass
class Run:
    """The engines, what is to be killed, and what was paid."""

    paying: Engine
    keeping: Engine
    rabbit: RabbitMQServer
    dice: random.Random
    relays: list[Role] = field(default_factory=list)
    consumers: list[Role] = field(default_factory=list)
    others: list[Role] = field(default_factory=list)
    sockets: list[asyncio.StreamWriter] = field(default_factory=list)
    paid: dict[UUID, list[int]] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    is_over: bool = False

    @property
    def roles(self) -> list[Role]:
        return [*self.relays, *self.consumers, *self.others]

    async def write(self, streams: list[UUID]) -> None:
        """Deposits of amounts that count up, so that order shows; now and then one that nobody can handle."""
        while not self.is_over:
            stream = self.dice.choice(streams)
            amounts = self.paid.setdefault(stream, [])
            is_poison = self.dice.random() < POISON_SHARE or (stream, len(amounts)) == (
                streams[0],
                POISONED_FOR_CERTAIN,
            )
            amount = POISON.minor if is_poison else 1000 + len(amounts)
            await self.paying.store.append(deposits(stream, [len(amounts) + 1], Money(amount)))
            amounts.append(amount)
            await asyncio.sleep(self.dice.uniform(0, 0.03))

    async def kill(self) -> None:
        """Again and again until the time is up, and each kind once at least; then the writers stop."""
        ends_at = asyncio.get_running_loop().time() + SECONDS
        order: list[str] = []
        while order or asyncio.get_running_loop().time() < ends_at:
            order = order or self.dice.sample(KINDS, len(KINDS))
            await asyncio.sleep(self.dice.uniform(*KILL_SECONDS))
            what = order.pop()
            self.killed[what] += 1
            match what:
                case "relay":
                    self.dice.choice(self.relays).kill()
                case "consumer":
                    self.dice.choice(self.consumers).kill()
                case "socket":
                    self._cut_a_socket()
                case _:
                    await asyncio.to_thread(self.rabbit.close_all_connections)
            for role in self.roles:
                role.check()
        self.is_over = True

    def _cut_a_socket(self) -> None:
        """As when a process is killed: no goodbye."""
        open_ones = [one for one in self.sockets if not one.is_closing()]
        if open_ones:
            self.dice.choice(open_ones).transport.abort()


@pytest.fixture(params=[1, 4])
async def run(
    postgres_server: PostgresServer,
    rabbitmq_server: RabbitMQServer,
    amqp_url: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Run]:
    await declare_topology(amqp_url, ["payer", "keeper", "repayment"], keeper.interests, request.param)
    bus = RabbitBus(amqp_url, request.param)
    async with migrated(postgres_server, payer, keeper) as database_url, AsyncExitStack() as stack:
        paying, keeping = [
            await stack.enter_async_context(open_engine(service, settings(database_url, service, pool_size=12), bus))
            for service in (payer, keeper)
        ]
        made = Run(paying, keeping, rabbitmq_server, random.Random(SEED + request.param))
        _watch_sockets(monkeypatch, made.sockets)
        [heard] = [one for one in keeper.interests if one.producer == "payer"]
        made.relays = [Role("relay", partial(lead, paying)) for _ in range(2)]
        made.consumers = [Role("consumer", partial(bus.consume, heard, keeping.inbox.handle)) for _ in range(CONSUMERS)]
        made.others = [
            Role("sealer", partial(seal_log, engine.pool, engine.store, engine.log)) for engine in (paying, keeping)
        ]
        try:
            yield made
        finally:
            for role in made.roles:
                await role.end()


def _watch_sockets(monkeypatch: pytest.MonkeyPatch, sockets: list[asyncio.StreamWriter]) -> None:
    """Keep the sockets which the AMQP library opens; PostgreSQL's are opened in another way."""
    honest = asyncio.open_connection

    async def open_connection(*arguments: Any, **options: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await honest(*arguments, **options)
        sockets.append(writer)
        return reader, writer

    monkeypatch.setattr(asyncio, "open_connection", open_connection)


async def test_nothing_is_lost_doubled_or_out_of_order(run: Run) -> None:
    streams = [UUID(int=run.dice.getrandbits(128), version=4) for _ in range(STREAMS)]
    work: list[Coroutine[Any, Any, None]] = [run.kill()]
    work += [run.write(streams[n::WRITERS]) for n in range(WRITERS)]
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)

    announced = sum(map(len, run.paid.values()))

    await _all_heard(run, announced)
    await _reckon(run)
    assert announced > STREAMS, f"too little happened: {run.killed}"
    _log.info("%d announced, killed: %s", announced, dict(run.killed))


async def _all_heard(run: Run, announced: int) -> None:
    """Wait as long as anything still comes; what is missing then, the reckoning says."""
    heard = -1
    count = "select (select count(*) from inbox) + (select count(*) from parked)"

    async def more_is_heard() -> bool:
        now: int = await run.keeping.pool.fetchval(count)
        return now != heard

    while heard < announced:
        try:
            await until(more_is_heard, seconds=STILL_SECONDS)
        except TimeoutError:
            return
        heard = await run.keeping.pool.fetchval(count)


async def _reckon(run: Run) -> None:
    poisoned = {till.stream(stream) for stream, amounts in run.paid.items() if POISON.minor in amounts}
    parked = await run.keeping.pool.fetch("select stream_id, version from parked order by stream_id, version")
    assert {row["stream_id"] for row in parked} == poisoned
    for stream, amounts in run.paid.items():
        name = till.stream(stream)
        good = amounts[: amounts.index(POISON.minor)] if name in poisoned else amounts
        kept = [one.event.amount.minor for one in await run.keeping.store.read(name)]
        assert kept == good, f"{name}: lost {len(set(good) - set(kept))}, {len(kept)} instead of {len(good)}"
        behind = [row["version"] for row in parked if row["stream_id"] == name]
        assert behind == list(range(len(good) + 1, len(amounts) + 1)), "the poison and what came after it"
    counted = await run.keeping.pool.fetchval("select coalesce(sum(n), 0)::int from inbox_counts")
    assert counted == sum(map(len, run.paid.values())) - len(parked)
    told: asyncpg.Record | None = await run.paying.pool.fetchrow("select n from relay_counts")
    assert told is not None
    assert told["n"] == sum(map(len, run.paid.values()))
