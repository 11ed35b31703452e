"""Private PostgreSQL and RabbitMQ servers for the tests: real ones on free ports, killed as tests please.

Each pytest process has its own, in folders that carry its process number, so that what a killed run left
behind is found and ended by the next one.
"""

import contextlib
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg

from services.operations import embedded_postgres
from tests.rabbitmq_nodes import PASSWORD, USER, open_node, remove_container

PREFIX = "liudai-tests-"
START_SECONDS = 60
VHOSTS_AT_ONCE = 4

# What the operating system has been given survives the death of a process, which is all these tests need.
POSTGRES_SETTINGS = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


@contextlib.contextmanager
def folder(kind: str) -> Iterator[Path]:
    """A folder of this process; those of dead processes are cleared away first, with what runs in them."""
    base = Path(tempfile.gettempdir())
    for left in base.glob(f"{PREFIX}*"):
        owner = re.match(rf"{PREFIX}(\d+)-", left.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            _end_processes_in(left)
            remove_container(left)
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{kind}-", dir=base))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _end_processes_in(left: Path) -> None:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(left):
                process.kill()


class PostgresServer:
    """The embedded PostgreSQL, in a folder of its own. `url` is a superuser's, and stays over restarts."""

    def __init__(self, home: Path, settings: Mapping[str, str] = POSTGRES_SETTINGS) -> None:
        self.home, self._settings = home, settings
        self.url = ""
        self._is_started = False

    def start(self) -> None:
        """Start, or do nothing where it was started and not stopped."""
        if not self._is_started:
            self.url = embedded_postgres.start(self.home, **self._settings)
            self._is_started = True

    def stop(self) -> None:
        """A clean shutdown that breaks off the sessions."""
        self._is_started = False
        embedded_postgres.stop(self.home)

    def kill_immediate(self) -> None:
        """A crash: no checkpoint, no goodbye to the clients; the next start recovers from the log."""
        self._is_started = False
        embedded_postgres.stop(self.home, mode="immediate")

    def kill(self) -> None:
        """Kill -9 of all its processes at once, as when its container dies: not a word to anyone."""
        self._is_started = False
        postmaster = psutil.Process(int((self.home / "postgres/postmaster.pid").read_text().split()[0]))
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=START_SECONDS)

    def terminate_sessions(self) -> None:
        """End every client's session, as a failover would."""
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a fresh database, dropped afterwards whoever still uses it."""
        self.start()
        name = f"test_{secrets.token_hex(6)}"
        # A copy of files is cheaper than one that goes through the log, though it asks for a checkpoint.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self._url_of(name)
        finally:
            self.start()
            self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """The database of this name, to make copies of; the first who asks fills it, by its URL.

        A copy costs a tenth of what filling costs. It can be made only while nobody is connected to the
        template, so nobody can be.
        """
        self.start()
        if not self._is_filled(name):
            self._execute(f"DROP DATABASE IF EXISTS {name}")  # of one who failed to fill it
            self._execute(f"CREATE DATABASE {name}")
            fill(self._url_of(name))
            self._execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        return name

    def _is_filled(self, template: str) -> bool:
        with psycopg.connect(self.url) as connection:
            filled = "SELECT FROM pg_database WHERE datname = %s AND NOT datallowconn"
            return connection.execute(filled, [template]).fetchone() is not None

    def _url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    def _execute(self, sql: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())


class RabbitMQServer:
    """A RabbitMQ of this process alone. `url` is an administrator's, and stays over restarts."""

    def __init__(self, home: Path) -> None:
        self._node = open_node(home)
        self.url = f"amqp://{USER}:{PASSWORD}@127.0.0.1:{self._node.port}/"
        self._fresh_vhosts: list[str] = []
        self._used_vhosts: list[str] = []

    def start(self) -> None:
        """Start, or do nothing where it runs; returns when it speaks AMQP."""
        self._node.start()
        deadline = time.monotonic() + START_SECONDS
        while not _speaks_amqp(self._node.port):
            if not self._node.is_running() or time.monotonic() > deadline:
                raise RuntimeError(f"RabbitMQ does not start:\n{self._node.output()[-4000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill -9: the node is gone in the middle of whatever it did.

        RabbitMQ 3.10 writes its register of quorum queues up to a second late: one declared just before the
        kill comes back without leader and messages. Systems declare their queues long before they use them.
        """
        self._node.kill()

    def close(self) -> None:
        """The end of the node and of all that it kept."""
        self._node.close()

    def ctl(self, *arguments: str) -> str:
        """Rabbitmqctl on this node; takes about half a second."""
        return self._node.ctl(*arguments)

    def close_all_connections(self) -> None:
        """The server closes each connection with a reason, as an operator or an upgrade does.

        It waits for the clients' answer: call it in a thread, or the client in this process cannot give it.
        """
        self.ctl("close_all_connections", "--global", "asked by a test")

    @contextlib.contextmanager
    def vhost(self) -> Iterator[str]:
        """The URL of a fresh virtual host where its user may do everything; it is deleted when others are made."""
        self.start()
        if not self._fresh_vhosts:
            self._exchange_vhosts()
        name = self._fresh_vhosts.pop()
        try:
            yield self.url + name
        finally:
            self._used_vhosts.append(name)

    def _exchange_vhosts(self) -> None:
        """Delete those that were used and make some for tests to come: several cost `ctl` no more than one does."""
        fresh = [f"test_{secrets.token_hex(6)}" for _ in range(VHOSTS_AT_ONCE)]
        steps = [f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>)' for name in self._used_vhosts]
        for name in fresh:
            steps.append(f'rabbit_vhost:add(<<"{name}">>, <<"tests">>)')
            steps.append(
                "rabbit_auth_backend_internal:set_permissions("
                f'<<"{USER}">>, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)'
            )
        self.ctl("eval", f"{', '.join(steps)}.")
        self._fresh_vhosts, self._used_vhosts = fresh, []


def _speaks_amqp(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"  # a method frame: connection.start
    except OSError:
        return False
