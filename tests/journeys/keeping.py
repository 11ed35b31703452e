"""Processes kept alive as a container runtime would: whoever ends is started again, and how it ended is kept.

They are forked off a server that has their code imported, because starting Python seven times over takes most of
a minute on two processors. Nothing else is shared: each has a process, an environment and an event loop of its own.
"""

import importlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
import uvicorn

from services.operations.deployment import SERVICES

LOOK_SECONDS = 0.02
STEADY_SECONDS = 0.5
"""Between two starts of one process at least, so that who cannot live does not take the processors."""
READY_SECONDS = 60.0

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    [
        "pytest",
        "tests.journeys.keeping",
        "services.operations.core_banking_standin",
        "services.operations.demo_issuer",
        *(f"services.{name}.main" for name in SERVICES),
    ]
)


def serve(application: str, url: str, environment: Mapping[str, str], home: Path, log: Path) -> None:
    """What `uvicorn <application>` does, in a process that is nobody yet."""
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    importlib.reload(importlib.import_module("shared.fault_points"))  # it reads its environment when imported
    host, _, port = url.removeprefix("http://").partition(":")
    uvicorn.run(
        application, host=host, port=int(port), log_level="warning", access_log=False, timeout_graceful_shutdown=2
    )


@dataclass
class Kept:
    """One server process. `exits` are the statuses it has ended with, e.g. -9 after a kill."""

    name: str
    application: str
    url: str
    environment: Mapping[str, str]
    home: Path
    exits: list[int] = field(default_factory=list)
    _next_lives: list[Mapping[str, str]] = field(default_factory=list)
    _process: BaseProcess | None = None
    _started: float = -STEADY_SECONDS
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def log(self) -> Path:
        """Its output, over all its lives."""
        return self.home / f"{self.name}.log"

    def keep_alive(self) -> None:
        """Start it when it is not running."""
        with self._lock:
            if self._process is not None:
                status = self._process.exitcode
                if status is None:
                    return
                self.exits.append(status)
                self._process = None
            if time.monotonic() >= self._started + STEADY_SECONDS:
                own = self._next_lives.pop(0) if self._next_lives else {}
                given = (self.application, self.url, {**self.environment, **own}, self.home, self.log)
                self._process = _processes.Process(target=serve, args=given, name=self.name, daemon=True)
                self._process.start()
                self._started = time.monotonic()

    def kill(self, *next_lives: Mapping[str, str]) -> None:
        """As `kill -9`. Started again by its keeper; `next_lives` are added to the environments of its next lives."""
        with self._lock:
            self._next_lives = list(next_lives)
            if self._process is not None:
                self._process.kill()
                self._process.join()

    def end(self) -> None:
        """For good."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.join()
                self._process = None

    def is_ready(self) -> bool:
        """Whether it answers, its database included."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5).is_success
        except httpx.TransportError:
            return False

    def await_ready(self) -> None:
        """Return when it answers; its last words otherwise."""
        eventually(self.is_ready, seconds=READY_SECONDS, saying=lambda: f"{self.name} is not ready:\n{self.tail()}")

    def tail(self, characters: int = 4000) -> str:
        """The end of its output, without what is said of every request."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(line for line in lines if '"level": "info"' not in line)[-characters:]


@contextmanager
def keeping(kept: Mapping[str, Kept]) -> Iterator[None]:
    """Keep them alive until left, then end them. More may join meanwhile."""
    stopping = threading.Event()

    def look() -> None:
        while not stopping.wait(LOOK_SECONDS):
            for one in list(kept.values()):
                one.keep_alive()

    keeper = threading.Thread(target=look, name="keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()
        for one in kept.values():
            one.end()


def inherited() -> dict[str, str]:
    """This process's environment without anything that is liudai's."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LIUDAI_") and name not in {"DATABASE_URL", "AMQP_URL", "LOG_LEVEL"}
    }


def eventually(
    holds: Callable[[], object], *, seconds: float = 20.0, saying: Callable[[], str] = lambda: "it never came true"
) -> None:
    """Return when `holds` is true; AssertionError with what `saying` says after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, saying()
        time.sleep(0.03)
