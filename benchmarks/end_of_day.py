"""A whole end of day over a portfolio, beside PostgreSQL's own INSERT … SELECT of one row per loan.

The night is run as production runs it: in a process of its own with the sealer, the relay and the read models at work.
The time is from the command until the date is closed and every read model shows it.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from statistics import median
from typing import Any

import asyncpg
import uvloop

from benchmarks.portfolio import FIRST_NIGHT, ONE_DAY, fill, give_streams, pay_day
from benchmarks.repayment_log import sealed_store
from benchmarks.rounds import Found, Line, Plan, at_most
from services.operations.local_bus import LocalBus
from services.repayment.end_of_day import close_business_date
from services.repayment.main import service
from shared.engine import Engine
from shared.identity import Principal
from shared.service import calm_collector
from tests.servers import PostgresServer
from tests.shared.services import running

LOANS, SMALL = 1_000_000, 100_000
OLD_LOANS, NIGHTS = 5_000, 700
ROUNDS_MAX = 3
OPERATOR = Principal("zhou", "bench", "zhou", frozenset({"operator"}), "LD01", "HQ", frozenset({"*"}))
TABLES = "repayment_loans_g1, repayment"

_INSERT_SELECT = """
insert into plain_nights select loan_id, $1, (balance * rate + 180000000) / 360000000, penalty_before from accruing"""
_OLD_NIGHTS = """
insert into accruals select loan_id, $1, interest, penalty, interest_total, penalty_total, part
from accruals where accrued_on = $2"""


async def measure(postgres: PostgresServer, plan: Plan) -> Found:
    """The large portfolio for the ratio, a tenth of it for growth, a small one with and without two years of nights."""
    rounds = min(plan.rounds, ROUNDS_MAX)
    large = await _nights(postgres, plan.count(LOANS), rounds)
    small = await _nights(postgres, plan.count(SMALL), rounds)
    new, old = [await _nights(postgres, plan.count(OLD_LOANS), 5, nights=nights) for nights in (0, NIGHTS)]
    loans = plan.count(LOANS)
    against = [night / plain for night, plain in zip(large["night"], large["plain"], strict=True)]
    per_loan = [night / loans for night in large["night"]]
    growth = [one / (night / plan.count(SMALL)) for one, night in zip(per_loan, small["night"], strict=True)]
    ageing = [one / other for one, other in zip(old["night"], new["night"], strict=True)]
    lines = [
        at_most(6.0, Line(f"end of day: {loans:,} loans", "s", large["night"], against)),
        Line("end of day: INSERT … SELECT of a row each", "s", large["plain"]),
        Line("end of day:   aged by command", "loans", large["aged"]),
        Line("end of day:   billed in a fact of the chunk", "loans", large["billed"]),
        at_most(1.2, Line(f"end of day: per loan, beside {plan.count(SMALL):,} loans", "s", small["night"], growth)),
        at_most(1.2, Line(f"end of day: after {NIGHTS} nights, beside none", "s", old["night"], ageing)),
        at_most(1024, Line("end of day: peak memory of the process", "MB", large["peak_mb"])),
    ]
    figures = {
        "eod_vs_insert_select": median(against),
        "eod_loans_per_s": loans / median(large["night"]),
        "eod_peak_mb": max(large["peak_mb"]),
        "eod_growth": median(growth),
        "eod_day700_vs_day1": median(ageing),
    }
    return Found(lines, figures)


async def _nights(postgres: PostgresServer, loans: int, rounds: int, *, nights: int = 0) -> dict[str, list[float]]:
    """Night after night of one portfolio, each beside the plain statement, which goes first every other time."""
    found: dict[str, list[float]] = {}
    async with sealed_store(postgres) as (url, engine), _owner(url) as owner:
        await fill(owner, loans)
        for number in range(nights):
            earlier = FIRST_NIGHT - (number + 2) * ONE_DAY
            await owner.execute("select add_night($1)", earlier)
            await owner.execute(_OLD_NIGHTS, earlier, FIRST_NIGHT - ONE_DAY)
        await owner.execute("create table plain_nights(loan_id uuid, accrued_on date, interest bigint, penalty bigint)")
        await owner.execute("insert into business_date(opened_on) values ($1)", FIRST_NIGHT)
        for number in range(rounds):
            night = FIRST_NIGHT + timedelta(days=number)
            await pay_day(owner, night)
            await give_streams(engine, owner, night)
            await owner.execute("checkpoint")
            said: dict[str, float] = {}
            for turn in ("night", "plain") if number % 2 == 0 else ("plain", "night"):
                said |= await (_night(url, night) if turn == "night" else _plain(owner, night))
            for name, value in said.items():
                found.setdefault(name, []).append(value)
    return found


@asynccontextmanager
async def _owner(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, server_settings={"search_path": TABLES})
    try:
        yield connection
    finally:
        await connection.close()


async def _plain(owner: Any, night: date) -> dict[str, float]:
    await owner.execute("truncate plain_nights; checkpoint")
    started = time.perf_counter()
    await owner.execute(_INSERT_SELECT, night)
    return {"plain": time.perf_counter() - started}


async def _night(url: str, night: date) -> dict[str, float]:
    """The night in a process of its own."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.end_of_day", url, night.isoformat()), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    answer: dict[str, float] = json.loads(said.splitlines()[-1])
    return answer


async def _run(url: str, night: date) -> dict[str, float]:
    calm_collector()
    async with running(url, LocalBus([]), service) as [engine]:
        await engine.caught_up()
        started = time.perf_counter()
        report = await close_business_date(engine, OPERATOR, closed_on=night, key=None)
        closed = time.perf_counter()
        await engine.caught_up()
        ended = time.perf_counter()
        await _relayed(engine)
    assert not report["quarantined"], report["quarantined"][:3]
    return {
        "night": ended - started,
        "closed": closed - started,
        "loans": report["loans"],
        "aged": report["aged"] - report["billed"],
        "billed": report["billed"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


async def _relayed(engine: Engine) -> None:
    """Nothing of this night is left for the next to relay."""
    head = await engine.pool.fetchval("select pos from log_head")
    while await engine.pool.fetchval("select pos from checkpoints where name = 'relay'") < head:
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(sys.argv[1], date.fromisoformat(sys.argv[2])))))
