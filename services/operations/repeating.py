"""Stored answers asked for again: the same key must bring the same bytes.

Requests are not stored, only their hashes. So a request is made up from what the answer says, and where the hash
of a made-up request is the stored one, it is that request: actions without a body, whose path the answer's ids
complete. It is sent again in the name of whoever sent it, which changes nothing, or the check has found something.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from services.operations.bank_client import BankClient
from services.operations.demo_people import demo_holders

SAMPLE = 20
_BODIES = (b"{}", b"")


def repeat_answers(client: BankClient, service: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[str | None]:
    """For up to `SAMPLE` answers: None where the same bytes came again, else what came."""
    people, done = demo_holders().people, 0
    with httpx.Client(timeout=30) as http:
        templates = _paths_of_actions(http, client.url(service, "/openapi.json"))
        for row in rows:
            if done == SAMPLE:
                return
            if row["client"] not in people or row["operation"] not in templates:
                continue
            request = _request_of(client, service, templates[row["operation"]], row)
            if request is not None:
                done += 1
                yield _repeated(http, client, service, request, row)


def _paths_of_actions(http: httpx.Client, document_url: str) -> dict[str, str]:
    """The path template of every POST, by operation."""
    document = http.get(document_url).raise_for_status().json()
    return {methods["post"]["operationId"]: path for path, methods in document["paths"].items() if "post" in methods}


def _request_of(client: BankClient, service: str, template: str, row: Mapping[str, Any]) -> tuple[str, bytes] | None:
    """Path and body of the request that has the stored hash, if it can be made up."""
    try:
        answer = orjson.loads(bytes(row["body"]))
        path = template.format(**answer)
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return None
    prefix = urlsplit(client.deployment.services[service]).path
    for mounted, body in product({prefix + path, path}, _BODIES):
        hashed = sha256(f"{row['client']}\n{mounted}?\n".encode() + body).digest()
        if hashed == bytes(row["request_hash"]):
            return path, body
    return None


def _repeated(
    http: httpx.Client, client: BankClient, service: str, request: tuple[str, bytes], row: Mapping[str, Any]
) -> str | None:
    path, body = request
    headers = {**client.headers(row["client"]), "Idempotency-Key": row["key"], "Content-Type": "application/json"}
    answer = http.post(client.url(service, path), content=body, headers=headers)
    same = answer.status_code == row["status"] and answer.content == bytes(row["body"])
    if same and answer.headers.get("idempotent-replayed") == "true":
        return None
    return (
        f"{service}: {row['client']} {row['operation']} {row['key']} now answers {answer.status_code}, other than then"
    )
