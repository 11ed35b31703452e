"""Reading the log in order as typed events, and recomputing its hash chain, beside a bare fetch of the same rows."""

import time
from statistics import median
from uuid import uuid4

import asyncpg

from benchmarks.repayment_log import months, sealed, sealed_store
from benchmarks.rounds import Found, Line, Plan, at_least, interleave, ratios
from shared.engine import Engine
from shared.internal import verify
from shared.postgres_event_store import _LOG
from tests.servers import PostgresServer

PAGE, VERIFIED_PAGE = 2000, 5000
EVENTS = 40_000
STREAM_EVENTS = 100
GOAL = 0.5


async def measure(postgres: PostgresServer, plan: Plan) -> Found:
    """A log is filled once and read in turn."""
    async with sealed_store(postgres) as (url, engine):
        await _fill(engine, plan.count(EVENTS // STREAM_EVENTS))
        bare = await asyncpg.connect(url, server_settings={"search_path": "repayment"})
        samples = await interleave(
            {
                "typed": lambda: typed(engine),
                "fetch": lambda: fetched(bare),
                "verify": lambda: verified(engine),
            },
            plan.rounds,
        )
        await bare.close()
    against = ratios(samples, "typed", "fetch")
    lines = [
        at_least(GOAL, Line("replay: typed events", "events/s", samples["typed"], against, "this / fetch")),
        Line(f"replay: asyncpg fetch, pages of {PAGE:,}", "events/s", samples["fetch"]),
        Line("verify: hashes recomputed", "events/s", samples["verify"]),
    ]
    return Found(lines, {"replay_vs_fetch": median(against), "verify_events_per_s": median(samples["verify"])})


async def _fill(engine: Engine, streams: int) -> None:
    for _ in range(streams):
        await engine.store.append([new for new, _ in zip(months(uuid4()), range(STREAM_EVENTS), strict=False)])
    await sealed(engine.pool)


async def typed(engine: Engine) -> float:
    """Pages of the store's own API, decoded to events and metadata."""
    started, position, read = time.perf_counter(), 0, 0
    while page := await engine.store.log(position, PAGE):
        position, read = page[-1].pos, read + len(page)
    return read / (time.perf_counter() - started)


async def fetched(connection: asyncpg.Connection) -> float:
    """The same ordered query, its rows thrown away."""
    started, position, read = time.perf_counter(), 0, 0
    while page := await connection.fetch(_LOG, position, PAGE):
        position, read = page[-1]["pos"], read + len(page)
    return read / (time.perf_counter() - started)


async def verified(engine: Engine) -> float:
    """Every link of the chain recomputed from the stored bytes, as `liudai verify` asks for it."""
    started, position, read = time.perf_counter(), 0, 0
    while True:
        found = await verify(engine, position, VERIFIED_PAGE)
        assert found["bad_pos"] is None
        read, position = read + found["checked"], found["last"]
        if position >= found["head"]:
            return float(read / (time.perf_counter() - started))
