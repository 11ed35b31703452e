"""A PostgreSQL on this machine from the binaries of a wheel: no apt, no Docker, nothing to configure.

Only the wheel's programs are used, not its Python: that stops the server with its caller, and as root it
loosens the modes of every folder above the data. Here the server outlives its caller, and nothing but
`home` is touched. As root it runs as the system user `liudai`, since PostgreSQL refuses to run as root.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from services.operations.free_port import free_port, is_free
from services.operations.postgres_programs import (
    PostgresUnavailableError,
    identity,
    programs_for,
    system_user,
)

ROLE = "liudai"
DATABASE = "liudai"
STOP_SECONDS = 30

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may hold 107 bytes, and folders are deep
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def start(home: Path, **settings: str) -> str:
    """Start the server of `home`, made on first use; the answer is the URL of a superuser on its database.

    Does nothing when it runs already. `settings` are PostgreSQL's own, over `SETTINGS`.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(home.stat().st_mode | 0o111)  # as root: the server's user passes through, and reads nothing
    with _lock(home):
        cluster = _Cluster.of(home)
        cluster.create()
        if not cluster.is_running():
            cluster.await_end_of_leftovers()
            cluster.launch(SETTINGS | settings)
        return cluster.url()


def stop(home: Path, *, mode: str = "fast") -> None:
    """Stop the server of `home`, if it runs. Mode `immediate` is a crash: the next start recovers."""
    home = home.resolve()
    if not _was_made(home):
        return
    with _lock(home):
        cluster = _Cluster.of(home)
        if cluster.is_running():
            cluster.run("pg_ctl", "stop", "-w", "-t", str(STOP_SECONDS), "-m", mode, "-D", str(cluster.data))


def is_running(home: Path) -> bool:
    """Whether a live server answers for `home`; a stale pid file is no server."""
    home = home.resolve()
    return _was_made(home) and _Cluster.of(home).is_running()


@dataclass(frozen=True)
class _Cluster:
    home: Path
    programs: Path
    user: str | None  # None: as ourselves

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @classmethod
    def of(cls, home: Path) -> "_Cluster":
        user = system_user() if os.geteuid() == 0 else None
        return cls(home=home, programs=programs_for(user, home), user=user)

    def create(self) -> None:
        """Make the data folder under another name and rename it when complete: no start leaves half a one."""
        if self.data.exists():
            self._refuse_other_version()
            return
        making = self.home / "postgres.unfinished"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        password = secrets.token_hex(16)
        with tempfile.NamedTemporaryFile("w", dir=self.home) as handed_over:
            handed_over.write(password)
            handed_over.flush()
            if self.user:
                shutil.chown(making, self.user)
                shutil.chown(handed_over.name, self.user)
            self.run(
                *("initdb", "-D", str(making), "-U", ROLE, f"--pwfile={handed_over.name}"),
                *("--auth=scram-sha-256", "--encoding=UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            )
        self._write_access(password, free_port())
        making.rename(self.data)

    def launch(self, settings: dict[str, str]) -> None:
        """pg_ctl start in a session of its own, then the database if it is not there yet."""
        password, port = self._read_access()
        if not is_free(port):
            port = free_port()
            self._write_access(password, port)
        # Stale, as await_end_of_leftovers has made sure; its number may be another process by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = " ".join(f"-c {name}='{value}'" for name, value in {**settings, "port": str(port)}.items())
        log = self.data / "server.log"
        self.run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(log), "-o", options)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def is_running(self) -> bool:
        """By the pid file, if that process really works in our data folder and says that it is ready."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        ready = len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004 - the eighth line is the status
        return ready and self._lives_here(int(lines[0]))

    def await_end_of_leftovers(self) -> None:
        """After a kill -9 the children take a moment to go, and two servers on one folder would ruin it."""
        deadline = time.monotonic() + STOP_SECONDS
        while (self.data / "postmaster.pid").exists():
            leftovers = [pid for pid in psutil.pids() if self._lives_here(pid)]
            if not leftovers:
                return
            if time.monotonic() > deadline:
                raise PostgresUnavailableError(f"processes {leftovers} still use {self.data}: end them first")
            time.sleep(0.1)

    def url(self, database: str = DATABASE) -> str:
        password, port = self._read_access()
        return f"postgresql://{ROLE}:{quote(password)}@127.0.0.1:{port}/{database}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs to its end; its output only matters when it fails.

        The output goes to a file: a pipe would be inherited by the server and never end.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with tempfile.TemporaryFile() as output:
            status = subprocess.run(
                [self.programs / program, *arguments],
                cwd=self.home,
                env=environment | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **identity(self.user),
            ).returncode
            output.seek(0)
            said = output.read().decode(errors="replace")
        if status != 0:
            log = self.data / "server.log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise PostgresUnavailableError(f"{program} failed in {self.home}:\n{said}\n{tail}".rstrip())

    def _lives_here(self, pid: int) -> bool:
        try:
            return psutil.Process(pid).cwd() == str(self.data)
        except psutil.Error:
            return False

    def _read_access(self) -> tuple[str, int]:
        access = json.loads((self.home / "postgres.json").read_text())
        return access["password"], access["port"]

    def _write_access(self, password: str, port: int) -> None:
        fresh = self.home / "postgres.json.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"password": password, "port": port}, file)
        fresh.rename(self.home / "postgres.json")

    def _refuse_other_version(self) -> None:
        stored = (self.data / "PG_VERSION").read_text().strip()
        if not self.programs.parent.name.endswith(stored):
            raise PostgresUnavailableError(
                f"{self.data} was written by PostgreSQL {stored}: dump it with that, or `liudai reset`"
            )


def _was_made(home: Path) -> bool:
    return (home / "postgres").exists()


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[None]:
    with (home / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
