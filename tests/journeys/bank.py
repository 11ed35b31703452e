"""The whole bank as it runs in production: five services, issuer and core banking, each a process kept alive.

They work on the test session's own PostgreSQL and RabbitMQ, in a database and a virtual host of this bank.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from psycopg.rows import dict_row

from services.operations.demo_issuer import Issuer, signing_key
from services.operations.demo_people import Holder, demo_holders
from services.operations.deployment import SERVICES, load_services
from services.operations.free_port import free_port
from services.operations.migrate import database_password, migrate, target
from services.operations.settled import unsettled
from shared.database import as_role
from shared.service import Service
from tests.journeys.keeping import Kept, eventually, inherited, keeping
from tests.servers import PostgresServer, RabbitMQServer, folder

OPENING_DATE = date(2026, 1, 5)
CALL_SECONDS = 15.0
REST_SECONDS = 0.15

OFFICER, OTHER_OFFICER = "zhang.wei", "he.jing"
REVIEWER, APPROVER, SENIOR_APPROVER = "li.na", "wang.fang", "chen.jie"
RELEASER, OTHER_RELEASER = "liu.yang", "xu.ting"
CASHIER, COLLECTOR = "zhao.min", "sun.li"
COLLECTION_MANAGER, OTHER_COLLECTION_MANAGER = "zhou.qiang", "wu.gang"
OPERATOR = "operator"

Json = Any


@dataclass
class Bank:
    """What a test does with the bank. `processes` are the five by name, `issuer` and `core-banking`."""

    database_url: str
    environment: Mapping[str, str]
    processes: dict[str, Kept]
    postgres: PostgresServer
    rabbitmq: RabbitMQServer

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
            answer = self.http.post(f"{self.processes['issuer'].url}/token", data=asked)
            self._tokens[login] = answer.raise_for_status().json()["access_token"]
        return self._tokens[login]

    def person(self, login: str, *, roles: Sequence[str]) -> str:
        """Let a person with these roles in, at head office; the login."""
        holder = Holder(name=login, roles=tuple(roles), branch="HQ", branches=("*",))
        name = self.environment["LIUDAI_OIDC_ISSUER"]
        issuer = Issuer(name, signing_key(self.environment), demo_holders())
        self._tokens[login] = issuer.token(login, login, holder, int(time.time()))
        return login

    def call(
        self, method: str, service: str, path: str, *, by: str, key: str | None = None, **request: Any
    ) -> httpx.Response:
        """One request, whatever is answered; an acting one carries `key`, or a new one. Raises httpx errors."""
        headers = {"Authorization": f"Bearer {self.token(by)}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid4())
        return self.http.request(method, f"{self.processes[service].url}{path}", headers=headers, **request)

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
            moving = [*unsettled(now), *self._put_off(now), *self._unswept()]
            if not moving and now == before:
                return now
            before = None if moving else now
            assert time.monotonic() < deadline, f"the bank does not come to rest: {'; '.join(moving)}"
            time.sleep(REST_SECONDS)

    def _put_off(self, statuses: Mapping[str, Json]) -> list[str]:
        return [f"{name}: {status['delayed']} put off" for name, status in statuses.items() if status["delayed"]]

    def _unswept(self) -> list[str]:
        """Services that have yet to do what the new business date asks for."""
        sweeping = [service.name for service in load_services() if service.on_business_date]
        query = " union all ".join(
            f"select '{name}' name from {name}.business_date where swept_on is distinct from opened_on"
            for name in sweeping
        )
        return [f"{row['name']}: has not swept" for row in self.rows(query)]

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

    # --- trouble -----------------------------------------------------------------------------------------

    def kill(self, name: str, *next_lives: Mapping[str, str]) -> None:
        """Kill -9 one process; `next_lives` are added to the environments of its next lives."""
        self.processes[name].kill(*next_lives)

    @contextmanager
    def replica(self, service: str) -> Iterator[str]:
        """One more process of a service beside the first, until left; its name among the processes."""
        name, first = f"{service}-2", self.processes[service]
        url = f"http://127.0.0.1:{free_port()}"
        second = self.processes[name] = Kept(name, first.application, url, first.environment, first.home)
        try:
            second.await_ready()
            yield name
        finally:
            del self.processes[name]
            second.end()

    def await_ready(self) -> None:
        """Return when every process answers."""
        for one in self.processes.values():
            one.await_ready()

    def script_core_banking(self, **faults: Any) -> None:
        """What the next payments meet in core banking."""
        self.http.put(f"{self.processes['core-banking'].url}/faults", json=faults).raise_for_status()

    def payments(self) -> list[Json]:
        """Every reference that core banking has been asked to pay, by core banking's own ledger."""
        found: list[Json] = []
        after: int | None = 0
        while after is not None:
            page = self.http.get(f"{self.processes['core-banking'].url}/payments", params={"after": after}).json()
            found += page["payments"]
            after = page["next"]
        return found

    def legs(self) -> list[Json]:
        """Every leg of core banking's ledger."""
        book = self.http.get(f"{self.processes['core-banking'].url}/ledger").raise_for_status().json()
        return list(book["legs"])


def _said(answer: httpx.Response) -> Json:
    assert not answer.is_error, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()


@contextmanager
def open_bank(postgres: PostgresServer, rabbitmq: RabbitMQServer) -> Iterator[Bank]:
    """A bank of its own, migrated, started and ready; its processes' last words are shown when the test fails."""
    services = load_services()
    with folder("bank") as home, postgres.database() as database_url, rabbitmq.vhost() as amqp_url:
        environment = _environment(home, amqp_url)
        asyncio.run(migrate(target(database_url, services, environment), services, lambda _step: None))
        processes = _processes(home, services, database_url, environment)
        bank = Bank(database_url, environment, processes, postgres, rabbitmq)
        with keeping(processes):
            bank.await_ready()
            yield bank
        bank.http.close()


def _environment(home: Path, amqp_url: str) -> dict[str, str]:
    issuer, core_banking = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    return {
        **inherited(),
        "AMQP_URL": amqp_url,
        "LIUDAI_HOME": str(home),
        "LIUDAI_OPENING_DATE": OPENING_DATE.isoformat(),
        "LIUDAI_OIDC_ISSUER": issuer,
        "LIUDAI_OIDC_JWKS_URL": f"{issuer}/jwks.json",
        "LIUDAI_CORE_BANKING_URL": core_banking,
        "LIUDAI_CORE_BANKING_TIMEOUT_SECONDS": "1",
        "LIUDAI_CORE_BANKING_SETTLE_SECONDS": "3",
        "LIUDAI_CORE_BANKING_HANG_SECONDS": "4",
    }


def _processes(
    home: Path, services: tuple[Service, ...], database_url: str, environment: dict[str, str]
) -> dict[str, Kept]:
    def kept(name: str, application: str, url: str, **own: str) -> Kept:
        return Kept(name, application, url, environment | own, home)

    found = {
        "issuer": kept("issuer", "services.operations.demo_issuer:app", environment["LIUDAI_OIDC_ISSUER"]),
        "core-banking": kept(
            "core-banking", "services.operations.core_banking_standin:app", environment["LIUDAI_CORE_BANKING_URL"]
        ),
    }
    for service in services:
        role_url = as_role(database_url, service.role, database_password(service.name, environment))
        url = f"http://127.0.0.1:{free_port()}"
        found[service.name] = kept(service.name, f"services.{service.name}.main:app", url, DATABASE_URL=role_url)
    return found
