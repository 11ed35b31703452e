"""Requests that schemathesis makes from the OpenAPI documents, sent to the services on a real database.

The services run on an event loop in a thread of its own, since a request is made and judged outside of one.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from services.operations.documents import load_apps
from tests.conformance.bank import Bank, open_bank
from tests.conformance.operations import OPERATIONS, Operation
from tests.servers import PostgresServer
from tests.shared.issuer import Issuer

ANSWER_SECONDS_MAX = 60
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
"""Not `positive_data_acceptance`: a document does not say every rule, so what fits it may be refused."""

_CONFIG = {"generation": {"with-security-parameters": False}}  # who calls is ours to say
# A copy: what makes the requests writes into the document that it is given.
SCHEMAS: dict[str, Any] = {
    name: schemathesis.openapi.from_dict(deepcopy(app.openapi()), config=schemathesis.Config.from_dict(_CONFIG))
    for name, (_, app) in load_apps().items()
}
_NAMED = {(one.service, one.method, one.path): one for one in OPERATIONS}


def same_each_time(examples: int) -> settings:
    """So many examples, and always these."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # an example that fails tells enough; smaller ones cost minutes
        suppress_health_check=list(HealthCheck),
    )


def operation_of(service: str, case: Any) -> Operation:
    """The operation that a request is for."""
    return _NAMED[service, case.operation.method.upper(), case.operation.path]


@dataclass(frozen=True)
class Caller:
    """Sends what schemathesis made."""

    bank: Bank
    loop: asyncio.AbstractEventLoop

    def send(self, service: str, case: Any, token: str | None) -> httpx.Response:
        """The answer; `token` in place of whatever was made up for one."""
        made = case.as_transport_kwargs(base_url=f"http://{service}")
        made["content"] = made.pop("data", None)
        del made["cookies"]  # no operation takes one
        made["headers"] = {name: value for name, value in made["headers"].items() if name.lower() != "authorization"}
        if token:
            made["headers"]["Authorization"] = f"Bearer {token}"
        sending = self.bank.clients[service].request(**made)
        return asyncio.run_coroutine_threadsafe(sending, self.loop).result(ANSWER_SECONDS_MAX)

    def allowed(self, operation: Operation) -> str:
        """A token with every role that may call it."""
        return self.bank.issuer.token(*self.bank.engines[operation.service].access[operation.name])


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
