"""月末减值计量: as the last day of a month begins, what is expected to be lost is measured for the books."""

import asyncio
from datetime import date, timedelta
from uuid import uuid5

import structlog

from services.risk.domain.loss_measurement import group_id, loss_measurement
from services.risk.domain.measured_group import MeasuredGroup
from services.risk.queries.provisions import measured_losses
from shared.database import UNAVAILABLE
from shared.engine import Engine
from shared.event_store import StoreUnavailable

CATCH_UP_SECONDS = 30.0
_log = structlog.get_logger()


async def measure_month_end(engine: Engine, business_date: date) -> None:
    """Measure the latest last day of a month, once for each branch and currency of the legal entity.

    On that day itself, so that what it brings is of that month in the books; a business date that jumped over it makes
    up for it. A branch that was measured on that day or later, by a person's request, is left as it is; one whose
    stream cannot be read is logged, and made up for on the next business date. Raises TimeoutError when the read
    model does not catch up within half a minute, to be run again.
    """
    on = month_end_by(business_date)
    async with asyncio.timeout(CATCH_UP_SECONDS):
        await engine.caught_up("standings")
    for group in await measured_losses(engine.pool, on):
        try:
            await _measure(engine, group, on, business_date)
        except (StoreUnavailable, *UNAVAILABLE):
            raise
        except Exception:  # noqa: BLE001  (whatever one stream holds, the other branches and the leader go on)
            _log.exception("loss_not_measured", branch=group.branch, currency=group.currency, day=on.isoformat())


async def _measure(engine: Engine, group: MeasuredGroup, on: date, business_date: date) -> None:
    stream = group_id(group.branch, group.currency)
    last = (await engine.commands.load(loss_measurement, stream)).state
    if (last is not None and last.measured_on >= on) or (last is None and group.is_empty):
        return
    metadata = engine.metadata(business_date, branch=group.branch)
    command_id = uuid5(stream, f"month end {on}")
    await engine.commands.handle(loss_measurement, group.measurement(on), metadata, command_id=command_id)


def month_end_by(day: date) -> date:
    """The day itself where it is the last of its month, else the last day of the month before."""
    last_before = day.replace(day=1) - timedelta(days=1)
    return day if (day + timedelta(days=1)).day == 1 else last_before
