"""日终 in collection: when the business date moves, the promises whose date has passed unpaid are broken."""

import asyncio
from datetime import date
from uuid import UUID, uuid5

import structlog

from services.collection.domain.collection_case import collection_case
from services.collection.domain.commands import BreakPromises
from services.collection.queries import DuePromises, open_promises_due_before
from shared.database import UNAVAILABLE
from shared.engine import Engine
from shared.event_store import StoreUnavailable

LOANS_AT_ONCE = 200
CATCH_UP_SECONDS = 30.0
_log = structlog.get_logger()


async def break_promises(engine: Engine, business_date: date) -> None:
    """Break every open promise due before `business_date`. Run twice, or by two at once, it breaks each once.

    A loan whose stream cannot be read or written is logged and passed over, and tried again on the next business
    date; a database that is away ends the sweep, to be run again. The list comes from the read model, so it waits
    until that shows all that was appended; raises TimeoutError when it does not within half a minute.
    """
    async with asyncio.timeout(CATCH_UP_SECONDS):
        await engine.caught_up("cases", "promises")
    after: UUID | None = None
    while due := await open_promises_due_before(engine.pool, business_date, after=after, limit=LOANS_AT_ONCE):
        for loan in due:
            try:
                await _break_promises_of(engine, loan, business_date)
            except (StoreUnavailable, *UNAVAILABLE):
                raise
            except Exception:  # noqa: BLE001  (whatever one stream holds, the others and the leader go on)
                _log.exception("promises_not_swept", loan_id=str(loan.loan_id), business_date=business_date.isoformat())
        after = due[-1].loan_id


async def _break_promises_of(engine: Engine, loan: DuePromises, business_date: date) -> None:
    await engine.commands.handle(
        collection_case,
        BreakPromises(loan_id=loan.loan_id, business_date=business_date),
        engine.metadata(business_date, branch=loan.branch),
        command_id=uuid5(loan.loan_id, f"break promises {' '.join(map(str, loan.promise_ids))}"),
    )
