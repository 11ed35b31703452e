"""Where the bank runs: the five services, and the URLs of what is around them, in each of the ways to run it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.service import Service  # with all of FastAPI behind it, which most commands never need

SERVICES = ("application", "risk", "disbursement", "repayment", "collection")
"""The five, in the order in which a loan meets them."""

CATEGORIES = {
    "application": ("borrower", "loan_application"),
    "risk": (
        "credit_assessment",
        "debtor",
        "final_decision",
        "inspection_plan",
        "loan_classification",
        "loss_measurement",
        "model_alias",
        "shadow_score",
        "undrawn_limit",
    ),
    "disbursement": ("facility",),
    "repayment": (
        "accounting_period",
        "accrual_batch",
        "business_date",
        "commitment",
        "core_receipt",
        "expected_loss",
        "export",
        "loan_account",
        "lpr_table",
        "receipt_file",
        "statement",
    ),
    "collection": ("collection_case", "contact_log"),
}
"""The streams of each service begin with these: known here, because to load the five takes seconds."""

PORT, CORE_BANKING_PORT, CREDIT_SOURCES_PORT = 8000, 8006, 8009
_COMPOSE_PORTS = {**dict(zip(SERVICES, range(8001, 8006), strict=True)), "issuer": 8007, "sandbox": 8008}


def default_home() -> Path:
    """`LIUDAI_HOME`, else /var/lib/liudai as root (not below /root, where the server's user cannot go)."""
    if configured := os.environ.get("LIUDAI_HOME"):
        return Path(configured)
    return Path("/var/lib/liudai") if os.geteuid() == 0 else Path.home() / ".local/share/liudai"


def load_services() -> "tuple[Service, ...]":
    """The five services' declarations."""
    return tuple(import_module(f"services.{name}.main").service for name in SERVICES)


@dataclass(frozen=True)
class Deployment:
    """The URLs of a running bank. `told_by` says how it was found; empty where its ports are only a guess."""

    kind: str
    services: Mapping[str, str]
    issuer: str
    sandbox: str
    core_banking: str
    told_by: str = ""


@dataclass(frozen=True)
class Running:
    """What `liudai up` started: the supervisor's process and where it serves."""

    supervisor: int
    started_at: float
    url: str
    core_banking: str
    children: Mapping[str, int]
    credit_sources: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether that very process still lives; its number may have been given to another."""
        import psutil  # noqa: PLC0415  (as long to load as it takes to answer)

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
        return Running(**json.loads(state_file(home).read_bytes()))
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
    is_named = any(f"LIUDAI_{name.upper()}_URL" in environment for name in SERVICES)
    return replace(
        found,
        services={name: url.rstrip("/") for name, url in named.items()},
        issuer=environment.get("LIUDAI_ISSUER_URL", found.issuer).rstrip("/"),
        sandbox=environment.get("LIUDAI_SANDBOX_URL", found.sandbox).rstrip("/"),
        core_banking=environment.get("LIUDAI_CORE_BANKING_URL", found.core_banking).rstrip("/"),
        told_by="LIUDAI_<SERVICE>_URL" if is_named else found.told_by,
    )


def _found(environment: Mapping[str, str]) -> Deployment:
    core_banking = f"http://127.0.0.1:{environment.get('LIUDAI_CORE_BANKING_PORT', CORE_BANKING_PORT)}"
    if url := environment.get("LIUDAI_URL"):
        return replace(all_in_one(url, core_banking), told_by="LIUDAI_URL")
    if (started := running(default_home())) is not None and started.is_alive:
        return replace(all_in_one(started.url, started.core_banking), told_by=f"started here, {default_home()}")
    at = {name: f"http://127.0.0.1:{port}" for name, port in _COMPOSE_PORTS.items()}
    services = {name: at[name] for name in SERVICES}
    return Deployment("compose", services, at["issuer"], f"{at['sandbox']}/sandbox", core_banking)
