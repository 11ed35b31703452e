"""Connections to PostgreSQL: a small pool per service, and waiting for a database that is not there yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import stamina

COMMAND_SECONDS = 10.0
UNAVAILABLE = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError,
               asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError,
               asyncpg.InternalClientError)  # fmt: skip
"""What a database that is down, restarting, or full raises; none of it says the command was wrong. asyncpg's "internal"
error is what it makes of a server killed in the middle of a statement.
"""
_LIMITS = {
    "application_name": "liudai", "statement_timeout": "10s", "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}  # fmt: skip


async def connect(database_url: str, schema: str, **settings: str) -> asyncpg.Connection:
    """One direct connection, for session locks and long work; waits up to a minute for the database."""
    connection: asyncpg.Connection = await _patiently(
        asyncpg.connect, database_url, server_settings={"search_path": schema, **settings}, timeout=COMMAND_SECONDS
    )
    return connection


@asynccontextmanager
async def open_pool(database_url: str, schema: str, size: int) -> AsyncIterator[asyncpg.Pool]:
    """A pool whose every call is bounded in time; waits up to a minute for the database."""
    pool = await _patiently(
        asyncpg.create_pool, database_url, min_size=1, max_size=size, timeout=COMMAND_SECONDS,
        command_timeout=COMMAND_SECONDS, reset=_as_it_was, server_settings={"search_path": schema, **_LIMITS},
    )  # fmt: skip
    try:
        yield pool
    finally:
        pool.terminate()


async def _as_it_was(_connection: Any) -> None:
    """Nothing to undo: what is set here is set for a transaction. Asyncpg would ask the server after every call."""


async def fetch_one(connection: Any, query: str, *arguments: Any) -> asyncpg.Record:
    """The one row of a query that always has one."""
    row: asyncpg.Record | None = await connection.fetchrow(query, *arguments)
    assert row is not None, query
    return row


async def _patiently(open_one: Any, *arguments: Any, **options: Any) -> Any:
    async for attempt in stamina.retry_context(on=UNAVAILABLE, attempts=None, timeout=60.0, wait_max=2.0):
        with attempt:
            return await open_one(*arguments, **options)
    raise AssertionError("unreachable")
