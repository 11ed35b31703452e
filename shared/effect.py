"""Fact → an outside action → the command that answers. At least once; never run by a rebuild.

The number of the attempt is committed before the action, so a second attempt knows that a first
may have acted: money is asked about, never sent again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import asyncpg
import orjson
import structlog

from shared.command_handler import CommandHandler
from shared.database import UNAVAILABLE
from shared.decider import Decider
from shared.event_store import Recorded, StoreUnavailable
from shared.fault_points import fault_point
from shared.messages import Command, Event
from shared.parking import count_attempts, park, parked_streams
from shared.postgres_event_store import PostgresEventStore
from shared.together import Together

if TYPE_CHECKING:
    from shared.follower import Log

PAGE = 500
STREAMS_AT_ONCE = 16
DUE_SECONDS = 0.5
IN_PLACE_SECONDS = (0.01, 0.1, 1.0)
_NO_LONGER_DELAYED = "delete from delayed where effect = $1 and event_id = $2"
_log = structlog.get_logger()


@dataclass(frozen=True)
class Do:
    """Answer with a command of `decider`."""

    decider: Decider[Any, Any, Any]
    command: Command


@dataclass(frozen=True)
class Later:
    """Not yet: act again after `seconds`; other facts are not held up."""

    seconds: float
    reason: str


Reaction = Do | Later


@dataclass(frozen=True)
class Effect:
    """Act on facts of the types `on`. `act` gets the fact, what was opened outside, and the attempt (1, 2, …)."""

    name: str
    on: tuple[type[Event], ...]
    act: Callable[[Recorded[Any], Any, int], Awaitable[Sequence[Reaction]]]

    @property
    def handler(self) -> str:
        """Its name among parked messages and attempts."""
        return f"effect:{self.name}"


@dataclass(eq=False)
class Performer:
    """Runs one effect over the log of one service; only the service's leader has one."""

    _effect: Effect
    _pool: asyncpg.Pool
    _store: PostgresEventStore
    _commands: CommandHandler
    _outside: Any
    _actor: str
    _suspect: set[str] = field(default_factory=set)
    """Streams of this page of which something may be parked; asked once a page, for most have nothing."""

    def __post_init__(self) -> None:
        self._attempts = Together(partial(count_attempts, self._pool, self._effect.handler))

    async def run(self, log: "Log") -> None:
        """Follow the log, and act again on what was put off, until cancelled."""
        position, looks_at, now = None, 0.0, asyncio.get_running_loop().time
        while True:
            position = await self.perform_page(position)
            if now() >= looks_at:
                await self.perform_due()
                looks_at = now() + DUE_SECONDS
            await log.wait_beyond(position, seconds=DUE_SECONDS)

    async def perform_page(self, at: int | None = None) -> int:
        """Act on one page behind the checkpoint, streams side by side, a stream in order; then move it."""
        name = self._effect.handler
        if at is None:
            at = await self._pool.fetchval("select pos from checkpoints where name = $1", name)
        page = await self._store.next_page(at, PAGE)
        streams: dict[str, list[Recorded[Any]]] = {}
        for recorded in page:
            if isinstance(recorded.event, self._effect.on):
                streams.setdefault(recorded.stream_id, []).append(recorded)
        self._suspect = await parked_streams(self._pool, name, list(streams)) if streams else set()
        gate = asyncio.Semaphore(STREAMS_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for stream in streams.values():
                group.create_task(self._perform_stream(stream, gate))
        if page:
            await self._pool.execute("update checkpoints set pos = $2 where name = $1", name, page[-1].pos)
            fault_point("effect.after_checkpoint")
            at = page[-1].pos
        return at

    async def perform_due(self) -> None:
        """Act again on what was put off until now."""
        due = await self._pool.fetch(
            "select event_id, pos from delayed where effect = $1 and due_at <= now() order by due_at limit 100",
            self._effect.name,
        )
        for row in due:
            [recorded] = await self._store.log(row["pos"] - 1, 1)
            await self._perform_or_park(recorded)

    async def _perform_stream(self, stream: Sequence[Recorded[Any]], gate: asyncio.Semaphore) -> None:
        async with gate:
            for recorded in stream:
                if recorded.stream_id not in self._suspect or not await self._parked_behind(recorded):
                    await self._perform_or_park(recorded)

    async def _parked_behind(self, recorded: Recorded[Any]) -> bool:
        """Park it where something of its stream is parked; whether it was."""
        handler = self._effect.handler
        async with self._pool.acquire() as connection, connection.transaction():
            blocked = bool(await parked_streams(connection, handler, [recorded.stream_id]))
            if blocked:
                await park(connection, handler, _parkable(recorded), "behind a parked event", 0)
        return blocked

    async def _perform_or_park(self, recorded: Recorded[Any]) -> None:
        for seconds in (*IN_PLACE_SECONDS, None):
            try:
                await self.perform(recorded)
            except (*UNAVAILABLE, StoreUnavailable):
                raise
            except Exception as error:  # noqa: BLE001  (parked with its reason)
                _log.exception("effect_failed", effect=self._effect.name, event_id=str(recorded.event_id))
                if seconds is None:
                    reason, handler = f"{type(error).__name__}: {error}", self._effect.handler
                    self._suspect.add(recorded.stream_id)
                    async with self._pool.acquire() as connection, connection.transaction():
                        await park(connection, handler, _parkable(recorded), reason, len(IN_PLACE_SECONDS) + 1)
                        await connection.execute(_NO_LONGER_DELAYED, self._effect.name, recorded.event_id)
                    return
                await asyncio.sleep(seconds)
            else:
                return

    async def perform(self, recorded: Recorded[Any]) -> None:
        """Count the attempt, act, and carry out the reactions. Raises what `act` or a command raises."""
        effect = self._effect
        attempt = await self._attempts.get(recorded.event_id)
        fault_point("effect.before_act")
        reactions = await effect.act(recorded, self._outside, attempt)
        fault_point("effect.after_act")
        meta = replace(recorded.meta, actor=self._actor, client=self._actor, causation_id=recorded.event_id)
        later: Later | None = None
        for n, reaction in enumerate(reactions):
            match reaction:
                case Do(decider, command):
                    # The same attempt's command has the same id: told twice, it is written once.
                    command_id = uuid5(recorded.event_id, f"{effect.name}/{attempt}/{n}")
                    await self._commands.handle(decider, command, meta, command_id=command_id)
                case Later():
                    later = reaction
        fault_point("effect.after_reactions")
        await self._put_off(recorded.event_id, recorded.pos, attempt, later)

    async def redrive(self, _connection: Any, row: asyncpg.Record) -> None:
        """Act again on a parked fact; its removal is the caller's."""
        [recorded] = await self._store.log(orjson.loads(row["body"])["pos"] - 1, 1)
        await self.perform(recorded)

    async def _put_off(self, event_id: UUID, pos: int, attempt: int, later: Later | None) -> None:
        if later is None:
            if attempt > 1:  # what was never begun was never put off
                await self._pool.execute(_NO_LONGER_DELAYED, self._effect.name, event_id)
            return
        await self._pool.execute(
            "insert into delayed values ($1, $2, $3, now() + make_interval(secs => $4), $5, $6)"
            " on conflict (effect, event_id) do update set due_at = excluded.due_at, attempt = excluded.attempt,"
            " reason = excluded.reason",
            self._effect.name, event_id, pos, later.seconds, attempt, later.reason,
        )  # fmt: skip


def _parkable(recorded: Recorded[Any]) -> tuple[UUID, str, int, str]:
    return recorded.event_id, recorded.stream_id, recorded.version, f'{{"pos": {recorded.pos}}}'
