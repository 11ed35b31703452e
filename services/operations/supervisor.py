"""Keeps the local bank alive: its server, the two stand-ins and PostgreSQL, each started again when it dies.

`liudai up` starts it in a session of its own; SIGTERM ends it and everything it started.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

import orjson
import psutil

from services.operations import embedded_postgres
from services.operations.deployment import CORE_BANKING_PORT, CREDIT_SOURCES_PORT, PORT, running, state_file

LOOK_SECONDS = 0.25
STEADY_SECONDS = 20.0
"""Who has lived this long is started again at once; who dies sooner waits ever longer."""
PAUSE_SECONDS_MAX = 8.0
STOP_SECONDS = 20.0
LOG_BYTES_MAX = 20_000_000


@dataclass
class Child:
    """A process to keep alive, and the file that takes its output."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    not_before: float = 0.0
    is_missed: bool = False
    stop_seconds: float = STOP_SECONDS

    def keep_alive(self, now: float) -> bool:
        """Start it when it is not running and its pause is over; whether it was started."""
        if self.process is not None and self.process.poll() is None:
            return False
        if self.process is not None and not self.is_missed:
            self.is_missed = True
            self.pause = 0.0 if now - self.started > STEADY_SECONDS else min(2 * self.pause + 0.25, PAUSE_SECONDS_MAX)
            self.not_before = now + self.pause
            say(f"{self.name} ended with status {self.process.returncode}, next start in {self.pause:.2f} s")
        if now < self.not_before:
            return False
        with opened_log(self.log) as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.started, self.is_missed = now, False
        return True

    def stop(self) -> None:
        """Ask it to end, and kill it when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            say(f"{self.name} does not end, killing it")
            self.process.kill()
            self.process.wait()


def say(text: str) -> None:
    """One line into the supervisor's own log."""
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}", flush=True)


def opened_log(file: Path) -> TextIO:
    """The file to append to; a large one is put aside first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LOG_BYTES_MAX:
        file.replace(file.with_suffix(".log.1"))
    return file.open("a", encoding="utf-8")


@dataclass(frozen=True)
class Ports:
    """Where the bank and the stand-ins around it listen."""

    bank: int
    core_banking: int
    credit_sources: int

    @staticmethod
    def url(port: int) -> str:
        """That of one of them, on this machine."""
        return f"http://127.0.0.1:{port}"


def children_of(home: Path, ports: Ports) -> list[Child]:
    """The processes of the local bank, with their environment."""
    environment = {
        **os.environ,
        "LIUDAI_HOME": str(home),
        "LIUDAI_PORT": str(ports.bank),
        "LIUDAI_CORE_BANKING_URL": ports.url(ports.core_banking),
        "LIUDAI_CREDIT_SOURCES_URL": ports.url(ports.credit_sources),
        "PYTHONUNBUFFERED": "1",
    }
    uvicorn = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--log-level", "warning", "--no-access-log"]
    core_banking = [*uvicorn, "--port", str(ports.core_banking), "services.operations.core_banking_standin:app"]
    sources = [*uvicorn, "--port", str(ports.credit_sources), "services.operations.credit_sources_standin:app"]
    bank = [sys.executable, "-m", "services.operations.allinone"]
    shadow = [sys.executable, "-m", "services.operations.shadow_worker"]
    # Challengers are scored with what models are trained with: where that is not installed, none is.
    trains = all(find_spec(name) for name in ("sklearn", "skops"))
    return [
        Child("core-banking", core_banking, environment, home / "log/core-banking.log"),
        Child("credit-sources", sources, environment, home / "log/credit-sources.log"),
        Child("bank", bank, environment, home / "log/bank.log"),
        *([Child("risk-shadow", shadow, environment, home / "log/risk-shadow.log")] if trains else []),
    ]


def end_leftovers(home: Path) -> None:
    """End what a supervisor that was killed has left running; its numbers are only trusted with their command."""
    left = running(home)
    if left is None or left.is_alive:
        return
    found = []
    for pid in left.children.values():
        try:
            process = psutil.Process(pid)
            if any("services.operations." in argument for argument in process.cmdline()):
                process.terminate()
                found.append(process)
        except psutil.Error:
            continue
    for process in psutil.wait_procs(found, timeout=STOP_SECONDS)[1]:
        process.kill()
    state_file(home).unlink(missing_ok=True)


def supervise(home: Path, ports: Ports, *, embedded: bool) -> None:
    """Run until SIGTERM or SIGINT."""
    stopping = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if embedded:
        os.environ["DATABASE_URL"] = embedded_postgres.start(home)
    children = children_of(home, ports)
    try:
        while not stopping:
            if embedded and not embedded_postgres.is_running(home):
                say("PostgreSQL does not run, starting it")
                url = embedded_postgres.start(home)
                for child in children:
                    child.environment["DATABASE_URL"] = url
            started = [child.keep_alive(time.monotonic()) for child in children]
            if any(started):
                write_state(home, ports, children)
            time.sleep(LOOK_SECONDS)
    finally:
        for child in reversed(children):
            child.stop()
        if embedded:
            embedded_postgres.stop(home)
        state_file(home).unlink(missing_ok=True)
        say("stopped")


def write_state(home: Path, ports: Ports, children: list[Child]) -> None:
    """Tell the liudai command what runs, in one step."""
    state = {
        "supervisor": os.getpid(),
        "started_at": psutil.Process().create_time(),
        "url": ports.url(ports.bank),
        "core_banking": ports.url(ports.core_banking),
        "credit_sources": ports.url(ports.credit_sources),
        "children": {child.name: child.process.pid for child in children if child.process},
    }
    fresh = state_file(home).with_suffix(".new")
    fresh.write_bytes(orjson.dumps(state, option=orjson.OPT_INDENT_2))
    fresh.replace(state_file(home))


def main() -> None:
    """The process that `liudai up` leaves behind."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--home", type=Path, required=True)
    asked.add_argument("--port", type=int, default=PORT)
    asked.add_argument("--core-banking-port", type=int, default=CORE_BANKING_PORT)
    asked.add_argument("--credit-sources-port", type=int, default=CREDIT_SOURCES_PORT)
    asked.add_argument("--embedded", action="store_true")
    given = asked.parse_args()
    ports = Ports(given.port, given.core_banking_port, given.credit_sources_port)
    supervise(given.home, ports, embedded=given.embedded)


if __name__ == "__main__":
    main()
