"""Applications over HTTP, as many as are asked for, and the moment in which each is decided.

The client is a few lines over a socket: one that does more would take the processors from those it measures.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import orjson

from tests.journeys import applicants

CONNECTIONS, UNDECIDED = 32, 200
LOOK_SECONDS = 0.005
DECIDED_SEALED = (
    "select l.pos, e.stream_id, e.type from risk.log l join risk.events e using (seq) where l.pos > $1 order by 1"
)
DECIDED_STORED = "select seq, stream_id, type from risk.events where seq > $1 - 100 order by 1"
"""Looked for with an overlap: numbers are given before they are committed."""


class Client:
    """Keeps connections to one server and sends them requests, one at a time each."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._token = token
        self._idle: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Client"]:
        opened = [await asyncio.open_connection(self._host, self._port) for _ in range(CONNECTIONS)]
        for one in opened:
            self._idle.put_nowait(one)
        try:
            yield self
        finally:
            for _, writer in opened:
                writer.close()

    async def post(self, path: str, body: bytes) -> Any:
        """The answer to a POST with a key of its own, asked again where the answer says so; any other is raised."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self._token}\r\n"
            f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        while True:
            answered, said = await self._exchange(head + body)
            if answered.startswith(b"HTTP/1.1 20"):
                return orjson.loads(said)
            if not answered.startswith(b"HTTP/1.1 503") or b"\r\nretry-after:" not in answered:
                raise RuntimeError(f"{path}: {answered[:200]!r} {said[:500]!r}")
            await asyncio.sleep(1)

    async def _exchange(self, request: bytes) -> tuple[bytes, bytes]:
        reader, writer = await self._idle.get()
        writer.write(request)
        answered = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answered.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        said = await reader.readexactly(length)
        self._idle.put_nowait((reader, writer))
        return answered, said


@dataclass
class Applicants:
    """Borrowers that apply; `bodies` are what they send."""

    client: Client
    database: asyncpg.Connection
    decided_query: str
    bodies: list[bytes] = field(default_factory=list)
    _asked: dict[str, float] = field(default_factory=dict)
    _seconds: dict[str, float] = field(default_factory=dict)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UNDECIDED))
    _numbers: Any = field(default_factory=count)

    async def register(self, borrowers: int) -> None:
        """New companies, each with the request it will send again and again."""

        async def one() -> None:
            body = orjson.dumps({"company": applicants.particulars()})
            borrower_id = (await self.client.post("/v1/borrowers", body))["borrower_id"]
            self.bodies.append(orjson.dumps(applicants.request(amount=20_000) | {"borrower_id": borrower_id}))

        await asyncio.gather(*(one() for _ in range(borrowers)))

    async def _apply(self, started: float) -> None:
        body = self.bodies[next(self._numbers) % len(self.bodies)]
        answer = await self.client.post("/v1/applications", body)
        self._asked[answer["application_id"]] = started

    async def watch(self) -> None:
        """Note when each is decided, until cancelled."""
        position = 0
        while True:
            rows = await self.database.fetch(self.decided_query, position)
            now = time.perf_counter()
            for row in rows:
                application_id = row["stream_id"].partition("-")[2]
                if row["type"] == "CreditAssessed" and application_id not in self._seconds:
                    self._seconds[application_id] = now
                    self._slots.release()
                position = max(position, row[0])
            await asyncio.sleep(LOOK_SECONDS if self._asked.keys() - self._seconds.keys() else 4 * LOOK_SECONDS)

    async def closed_loop(self, seconds: float) -> tuple[int, float]:
        """As many as can be, with so many undecided at most; how many, and in how many seconds all were decided."""
        before, started = len(self._seconds), time.perf_counter()
        ends = started + seconds

        async def worker() -> None:
            while time.perf_counter() < ends:
                await self._slots.acquire()
                await self._apply(time.perf_counter())

        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(worker())
        await self.rest()
        self._asked.clear()
        return len(self._seconds) - before, time.perf_counter() - started

    async def at_rate(self, per_second: float, seconds: float) -> list[float]:
        """Applications at even intervals whatever happens; seconds from when each was due until it was decided."""
        self._asked.clear()
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for n in range(round(per_second * seconds)):
                due = started + n / per_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await self._slots.acquire()
                group.create_task(self._apply(due))
        await self.rest()
        return [self._seconds[one] - due for one, due in self._asked.items()]

    async def rest(self) -> None:
        """Return when all are decided."""
        async with asyncio.timeout(120):
            while not self._asked.keys() <= self._seconds.keys():
                await asyncio.sleep(0.02)
