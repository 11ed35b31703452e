"""What a new business date brings: the right to draw ends, and with it the facilities where no money is out."""

from datetime import date
from uuid import uuid5

from services.disbursement import queries
from services.disbursement.domain.commands import CloseLapsedFacility
from services.disbursement.domain.facility import facility
from shared.engine import Engine


async def close_lapsed_facilities(engine: Engine, on: date) -> None:
    """Close them one by one; repeating it for a date, or missing one, changes nothing."""
    for contract_id, branch in await queries.lapsed(engine.pool, on):
        command = CloseLapsedFacility(contract_id=contract_id, on=on)
        meta = engine.metadata(on, branch=branch)
        await engine.commands.handle(facility, command, meta, command_id=uuid5(contract_id, f"lapsed/{on}"))
