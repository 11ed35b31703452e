"""`liudai status`, `events` and `show`: where the services stand, what happened, and one stream as it was."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import orjson
from rich.markup import escape
from rich.text import Text

from services.operations.bank_client import BankClient, Refused
from services.operations.deployment import SERVICES, load_services
from services.operations.settled import Statuses, announced_to, unsettled
from services.operations.terminal import Exit, Failure, Screen
from shared.money import Money

PAGE = 1000
FOLLOW_SECONDS = 0.3


def statuses_of(client: BankClient) -> Statuses:
    """Every service's own status."""
    return {name: client.get(name, "/internal/status") for name in client.deployment.services}


def show_status(screen: Screen, client: BankClient) -> Exit:
    """One row a service; WRONG where something is parked or a projection has stopped."""
    statuses = statuses_of(client)
    moving = unsettled(statuses)
    failing = {f"{name}.{what}": why for name, one in statuses.items() for what, why in one["failing"].items()}
    parked = sum(sum(status["parked"].values()) for status in statuses.values())
    screen.answer({"deployment": client.deployment.kind, "services": statuses, "under_way": moving})
    columns = ("service", "business date", "facts", "unsealed", "lag", "on the way", "parked", "put off")
    rows = [
        (
            name,
            status["business_date"],
            f"{status['head']:,}",
            status["unsealed"] or "",
            max((status["head"] - pos for who, pos in status["followers"].items() if "@" not in who), default=0) or "",
            announced_to(name, statuses) - sum(status["heard"].values()) - status["parked"].get("inbox", 0) or "",
            sum(status["parked"].values()) or "",
            status["delayed"] or "",
        )
        for name, status in statuses.items()
    ]
    screen.table(columns, rows, right=columns[2:])
    for what, why in failing.items():
        screen.say(f"[red]{what} has stopped:[/red] {escape(why)}")
    if parked:
        screen.say(f"[yellow]{parked} parked:[/yellow] see `liudai parked`")
    screen.say(f"[dim]{escape('; '.join(moving)) or 'everything is sealed, followed and heard'}[/dim]")
    return Exit.WRONG if failing or parked else Exit.OK


@dataclass(frozen=True)
class Wanted:
    """Which facts to show; None: all."""

    services: tuple[str, ...] = SERVICES
    kind: str | None = None
    stream: str | None = None

    def has(self, event: Mapping[str, Any]) -> bool:
        """Whether the fact is of the wanted type and stream (each may be the beginning of one)."""
        return event["type"].startswith(self.kind or "") and (self.stream or "") in event["stream_id"]


def show_events(screen: Screen, client: BankClient, wanted: Wanted, last: int, *, follow: bool) -> None:
    """The last facts of the services wanted, in the order in which they were recorded; then those that come."""
    heads = {name: client.get(name, "/internal/status")["head"] for name in wanted.services}
    found = [event for name in wanted.services for event in newest(client, name, heads[name], wanted, last)]
    found.sort(key=lambda event: (event["at"], event["pos"]))
    shown = found[-last:] if last else []
    if not follow and screen.as_json:
        screen.answer(shown)
        return
    for event in shown:
        tell(screen, event)
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
        end = start
    return found[-last:] if last else []


def all_events(client: BankClient, service: str) -> Iterator[dict[str, Any]]:
    """Every sealed fact of a service, in log order."""
    after = 0
    while page := client.get(service, "/internal/events", after=after, limit=PAGE):
        yield from page
        after = page[-1]["pos"]


def tell(screen: Screen, event: Mapping[str, Any]) -> None:
    """One fact on one line."""
    if screen.as_json:
        screen.line(event)
        return
    head = f"{event['at'][:19]} {event['service']:<13}{event['pos']:>7} "
    line = Text(f"{head}{event['type']:<27}{event['actor']:<20}{sentence(event['data'])}")
    line.stylize("dim", 0, len(head))
    line.stylize("bold", len(head), len(head) + len(event["type"]))
    screen.out.print(line, no_wrap=True, overflow="ellipsis")


def brief(node: Any) -> Any:
    """Money as one string, and nothing that is None: what an eye can take in."""
    if isinstance(node, dict):
        if set(node) == {"currency", "minor"}:
            return str(Money(node["minor"], node["currency"]))
        return {name: brief(value) for name, value in node.items() if value is not None}
    return [brief(one) for one in node] if isinstance(node, list) else node


def sentence(data: Mapping[str, Any]) -> str:
    """What a fact says, on one line."""
    return " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in scalars(data))


def scalars(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a fact that say something on one line: amounts and plain values, outer ones first, no ids."""
    shown = brief(data)
    nested = []
    for name, value in shown.items():
        if isinstance(value, dict):
            nested.append(value)
        elif not isinstance(value, list) and not name.endswith(("_id", "_by")):
            yield name, value
    for inner in nested:
        yield from scalars(inner)


def _text(data: Any) -> str:
    return orjson.dumps(brief(data)).decode()


def show_stream(screen: Screen, client: BankClient, stream: str, as_of: str | None) -> None:
    """One stream's facts and its state, now or as of a business date or an instant; by its id alone, all of that id."""
    names = _streams_of(UUID(stream)) if _is_uuid(stream) else [(name, stream) for name in client.deployment.services]
    found = [one for name, of in names if (one := _stream(client, name, of, as_of)) is not None]
    if not found:
        when = f" as of {as_of}" if as_of else ""
        raise Failure(Exit.WRONG, f"no service has facts of {stream}{when}")
    screen.answer(found)
    for one in found:
        screen.say(f"[bold]{one['stream_id']}[/bold] of {one['service']}, version {one['version']}")
        rows = [
            (fact["version"], fact["business_date"], fact["type"], fact["actor"], _text(fact["data"]))
            for fact in one["events"]
        ]
        screen.table(("v", "date", "fact", "by", "what"), rows, right=("v",))
        screen.say(f"\n[bold]state[/bold] {escape(one['state'])}\n")


def _streams_of(aggregate_id: UUID) -> list[tuple[str, str]]:
    """Every stream that something of that id could have, with its service."""
    return [(service.name, decider.stream(aggregate_id)) for service in load_services() for decider in service.deciders]


def _stream(client: BankClient, service: str, stream: str, as_of: str | None) -> dict[str, Any] | None:
    answer = client.try_get(service, f"/internal/streams/{stream}", as_of=as_of)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    if answer.is_error:
        raise Refused(answer)
    return {"service": service, **answer.json()}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def show_quote(screen: Screen, client: BankClient, terms: Mapping[str, Any]) -> None:
    """The repayment schedule of a loan that may never be."""
    schedule = client.post("repayment", "/v1/calculations/schedule", terms)
    screen.answer(schedule)
    columns = ("no", "due on", "principal", "interest", "total", "balance before")
    rows = [
        (row["no"], row["due_on"], *(row[name]["amount"] for name in ("principal", "interest", "total", "balance")))
        for row in schedule["items"]
    ]
    screen.table(columns, rows, right=("no", *columns[2:]))
    screen.say(f"\ninterest in all: [bold]{schedule['total_interest']['amount']}[/bold]")
