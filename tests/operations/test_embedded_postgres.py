"""The PostgreSQL of `make up`: it outlives its caller, and comes back over whatever a kill -9 left behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from services.operations import embedded_postgres
from services.operations.postgres_programs import PostgresUnavailableError
from tests.servers import folder

pytestmark = pytest.mark.integration


@pytest.fixture
def home() -> Iterator[Path]:
    with folder("embedded") as made:
        yield made
        embedded_postgres.stop(made, mode="immediate")


def _asked(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def _processes(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(home / "postgres"):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # a child that saw its parent die has gone already
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, timeout=10)


def test_it_is_durable_and_outlives_the_process_that_started_it(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from services.operations import embedded_postgres;"
        "embedded_postgres.start(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(home)], check=True)

    assert embedded_postgres.is_running(home)
    url = embedded_postgres.start(home)
    assert _asked(url, "SELECT current_setting('fsync') || current_setting('synchronous_commit')") == "onon"
    assert _asked(url, "SELECT current_setting('max_connections')") == "200"
    embedded_postgres.stop(home)
    assert not embedded_postgres.is_running(home)


def test_it_starts_again_after_everything_of_it_was_killed(home: Path) -> None:
    url = embedded_postgres.start(home)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE loans AS SELECT 1 AS loan_id")
    _kill(_processes(home))

    assert not embedded_postgres.is_running(home)
    assert embedded_postgres.start(home) == url
    assert _asked(url, "SELECT loan_id FROM loans") == 1


def test_a_pid_file_whose_number_is_another_process_now_does_not_stop_it(home: Path) -> None:
    url = embedded_postgres.start(home)
    pid_file = home / "postgres/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    _kill(_processes(home))
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    assert not embedded_postgres.is_running(home)
    assert _asked(embedded_postgres.start(home), "SELECT 1") == 1
    assert embedded_postgres.start(home) == url


def test_it_moves_to_another_port_when_its_own_is_taken(home: Path) -> None:
    url = embedded_postgres.start(home)
    embedded_postgres.stop(home)
    with socket.create_server(("127.0.0.1", urlsplit(url).port or 0)):
        moved = embedded_postgres.start(home)
    assert moved != url
    assert _asked(moved, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_a_home_that_the_servers_user_cannot_reach_is_refused_and_stays_as_it_is(home: Path) -> None:
    locked = home / "locked"
    locked.mkdir(mode=0o700)
    with pytest.raises(PostgresUnavailableError, match="choose another LIUDAI_HOME"):
        embedded_postgres.start(locked / "home")
    assert locked.stat().st_mode & 0o777 == 0o700
