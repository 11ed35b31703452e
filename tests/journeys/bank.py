"""The whole bank as a journey sees it, wherever it runs: five services, issuer, core banking, by their URLs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from psycopg.rows import dict_row

from services.operations.demo_people import demo_holders
from services.operations.deployment import SERVICES
from services.operations.settled import unsettled
from tests.journeys.keeping import eventually

OPENING_DATE = date(2026, 1, 5)
CALL_SECONDS = 15.0
REST_SECONDS = 0.15
LIST_QUEUES = ("list_queues", "--no-table-headers", "name", "messages")

OFFICER, OTHER_OFFICER = "zhang.wei", "he.jing"
REVIEWER, APPROVER, SENIOR_APPROVER = "li.na", "wang.fang", "chen.jie"
RELEASER, OTHER_RELEASER = "liu.yang", "xu.ting"
CASHIER, COLLECTOR = "zhao.min", "sun.li"
COLLECTION_MANAGER, OTHER_COLLECTION_MANAGER = "zhou.qiang", "wu.gang"
OPERATOR = "operator"

Json = Any


@dataclass
class Bank:
    """What a test does with the bank.

    `urls` are those of the five by name, `issuer` and `core-banking`; `database_url` is a superuser's;
    `list_queues` says what rabbitmqctl lists, each queue's name and messages.
    """

    urls: dict[str, str]
    database_url: str
    list_queues: Callable[[], str]

    @cached_property
    def http(self) -> httpx.Client:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        return httpx.Client(timeout=CALL_SECONDS, limits=limits)

    @cached_property
    def _tokens(self) -> dict[str, str]:
        return {}

    def token(self, login: str) -> str:
        """A bearer token of a demo login; it lasts longer than any test."""
        if login not in self._tokens:
            asked = {"grant_type": "password", "username": login, "password": demo_holders().password}
            answer = self.http.post(f"{self.urls['issuer']}/token", data=asked)
            self._tokens[login] = answer.raise_for_status().json()["access_token"]
        return self._tokens[login]

    def call(
        self, method: str, service: str, path: str, *, by: str, key: str | None = None, **request: Any
    ) -> httpx.Response:
        """One request, whatever is answered; an acting one carries `key`, or a new one. Raises httpx errors."""
        headers = {"Authorization": f"Bearer {self.token(by)}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid4())
        return self.http.request(method, f"{self.urls[service]}{path}", headers=headers, **request)

    def get(self, service: str, path: str, *, by: str = OPERATOR, **params: Any) -> Json:
        """What a GET answers; AssertionError for a problem."""
        return _said(self.call("GET", service, path, by=by, params=params))

    def post(self, service: str, path: str, body: Json = None, *, by: str) -> Json:
        """What a POST answers; AssertionError for a problem."""
        return _said(self.call("POST", service, path, by=by, json=body or {}))

    def refusal(self, service: str, path: str, body: Json = None, *, by: str) -> str:
        """The code of the problem that a POST is answered with."""
        answer = self.call("POST", service, path, by=by, json=body or {})
        assert answer.is_client_error, f"{path} was not refused: {answer.status_code} {answer.text}"
        return str(answer.json()["type"]).removeprefix("urn:liudai:problem:")

    def items(self, service: str, path: str, *, by: str = OPERATOR, **params: Any) -> list[Json]:
        """Every item of a list, page by page."""
        found: list[Json] = []
        after: str | None = None
        while True:
            cursor = {} if after is None else {"after": after}
            page = self.get(service, path, by=by, limit=200, **params, **cursor)
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """Rows of the database, as its superuser sees them."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), arguments).fetchall()

    # --- time --------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The bank's business date, by repayment, which owns it."""
        return date.fromisoformat(self.get("repayment", "/internal/status")["business_date"])

    def statuses(self) -> dict[str, Json]:
        """Where each service stands."""
        return {name: self.get(name, "/internal/status") for name in SERVICES}

    def drained(self, *, seconds: float = 60.0) -> dict[str, Json]:
        """Return when every fact is sealed, followed and heard, nothing is put off, and nothing new comes."""
        deadline = time.monotonic() + seconds
        before: dict[str, Json] | None = None
        while True:
            now = self.statuses()
            moving = [*unsettled(now), *self._put_off(now)]
            if not moving and now == before:
                return now
            before = None if moving else now
            assert time.monotonic() < deadline, f"the bank does not come to rest: {'; '.join(moving)}"
            time.sleep(REST_SECONDS)

    def _put_off(self, statuses: Mapping[str, Json]) -> list[str]:
        return [f"{name}: {status['delayed']} put off" for name, status in statuses.items() if status["delayed"]]

    def advance_days(self, days: int) -> None:
        """Close so many business dates one after the other, from rest to rest."""
        self.drained()
        opened = self.today
        for _ in range(days):
            self.post("repayment", "/v1/business-date/close", {"closed_on": opened.isoformat()}, by=OPERATOR)
            opened += timedelta(days=1)
        eventually(
            lambda: {status["business_date"] for status in self.statuses().values()} == {opened.isoformat()},
            saying=lambda: f"not every service has reached {opened}",
        )
        self.drained()

    def advance_to(self, day: date) -> None:
        """Close business dates until `day` is open."""
        self.advance_days((day - self.today).days)

    # --- core banking ------------------------------------------------------------------------------------

    def script_core_banking(self, **faults: Any) -> None:
        """What the next payments meet in core banking."""
        self.http.put(f"{self.urls['core-banking']}/faults", json=faults).raise_for_status()

    def payments(self) -> list[Json]:
        """Every reference that core banking has been asked to pay, by core banking's own ledger."""
        found: list[Json] = []
        after: int | None = 0
        while after is not None:
            page = self.http.get(f"{self.urls['core-banking']}/payments", params={"after": after}).json()
            found += page["payments"]
            after = page["next"]
        return found

    def legs(self) -> list[Json]:
        """Every leg of core banking's ledger."""
        book = self.http.get(f"{self.urls['core-banking']}/ledger").raise_for_status().json()
        return list(book["legs"])


def _said(answer: httpx.Response) -> Json:
    assert not answer.is_error, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()
