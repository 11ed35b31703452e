"""`liudai invariants`: what must hold whatever happened, asked of the facts, the read models and core banking's books.

Most are queries, in `invariants.yaml`; what needs a second system or an API is here. They are asked of a bank
at rest: while announcements are on their way, what two services say may differ for a moment.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import httpx
import psycopg
import yaml
from psycopg.rows import dict_row
from rich.markup import escape
from rich.text import Text

from services.operations.bank_client import BankClient
from services.operations.deployment import SERVICES
from services.operations.looking import statuses_of
from services.operations.repeating import repeat_answers
from services.operations.settled import unsettled
from services.operations.terminal import Exit, Failure, Screen
from shared.money import Money

OFFENDERS_SHOWN = 20
REST_SECONDS, LOOK_SECONDS = 30.0, 0.3
CHAIN_PAGE = 5000
UUID_PATTERN = "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"

Verdict = Literal["ok", "violated", "not run"]


class NotRun(Exception):  # noqa: N818  (a finding about the check, not about the bank)
    """The check could not be made; the message says why."""


@dataclass(frozen=True)
class Books:
    """Where the checks look: the database as its migrator, the services, core banking."""

    database: "psycopg.Connection[dict[str, Any]]"
    client: BankClient

    def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        return self.database.execute(sql.encode(), arguments or None).fetchall()


@dataclass
class Result:
    """One invariant after its checks."""

    id: str
    promise: str
    verdict: Verdict = "ok"
    offenders: list[str] = field(default_factory=list)
    offences: int = 0
    reason: str | None = None
    seconds: float = 0.0


@cache
def promises() -> dict[str, Any]:
    """The invariants by id, with their queries."""
    text = (files("services.operations") / "invariants.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def queried(books: Books, checks: list[dict[str, Any]]) -> Iterator[str]:
    """What the queries of an invariant find, in words."""
    for check in checks:
        for service in SERVICES if check.get("every") else ("",):
            sql = check["sql"].replace("{service}", service).replace("{uuid}", UUID_PATTERN)
            for row in books.rows(sql):
                yield check["says"].format(**{"service": service, **row})


def paid_out_once(books: Books) -> Iterator[str]:
    """I2: each disbursed drawdown has one payment of its amount in core banking, and nothing else was paid."""
    paid: dict[str, list[dict[str, Any]]] = {}
    for payment in _payments(books.client):
        if payment["status"] == "paid":
            paid.setdefault(payment["reference"], []).append(payment)
    lent = {
        row["drawdown_id"]: row
        for row in books.rows(
            "select data->>'drawdown_id' drawdown_id, data->>'core_reference' core_reference,"
            " data->'principal'->>'currency' currency, (data->'principal'->>'minor')::bigint minor"
            " from disbursement.events where type = 'LoanDisbursed'"
        )
    }
    for reference in paid.keys() - lent.keys():
        yield f"core banking paid {reference}, which was not recorded as disbursed"
    for drawdown_id, row in lent.items():
        payments = paid.get(drawdown_id, [])
        if len(payments) != 1:
            yield f"drawdown {drawdown_id}: core banking paid {len(payments)} times"
        elif payments[0]["core_reference"] != row["core_reference"]:
            yield f"drawdown {drawdown_id}: core banking's reference is {payments[0]['core_reference']}"
        elif Money.of(**payments[0]["amount"]) != Money(row["minor"], row["currency"]):
            yield f"drawdown {drawdown_id}: core banking paid {payments[0]['amount']}"


def _payments(client: BankClient) -> Iterator[dict[str, Any]]:
    after: int | None = 0
    url = f"{client.deployment.core_banking}/payments"
    while after is not None:
        try:
            page = httpx.get(url, params={"after": after}, timeout=10).raise_for_status().json()
        except httpx.HTTPError as error:
            raise NotRun(f"core banking's books cannot be read at {url}: {error}") from error
        yield from page["payments"]
        after = page["next"]


def chains_are_whole(books: Books) -> Iterator[str]:
    """I5: every hash of every chain recomputed."""
    for service in SERVICES:
        after, head = 0, 1
        while after < head:
            page = books.client.get(service, "/internal/verify", after=after, limit=CHAIN_PAGE)
            if page["bad_pos"] is not None or page["tail_cut"]:
                yield f"{service}: the chain breaks at {page['bad_pos'] or 'its end'}"
                break
            if not page["checked"]:
                break
            after, head = page["last"], page["head"]


def messages_are_conserved(books: Books) -> Iterator[str]:
    """I8: each announcement has been handled by each subscriber, or is parked there with its reason."""
    statuses = statuses_of(books.client)
    announced = {name: _announced(books.client, name) for name in statuses}
    for subscriber, status in statuses.items():
        waiting = _ids(books, f"select event_id from {subscriber}.parked where handler = 'inbox'")
        for producer, topics in status["interests"].items():
            heard = {event_id for event_id, topic in announced[producer].items() if topic in topics}
            handled = _ids(books, f"select event_id from {subscriber}.inbox where producer = %s", producer)
            for event_id in sorted(heard - handled - waiting):
                yield f"{subscriber}: {event_id} of {producer} was announced and never handled"
            for event_id in sorted(handled - heard):
                yield f"{subscriber}: {event_id} of {producer} was handled and never announced"
            for event_id in sorted(handled & waiting):
                yield f"{subscriber}: {event_id} of {producer} is handled and parked at once"


def _ids(books: Books, sql: str, *arguments: Any) -> set[str]:
    return {str(row["event_id"]) for row in books.rows(sql, *arguments)}


def _announced(client: BankClient, producer: str) -> dict[str, str]:
    """The id and topic of everything that a producer's facts announce."""
    found: dict[str, str] = {}
    after, more = 0, True
    while more:
        page = client.get(producer, "/internal/log", after=after)
        found |= {item["event"]["id"]: item["event"]["type"] for item in page["items"]}
        after, more = page["next"], page["more"]
    return found


def answers_repeat(books: Books) -> Iterator[str]:
    """I12: a sample of stored answers, asked for again under the same key."""
    asked = 0
    for service in SERVICES:
        rows = books.rows(f"select * from {service}.idempotency order by md5(key) limit 2000")
        for said in repeat_answers(books.client, service, rows):
            asked += 1
            if said is not None:
                yield said
    if not asked:
        raise NotRun("no stored answer belongs to a request that can be made again")


BEYOND_QUERIES: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "I2": paid_out_once,
    "I5": chains_are_whole,
    "I8": messages_are_conserved,
    "I12": answers_repeat,
}


def check(books: Books, wanted: tuple[str, ...]) -> Iterator[Result]:
    """Each wanted invariant in turn (all where none is named)."""
    for name, promise in promises().items():
        if wanted and name not in wanted:
            continue
        result, started = Result(name, promise["promise"]), time.monotonic()
        found: list[str] = []
        try:
            found += queried(books, promise["checks"])
            if name in BEYOND_QUERIES:
                found += BEYOND_QUERIES[name](books)
        except (NotRun, psycopg.Error) as error:
            result.verdict, result.reason = "not run", str(error).strip()
        if found:
            result.verdict, result.offences, result.offenders = "violated", len(found), found[:OFFENDERS_SHOWN]
        result.seconds = round(time.monotonic() - started, 2)
        yield result


def await_rest(client: BankClient, seconds: float = REST_SECONDS) -> None:
    """Wait until nothing is under way; a Failure naming what still moves."""
    deadline = time.monotonic() + seconds
    while moving := unsettled(statuses_of(client)):
        if time.monotonic() > deadline:
            raise Failure(Exit.WRONG, f"the bank is not at rest, so nothing was checked: {'; '.join(moving)}")
        time.sleep(LOOK_SECONDS)


def run(screen: Screen, client: BankClient, database_url: str, wanted: tuple[str, ...]) -> Exit:
    """Check and show; WRONG where one is violated or could not be checked."""
    unknown = set(wanted) - promises().keys()
    if unknown:
        raise Failure(Exit.USAGE, f"no invariant {', '.join(sorted(unknown))}; there are {', '.join(promises())}")
    await_rest(client)
    try:
        connection = psycopg.connect(database_url, autocommit=True, row_factory=dict_row)
    except psycopg.Error as error:
        raise Failure(Exit.AWAY, f"the database does not answer: {error}") from error
    results = []
    with connection, screen.progress() as progress:
        task = progress.add_task("invariants", total=len(wanted) or len(promises()))
        for result in check(Books(connection, client), wanted):
            results.append(result)
            progress.update(task, advance=1, description=result.id)
    screen.answer([vars(one) for one in results])
    colours = {"ok": "green", "violated": "red", "not run": "yellow"}
    rows = [
        (one.id, one.promise, Text(one.verdict, colours[one.verdict]), one.offences or "", f"{one.seconds:.2f} s")
        for one in results
    ]
    screen.table(("", "promise", "verdict", "offenders", ""), rows, right=("offenders",))
    for one in results:
        for offender in [*one.offenders, *([one.reason] if one.reason else [])]:
            screen.say(f"  {one.id}: {escape(offender)}")
    return Exit.OK if all(one.verdict == "ok" for one in results) else Exit.WRONG
