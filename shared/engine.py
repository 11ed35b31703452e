"""What runs inside one service process: its parts, opened, and how far its followers have come."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg

from shared import business_date
from shared.bus import Bus
from shared.command_handler import CommandHandler
from shared.database import fetch_one
from shared.effect import Effect, Performer
from shared.event_store import Metadata
from shared.follower import Log
from shared.identity import TokenVerifier
from shared.inbox import Inbox
from shared.postgres_event_store import PostgresEventStore
from shared.settings import Settings
from shared.together import Together

if TYPE_CHECKING:
    from shared.service import Service

_BEHIND = """
select exists(select from events e where seq <= $1 and seq > $1 - 1000
    and not exists (select from log l where l.seq = e.seq))
  or exists(select from checkpoints where name = any($2)
    and pos < (select coalesce(max(pos), 0) from log where seq <= $1))"""
BANK_TIME = ZoneInfo("Asia/Shanghai")
HEAD_OFFICE = "HQ"


@dataclass
class Engine:
    """The opened parts of one service."""

    service: "Service"
    settings: Settings
    pool: asyncpg.Pool
    store: PostgresEventStore
    commands: CommandHandler
    inbox: Inbox
    bus: Bus
    log: Log
    verifier: TokenVerifier
    outside: Any = None
    access: Mapping[str, frozenset[str]] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    in_flight: set[tuple[str, str, str]] = field(default_factory=set)
    _looking: dict[tuple[str, ...], asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _looked: dict[tuple[str, ...], float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The service's name, which is also its schema's."""
        return self.service.name

    def performer(self, effect: Effect) -> Performer:
        """What acts for one of the service's effects."""
        return Performer(effect, self.pool, self.store, self.commands, self.outside, f"system:{self.name}")

    def metadata(self, on: date, *, branch: str = HEAD_OFFICE, correlation_id: UUID | None = None) -> Metadata:
        """Metadata for what the service does of itself, on business date `on`."""
        actor = f"system:{self.name}"
        return Metadata(actor, actor, self.settings.legal_entity, branch, on, correlation_id or uuid4())

    @cached_property
    def _opened(self) -> Together[None, date | None]:
        async def ask(asking: Sequence[None]) -> list[date | None]:
            return [await business_date.current(self.pool)] * len(asking)

        return Together(ask)

    async def today(self) -> date:
        """The bank's business date: the one the last close opened, else the opening date, else today in China."""
        opened = await self._opened.get(None)
        return opened or self.settings.opening_date or datetime.now(BANK_TIME).date()  # noqa: TID251  (the one clock)

    async def caught_up(self, *projections: str) -> None:
        """Return when these projections (or all) show everything appended until now.

        Of those who wait for the same, one at a time looks; whoever asked before a look began is answered by it too.
        """
        names = projections or tuple(projection.name for projection in self.service.projections)
        asked = time.monotonic()
        async with self._looking[names]:
            if self._looked.get(names, 0.0) > asked:
                return
            began = time.monotonic()
            last = await self.pool.fetchval("select coalesce(max(seq), 0) from events")
            while await self.pool.fetchval(_BEHIND, last, list(names)):
                self.store.appended.set()
                await asyncio.sleep(0.01)
            self._looked[names] = began

    async def status(self) -> dict[str, Any]:
        """Where everything stands; each number is read from the database, not remembered."""
        row = await fetch_one(
            self.pool,
            "select (select pos from log_head) head, (select count(*) from delayed) delayed, (select count(*) from"
            " events e where seq > (select coalesce(max(seq), 0) - 1000 from log)"
            " and not exists (select from log l where l.seq = e.seq)) unsealed",
        )
        checkpoints = await self.pool.fetch("select name, pos, generation from checkpoints order by name")
        parked = await self.pool.fetch("select handler, count(*) n from parked group by handler order by handler")
        announced = await self.pool.fetch("select type, n from relay_counts order by type")
        heard = await self.pool.fetch(
            "select producer, type, sum(n)::bigint n from inbox_counts group by producer, type order by producer, type"
        )
        return {
            "service": self.name, "business_date": (await self.today()).isoformat(), "head": row["head"],
            "unsealed": row["unsealed"], "followers": {one["name"]: one["pos"] for one in checkpoints},
            "generations": {one["name"]: one["generation"] for one in checkpoints},
            "announced": {one["type"]: one["n"] for one in announced},
            "heard": {f"{one['producer']}.{one['type']}": one["n"] for one in heard},
            "interests": {i.producer: list(i.topics) for i in self.service.interests},
            "parked": {one["handler"]: one["n"] for one in parked}, "delayed": row["delayed"],
            "sweeping": bool(self.service.on_business_date and await business_date.unswept(self.pool)),
            "failing": dict(self.failing),
        }  # fmt: skip
