"""`liudai events`: the newest facts of all services, a line each, and those that come."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rich.text import Text

from services.operations.bank_client import BankClient
from services.operations.deployment import SERVICES
from services.operations.readable import sentence
from services.operations.terminal import Screen

PAGE = 1000
FOLLOW_SECONDS = 0.3
NARROW, WIDE = 110, 190
UUID_LENGTH = 36


@dataclass(frozen=True)
class Wanted:
    """Which facts to show; None: all."""

    services: tuple[str, ...] = SERVICES
    kind: str | None = None
    stream: str | None = None
    since: date | datetime | None = None

    def has(self, event: Mapping[str, Any]) -> bool:
        """Whether the fact is of the wanted type (or its beginning), stream (or a part of its name) and time."""
        return (
            event["type"].startswith(self.kind or "")
            and (self.stream or "") in event["stream_id"]
            and not self.is_before(event)
        )

    def is_before(self, event: Mapping[str, Any]) -> bool:
        """Whether the fact is older than what is wanted: by its business date, or by the instant of its recording."""
        if isinstance(self.since, datetime):
            return datetime.fromisoformat(event["at"]) < self.since
        return self.since is not None and date.fromisoformat(event["business_date"]) < self.since


def show_events(screen: Screen, client: BankClient, wanted: Wanted, last: int, *, follow: bool) -> None:
    """The last facts of the services wanted, in the order in which they were recorded; then those that come."""
    heads = {name: client.get(name, "/internal/status")["head"] for name in wanted.services}
    found = [event for name in wanted.services for event in newest(client, name, heads[name], wanted, last)]
    found.sort(key=lambda event: (event["at"], event["pos"]))
    shown = found[-last:] if last else []
    if not follow and screen.as_json:
        screen.answer(shown)
        return
    if shown and not screen.as_json and screen.room is not None:
        screen.one_line(Text(columns_of(screen.room, _HEADINGS), "bold"))
    for event in shown:
        tell(screen, event)
    if not shown and not follow:
        screen.note("no such facts")
    while follow:
        for name in wanted.services:
            for event in client.get(name, "/internal/events", after=heads[name], limit=PAGE):
                heads[name] = event["pos"]
                if wanted.has(event):
                    tell(screen, {**event, "service": name})
        time.sleep(FOLLOW_SECONDS)


def newest(client: BankClient, service: str, head: int, wanted: Wanted, last: int) -> list[dict[str, Any]]:
    """Up to `last` wanted facts of one service at or before `head`, looked for from the end of its log."""
    found: list[dict[str, Any]] = []
    end = head
    while end > 0 and len(found) < last:
        start = max(0, end - PAGE)
        page = client.get(service, "/internal/events", after=start, limit=end - start)
        found = [{**event, "service": service} for event in page if wanted.has(event)] + found
        if page and wanted.is_before(page[0]):
            break  # positions, instants and business dates of one log grow together
        end = start
    return found[-last:] if last else []


def all_events(client: BankClient, service: str) -> Iterator[dict[str, Any]]:
    """Every sealed fact of a service, in log order."""
    after = 0
    while page := client.get(service, "/internal/events", after=after, limit=PAGE):
        yield from page
        after = page[-1]["pos"]


_HEADINGS = {
    "at": "recorded at (UTC)", "business_date": "date", "service": "service", "pos": "pos", "type": "fact",
    "stream_id": "stream", "actor": "by", "what": "what",
}  # fmt: skip


def tell(screen: Screen, event: Mapping[str, Any]) -> None:
    """One fact on one line, or as JSON."""
    if screen.as_json:
        screen.line(event)
        return
    shown = {**event, "at": event["at"][:19], "what": sentence(event["data"])}
    line = Text(columns_of(screen.room, shown))
    begins = line.plain.find(event["type"])
    line.stylize("dim", 0, begins)
    line.stylize("bold", begins, begins + len(event["type"]))
    screen.one_line(line)


def columns_of(room: int | None, event: Mapping[str, Any]) -> str:
    """The columns that the window has room for. The id of a stream is enough for `liudai show`."""
    stream = str(event["stream_id"])
    if room is not None and room < WIDE:
        stream = stream[-UUID_LENGTH:]
    if room is not None and room < NARROW:
        return f"{event['business_date']:<10} {event['type']:<27} {stream:<36}"
    head = f"{event['business_date']:<10} {event['service']:<12} {event['type']:<27}"
    if room is not None and room < WIDE:
        return f"{head} {stream:<36} {event['actor']:<19} {event['what']}"
    return f"{event['at']:<19} {head} {event['pos']:>7} {stream:<56} {event['actor']:<19} {event['what']}"
