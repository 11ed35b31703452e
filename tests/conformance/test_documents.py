"""The published documents are those of the code: OpenAPI, JSON Schemas, AsyncAPI."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from services.operations.documents import DOCS, documents, load_apps, schema, unannounced, unheard
from shared.http import RequestBody

APPS = load_apps()
SERVICES = [service for service, _ in APPS.values()]


def test_the_documents_under_docs_are_those_of_the_code() -> None:
    current = {DOCS / path: text for path, text in documents(APPS)}
    stored = {
        path: path.read_text(encoding="utf-8")
        for folder in ("openapi", "contracts")
        for path in (DOCS / folder).glob("*.json")
    }
    assert set(stored) == set(current), "run `make docs`"
    changed = [path.name for path, text in current.items() if stored[path] != text]
    assert not changed, "run `make docs` and review what changed for partners"


def test_every_announcement_is_heard_and_everything_heard_is_announced() -> None:
    assert unannounced(SERVICES) == set()
    assert unheard(SERVICES) == set()


def test_no_announcement_says_who_a_person_is() -> None:
    telling = {"name", "phone", "resident_id", "address", "identity_number", "value", "account_number"}
    for service in SERVICES:
        for announced in service.announces:
            properties = json.dumps(schema(announced))
            assert "Personal" not in properties, announced
            fields = set(announced.model_fields)
            assert not fields & telling, announced


def test_every_schema_is_one_and_asyncapi_refers_only_to_what_it_holds() -> None:
    for path in (DOCS / "contracts").glob("*.v*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
    document = json.loads((DOCS / "contracts" / "asyncapi.json").read_text(encoding="utf-8"))
    assert document["asyncapi"] == "3.0.0"

    def references(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {str(node["$ref"])} if "$ref" in node else set()
            return own.union(*(references(one) for one in node.values()))
        if isinstance(node, list):
            return set().union(*(references(one) for one in node))
        return set()

    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def dated_fields() -> Iterator[tuple[type[RequestBody], str]]:
    """Every field of every request body that takes a date, or dates."""
    waiting = [RequestBody]
    while waiting:
        body = waiting.pop()
        waiting += body.__subclasses__()
        for name, said in body.model_json_schema().get("properties", {}).items():
            if '"format": "date' in json.dumps(said):
                yield body, name


def test_no_body_takes_a_number_for_a_date() -> None:
    """Pydantic would read seconds since 1970."""
    fields = list(dated_fields())
    assert len(fields) > 40
    for body, name in fields:
        for number in (0, "0", 86400, "86400", ["86400"]):
            with pytest.raises(ValidationError) as refused:
                body.model_validate({name: number})
            assert name in {error["loc"][0] for error in refused.value.errors()}, (body, name, number)
