"""The stand-in of the data gateway as a process of its own, for tests, on a free port."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx

from services.operations.free_port import free_port

START_SECONDS = 30


class CreditSourcesServer:
    """What the stand-in at `url` is told to say, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url

    def script(self, source: str, borrower_id: UUID | str | None = None, **script: Any) -> None:
        """What a source says of a subject, or of everybody."""
        path = f"subjects/{borrower_id}/{source}" if borrower_id else f"sources/{source}"
        httpx.put(f"{self.url}/{path}", json=script).raise_for_status()

    def forget(self) -> None:
        httpx.delete(f"{self.url}/scripts").raise_for_status()

    def enquiries(self, borrower_id: UUID | str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/enquiries", params={"borrower_id": str(borrower_id)})
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found


@contextmanager
def credit_sources_server() -> Iterator[CreditSourcesServer]:
    port = free_port()
    server = CreditSourcesServer(f"http://127.0.0.1:{port}")
    module = "services.operations.credit_sources_standin:app"
    options = ["--port", str(port), "--log-level", "warning", "--timeout-graceful-shutdown", "1"]
    environment = os.environ | {"LIUDAI_CREDIT_SOURCES_HANG_SECONDS": "60"}
    process = subprocess.Popen([sys.executable, "-m", "uvicorn", module, *options], env=environment)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _is_ready(server.url, process):
            assert time.monotonic() < deadline, "the stand-in does not start"
            time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait()


def _is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the stand-in has ended"
    try:
        return httpx.get(f"{url}/health/ready").is_success
    except httpx.TransportError:
        return False
