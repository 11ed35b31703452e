"""The bank as its clients see it: the public APIs of the five services, with a token of whoever acts."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from services.operations.demo_people import demo_holders
from services.operations.deployment import Deployment, default_home, find
from services.operations.terminal import Exit, Failure

OPERATOR = "operator"
TIMEOUT_SECONDS = 30.0
RETRIES, RETRY_SECONDS = 5, 0.3
_COME_BACK = frozenset({429, 502, 503, 504})
_Json = Any


class Refused(Failure):
    """A service said no; `problem` is its answer."""

    def __init__(self, answer: httpx.Response) -> None:
        try:
            problem = answer.json()
        except ValueError:
            problem = {"detail": answer.text[:300]}
        said = problem.get("detail", problem) if isinstance(problem, dict) else problem
        fields = problem.get("errors", []) if isinstance(problem, dict) else []
        named = "".join(f"\n  {one['field']}: {one['detail']}" for one in fields)
        place = f"{answer.request.method} {answer.request.url.path}"
        super().__init__(Exit.WRONG, f"{place} → {answer.status_code}: {said}{named}")
        self.status, self.problem = answer.status_code, problem


class BankClient:
    """Calls the services; `as_` says in whose name. Every POST carries a key of its own, and is retried under it."""

    def __init__(self, deployment: Deployment | None = None, environment: Mapping[str, str] = os.environ) -> None:
        self.deployment = deployment or find(environment)
        # To read the certificates of the world takes longer than an answer, and a bank on this machine has none.
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, verify=_is_encrypted(self.deployment))
        self._given = environment.get("LIUDAI_TOKEN")
        self._password = environment.get("LIUDAI_PASSWORD") or demo_holders().password
        self._tokens: dict[str, tuple[float, str]] = {}

    def require(self) -> None:
        """Failure with what to do where no bank answers."""
        self._send("GET", self.url("application", "/health/live"))

    def close(self) -> None:
        self._http.close()

    def token(self, login: str) -> str:
        """A token for a demo login (or client), asked for once and kept until shortly before it ends.

        The operator's may come from LIUDAI_TOKEN instead, where a bank has an issuer of its own.
        """
        if self._given and login == OPERATOR:
            return self._given
        known = self._tokens.get(login)
        if known and known[0] > time.monotonic():
            return known[1]
        if login in demo_holders().clients:
            asked = {"grant_type": "client_credentials", "client_id": login, "client_secret": self._password}
        else:
            asked = {"grant_type": "password", "username": login, "password": self._password}
        answer = self._send("POST", f"{self.deployment.issuer}/token", data=asked)
        if answer.is_error:
            raise Failure(Exit.WRONG, f"no token for {login}: {answer.json().get('error_description', answer.text)}")
        granted = answer.json()
        self._tokens[login] = (time.monotonic() + granted["expires_in"] - 60, granted["access_token"])
        return str(granted["access_token"])

    def headers(self, login: str) -> dict[str, str]:
        """The Authorization header of a login."""
        return {"Authorization": f"Bearer {self.token(login)}"}

    def url(self, service: str, path: str) -> str:
        """The full URL of a path of a service."""
        return f"{self.deployment.services[service]}{path}"

    def get(self, service: str, path: str, as_: str = OPERATOR, **query: Any) -> _Json:
        """What a GET answers; Refused for a problem."""
        return _said(self.try_get(service, path, as_, **query))

    def try_get(self, service: str, path: str, as_: str = OPERATOR, **query: Any) -> httpx.Response:
        """The whole answer to a GET, whatever its status."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", self.url(service, path), headers=self.headers(as_), params=given)

    def post(
        self, service: str, path: str, body: Mapping[str, Any] | None = None, *, as_: str = OPERATOR, key: str = ""
    ) -> _Json:
        """What a POST answers, under a new Idempotency-Key unless one is given; Refused for a problem."""
        return _said(self.try_post(service, path, body, as_=as_, key=key))

    def try_post(
        self, service: str, path: str, body: Mapping[str, Any] | None = None, *, as_: str = OPERATOR, key: str = ""
    ) -> httpx.Response:
        """The whole answer to a POST, whatever its status."""
        headers = {**self.headers(as_), "Idempotency-Key": key or str(uuid4())}
        return self._send("POST", self.url(service, path), headers=headers, json=dict(body or {}))

    def every(self, service: str, path: str, as_: str = OPERATOR, **query: Any) -> Iterator[_Json]:
        """Every item of a list, page by page."""
        after: str | None = None
        while True:
            page = self.get(service, path, as_, limit=200, after=after, **query)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def stream(self, url: str, body: Mapping[str, Any], as_: str = OPERATOR) -> Iterator[_Json]:
        """The lines of an answer in NDJSON, as they come."""
        headers = {**self.headers(as_), "Accept": "application/x-ndjson"}
        try:
            with self._http.stream("POST", url, headers=headers, json=dict(body), timeout=None) as answer:
                if answer.is_error:
                    answer.read()
                    raise Refused(answer)
                for line in answer.iter_lines():
                    step = httpx.Response(200, text=line).json()
                    if "status" in step and "type" in step:
                        raise Failure(Exit.WRONG, f"{step['status']}: {step.get('detail', step)}")
                    yield step
        except httpx.HTTPError as error:
            raise Failure(Exit.AWAY, f"{url} does not answer: {error}") from error

    def download(self, url: str, target: Path, tell: Callable[[int, int], None], as_: str = OPERATOR) -> int:
        """Write what a GET answers to `target`, telling bytes done and in all (0: not told). How many there were."""
        done, part = 0, target.with_name(f"{target.name}.part")
        try:
            with self._http.stream("GET", url, headers=self.headers(as_), timeout=None) as answer:
                if answer.is_error:
                    answer.read()
                    raise Refused(answer)
                total = int(answer.headers.get("content-length", 0))
                with part.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
                        done += len(chunk)
                        tell(done, total)
            part.rename(target)
        except httpx.HTTPError as error:
            raise Failure(Exit.AWAY, f"{url} does not answer: {error}") from error
        finally:
            part.unlink(missing_ok=True)
        return done

    def _send(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Send, and again while the service asks to come back: each request is harmless when repeated."""
        for attempt in range(RETRIES + 1):
            try:
                answer = self._http.request(method, url, **request)
            except httpx.ConnectError as error:
                raise Failure(Exit.AWAY, _nothing_answers(self.deployment, url)) from error
            except httpx.HTTPError as error:
                if attempt == RETRIES:
                    raise Failure(Exit.AWAY, f"{url}: {type(error).__name__} {error}") from error
            else:
                busy = answer.status_code == httpx.codes.CONFLICT and "retry-after" in answer.headers
                if not busy and answer.status_code not in _COME_BACK:
                    return answer
                if attempt == RETRIES:
                    return answer
            time.sleep(RETRY_SECONDS * 2**attempt)
        raise AssertionError("unreachable")


def _is_encrypted(bank: Deployment) -> bool:
    return any(url.startswith("https:") for url in (*bank.services.values(), bank.issuer, bank.sandbox))


def _nothing_answers(bank: Deployment, url: str) -> str:
    """What to do when there is no bank: by how its place was found."""
    if bank.told_by:
        return (
            f"nothing answers at {url} ({bank.told_by}): `liudai status` when it is back, `liudai up` starts one here"
        )
    return (
        f"no bank: none runs in {default_home()}, and nothing answers at docker compose's ports ({url}).\n"
        "  Start one here: liudai up (or `make up`)\n"
        "  or in containers: docker compose up --build --wait\n"
        "  or name one: LIUDAI_URL=http://host:port"
    )


def _said(answer: httpx.Response) -> _Json:
    if answer.is_error:
        raise Refused(answer)
    return answer.json() if answer.content else None
