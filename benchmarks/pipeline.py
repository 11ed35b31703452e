"""The whole way of an application, POST to its decision sealed, beside the same way on plain parts.

Both banks run at once, each on a database and a virtual host of its own, and work in turn.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from statistics import median, quantiles

import asyncpg
import psycopg

from benchmarks.applicants import DECIDED_SEALED, DECIDED_STORED, Applicants, Client
from benchmarks.processes import APPS, PLAIN_APPS, ProcessorTime, Running, environment, serving
from benchmarks.rounds import Found, Line, Plan, at_least, at_most, interleave, ratios
from benchmarks.simple_services import OUTBOX
from services.operations.deployment import load_services
from services.operations.migrate import migrate, target
from tests.servers import PostgresServer, RabbitMQServer, folder
from tests.shared.issuer import Issuer

BORROWERS = 300
ROUND_SECONDS = 5.0
RATE, RATE_SECONDS = 100.0, 10.0
STEADY_RATE, GROWTH = 10.0, 1.05
GOALS = {"pipeline_vs_simple": 1.5, "pipeline_cpu_ms": 2.0, "pipeline_p99_ms": 50.0}


async def measure(postgres: PostgresServer, rabbitmq: RabbitMQServer, plan: Plan) -> Found:
    """Throughput in turn; then processor time, latency at a steady rate and memory of ours alone."""
    seconds = ROUND_SECONDS * plan.scale
    issuer = Issuer()
    try:
        async with (
            _bank(postgres, rabbitmq, issuer, APPS, DECIDED_SEALED, plan) as (ours, running),
            _bank(postgres, rabbitmq, issuer, PLAIN_APPS, DECIDED_STORED, plan) as (plain, _),
        ):
            processors = ProcessorTime(running, postgres, rabbitmq)
            spent: list[dict[str, float]] = []

            async def by_ours() -> float:
                before = processors.used()
                decided, took = await ours.closed_loop(seconds)
                spent.append({name: (used - before[name]) / decided for name, used in processors.used().items()})
                return decided / took

            async def by_plain() -> float:
                decided, took = await plain.closed_loop(seconds)
                return decided / took

            samples = await interleave({"ours": by_ours, "plain": by_plain}, plan.rounds)
            latencies = [await ours.at_rate(RATE, RATE_SECONDS * plan.scale) for _ in range(min(3, plan.rounds))]
            memory = {f"rss_mb_{one.name}": one.rss_mb for one in running}
    finally:
        issuer.close()
    return _found(samples, spent, latencies, memory)


def _found(
    samples: dict[str, list[float]],
    spent: list[dict[str, float]],
    latencies: list[list[float]],
    memory: dict[str, float],
) -> Found:
    against = ratios(samples, "ours", "plain")
    cpu = [1000 * sum(one.values()) for one in spent]
    p50, p99 = ([1000 * quantiles(one, n=100)[at] for one in latencies] for at in (49, 98))
    goal = GOALS["pipeline_vs_simple"]
    shares = {name: 1000 * median(one[name] for one in spent) for name in spent[0]}
    lines = [
        at_least(goal, Line("pipeline: applications decided", "1/s", samples["ours"], against, "this / plain")),
        Line("pipeline: the same on plain parts", "1/s", samples["plain"]),
        at_most(GOALS["pipeline_cpu_ms"], Line("pipeline: processor time each", "ms", cpu)),
        *(Line(f"pipeline:   of it {name}", "ms", [share]) for name, share in shares.items()),
        Line(f"pipeline: decided after, {RATE:.0f}/s, p50", "ms", p50),
        at_most(GOALS["pipeline_p99_ms"], Line(f"pipeline: decided after, {RATE:.0f}/s, p99", "ms", p99)),
        *(Line(f"memory: {name[7:]}", "MB", [mb]) for name, mb in memory.items()),
    ]
    figures: dict[str, float | None] = {
        "pipeline_vs_simple": median(against),
        "pipeline_cpu_ms": median(cpu),
        "pipeline_p99_ms": median(p99),
    }
    return Found(lines, figures | memory)


async def hour(postgres: PostgresServer, rabbitmq: RabbitMQServer, minutes: float) -> Found:
    """Resident memory at a steady rate: the last sixth of the time beside the sixth after the first, which warms up."""
    issuer = Issuer()
    sixths: list[dict[str, float]] = []
    try:
        async with _bank(postgres, rabbitmq, issuer, APPS, DECIDED_SEALED, Plan()) as (ours, running):
            for _ in range(6):
                await ours.at_rate(STEADY_RATE, 10 * minutes)
                sixths.append({one.name: one.rss_mb for one in running})
    finally:
        issuer.close()
    lines = []
    for name in sixths[0]:
        samples = [one[name] for one in sixths]
        line = Line(f"memory: {name}, {minutes:g} minutes at {STEADY_RATE:g}/s", "MB", samples)
        lines.append(at_most(GROWTH, replace(line, ratios=[samples[-1] / samples[1]], against="last / second sixth")))
    return Found(lines, {})


@asynccontextmanager
async def _bank(
    postgres: PostgresServer, rabbitmq: RabbitMQServer, issuer: Issuer, apps: dict[str, str], decided: str, plan: Plan
) -> AsyncIterator[tuple[Applicants, list[Running]]]:
    services = load_services()
    with folder("bench") as home, postgres.database() as database_url, rabbitmq.vhost() as amqp_url:
        given = environment(issuer, amqp_url, home)
        await migrate(target(database_url, services, given), services, lambda _step: None)
        if apps is PLAIN_APPS:
            _make_outboxes(database_url)
        with serving(apps, database_url, given, home) as running:
            token = issuer.token("officer", person="zhang.wei")
            client = Client(next(one.url for one in running if one.name == "application"), token)
            database = await asyncpg.connect(database_url)
            async with client.open():
                opened = Applicants(client, database, decided)
                watching = asyncio.create_task(opened.watch())
                try:
                    await opened.register(plan.count(BORROWERS))
                    await opened.closed_loop(ROUND_SECONDS * plan.scale / 2)  # warm
                    yield opened, running
                finally:
                    watching.cancel()
                    await asyncio.gather(watching, return_exceptions=True)
                    await database.close()


def _make_outboxes(database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        for name in PLAIN_APPS:
            grant = f"grant select, insert, delete on {name}.outbox to liudai_{name}"
            owner.execute((OUTBOX.format(name) + grant).encode())
