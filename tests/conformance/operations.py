"""Every operation of the five OpenAPI documents, as the conformance suite calls it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.operations.deployment import SERVICES
from services.operations.documents import load_apps

NOBODY = UUID("00000000-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Operation:
    """One operation; `url` has an id that names nothing in each of its parameters."""

    service: str
    method: str
    path: str
    name: str
    document: Any

    @property
    def url(self) -> str:
        needed = [p["name"] for p in self.document.get("parameters", []) if p["in"] == "query" and p["required"]]
        query = "&".join(f"{name}={NOBODY}" for name in needed)
        return self.with_ids(str(NOBODY)) + (f"?{query}" if query else "")

    def with_ids(self, value: str) -> str:
        url = self.path
        for parameter in self.path_parameters:
            url = url.replace(f"{{{parameter}}}", value)
        return url

    @property
    def path_parameters(self) -> list[str]:
        return [p["name"] for p in self.document.get("parameters", []) if p["in"] == "path"]

    @property
    def uuid_parameters(self) -> list[str]:
        parameters = self.document.get("parameters", [])
        return [p["name"] for p in parameters if p["in"] == "path" and p["schema"].get("format") == "uuid"]

    @property
    def query_parameters(self) -> set[str]:
        return {p["name"] for p in self.document.get("parameters", []) if p["in"] == "query"}

    @property
    def date_parameters(self) -> set[str]:
        asked = [p for p in self.document.get("parameters", []) if p["in"] == "query"]
        return {p["name"] for p in asked if '"format": "date' in json.dumps(p["schema"])}

    @property
    def has_body(self) -> bool:
        """Whether it takes JSON; a file is read by rules of its own."""
        return "application/json" in self.document.get("requestBody", {}).get("content", {})

    @property
    def takes_key(self) -> bool:
        return any(p["name"].lower() == "idempotency-key" for p in self.document.get("parameters", []))

    def __str__(self) -> str:
        return f"{self.service}.{self.name}"


def _all() -> list[Operation]:
    found = []
    for name, (_, app) in load_apps().items():
        for path, methods in app.openapi()["paths"].items():
            for method, document in methods.items():
                found.append(Operation(name, method.upper(), path, document["operationId"], document))
    return sorted(found, key=lambda one: (SERVICES.index(one.service), one.path, one.method))


OPERATIONS = _all()
