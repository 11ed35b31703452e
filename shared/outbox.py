"""The log is the outbox: the relay publishes what other services may know, in log order.

Its cursor moves only when everything is confirmed. A crash anywhere sends a batch again; nothing is left out.
"""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import asyncpg

from shared.bus import Bus, Publisher, announce
from shared.event_store import Recorded
from shared.fault_points import fault_point
from shared.messages import IntegrationEvent
from shared.postgres_event_store import PostgresEventStore, columns

if TYPE_CHECKING:
    from shared.follower import Log

PAGE = 500
CURSOR = "relay"
# Only from where the page began: a relay that lost its lead must not count twice.
_MOVE = """
with moved as (update checkpoints set pos = $2 where name = $1 and pos = $3 returning pos)
insert into relay_counts select type, counted.n from moved, unnest($4::text[], $5::bigint[]) counted(type, n)
on conflict (type) do update set n = relay_counts.n + excluded.n"""

ToIntegrationEvent = Callable[[Recorded[Any]], IntegrationEvent | None]


async def relay(
    service: str,
    pool: asyncpg.Pool,
    store: PostgresEventStore,
    bus: Bus,
    to_integration_event: ToIntegrationEvent,
    log: "Log",
) -> None:
    """Relay until cancelled; raises when the bus or the database breaks, to be started again from the cursor."""
    async with bus.publishing(service) as publisher:
        while True:
            position = await relay_page(pool, store, publisher, to_integration_event)
            await log.wait_beyond(position)


async def relay_page(
    pool: asyncpg.Pool, store: PostgresEventStore, publisher: Publisher, to_integration_event: ToIntegrationEvent
) -> int:
    """Publish one page behind the cursor, then move it. The new position."""
    at: int = await pool.fetchval("select pos from checkpoints where name = $1", CURSOR)
    page = await store.next_page(at, PAGE)
    if not page:
        return at
    announcements = [
        announce(recorded, event) for recorded in page if (event := to_integration_event(recorded)) is not None
    ]
    if announcements:
        fault_point("relay.before_publish")
        await publisher.publish(announcements)
        fault_point("relay.after_confirm")
    counts = sorted(Counter(one.topic for one in announcements).items())
    await pool.execute(_MOVE, CURSOR, page[-1].pos, at, *columns(counts, 2))
    fault_point("relay.after_cursor")
    return page[-1].pos
