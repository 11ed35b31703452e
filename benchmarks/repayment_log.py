"""The repayment service's store at work, and the facts that are written to it and read back.

They are those of a loan month by month, an instalment billed and its repayment received: 200 and 1,000 bytes.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from services.operations.local_bus import LocalBus
from services.repayment.domain.events import InstallmentBilled, RepaymentReceived
from services.repayment.main import service
from shared.engine import Engine
from shared.event_store import Metadata, NewEvent
from shared.follower import seal_log
from shared.messages import Event
from shared.service import calm_collector, open_engine
from tests.servers import PostgresServer
from tests.shared.services import migrated, settings

GOLDEN = Path(__file__).parents[1] / "tests/golden/repayment"
META = Metadata("zhao.min", "branch-counter", "LD01", "SH001", date(2026, 1, 5), uuid4(), uuid4(),
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")  # fmt: skip


def _golden(kind: type[Event]) -> Event:
    samples = json.loads((GOLDEN / f"{kind.__name__}.json").read_text("utf-8"))
    return kind.model_validate_json(json.dumps(samples[-1]["data"]))


FACTS: tuple[Event, ...] = (_golden(InstallmentBilled), _golden(RepaymentReceived))


def months(loan_id: UUID) -> Iterator[NewEvent]:
    """The facts of a loan without end, each with the version that follows."""
    for version, fact in enumerate(cycle(FACTS), start=1):
        yield NewEvent(f"loan_account-{loan_id}", version, uuid4(), fact, META)


@asynccontextmanager
async def sealed_store(postgres: PostgresServer) -> AsyncIterator[tuple[str, Engine]]:
    """A superuser's URL of a fresh database, and the engine of the service there with its sealer at work."""
    calm_collector()
    async with migrated(postgres, service) as url, open_engine(service, settings(url, service), LocalBus([])) as engine:
        sealer = asyncio.create_task(seal_log(engine.pool, engine.store, engine.log))
        try:
            yield url, engine
        finally:
            sealer.cancel()
            await asyncio.gather(sealer, return_exceptions=True)


async def sealed(pool: Any) -> None:
    """Return when everything appended until now is sealed."""
    last = await pool.fetchval("select coalesce(max(seq), 0) from events")
    while await pool.fetchval("select coalesce(max(seq), 0) from log") < last:
        await asyncio.sleep(0.01)
