"""A bank of the test session's own: five services, issuer and core banking, each a process kept alive.

It runs as in production, on the session's own PostgreSQL and RabbitMQ, in a database and a virtual host of
this bank; and all of it can be killed.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.operations.demo_issuer import Issuer, signing_key
from services.operations.demo_people import Holder, demo_holders
from services.operations.deployment import load_services
from services.operations.free_port import free_port
from services.operations.migrate import as_role, database_password, migrate, target
from shared.service import Service
from tests.journeys.bank import LIST_QUEUES, OPENING_DATE, Bank
from tests.journeys.keeping import Kept, inherited, keeping
from tests.servers import PostgresServer, RabbitMQServer, folder


@dataclass
class OwnBank(Bank):
    """A bank whose `processes`, by the names of their URLs, are this session's to kill."""

    environment: Mapping[str, str]
    processes: dict[str, Kept]
    postgres: PostgresServer
    rabbitmq: RabbitMQServer

    def person(self, login: str, *, roles: Sequence[str]) -> str:
        """Let a person with these roles in, at head office; the login."""
        holder = Holder(name=login, roles=tuple(roles), branch="HQ", branches=("*",))
        name = self.environment["LIUDAI_OIDC_ISSUER"]
        issuer = Issuer(name, signing_key(self.environment), demo_holders())
        self._tokens[login] = issuer.token(login, login, holder, int(time.time()))
        return login

    def kill(self, name: str, *next_lives: Mapping[str, str]) -> None:
        """Kill -9 one process; `next_lives` are added to the environments of its next lives."""
        self.processes[name].kill(*next_lives)

    @contextmanager
    def replica(self, service: str) -> Iterator[str]:
        """One more process of a service beside the first, until left; its name among the processes."""
        name, first = f"{service}-2", self.processes[service]
        url = self.urls[name] = f"http://127.0.0.1:{free_port()}"
        second = self.processes[name] = Kept(name, first.application, url, first.environment, first.home)
        try:
            second.await_ready()
            yield name
        finally:
            del self.processes[name], self.urls[name]
            second.end()

    def await_ready(self) -> None:
        """Return when every process answers."""
        for one in self.processes.values():
            one.await_ready()


@contextmanager
def open_bank(postgres: PostgresServer, rabbitmq: RabbitMQServer) -> Iterator[OwnBank]:
    """A bank of its own, migrated, started and ready; its processes' last words are shown when the test fails."""
    services = load_services()
    with folder("bank") as home, postgres.database() as database_url, rabbitmq.vhost() as amqp_url:
        environment = _environment(home, amqp_url)
        asyncio.run(migrate(target(database_url, services, environment), services, lambda _step: None))
        processes = _processes(home, services, database_url, environment)
        bank = OwnBank(
            {name: kept.url for name, kept in processes.items()},
            database_url,
            lambda: rabbitmq.ctl(*LIST_QUEUES, "-p", amqp_url.rpartition("/")[2]),
            environment,
            processes,
            postgres,
            rabbitmq,
        )
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
