"""A history of operations, after Jepsen: what was asked, what was answered, and whether the facts agree with that.

Every operation is written to a file before it is sent and again when its outcome is known: `ok` was acknowledged,
`fail` was refused and so must not have happened, `info` was never answered and may have happened or not.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import httpx

from tests.journeys.bank import Bank

Json = Any
Outcome = Literal["ok", "fail", "info"]

ATTEMPT_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""How long an unknown outcome is asked for again, under the same key."""


@dataclass(frozen=True)
class Evidence:
    """The fact that an operation makes: its type, and the path and value by which its data names this very one."""

    service: str
    event: str
    path: tuple[str, ...]
    value: str


def happened(bank: Bank, wanted: Iterable[Evidence]) -> Counter[Evidence]:
    """How often each of the facts happened."""
    found: Counter[Evidence] = Counter()
    for service, event, path in {(one.service, one.event, one.path) for one in wanted}:
        query = f"select data #>> %s value, count(*) n from {service}.events where type = %s group by 1"
        for row in bank.rows(query, list(path), event):
            found[Evidence(service, event, path, row["value"])] = row["n"]
    return found


@dataclass
class Operation:
    """One request of a client: an intent with its idempotency key, sent as often as its client has patience."""

    number: int
    service: str
    path: str
    body: Json
    by: str
    key: str
    evidence: Evidence
    outcome: Outcome = "info"
    attempts: int = 0
    status: int = 0
    content: bytes = b""
    problems: list[str] = field(default_factory=list)

    @property
    def answer(self) -> Json:
        return json.loads(self.content)

    @property
    def problem(self) -> str:
        """The code that it was refused with."""
        return str(self.answer["type"]).removeprefix("urn:liudai:problem:")

    def __str__(self) -> str:
        return f"#{self.number} {self.outcome} {self.path} {self.body} by {self.by}: {self.status} {self.problems[-3:]}"


class History:
    """All operations of all clients, in the file `log` and in memory."""

    def __init__(self, bank: Bank, log: Path) -> None:
        self.bank, self.operations = bank, list[Operation]()
        self._log, self._lock = log.open("a", encoding="utf-8"), threading.Lock()

    def __len__(self) -> int:
        return len(self.operations)

    def count(self, outcome: Outcome) -> int:
        return sum(one.outcome == outcome for one in self.operations)

    def perform(
        self,
        service: str,
        path: str,
        body: Json,
        *,
        by: str,
        key: str,
        evidence: Evidence,
        patient: bool = True,
    ) -> Operation:
        """Send until the outcome is known; an impatient client leaves it unknown after the first silence."""
        with self._lock:
            operation = Operation(len(self.operations), service, path, body, by, key, evidence)
            self.operations.append(operation)
        self._note(operation, "invoke")
        give_up = time.monotonic() + (PATIENCE_SECONDS if patient else 0.0)
        while not self._attempt(operation):
            if time.monotonic() >= give_up:
                break
            time.sleep(0.3)
        self._note(operation, operation.outcome)
        return operation

    def _attempt(self, operation: Operation) -> bool:
        """Send once; whether the outcome is known now."""
        operation.attempts += 1
        try:
            answer = send(self.bank, operation)
        except httpx.TransportError as error:
            operation.problems.append(repr(error))
            return False
        operation.status, operation.content = answer.status_code, answer.content
        come_back = answer.status_code == httpx.codes.CONFLICT and "retry-after" in answer.headers
        if answer.is_server_error or come_back:
            operation.problems.append(answer.text[:200])
            return False
        operation.outcome = "ok" if answer.is_success else "fail"
        return True

    def _note(self, operation: Operation, what: str) -> None:
        line = {
            "at": round(time.time(), 3),
            "what": what,
            "number": operation.number,
            "key": operation.key,
            "path": operation.path,
            "by": operation.by,
            "body": operation.body,
            "status": operation.status,
            "attempts": operation.attempts,
        }
        with self._lock:
            self._log.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._log.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._log.close()

    # --- after the storm ---------------------------------------------------------------------------------

    def check(self) -> None:
        """What was acknowledged happened once, what was refused never did, what is unknown did so at most once."""
        asked: dict[Evidence, list[Operation]] = {}
        for operation in self.operations:
            asked.setdefault(operation.evidence, []).append(operation)
        wrong, times = [], happened(self.bank, asked)
        for evidence, operations in asked.items():
            outcomes = {one.outcome for one in operations}
            allowed = {1} if "ok" in outcomes else {0, 1} if "info" in outcomes else {0}
            if times[evidence] not in allowed:
                wrong += [f"{evidence} happened {times[evidence]} times:", *(f"    {one}" for one in operations)]
        assert not wrong, "\n".join(wrong[:60])

    def check_answers(self, sample: int = 200) -> None:
        """The same key is answered with the same bytes, and does nothing more."""
        answered = [one for one in self.operations if one.outcome == "ok"]
        step = max(1, len(answered) // sample)
        before = self._facts()
        for operation in answered[::step]:
            again = send(self.bank, operation)
            assert (again.status_code, again.content) == (operation.status, operation.content), str(operation)
            assert again.headers["idempotent-replayed"] == "true", str(operation)
        assert self._facts() == before, "asking again changed something"

    def _facts(self) -> dict[str, int]:
        return {name: status["head"] for name, status in self.bank.statuses().items()}


def send(bank: Bank, operation: Operation) -> httpx.Response:
    """The request of an operation, once more under its key."""
    return bank.call(
        "POST",
        operation.service,
        operation.path,
        by=operation.by,
        key=operation.key,
        json=operation.body,
        timeout=ATTEMPT_SECONDS,
    )
