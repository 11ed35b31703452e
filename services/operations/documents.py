"""The documents that partners build on: OpenAPI per service, JSON Schema per announcement, AsyncAPI for all.

`python -m services.operations.documents` writes them under docs/; a test compares them with the code.
"""

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.operations.deployment import SERVICES
from shared.bus import BUCKETS, topic
from shared.business_date import PRODUCER as BUSINESS_DATE_PRODUCER
from shared.business_date import TOPIC as BUSINESS_DATE_TOPIC
from shared.messages import IntegrationEvent
from shared.service import Service

DOCS = Path(__file__).parents[2] / "docs"
_ENVELOPE = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "format": "uuid", "description": "The fact's id: handle each id once"},
    "source": {"type": "string"},
    "type": {"type": "string"},
    "subject": {"type": "string", "description": "The stream; order holds per subject"},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"const": "application/json"},
    "streamversion": {"type": "integer", "minimum": 1},
    "actor": {"type": "string"},
    "client": {"type": "string"},
    "legalentity": {"type": "string"},
    "branch": {"type": "string"},
    "businessdate": {"type": "string", "format": "date"},
    "correlationid": {"type": "string", "format": "uuid"},
    "traceparent": {"type": "string"},
}


def load_apps() -> dict[str, tuple[Service, FastAPI]]:
    """The five services with their apps."""
    modules = {name: import_module(f"services.{name}.main") for name in SERVICES}
    return {name: (module.service, module.app) for name, module in modules.items()}


def written(document: Any) -> str:
    """The one way a document is written, so that a comparison is a comparison of text."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def documents(apps: dict[str, tuple[Service, FastAPI]]) -> Iterator[tuple[Path, str]]:
    """Every document as (path below docs/, text)."""
    services = [service for service, _ in apps.values()]
    for name, (_, app) in sorted(apps.items()):
        yield Path("openapi") / f"{name}.json", written(app.openapi())
    for announced in _announced(services):
        yield Path("contracts") / f"{announced.__name__}.v{announced.version}.json", written(schema(announced))
    yield Path("contracts") / "asyncapi.json", written(asyncapi(services))


def schema(announced: type[IntegrationEvent]) -> dict[str, Any]:
    """The JSON Schema of an announcement's data."""
    return announced.model_json_schema(mode="serialization")


def asyncapi(services: Iterable[Service]) -> dict[str, Any]:
    """One AsyncAPI 3.0 document: who sends what on which routing key, and who receives it."""
    services = list(services)
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for announced in _announced(services):
        name, key = topic(announced), f"{announced.producer}.{topic(announced)}"
        one = schema(announced)
        schemas |= one.pop("$defs", {})
        schemas[announced.__name__] = one
        messages[key] = {
            "name": name,
            "title": announced.__name__,
            "summary": (announced.__doc__ or "").strip(),
            "contentType": "application/cloudevents+json",
            "payload": {
                "type": "object",
                "required": [*(field for field in _ENVELOPE if field != "traceparent"), "data"],
                "properties": {**_ENVELOPE, "data": {"$ref": f"#/components/schemas/{announced.__name__}"}},
            },
        }
        channels[key] = {
            "address": f"{name}.{{bucket}}",
            "parameters": {"bucket": {"description": f"crc32(subject) % {BUCKETS}, two digits"}},
            "messages": {name.replace(".", "_"): {"$ref": f"#/components/messages/{key}"}},
            "bindings": {
                "amqp": {"is": "routingKey", "exchange": {"name": f"{announced.producer}.events", "type": "topic"}}
            },
        }
        operations[f"{announced.producer}_sends_{name}"] = _operation("send", key)
        for subscriber in services:
            if any(i.producer == announced.producer and name in i.topics for i in subscriber.interests):
                operations[f"{subscriber.name}_hears_{name}"] = _operation("receive", key)
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "liudai events", "version": "1"},
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }
    moved: dict[str, Any] = json.loads(json.dumps(document).replace("#/$defs/", "#/components/schemas/"))
    return moved


def unheard(services: Iterable[Service]) -> set[str]:
    """Announcements that no service hears; each needs a reason to exist."""
    services = list(services)
    heard = {(i.producer, one) for service in services for i in service.interests for one in i.topics}
    return {one.__name__ for one in _announced(services) if (one.producer, topic(one)) not in heard}


def unannounced(services: Iterable[Service]) -> set[str]:
    """Topics that a service waits for and nobody announces."""
    services = list(services)
    announced = {(one.producer, topic(one)) for one in _announced(services)}
    announced.add((BUSINESS_DATE_PRODUCER, BUSINESS_DATE_TOPIC))
    return {
        f"{service.name} hears {i.producer}.{one}"
        for service in services
        for i in service.interests
        for one in i.topics
        if (i.producer, one) not in announced
    }


def _announced(services: Iterable[Service]) -> list[type[IntegrationEvent]]:
    found = {one for service in services for one in service.announces}
    return sorted(found, key=lambda one: (one.producer, one.__name__))


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def main() -> None:
    """Write the documents, and remove those that are no longer."""
    kept = set()
    for path, text in documents(load_apps()):
        kept.add(DOCS / path)
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")
    for folder in ("openapi", "contracts"):
        for stale in set((DOCS / folder).glob("*.json")) - kept:
            stale.unlink()


if __name__ == "__main__":
    main()
