"""What goes on in the process in which one mutant lives."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.mutants.mutants import MUTANTS, Mutant
from tests.servers import PostgresServer

STORM_SECONDS = 3.0
PAYMENTS = 60
STARTED, PASSED, FAILED = "started", "passed", "failed"
QUIET = (
    "-q",
    "--no-header",
    "--no-summary",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:faulthandler",
    "-p",
    "no:unraisableexception",  # a mutant leaves things lying about
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",  # mutants had to be imported first
    "--capture=no",
)  # fmt: skip


@dataclass(frozen=True)
class Order:
    """`mutant` is a name, or None for the honest code; `vhosts` are empty ones, as many as tests want one."""

    mutant: str | None
    tests: list[str]
    postgres: Path
    vhosts: list[str]


@dataclass(eq=False)
class Lending:
    """A plugin that hands over the servers which run already, and says what becomes of each test."""

    order: Order
    told: "Connection[tuple[str, str], Any]"
    postgres: PostgresServer = field(init=False)

    def __post_init__(self) -> None:
        self.postgres = PostgresServer(self.order.postgres)
        self.postgres.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        """A server instead of starting another."""
        match fixturedef.argname:
            case "postgres_server":
                lent: Any = self.postgres
            case "rabbitmq_server":
                lent = "its virtual hosts were made before"
            case "amqp_url":
                lent = self.order.vhosts.pop()
            case _:
                return None
        fixturedef.cached_result = (lent, fixturedef.cache_key(request), None)
        return lent

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Only what fails in the test itself counts: a mutant that breaks the preparations has been seen by nobody."""
        if report.when == "setup" and report.passed:
            self.told.send((report.nodeid, STARTED))
        elif report.when == "call":
            self.told.send((report.nodeid, FAILED if report.failed else PASSED))


def live(order: Order, told: "Connection[tuple[str, str], Any]", output: Path) -> None:
    """Put the mutant in place and run the tests; what they print goes to a file."""
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.shared.test_hostile_writers.SECONDS", STORM_SECONDS)
        patch.setattr("tests.disbursement.test_effects.PAYMENTS", PAYMENTS)
        for one in MUTANTS:
            if one.name == order.mutant:
                _put_in_place(one, patch)
        pytest.main([*QUIET, *order.tests], plugins=[Lending(order, told)])


def _put_in_place(mutant: Mutant, patch: pytest.MonkeyPatch) -> None:
    mutant.patch(patch)
    if mutant.sql:
        patch.setattr(PostgresServer, "database", _changed(PostgresServer.database, mutant.sql))


def _changed(
    honest: Callable[[PostgresServer, str], AbstractContextManager[str]], sql: str
) -> Callable[..., AbstractContextManager[str]]:
    """Databases in which each service's schema is changed by `sql`."""

    @contextmanager
    def database(self: PostgresServer, template: str = "template1") -> Iterator[str]:
        with honest(self, template) as url:
            with psycopg.connect(url, autocommit=True) as owner:
                for (schema,) in owner.execute(
                    "select schemaname from pg_tables where tablename = 'log_head'"
                ).fetchall():
                    owner.execute(sql.replace("{schema}", schema).encode())
            yield url

    return database
