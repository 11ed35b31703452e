"""The liudai command as people run it: a process, its output and its exit status."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from services.operations.free_port import free_port
from services.operations.terminal import Exit
from tests.servers import PostgresServer

COMMAND_SECONDS = 600


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its answer in JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Its answer in lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Liudai:
    """The command in one environment."""

    environment: Mapping[str, str]

    def __call__(self, *arguments: str, status: int = Exit.OK) -> Ended:
        """Run it; AssertionError with its output when it ends with another status."""
        done = subprocess.run(
            [sys.executable, "-m", "services.operations", *arguments],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        said = f"liudai {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == status, said
        return Ended(done.returncode, done.stdout, done.stderr)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['LIUDAI_PORT']}"

    def sql(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        """Run SQL as the database's owner; the rows, where there are any."""
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), arguments or None)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def bank_up(postgres: PostgresServer, home: Path) -> Iterator[Liudai]:
    """`liudai up --no-seed` on a database of its own, and `liudai down`."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("LIUDAI_") and name != "AMQP_URL"
    }
    with postgres.database() as url:
        liudai = Liudai(
            {
                **inherited,
                "DATABASE_URL": url,
                "LIUDAI_HOME": str(home),
                "LIUDAI_PORT": str(free_port()),
                "LIUDAI_CORE_BANKING_PORT": str(free_port()),
                "LIUDAI_OPENING_DATE": "2026-01-05",
            }
        )
        liudai("up", "--no-seed")
        try:
            yield liudai
        finally:
            liudai("down")
