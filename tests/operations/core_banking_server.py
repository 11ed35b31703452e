"""The core-banking stand-in as a process of its own, for tests: started on a free port, killed as they please."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from services.operations.free_port import free_port

START_SECONDS = 30


class CoreBankingServer:
    """One ledger file and the process that serves it; the ledger outlives the process."""

    def __init__(self, home: Path, *, hang_seconds: float) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = os.environ | {
            "LIUDAI_CORE_BANKING_LEDGER": str(home / "ledger.sqlite3"),
            "LIUDAI_CORE_BANKING_HANG_SECONDS": str(hang_seconds),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        module = "services.operations.core_banking_standin:app"
        options = ["--port", str(self._port), "--log-level", "warning", "--timeout-graceful-shutdown", "1"]
        self._process = subprocess.Popen([sys.executable, "-m", "uvicorn", module, *options], env=self._environment)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert time.monotonic() < deadline, "the stand-in does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """As `kill -9`."""
        assert self._process is not None, "not started"
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def script(self, **faults: Any) -> None:
        httpx.put(f"{self.url}/faults", json=faults).raise_for_status()

    def payments(self) -> list[dict[str, Any]]:
        """Everything in the ledger's list of payments, page by page."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = httpx.get(f"{self.url}/payments", params={"after": after}, timeout=30).raise_for_status().json()
            found += page["payments"]
            after = page["next"]
        return found

    def book(self) -> dict[str, Any]:
        book: dict[str, Any] = httpx.get(f"{self.url}/ledger", timeout=30).raise_for_status().json()
        return book

    def _is_ready(self) -> bool:
        assert self._process is not None, "not started"
        assert self._process.poll() is None, "the stand-in has ended"
        try:
            return httpx.get(f"{self.url}/health/ready").is_success
        except httpx.TransportError:
            return False


@contextmanager
def core_banking_server(home: Path, *, hang_seconds: float = 20) -> Iterator[CoreBankingServer]:
    server = CoreBankingServer(home, hang_seconds=hang_seconds)
    server.start()
    try:
        yield server
    finally:
        server.kill()
