"""What a service's OpenAPI document says beyond what FastAPI knows: who may call, what a refusal looks like, keys."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from shared.money import Money

PROBLEM_JSON = "application/problem+json"
_OF_ACTS = {"idempotency-key", "if-match", "dry_run"}
_KEYS = {"get": "none", "post": "required"}


def complete_document(app: FastAPI, service: str, access: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Complete `app`'s document; the query parameters of every operation.

    A GET acts on nothing and a POST needs its key, unless `x-key` says "none" or "optional" of the route.

    RuntimeError for an operation without a row in the access matrix, or a row without an operation.
    """
    queries = {}
    app.openapi_schema = json.loads(json.dumps(app.openapi()), object_hook=_money_as_text)
    for path in app.openapi()["paths"].values():
        for method, operation in path.items():
            name, key = operation["operationId"], operation.pop("x-key", _KEYS.get(method, "optional"))
            parameters, responses = operation.setdefault("parameters", []), operation["responses"]
            if key == "none":
                parameters[:] = [one for one in parameters if one["name"] not in _OF_ACTS]
            if "requestBody" not in operation:
                del responses["413"], responses["415"]
            queries[name] = frozenset(one["name"] for one in parameters if one["in"] == "query")
            operation["x-roles"] = sorted(access.get(name, ()))
            operation["description"] += f"\n\nRoles: {', '.join(operation['x-roles'])}."
            for parameter in parameters:
                if parameter["name"] == "idempotency-key":
                    parameter["required"] = key == "required"
            if "201" in responses and "dry_run" in queries[name]:
                responses["200"] = responses["201"] | {"description": "A trial (dry_run): what would be done"}
            for status, answer in responses.items():
                if status >= "400" and (shape := answer["content"].pop("application/json", None)):
                    answer["content"][PROBLEM_JSON] = shape
    if queries.keys() != access.keys():
        raise RuntimeError(
            f"services/{service}/access.yaml: without a rule {sorted(queries.keys() - access.keys())},"
            f" without an operation {sorted(access.keys() - queries.keys())}"
        )
    return queries


def _money_as_text(found: dict[str, Any]) -> dict[str, Any]:
    """Pydantic shows a default as it is stored, also where it is read as text."""
    is_stored = found.keys() == {"currency", "minor"} and isinstance(found["minor"], int)
    return {"amount": str(Money(**found).amount), "currency": found["currency"]} if is_stored else found
