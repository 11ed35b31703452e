"""What a service's OpenAPI document says beyond what FastAPI knows: who may call, what a refusal looks like, keys."""

from collections.abc import Mapping

from fastapi import FastAPI

PROBLEM_JSON = "application/problem+json"


def complete_document(app: FastAPI, service: str, access: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Complete `app`'s document; the query parameters of every operation.

    RuntimeError for an operation without a row in the access matrix, or a row without an operation.
    """
    queries = {}
    for path in app.openapi()["paths"].values():
        for method, operation in path.items():
            name, parameters = operation["operationId"], operation.get("parameters", [])
            queries[name] = frozenset(one["name"] for one in parameters if one["in"] == "query")
            operation["x-roles"] = sorted(access.get(name, ()))
            operation["description"] += f"\n\nRoles: {', '.join(operation['x-roles'])}."
            for parameter in parameters:
                if parameter["name"] == "idempotency-key":
                    parameter["required"] = method == "post"
            for status, answer in operation["responses"].items():
                if status >= "400" and (shape := answer["content"].pop("application/json", None)):
                    answer["content"][PROBLEM_JSON] = shape
    if queries.keys() != access.keys():
        raise RuntimeError(
            f"services/{service}/access.yaml: without a rule {sorted(queries.keys() - access.keys())},"
            f" without an operation {sorted(access.keys() - queries.keys())}"
        )
    return queries
