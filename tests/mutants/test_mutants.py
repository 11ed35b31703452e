"""Every naive variant is seen by the tests which the table names; where one is not, the tests prove too little."""

from pathlib import Path

import pytest

from tests.mutants.mutants import MUTANTS, Mutant
from tests.mutants.running import Run, run_tests
from tests.mutants.table import TABLE, table
from tests.servers import PostgresServer, RabbitMQServer


@pytest.fixture(scope="module")
def honest(postgres_server: PostgresServer, rabbitmq_server: RabbitMQServer) -> Run:
    """The same tests without a mutant, run first: else the way they are run here would kill, and not the mutant."""
    tests = {test for one in MUTANTS for test in one.killed_by}
    run = run_tests(sorted(tests), None, postgres_server, rabbitmq_server)
    assert run.ran == tests, run.said
    assert not run.failed, run.said
    return run


@pytest.mark.parametrize("mutant", MUTANTS, ids=[one.name.replace(" ", "_") for one in MUTANTS])
def test_a_mutant_is_killed(
    mutant: Mutant, honest: Run, postgres_server: PostgresServer, rabbitmq_server: RabbitMQServer
) -> None:
    run = run_tests(mutant.killed_by, mutant, postgres_server, rabbitmq_server)
    assert run.ran == set(mutant.killed_by), run.said
    assert run.failed == set(mutant.killed_by), f"survived: {mutant.harm}"


def test_the_table_is_written_anew_when_mutants_change() -> None:
    assert Path(TABLE).read_text(encoding="utf-8") == table(), "python -m tests.mutants.table"
