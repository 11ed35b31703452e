"""The system that scripts/compose-test has brought up, as a test sees it: by its ports and by docker compose."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.bank import LIST_QUEUES, Bank

ROOT = Path(__file__).resolve().parents[2]
SERVERS = (
    "application",
    "risk",
    "disbursement",
    "repayment",
    "collection",
    "core-banking",
    "credit-sources",
    "issuer",
    "sandbox",
    "console",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that lies here needs the project to be up."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.compose)


@dataclass(frozen=True)
class Compose:
    """The running project. `urls` are those of the containers that serve HTTP, by the container's name."""

    urls: Mapping[str, str]
    postgres_port: str
    _started_before: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> str:
        """`docker compose …`, which finds the project by the environment."""
        done = subprocess.run(["docker", "compose", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """Where the liudai command and its client find this project."""
        named = {f"LIUDAI_{name.upper().replace('-', '_')}_URL": url for name, url in self.urls.items()}
        named["LIUDAI_SANDBOX_URL"] += "/sandbox"
        password = os.environ.get("LIUDAI_POSTGRES_PASSWORD", "liudai-demo")
        return named | {"DATABASE_URL": f"postgresql://liudai:{password}@127.0.0.1:{self.postgres_port}/liudai"}

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine says of the service's container."""
        container = self("ps", "--all", "--quiet", service).strip()
        said = subprocess.run(["docker", "inspect", container], capture_output=True, check=True).stdout
        found: dict[str, Any] = json.loads(said)[0]
        return found

    def kill(self, service: str) -> None:
        """Kill -9 of the container's first process, from outside, so that the restart policy has to act.

        Where the engine's processes are not ours to see (another host, a virtual machine, not root) the engine
        kills, and starts it again as well: it leaves dead what its own user has killed.
        """
        container = self.inspect(service)
        state = container["State"]
        self._started_before[service] = state["StartedAt"]
        cgroup = Path(f"/proc/{state['Pid']}/cgroup")
        if os.geteuid() == 0 and cgroup.exists() and container["Id"] in cgroup.read_text():
            os.kill(state["Pid"], signal.SIGKILL)
        else:
            self("kill", "--signal", "KILL", service)
            self("start", service)

    def await_restarted(self, service: str, *, seconds: float = 120) -> None:
        """Until the container that was killed runs again and its own health check is content."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.inspect(service)["State"]
            health = state.get("Health", {}).get("Status")
            if state["StartedAt"] != self._started_before[service] and health == "healthy":
                return
            assert time.monotonic() < deadline, f"{service} is {health}"
            time.sleep(0.5)

    def restarts(self, service: str) -> int:
        """How often the engine has started the container again."""
        return int(self.inspect(service)["RestartCount"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What each container said last stands below a failed test."""
    report = yield
    compose = getattr(item, "funcargs", {}).get("compose")
    if report.failed and isinstance(compose, Compose):
        report.sections.append(("containers", compose("ps", "--all")))
        for service in SERVERS:
            report.sections.append((service, compose("logs", "--no-color", "--no-log-prefix", "--tail", "60", service)))
    return report


@pytest.fixture(scope="session")
def compose() -> Compose:
    """The project's containers."""
    if "COMPOSE_PROJECT_NAME" not in os.environ:
        pytest.fail("run `make compose-test`: it brings the project up and says under which name and ports")
    ports = {name: os.environ[f"LIUDAI_{name.upper().replace('-', '_')}_PORT"] for name in SERVERS}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return Compose(urls, os.environ["LIUDAI_POSTGRES_PORT"])


@pytest.fixture(scope="session")
def bank(compose: Compose) -> Iterator[Bank]:
    """The bank that the containers are, as the journeys see one."""
    rabbitmqctl = ("exec", "--no-TTY", "rabbitmq", "rabbitmqctl", "--quiet")
    opened = Bank(dict(compose.urls), compose.environment["DATABASE_URL"], lambda: compose(*rabbitmqctl, *LIST_QUEUES))
    yield opened
    opened.http.close()


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest, compose: Compose) -> str:
    """The URL of each server in turn."""
    return compose.urls[request.param]


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client
