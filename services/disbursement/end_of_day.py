"""What a new business date brings: the right to draw ends, and with it the facilities where no money is out."""

from datetime import date
from uuid import uuid5

import structlog

from services.disbursement.domain.commands import CloseLapsedFacility
from services.disbursement.domain.facility import facility
from services.disbursement.queries import facilities as queries
from shared.database import UNAVAILABLE
from shared.engine import Engine
from shared.event_store import StoreUnavailable

_log = structlog.get_logger()


async def close_lapsed_facilities(engine: Engine, on: date) -> None:
    """Close them one by one; repeating it for a date, or missing one, changes nothing.

    A facility whose stream cannot be read or written is logged and passed over, and tried again on the next business
    date; a database that is away ends the sweep, to be run again.
    """
    for contract_id, branch in await queries.lapsed(engine.pool, on):
        command = CloseLapsedFacility(contract_id=contract_id, on=on)
        meta = engine.metadata(on, branch=branch)
        try:
            await engine.commands.handle(facility, command, meta, command_id=uuid5(contract_id, f"lapsed/{on}"))
        except (StoreUnavailable, *UNAVAILABLE):
            raise
        except Exception:  # noqa: BLE001  (whatever one stream holds, the others and the leader go on)
            _log.exception("facility_not_swept", contract_id=str(contract_id), business_date=on.isoformat())
