"""`liudai verify`: every hash of every chain recomputed, and every stream's versions counted from 1 without a gap."""

from dataclasses import dataclass, field
from typing import Any

from rich.progress import Progress, TaskID
from rich.text import Text

from services.operations.bank_client import BankClient
from services.operations.telling import all_events
from services.operations.terminal import Exit, Screen

PAGE = 5000


@dataclass
class Verified:
    """What was found of one service's log."""

    service: str
    facts: int = 0
    streams: int = 0
    bad_position: int | None = None
    tail_cut: bool = False
    broken_streams: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was altered, removed or left out."""
        return self.bad_position is None and not self.tail_cut and not self.broken_streams


def verify(screen: Screen, client: BankClient, *, chain_only: bool) -> Exit:
    """Check every service from its first fact; WRONG names the first bad position."""
    results = []
    with screen.progress() as progress:
        for service in client.deployment.services:
            head = client.get(service, "/internal/status")["head"]
            one = Verified(service)
            chain = progress.add_task(f"{service}: hash chain", total=head)
            _verify_chain(client, one, head, progress, chain)
            if not chain_only:
                task = progress.add_task(f"{service}: streams", total=head)
                _verify_streams(client, one, progress, task)
            results.append(one)
    screen.answer([{**vars(one), "is_whole": one.is_whole} for one in results])
    rows = [(one.service, f"{one.facts:,}", f"{one.streams:,}" if one.streams else "", _said(one)) for one in results]
    screen.table(("service", "facts", "streams", ""), rows, right=("facts", "streams"))
    return Exit.OK if all(one.is_whole for one in results) else Exit.WRONG


def _verify_chain(client: BankClient, found: Verified, head: int, progress: Progress, task: TaskID) -> None:
    after = 0
    while True:
        page: dict[str, Any] = client.get(found.service, "/internal/verify", after=after, limit=PAGE)
        found.facts += page["checked"]
        found.bad_position = page["bad_pos"]
        found.tail_cut = page["tail_cut"]
        progress.update(task, completed=min(found.facts, head))
        if found.bad_position is not None or page["last"] >= page["head"] or not page["checked"]:
            return
        after = page["last"]


def _verify_streams(client: BankClient, found: Verified, progress: Progress, task: TaskID) -> None:
    versions: dict[str, int] = {}
    for event in all_events(client, found.service):
        stream, version = event["stream_id"], event["version"]
        if version != versions.get(stream, 0) + 1 and stream not in found.broken_streams:
            found.broken_streams.append(stream)
        versions[stream] = version
        progress.advance(task)
    found.streams = len(versions)


def _said(one: Verified) -> Text:
    if one.bad_position is not None:
        return Text(f"altered or missing at position {one.bad_position}", "red")
    if one.tail_cut:
        return Text("the newest facts were cut off or replaced", "red")
    if one.broken_streams:
        return Text(f"versions out of order in {', '.join(one.broken_streams[:5])}", "red")
    return Text("whole", "green")
