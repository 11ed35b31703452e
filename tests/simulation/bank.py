"""The whole bank in one process, run from a seed until it is at rest.

Runs as in production: every service's declaration (`services.*.main.service`), so its deciders, subscriptions,
publications, effects and sweeps; the inbox with its deduplication, retries and parking, and the redrive; the relay;
the performer of effects with its counted attempts; the command handler; the night's end of day; the score models;
core banking's adapter with its reading of answers.

Replaced, because it needs a server: PostgreSQL by `memory_database` (each statement of the code above, one by one,
and `InMemoryEventStore` as the log, sealed at once), RabbitMQ by `network`, core banking by `core_banking`, and the
read models that sweeps and the night ask by `read_models`. HTTP routes, projections, encryption of personal data,
the advisory lock of the leader and the sealer do not run here: the journeys run them on real servers.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from structlog.testing import capture_logs

from services.application.main import service as application
from services.collection.main import service as collection
from services.disbursement.main import service as disbursement
from services.repayment.main import service as repayment
from services.risk.credit_sources import CreditSources, CreditSourcesSettings
from services.risk.effects import Outside
from services.risk.main import service as risk
from services.risk.registry import library
from services.risk.scoring import ModelShelf
from shared.service import Service
from tests.simulation.borrower import Borrower
from tests.simulation.core_banking import Ledger, SimulatedCoreBanking
from tests.simulation.network import Network
from tests.simulation.people import Asked, People
from tests.simulation.processes import Process
from tests.simulation.read_models import replaced
from tests.simulation.virtual_time import VirtualTimeLoop

SERVICES: tuple[Service, ...] = (application, risk, disbursement, repayment, collection)
REST_SECONDS_MAX = 600.0
NIGHTS = (0, 0, 2, 2, 8, 8, 34, 34, 42, 66)
OPENING_DATES = (date(2026, 1, 31), date(2026, 2, 27), date(2026, 3, 2), date(2026, 12, 30))
TROUBLE = (0.0, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class History:
    """A bank at rest: all that its services hold, what people were told, and what core banking did."""

    processes: dict[str, Process]
    ledger: Ledger
    network: Network
    asked: tuple[Asked, ...]
    seconds: float


def simulate(seed: int) -> History:
    """Everything that happens under `seed`, to the end: the same, however often it is asked for."""
    chance = Random(seed)
    with _loop() as loop, replaced(chance), capture_logs() as logs:
        random.seed(seed)  # the product's own jitter
        try:
            return loop.run_until_complete(_run(chance))
        except BaseException as error:
            error.add_note(f"seed {seed}; the last of the log: {logs[-5:]}")
            raise


async def _run(chance: Random) -> History:
    trouble = chance.choice(TROUBLE)
    network = Network([i for service in SERVICES for i in service.interests], chance, trouble)
    ledger = Ledger(chance, chance.choice([0.0, 0.2, 0.5]))
    outside: dict[str, Any] = {
        "disbursement": SimulatedCoreBanking(ledger),
        "risk": lambda store: Outside(ModelShelf(store, {}, library()), CreditSources(CreditSourcesSettings())),
    }
    opening_date = chance.choice(OPENING_DATES)
    processes = {
        one.name: Process(one, network, outside.get(one.name), opening_date, chance, trouble) for one in SERVICES
    }
    people = People(processes, ledger, chance)
    try:
        await _live(people, chance)
        network.trouble = ledger.trouble = 0.0
        for one in processes.values():
            one.trouble = 0.0
        await _come_to_rest(processes, network, ledger)
    finally:
        for one in processes.values():
            await one.stop()
    return History(processes, ledger, network, tuple(people.asked), asyncio.get_running_loop().time())


async def _live(people: People, chance: Random) -> None:
    """Borrowers act while the days go by."""
    nights = chance.choice(NIGHTS)
    ended = asyncio.Event()

    async def life() -> None:
        borrower = Borrower(people)
        await asyncio.sleep(chance.uniform(0, 1))
        await borrower.apply()
        while not ended.is_set():
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            await borrower.act()

    async def days() -> None:
        await asyncio.sleep(chance.uniform(0, 6))
        for _ in range(nights):
            await people.close_day()
            await asyncio.sleep(chance.uniform(0, 0.1))
        await asyncio.sleep(chance.uniform(1, 4))
        ended.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(days())
        for _ in range(chance.randint(1, 2)):
            group.create_task(life())


async def _come_to_rest(processes: dict[str, Process], network: Network, ledger: Ledger) -> None:
    """No fault any more: wait, redriving what was parked, until nothing moves."""
    began, quiet = asyncio.get_running_loop().time(), 0
    while quiet < 2:
        await asyncio.sleep(0.5)
        for one in processes.values():
            await one.redrive()
        at_rest = network.is_empty and not ledger.late and all(one.is_quiet for one in processes.values())
        quiet = quiet + 1 if at_rest else 0
        if asyncio.get_running_loop().time() - began > REST_SECONDS_MAX:
            restless = [(name, one.crashed[:1]) for name, one in processes.items() if not one.is_quiet]
            parked = [row["error"] for one in processes.values() for row in one.tables.parked.values()]
            raise AssertionError(f"never at rest: {restless}, parked {parked[:3]}, in flight {not network.is_empty}")


@contextmanager
def _loop() -> Iterator[VirtualTimeLoop]:
    loop = VirtualTimeLoop()
    try:
        yield loop
    finally:
        loop.close()
