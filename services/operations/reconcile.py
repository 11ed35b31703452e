"""`liudai reconcile`: what producers announced against what their subscribers have handled, id by id.

The log is the truth and the broker a hint. Whatever was lost on the way, by a wrong binding, a purged queue or
a broken disk, is found here and handed to the subscriber's own inbox, which fills holes and doubles nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from rich.progress import Progress
from rich.text import Text

from services.operations.bank_client import BankClient
from services.operations.terminal import Exit, Screen
from shared.bus import Interest

PAGE = 200
SETTLED = timedelta(minutes=5)
"""Younger announcements may still be on their way."""


@dataclass(frozen=True)
class Reconciled:
    """One producer's announcements as one subscriber has them."""

    producer: str
    subscriber: str
    compared: int
    missing: int


def reconcile(
    screen: Screen, client: BankClient, interests: Sequence[Interest], since: datetime, until: datetime
) -> list[Reconciled]:
    """Compare what was announced between two instants, and have the subscribers handle what they missed."""
    with screen.progress() as progress:
        return [_compare(client, progress, interest, since, until) for interest in interests]


def settled_by(now: datetime) -> datetime:
    """The instant up to which announcements ought to have arrived."""
    return now - SETTLED


def show(screen: Screen, results: Sequence[Reconciled]) -> Exit:
    """One row for each pair; WRONG where anything was missing, though it has been handed over."""
    screen.answer([asdict(one) for one in results])
    rows = [
        (f"{one.producer} → {one.subscriber}", f"{one.compared:,}",
         Text(f"{one.missing:,} missing, handed over", "red") if one.missing else Text("all there", "green"))
        for one in results
    ]  # fmt: skip
    screen.table(("announcements", "compared", ""), rows, right=("compared",))
    return Exit.WRONG if any(one.missing for one in results) else Exit.OK


def _compare(
    client: BankClient, progress: Progress, interest: Interest, since: datetime, until: datetime
) -> Reconciled:
    producer, subscriber = interest.producer, interest.subscriber
    head = client.get(producer, "/internal/status")["head"]
    first = _position_at(client, producer, since, head)
    task = progress.add_task(f"{producer} → {subscriber}", total=head - first)
    compared = missing = 0
    for position, events in _announced(client, interest, first, until):
        if events:
            said = client.post(subscriber, "/internal/reconcile", {"events": events})
            compared, missing = compared + len(events), missing + said["missing"]
        progress.update(task, completed=position - first)
    return Reconciled(producer, subscriber, compared, missing)


def _announced(
    client: BankClient, interest: Interest, after: int, until: datetime
) -> Iterator[tuple[int, list[dict[str, object]]]]:
    """Pages of the producer's feed: (position reached, the settled announcements that the subscriber wants)."""
    while True:
        page = client.get(interest.producer, "/internal/log", after=after, limit=PAGE, types=",".join(interest.topics))
        events = [item["event"] for item in page["items"]]
        settled = [event for event in events if datetime.fromisoformat(event["time"]) <= until]
        after = page["next"]
        yield after, settled
        if not page["more"] or len(settled) < len(events):
            return


def _position_at(client: BankClient, producer: str, since: datetime, head: int) -> int:
    """The last position sealed before `since`, by halving: a year's log costs a dozen questions more than a day's."""
    low, high = 0, head
    while low < high:
        middle = (low + high) // 2
        fact = client.get(producer, "/internal/events", after=middle, limit=1)
        if fact and datetime.fromisoformat(fact[0]["at"]).astimezone(UTC) < since:
            low = middle + 1
        else:
            high = middle
    return low
