"""Every naive variant is seen by the tests which the table names; where one is not, the tests prove too little."""

import os
from pathlib import Path

import pytest

from tests.mutants.mutants import MUTANTS, PAYMENTS, STORM, Mutant
from tests.mutants.running import run_tests
from tests.mutants.table import TABLE, table
from tests.servers import PostgresServer, RabbitMQServer

on_request = pytest.mark.skipif(
    "LIUDAI_MUTANTS" not in os.environ, reason="LIUDAI_MUTANTS is not set: the mutants were not run"
)


@on_request
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a mutant leaves things lying about
@pytest.mark.parametrize("mutant", MUTANTS, ids=[one.name.replace(" ", "_") for one in MUTANTS])
def test_a_mutant_is_killed(
    mutant: Mutant, postgres_server: PostgresServer, rabbitmq_server: RabbitMQServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_tests(mutant.killed_by, mutant, postgres_server, rabbitmq_server, monkeypatch)
    assert run.ran == set(mutant.killed_by), "the table names tests that are there"
    assert run.failed == set(mutant.killed_by), f"survived: {mutant.harm}"


@on_request
def test_without_a_mutant_the_same_tests_come_through(
    postgres_server: PostgresServer, rabbitmq_server: RabbitMQServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the way they are run here would kill, and not the mutant. Storms and payments are left to their suites."""
    tests = {test for one in MUTANTS for test in one.killed_by if not test.startswith((STORM, PAYMENTS))}
    run = run_tests(sorted(tests), Mutant("none", "", ()), postgres_server, rabbitmq_server, monkeypatch)
    assert (run.ran, run.failed) == (tests, set())


def test_the_table_is_written_anew_when_mutants_change() -> None:
    assert Path(TABLE).read_text(encoding="utf-8") == table(), "python -m tests.mutants.table"
