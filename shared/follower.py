"""Following the sealed log: the sealer that lengthens it, and the loops that start again when something breaks."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog
from aio_pika.exceptions import AMQPException, ChannelInvalidStateError

from shared.database import UNAVAILABLE, fetch_one
from shared.event_store import StoreUnavailable
from shared.fault_points import fault_point
from shared.postgres_event_store import PostgresEventStore

BUSY_SECONDS, IDLE_SECONDS = 0.005, 0.25
TRANSIENT: tuple[type[BaseException], ...] = (*UNAVAILABLE, StoreUnavailable, AMQPException, ChannelInvalidStateError)
"""What passes when a server is back: wait and start again. Anything else is a bug and ends the process."""
_log = structlog.get_logger()


class Log:
    """How far the sealed log reaches, as this process knows it; followers sleep on it."""

    def __init__(self) -> None:
        self.head = 0
        self._moved = asyncio.Condition()

    async def reached(self, head: int) -> None:
        """Wake the followers if the log has grown."""
        if head > self.head:
            async with self._moved:
                self.head = head
                self._moved.notify_all()

    async def wait_beyond(self, position: int, *, seconds: float | None = None) -> None:
        """Return when there is something behind `position`, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self.head > position)
        except TimeoutError:
            return


async def seal_log(pool: asyncpg.Pool, store: PostgresEventStore, log: Log) -> None:
    """Seal what was appended, at once when this process appended, otherwise ever less often while nothing comes."""
    pause = BUSY_SECONDS
    while True:
        fault_point("seal.before")
        # Where the log ended when the statement began, and what was sealed by it: at least as far it reaches now.
        began, sealed = await fetch_one(pool, "select pos, seal() from log_head")
        fault_point("seal.after")
        await log.reached(began + sealed)
        pause = BUSY_SECONDS if sealed else min(2 * pause, IDLE_SECONDS)
        try:
            async with asyncio.timeout(pause):
                await store.appended.wait()
            store.appended.clear()
        except TimeoutError:
            continue


def heed_cancellation() -> None:
    """Raise a cancellation that the error of a dying connection has taken the place of."""
    if (task := asyncio.current_task()) and task.cancelling():
        raise asyncio.CancelledError


async def restarting(name: str, run: Callable[[], Awaitable[Any]]) -> None:
    """Run `run` for ever; after a transient failure, wait with jitter and start it again."""
    failures = 0
    while True:
        started = asyncio.get_running_loop().time()
        try:
            # A task of its own: up to Python 3.12 a task group that failed leaves its task marked as cancelled.
            await asyncio.ensure_future(run())
        except* TRANSIENT as group:
            reason = group.exceptions[0]
        heed_cancellation()
        if asyncio.get_running_loop().time() - started > 30:  # noqa: PLR2004  (it ran well in between)
            failures = 0
        failures += 1
        pause = random.uniform(0.1, min(5.0, 0.2 * 2**failures))  # noqa: S311  (jitter)
        _log.warning("follower_restarts", follower=name, pause_seconds=round(pause, 2), reason=repr(reason)[:300])
        await asyncio.sleep(pause)
