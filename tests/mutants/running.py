"""Running tests of the normal suites with a mutant in place, inside the process of the test that asks for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from tests.mutants.mutants import Mutant
from tests.servers import PostgresServer, RabbitMQServer

STORM_SECONDS = 3.0
PAYMENTS = 60
QUIET = (
    "-q",
    "--no-header",
    "--no-summary",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:faulthandler",
    "-p",
    "no:unraisableexception",
    "--capture=no",
)  # fmt: skip


@dataclass(eq=False)
class Run:
    """A plugin that lends the servers of this process to the inner run, and notes what fails."""

    servers: dict[str, Any]
    failed: set[str] = field(default_factory=set)
    ran: set[str] = field(default_factory=set)

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        """Hand over a server instead of starting another."""
        lent = self.servers.get(fixturedef.argname)
        if lent is not None:
            fixturedef.cached_result = (lent, fixturedef.cache_key(request), None)
        return lent

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Only what fails in the test itself counts: a mutant that breaks the preparations has been seen by nobody."""
        if report.when != "call":
            return
        self.ran.add(report.nodeid)
        if report.failed:
            self.failed.add(report.nodeid)


def run_tests(
    tests: Sequence[str], mutant: Mutant, postgres: PostgresServer, rabbitmq: RabbitMQServer, patch: pytest.MonkeyPatch
) -> Run:
    """Run these tests with the mutant in place."""
    patch.setattr("tests.shared.test_hostile_writers.SECONDS", STORM_SECONDS)
    patch.setattr("tests.disbursement.test_effects.PAYMENTS", PAYMENTS)
    mutant.patch(patch)
    if mutant.sql:
        patch.setattr(PostgresServer, "database", _changed(PostgresServer.database, mutant.sql))
    run = Run({"postgres_server": postgres, "rabbitmq_server": rabbitmq})
    pytest.main([*QUIET, *tests], plugins=[run])
    return run


def _changed(honest: Any, sql: str) -> Any:
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
