"""A client whose network is bad: whatever it asks for goes without a key, as a trial, in earnest, and once more."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from services.operations.bank_client import BankClient
from tests.conformance.operations import OPERATIONS

NOT_FOUND, BAD_REQUEST = 404, 400
ACTING = {
    (one.service, one.name): one
    for one in OPERATIONS
    if one.method == "POST" and one.takes_key and "dry_run" in one.query_parameters
}
"""What writes facts under a key; a question that is a POST because of its body takes none."""


class StutteringClient(BankClient):
    """Compares what each repetition is answered; `said` holds the operations that were asked and not refused."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(environment=environment)
        self.said: set[tuple[str, str]] = set()

    def try_post(
        self, service: str, path: str, body: Mapping[str, Any] | None = None, *, as_: str = "operator", key: str = ""
    ) -> httpx.Response:
        """The whole answer to a POST, after all that must not make a difference."""
        key = key or str(uuid4())
        operation = _operation(service, path)
        if operation is None:
            return super().try_post(service, path, body, as_=as_, key=key)
        keyless = self._send("POST", self.url(service, path), headers=self.headers(as_), json=dict(body or {}))
        trial = super().try_post(service, f"{path}?dry_run=true", body, as_=as_, key=key)
        answer = super().try_post(service, path, body, as_=as_, key=key)
        again = super().try_post(service, path, body, as_=as_, key=key)
        if answer.is_success:
            self.said.add(operation)
            assert keyless.status_code == BAD_REQUEST, f"{path} without a key: {keyless.text}"
            assert keyless.json()["type"] == "urn:liudai:problem:idempotency-key-required"
            assert trial.headers.get("dry-run") == "true", f"{path} as a trial: {trial.status_code} {trial.text}"
            assert "idempotent-replayed" not in answer.headers, f"{path} was acted on by a trial"
            assert again.headers.get("idempotent-replayed") == "true", f"{path} was done twice"
            assert (again.status_code, again.content) == (answer.status_code, answer.content)
            assert again.headers.get("etag") == answer.headers.get("etag")
            assert again.headers.get("location") == answer.headers.get("location")
        else:
            assert (trial.status_code, again.status_code) == (answer.status_code, answer.status_code)
        return answer


def _operation(service: str, path: str) -> tuple[str, str] | None:
    parts = path.split("/")
    for (of, name), one in ACTING.items():
        shape = one.path.split("/")
        same = len(shape) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(shape, parts, strict=True))
        if of == service and same:
            return of, name
    return None
