"""Requests that schemathesis makes from the OpenAPI documents, sent to the services on a real database.

The services run on an event loop in a thread of its own, since a request is made and judged outside of one.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import schemathesis
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.checks import not_a_server_error

from services.operations.documents import load_apps
from shared.edge import BODY_MAX
from tests.conformance.bank import Bank, open_bank
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
SCHEMAS = {
    name: schemathesis.openapi.from_dict(app.openapi()) for name, (_, app) in load_apps().items()
}


@dataclass(frozen=True)
class Caller:
    """Sends what schemathesis made."""

    bank: Bank
    loop: asyncio.AbstractEventLoop

    def send(self, service: str, case: schemathesis.Case, token: str | None) -> httpx.Response:
        """The answer; `token` in place of whatever was made up for one."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        made = case.as_transport_kwargs(base_url=f"http://{service}", headers=headers)
        made["content"] = made.pop("data", None)
        sending = self.bank.clients[service].request(**made)
        return asyncio.run_coroutine_threadsafe(sending, self.loop).result(60)


@contextmanager
def open_caller(postgres: PostgresServer, issuer: Issuer) -> Iterator[Caller]:
    """The five services, until left."""
    opened: list[Bank] = []
    loop, ready, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def run() -> None:
        try:
            async with open_bank(postgres, issuer) as bank:
                opened.append(bank)
                ready.set()
                await done.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    ready.wait()
    try:
        yield Caller(opened[0], loop)
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
