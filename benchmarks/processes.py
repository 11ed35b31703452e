"""Server processes as production starts them, with what they and the servers below them use of processor and memory."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from services.operations.deployment import SERVICES
from services.operations.free_port import free_port
from services.operations.migrate import as_role, database_password
from tests.rabbitmq_nodes import ProgramNode
from tests.servers import PostgresServer, RabbitMQServer
from tests.shared.issuer import Issuer

READY_SECONDS = 120.0
OPENING_DATE = "2026-01-05"
UVICORN = ("--no-access-log", "--timeout-keep-alive", "7200")  # our client keeps its connections, idle for an hour


@dataclass(frozen=True)
class Running:
    """One uvicorn."""

    name: str
    url: str
    process: psutil.Process

    @property
    def rss_mb(self) -> float:
        """Resident memory now."""
        return float(self.process.memory_info().rss / 2**20)


def environment(issuer: Issuer, amqp_url: str, home: Path) -> dict[str, str]:
    """What every process is given; secrets are the demo's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LIUDAI_")}
    return inherited | {
        "AMQP_URL": amqp_url,
        "LIUDAI_HOME": str(home),
        "LIUDAI_OPENING_DATE": OPENING_DATE,
        "LIUDAI_OIDC_ISSUER": issuer.url,
        "LIUDAI_OIDC_JWKS_URL": issuer.jwks_url,
        "LIUDAI_CORE_BANKING_URL": "http://127.0.0.1:9",
    }


@contextmanager
def serving(
    apps: Mapping[str, str], database_url: str, given: Mapping[str, str], home: Path
) -> Iterator[list[Running]]:
    """A uvicorn for each application of `apps`, by the service it is; ready, and ended when left."""
    started: list[Running] = []
    try:
        for name, app in apps.items():
            port = free_port()
            role = as_role(database_url, f"liudai_{name}", database_password(name, given))
            with (home / f"{name}-{port}.log").open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "uvicorn", *app.split(), "--port", str(port), *UVICORN],
                    env={**given, "DATABASE_URL": role},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            started.append(Running(name, f"http://127.0.0.1:{port}", psutil.Process(process.pid)))
        for one in started:
            _await_ready(one, home)
        yield started
    finally:
        for one in started:
            one.process.terminate()
        _, alive = psutil.wait_procs([one.process for one in started], timeout=15)
        for left in alive:
            left.kill()


def _await_ready(one: Running, home: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and one.process.is_running():
        try:
            if httpx.get(f"{one.url}/health/ready", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    log = next(home.glob(f"{one.name}-{one.url.rpartition(':')[2]}.log"))
    raise RuntimeError(f"{one.name} does not start:\n{log.read_text()[-4000:]}")


class ProcessorTime:
    """Processor seconds of a set of processes and of both servers below them."""

    def __init__(self, running: list[Running], postgres: PostgresServer, rabbitmq: RabbitMQServer) -> None:
        node = rabbitmq._node
        assert isinstance(node, ProgramNode), "what a container uses cannot be seen here: install rabbitmq-server"
        assert node._node is not None
        postmaster = int((postgres.home / "postgres/postmaster.pid").read_text().split()[0])
        self._roots = {one.name: one.process for one in running}
        self._roots |= {"postgres": psutil.Process(postmaster), "rabbitmq": psutil.Process(node._node.pid)}

    def used(self) -> dict[str, float]:
        """Until now, by process; with those of children, ended ones included."""
        return {name: _seconds(root) for name, root in self._roots.items()}


def _seconds(root: psutil.Process) -> float:
    times = root.cpu_times()
    own = times.user + times.system + times.children_user + times.children_system
    living = 0.0
    for child in root.children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        living += used.user + used.system + used.children_user + used.children_system
    return float(own + living)


APPS = {name: f"services.{name}.main:app" for name in SERVICES}
PLAIN_APPS = {name: f"--factory benchmarks.simple_services:{name}" for name in ("application", "risk")}
