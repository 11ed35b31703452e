"""决策模拟: past applications through another model, policy or price book. Nothing is kept, nothing is decided."""

import asyncio

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.risk import queries
from services.risk.calculations.simulations import Simulation, SimulationBody, SimulationView
from services.risk.routes.views import LoadedLibrary
from shared.http import Db, Keyed, Today, whole_bank
from shared.problem_details import refused

router = APIRouter()

APPLICATIONS_MAX = 20_000
"""Answered at once, in a few seconds; `liudai risk simulate` runs any number."""
AT_ONCE = 20
"""Decisions between two looks at what else the process has to do: about ten milliseconds."""


@router.post(
    "/simulations",
    response_model=SimulationView,
    dependencies=[Depends(whole_bank)],
    openapi_extra={"x-key": "optional"},
)
async def simulate_decisions(
    body: SimulationBody, db: Db, today: Today, library: LoadedLibrary, commands: Keyed
) -> Response:
    """Try other rules on past applications: approvals, limits, prices, expected loss, and what became of the loans.

    Answered with the result, for at most 20,000 applications; 422 asks for a shorter time. Under an Idempotency-Key
    the answer is kept: the same question gets it again.
    """
    try:
        simulation = Simulation(body, library, today)
    except LookupError as error:
        raise refused("body", "in_library", str(error)) from error
    count = await queries.count_past_applications(db, body.first, body.last)
    if count > APPLICATIONS_MAX:
        raise refused("from", "simulation_size", f"{count} applications; at most {APPLICATIONS_MAX}: take less time")

    async def run() -> SimulationView:
        async for page in queries.past_applications(db, body.first, body.last, today=today):
            for start in range(0, len(page), AT_ONCE):
                for past in page[start : start + AT_ONCE]:
                    simulation.take(past)
                await asyncio.sleep(0)
        return simulation.shown()

    return await commands.once(run)
