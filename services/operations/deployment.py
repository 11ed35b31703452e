"""Where the bank runs: the five services, and the URLs of what is around them, in each of the ways to run it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import psutil

from services.operations.embedded_postgres import default_home

if TYPE_CHECKING:
    from shared.service import Service  # with all of FastAPI behind it, which most commands never need

SERVICES = ("application", "risk", "disbursement", "repayment", "collection")
"""The five, in the order in which a loan meets them."""

PORT, CORE_BANKING_PORT = 8000, 8006
_COMPOSE_PORTS = {**dict(zip(SERVICES, range(8001, 8006), strict=True)), "issuer": 8007, "sandbox": 8008}


def load_services() -> "tuple[Service, ...]":
    """The five services' declarations."""
    return tuple(import_module(f"services.{name}.main").service for name in SERVICES)


@dataclass(frozen=True)
class Deployment:
    """The URLs of a running bank. `kind` says how it was found."""

    kind: str
    services: Mapping[str, str]
    issuer: str
    sandbox: str
    core_banking: str


@dataclass(frozen=True)
class Running:
    """What `liudai up` started: the supervisor's process and where it serves."""

    supervisor: int
    started_at: float
    url: str
    core_banking: str
    children: Mapping[str, int]

    @property
    def is_alive(self) -> bool:
        """Whether that very process still lives; its number may have been given to another."""
        try:
            return abs(psutil.Process(self.supervisor).create_time() - self.started_at) < 1
        except psutil.Error:
            return False


def state_file(home: Path) -> Path:
    """Where the supervisor writes what it runs."""
    return home / "running.json"


def running(home: Path) -> Running | None:
    """What was last started from `home`, whether or not it still lives."""
    try:
        return Running(**orjson.loads(state_file(home).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def all_in_one(url: str, core_banking: str) -> Deployment:
    """Everything under one server, as `make up` runs it."""
    url = url.rstrip("/")
    services = {name: f"{url}/{name}" for name in SERVICES}
    return Deployment("all-in-one", services, f"{url}/issuer", f"{url}/sandbox", core_banking)


def find(environment: Mapping[str, str] = os.environ) -> Deployment:
    """Where to call: what the environment names, else what `liudai up` started here, else compose's ports.

    LIUDAI_URL names an all-in-one; LIUDAI_<SERVICE>_URL, LIUDAI_ISSUER_URL, LIUDAI_SANDBOX_URL and
    LIUDAI_CORE_BANKING_URL name one thing each and go before everything else.
    """
    found = _found(environment)
    named = {name: environment.get(f"LIUDAI_{name.upper()}_URL", url) for name, url in found.services.items()}
    return Deployment(
        kind=found.kind,
        services={name: url.rstrip("/") for name, url in named.items()},
        issuer=environment.get("LIUDAI_ISSUER_URL", found.issuer).rstrip("/"),
        sandbox=environment.get("LIUDAI_SANDBOX_URL", found.sandbox).rstrip("/"),
        core_banking=environment.get("LIUDAI_CORE_BANKING_URL", found.core_banking).rstrip("/"),
    )


def _found(environment: Mapping[str, str]) -> Deployment:
    core_banking = f"http://127.0.0.1:{environment.get('LIUDAI_CORE_BANKING_PORT', CORE_BANKING_PORT)}"
    if url := environment.get("LIUDAI_URL"):
        return all_in_one(url, core_banking)
    if (started := running(default_home())) is not None and started.is_alive:
        return all_in_one(started.url, started.core_banking)
    at = {name: f"http://127.0.0.1:{port}" for name, port in _COMPOSE_PORTS.items()}
    services = {name: at[name] for name in SERVICES}
    return Deployment("compose", services, at["issuer"], f"{at['sandbox']}/sandbox", core_banking)
