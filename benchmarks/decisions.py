"""Decisions a second in one process: from inputs to reasons, with the record that is stored, and over again from a log.

A decision is timed in this process's processor seconds, one core: what else the machine does is not its own.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random
from statistics import median
from typing import Any
from uuid import UUID, uuid4, uuid5

from benchmarks.repayment_log import META, sealed
from benchmarks.rounds import Found, Line, Plan, interleave
from services.operations.local_bus import LocalBus
from services.risk import queries, registry
from services.risk.calculations.simulations import Simulation, SimulationBody
from services.risk.domain.credit_assessment import assessment_id_of
from services.risk.domain.credit_decision import conclude, decide_credit
from services.risk.domain.events import AssessmentRequested, CreditAssessed
from services.risk.domain.facts import ApplicationFacts
from services.risk.main import service
from shared.engine import Engine
from shared.event_store import NewEvent
from shared.follower import seal_log
from shared.projection import project_batch
from shared.service import calm_collector, open_engine
from tests.risk.builders import STATEMENT, TODAY, company, company_facts, person, person_facts, rulebook, yuan
from tests.servers import PostgresServer
from tests.shared.services import migrated, settings

KINDS, DECISIONS, PAST = 200, 1_000, 4_000
DECISIONS_GOAL, MICROSECONDS_GOAL, SIMULATED_GOAL = 10_000, 100, 5_000
_LOADED = (
    "import sys, services.risk.main; from services.risk import registry; registry.library();"
    "sys.exit(any(name in sys.modules for name in ('sklearn', 'numpy', 'skops')))"
)


def people(seed: int = 1) -> list[ApplicationFacts]:
    """Small companies and persons, no two alike, the same every time."""
    chance = Random(seed)  # noqa: S311
    found = []
    for number in range(KINDS):
        application_id = uuid5(UUID(int=1), str(number))
        requested = yuan(chance.randrange(50, 3_000) * 1_000)
        if number % 3 == 0:
            earns = person(monthly_income=yuan(chance.randrange(4_000, 60_000)), seniority_years=chance.randrange(30))
            found.append(person_facts(application_id=application_id, requested_amount=requested, person=earns))
            continue
        figures = {
            name: int(STATEMENT[name] * chance.uniform(0.4, 1.8))
            for name in ("revenue", "operating_profit", "net_profit", "interest_expense", "cash", "receivables")
        }
        firm = company(latest=figures, years_in_business=chance.randrange(20))
        found.append(company_facts(application_id=application_id, requested_amount=requested, company=firm))
    return found


async def measure(postgres: PostgresServer, plan: Plan) -> Found:
    """The three take turns; the log is filled once."""
    facts = people()
    rules: dict[str, Any] = {segment: rulebook(segment) for segment in ("company", "person")}
    calm_collector()
    async with (
        migrated(postgres, service) as url,
        open_engine(service, settings(url, service), LocalBus([])) as engine,
    ):
        count = await _fill(engine, facts, rules, plan.count(PAST))
        samples = await interleave(
            {
                "concluded": _timed(facts, lambda one: conclude(one, rules[one.segment], TODAY), plan),
                "recorded": _timed(
                    facts,
                    lambda one: decide_credit(
                        one, rules[one.segment], assessment_id=assessment_id_of(one.application_id), assessed_on=TODAY
                    ).model_dump_json(),
                    plan,
                ),
                "simulated": lambda: _simulated(engine),
            },
            plan.rounds,
        )
    microseconds = [1e6 / rate for rate in samples["concluded"]]
    lines = [
        _reach(DECISIONS_GOAL, Line("decide: inputs to reasons", "per s", samples["concluded"])),
        _reach(MICROSECONDS_GOAL, Line("decide: one", "µs", microseconds), most=True),
        Line("decide: with its record as JSON", "per s", samples["recorded"]),
        _reach(SIMULATED_GOAL, Line(f"simulate: {count:,} applications of a log", "per s", samples["simulated"])),
    ]
    return Found(
        lines,
        {
            "decisions_per_s_in_process": median(samples["concluded"]),
            "assessment_p50_us": median(microseconds),
            "simulate_per_s": median(samples["simulated"]),
            "sklearn_absent": _sklearn_absent(),
        },
    )


def _sklearn_absent() -> float:
    """1 where the serving process has loaded no training library, else 0."""
    return float(subprocess.run([sys.executable, "-c", _LOADED], check=False).returncode == 0)


def _reach(goal: float, line: Line, *, most: bool = False) -> Line:
    found = median(line.samples)
    return replace(line, goal=f"{'≤' if most else '≥'} {goal:,}", is_met=found <= goal if most else found >= goal)


def _timed(
    facts: list[ApplicationFacts], decide: Callable[[ApplicationFacts], object], plan: Plan
) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        wanted = plan.count(DECISIONS)
        started = time.process_time()
        for number in range(wanted):
            decide(facts[number % KINDS])
        return wanted / (time.process_time() - started)

    return run


async def _simulated(engine: Engine) -> float:
    """Read from PostgreSQL, decided and compared, as `POST /v1/simulations` does; by the clock, since it waits too."""
    body = SimulationBody.model_validate({"from": TODAY, "to": TODAY})
    simulation = Simulation(body, registry.library(), TODAY)
    started = time.perf_counter()
    async for page in queries.past_applications(engine.pool, TODAY, TODAY, today=TODAY):
        for past in page:
            simulation.take(past)
    return simulation.comparison.applications / (time.perf_counter() - started)


async def _fill(engine: Engine, facts: list[ApplicationFacts], rules: dict[str, Any], count: int) -> int:
    """A log of applications and their decisions, projected; each a copy of one of the kinds under an id of its own."""
    records = [
        decide_credit(one, rules[one.segment], assessment_id=assessment_id_of(one.application_id), assessed_on=TODAY)
        for one in facts
    ]
    for number in range(count):
        application_id, record = uuid4(), records[number % KINDS]
        told = record.facts.model_copy(update={"application_id": application_id})
        stream, assessment_id = f"credit_assessment-{application_id}", assessment_id_of(application_id)
        known: dict[str, Any] = {"application_id": application_id, "assessment_id": assessment_id}
        events = (
            AssessmentRequested(**known, facts=told, requested_on=TODAY),
            CreditAssessed(**known, record=record.model_copy(update={"facts": told}), assessed_on=TODAY),
        )
        await engine.store.append(
            [NewEvent(stream, version, uuid4(), event, META) for version, event in enumerate(events, start=1)]
        )
    sealer = asyncio.create_task(seal_log(engine.pool, engine.store, engine.log))
    await sealed(engine.pool)
    sealer.cancel()
    await asyncio.gather(sealer, return_exceptions=True)
    [projection] = [one for one in service.projections if one.name == "assessments"]
    position = -1
    while (moved := await project_batch(engine.pool, engine.store, service.name, projection)) != position:
        position = moved
    return count
