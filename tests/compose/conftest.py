"""The system that scripts/compose-test has brought up, as a test sees it: by its ports and by docker compose."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("application", "risk", "disbursement", "repayment", "collection", "core-banking", "issuer", "sandbox")


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

    def __call__(self, *arguments: str) -> str:
        """`docker compose …`, which finds the project by the environment."""
        done = subprocess.run(["docker", "compose", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine says of the service's container."""
        container = self("ps", "--all", "--quiet", service).strip()
        said = subprocess.run(["docker", "inspect", container], capture_output=True, check=True).stdout
        found: dict[str, Any] = json.loads(said)[0]
        return found

    def kill(self, service: str) -> None:
        """Kill -9 of the container's first process from outside it; the restart policy is put to the test.

        `docker kill` would not do: the engine does not restart what its user has killed.
        """
        os.kill(self.inspect(service)["State"]["Pid"], 9)

    def await_healthy(self, service: str, *, seconds: float = 90) -> None:
        """Until the container's own health check is content."""
        deadline = time.monotonic() + seconds
        while (health := self.inspect(service)["State"].get("Health", {}).get("Status")) != "healthy":
            assert time.monotonic() < deadline, f"{service} is {health}:\n{self('logs', '--tail', '40', service)}"
            time.sleep(0.5)


@pytest.fixture(scope="session")
def compose() -> Compose:
    """The project's containers."""
    if "COMPOSE_PROJECT_NAME" not in os.environ:
        pytest.fail("run `make compose-test`: it brings the project up and says under which name and ports")
    ports = {name: os.environ[f"LIUDAI_{name.upper().replace('-', '_')}_PORT"] for name in SERVERS}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    return Compose(urls, os.environ["LIUDAI_POSTGRES_PORT"])


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest, compose: Compose) -> str:
    """The URL of each server in turn."""
    return compose.urls[request.param]


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as client:
        yield client
