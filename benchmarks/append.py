"""Appending one event a call and waiting until it is durable: our store beside bare INSERTs and another library."""

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg

from benchmarks.repayment_log import FACTS, GOLDEN, months, sealed, sealed_store
from benchmarks.rounds import Found, Line, Plan, at_least, interleave, ratios
from services.operations.postgres_programs import PostgresUnavailableError, programs_for
from services.repayment.domain.events import LoanBooked
from services.repayment.domain.loan import LoanAccount
from services.repayment.domain.loan_memory import loan_memory
from shared.command_handler import REMEMBERED_AFTER
from shared.engine import Engine
from tests.servers import PostgresServer

CALLERS, CONNECTIONS = 64, 32
PEER_THREADS = 8
GOALS = {"append_vs_row": 1.5, "append_vs_pgbench": 1.5, "append_vs_eventsourcing": 10.0}
INSERT = "insert into events(stream_id, version, event_id, type, schema_v, data, meta) values ({})"


async def measure(postgres: PostgresServer, plan: Plan) -> Found:
    """All four in turn, on one server; the first three write the very same rows into the very same table."""
    async with sealed_store(postgres) as (url, engine):
        rows = [await engine.store._codec.encode(new) for new, _ in zip(months(uuid4()), FACTS, strict=False)]
        variants: dict[str, Callable[[], Awaitable[float]]] = {
            "store": lambda: through_store(engine, plan.seconds),
            "remembering": lambda: through_store(engine, plan.seconds, remembered=aged_loan()),
            "row": lambda: row_by_row(url, rows, plan.seconds),
        }
        if (program := pgbench()) is not None:
            variants["pgbench"] = lambda: by_pgbench(program, url, rows, plan.seconds)
        if await _has_peer():
            variants["eventsourcing"] = lambda: by_peer(url, plan.seconds)

        def settling(variant: Callable[[], Awaitable[float]]) -> Callable[[], Awaitable[float]]:
            async def run() -> float:
                rate = await variant()
                await sealed(engine.pool)  # so that nobody's sealing falls to the next
                return rate

            return run

        samples = await interleave({name: settling(one) for name, one in variants.items()}, plan.rounds)
    against = {name: ratios(samples, "store", name) for name in samples if name not in {"store", "remembering"}}
    figures = {key: median(against[base]) if (base := key[10:]) in against else None for key in GOALS}
    names = {
        "row": f"asyncpg, the same row, {CONNECTIONS} connections",
        "pgbench": f"pgbench -M prepared, {CONNECTIONS} clients",
        "eventsourcing": f"eventsourcing's recorder, {PEER_THREADS} threads",
    }
    keeping = ratios(samples, "remembering", "row")
    lines = [
        Line(f"append: store, {CALLERS} callers", "events/s", samples["store"]),
        Line("append:   and what a loan came to", "events/s", samples["remembering"], keeping, "this / row"),
    ]
    for base, name in names.items():
        goal = GOALS[f"append_vs_{base}"]
        if base in against:
            line = Line(f"append: {name}", "events/s", samples[base], against[base], "store / this")
            lines.append(at_least(goal, line))
        else:
            lines.append(Line(f"append: {name}", "not run", [], goal=f"≥ {goal:g}"))
    return Found(lines, figures)


def aged_loan() -> LoanAccount:
    """An open loan after some repayments, as much as is kept of one."""
    golden = json.loads((GOLDEN.parent / "memory/loan_account.json").read_text("utf-8"))
    [_, booked] = golden["facts"][0]
    return loan_memory.read(json.dumps(golden["kept"]), LoanBooked.model_validate_json(json.dumps(booked)))


async def through_store(engine: Engine, seconds: float, remembered: LoanAccount | None = None) -> float:
    """Events a second by concurrent callers, each with loans of his own, one event a call.

    With `remembered` that state is kept as often as the commands of a loan have it kept.
    """
    ends = time.perf_counter() + seconds

    async def caller() -> int:
        appended = 0
        for new in months(uuid4()):
            await engine.store.append([new])
            appended += 1
            if remembered and new.version % REMEMBERED_AFTER == 0:
                await engine.store.remember(new, loan_memory, remembered)
            if time.perf_counter() >= ends:
                break
        return appended

    return await _rate([caller() for _ in range(CALLERS)])


async def row_by_row(url: str, rows: list[tuple[Any, ...]], seconds: float) -> float:
    """The same rows, encoded before, each its own INSERT and its own commit."""
    connections = [await asyncpg.connect(url, server_settings={"search_path": "repayment"}) for _ in range(CONNECTIONS)]
    inserts = [await one.prepare(INSERT.format("$1, $2, $3, $4, $5, $6, $7")) for one in connections]
    ends = time.perf_counter() + seconds

    async def caller(insert: Any) -> int:
        stream = f"loan_account-{uuid4()}"
        for version in count(1):
            _, _, _, *encoded = rows[version % len(rows)]
            await insert.fetch(stream, version, uuid4(), *encoded)
            if time.perf_counter() >= ends:
                return version
        raise AssertionError("unreachable")

    try:
        return await _rate([caller(insert) for insert in inserts])
    finally:
        for one in connections:
            await one.close()


async def _rate(callers: list[Any]) -> float:
    started = time.perf_counter()
    done = await asyncio.gather(*callers)
    return float(sum(done) / (time.perf_counter() - started))


def pgbench() -> Path | None:
    """The program beside the server's own, or None."""
    try:
        program = programs_for(None, Path()) / "pgbench"
    except PostgresUnavailableError:
        return None
    return program if program.exists() else None


async def by_pgbench(program: Path, url: str, rows: list[tuple[Any, ...]], seconds: float) -> float:
    """The same INSERT without Python: what the server and the disk can do."""
    with tempfile.TemporaryDirectory() as folder:
        options: list[str] = []
        for n, (_, _, _, kind, schema_v, data, meta) in enumerate(rows):
            script = Path(folder) / f"{n}.sql"
            values = f"'loan_account-' || gen_random_uuid(), 1, gen_random_uuid(), '{kind}', {schema_v}, '{data}'"
            script.write_text(INSERT.format(f"{values}, '{meta}'") + ";\n")
            options += ["-f", str(script)]
        running = await asyncio.create_subprocess_exec(
            *(program, "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(max(2, round(seconds)))),
            *(*options, url),
            env=os.environ | {"PGOPTIONS": "-c search_path=repayment"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await running.communicate())[0].decode()
    found = re.search(r"tps = ([\d.]+) \(without initial connection time\)", said)
    assert found, said
    return float(found[1])


PEER = (sys.executable, "-m", "benchmarks.peer_eventsourcing")


async def _has_peer() -> bool:
    found = await asyncio.create_subprocess_exec(*PEER, stderr=asyncio.subprocess.DEVNULL)
    return await found.wait() == 0


async def by_peer(url: str, seconds: float) -> float:
    """In a process of its own, since its threads would share this one's interpreter."""
    states = json.dumps([fact.model_dump_json() for fact in FACTS])
    running = await asyncio.create_subprocess_exec(
        *(*PEER, url, str(seconds), str(PEER_THREADS), states), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    return float(said)
