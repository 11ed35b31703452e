"""Sequenced parking: what failed waits in PostgreSQL with its reason, and its stream's later events behind it.

Other streams flow on. Redrive handles a stream's parked events in order and stops at the first
that fails again.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

Parkable = tuple[UUID, str, int, str]
"""Event id, stream, version, body (JSON text)."""

ERROR_MAX = 2000
_FIRST = "select * from parked where handler = $1 and stream_id = $2 order by version, at limit 1 for update"
_FAILED_AGAIN = (
    "update parked set error = $3, attempts = attempts + 1"
    f" where (handler, event_id) = (select handler, event_id from ({_FIRST}) first)"
)


async def parked_streams(connection: Any, handler: str, streams: Sequence[str]) -> set[str]:
    """Which of `streams` have something parked for `handler`; that stays parked while the transaction lasts."""
    rows = await connection.fetch(
        "select stream_id from parked where handler = $1 and stream_id = any($2) for share", handler, list(streams)
    )
    return {row["stream_id"] for row in rows}


async def count_attempts(pool: asyncpg.Pool, handler: str, event_ids: Sequence[UUID]) -> list[int]:
    """How often `handler` has begun with each event, this time included; counted before anything is done."""
    rows = await pool.fetch(
        "insert into attempts select $1, one, 1 from unnest($2::uuid[]) one order by one"
        " on conflict (handler, event_id) do update set n = attempts.n + 1 returning event_id, n",
        handler, event_ids,
    )  # fmt: skip
    begun = {row["event_id"]: row["n"] for row in rows}
    return [begun[one] for one in event_ids]


async def park(connection: Any, handler: str, event: Parkable, error: str, attempts: int) -> None:
    """Park one event; parking it twice changes nothing."""
    event_id, stream_id, version, body = event
    await connection.execute(
        "insert into parked(handler, event_id, stream_id, version, body, error, attempts)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        handler, event_id, stream_id, version, body, error[:ERROR_MAX], attempts,
    )  # fmt: skip


async def redrive(
    pool: asyncpg.Pool, handler: str, stream_id: str, handle: Callable[[Any, asyncpg.Record], Awaitable[None]]
) -> tuple[int, str | None]:
    """Handle a stream's parked events in order, each in a transaction with its removal.

    Returns how many went through and the error of the first that did not.
    """
    done = 0
    while True:
        async with pool.acquire() as connection:
            try:
                async with connection.transaction():
                    row = await connection.fetchrow(_FIRST, handler, stream_id)
                    if row is None:
                        return done, None
                    await handle(connection, row)
                    await connection.execute(
                        "delete from parked where handler = $1 and event_id = $2", handler, row["event_id"]
                    )
            except Exception as error:  # noqa: BLE001  (its reason is the operator's answer)
                reason = f"{type(error).__name__}: {error}"[:ERROR_MAX]
                await connection.execute(_FAILED_AGAIN, handler, stream_id, reason)
                return done, reason
        done += 1
