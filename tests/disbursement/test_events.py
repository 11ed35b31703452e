"""Every shape of event ever stored stays readable: the golden files are never edited, only added to."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.disbursement.domain.facility import facility
from shared.messages import Event

GOLDEN = Path(__file__).parent.parent / "golden" / "disbursement"
EVENTS = {event.__name__: event for event in facility.events}


def test_every_event_has_a_golden_file_and_every_file_an_event() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_the_stored_shape_is_read_and_written_unchanged(event: type[Event]) -> None:
    samples: list[dict[str, Any]] = json.loads((GOLDEN / f"{event.__name__}.json").read_text(encoding="utf-8"))
    assert samples[-1]["schema_v"] == len(event.upcasters) + 1, "the newest shape has no sample"
    for sample in samples:
        data = sample["data"]
        for upcast in event.upcasters[sample["schema_v"] - 1 :]:
            data = upcast(data)
        assert event.model_validate_json(json.dumps(data)).model_dump(mode="json") == data


def test_persons_and_accounts_stand_only_in_personal_fields() -> None:
    samples = [json.loads(file.read_text(encoding="utf-8")) for file in GOLDEN.glob("*.json")]
    assert any("$personal" in _places(sample) for sample in samples)
    for sample in samples:
        assert not {"name", "account", "borrower_account"} & _places(sample)


def _places(node: Any) -> set[str]:
    """The names of fields that hold plain text; `$personal` for one that is encrypted at rest."""
    if isinstance(node, list):
        return set().union(*map(_places, node))
    if not isinstance(node, dict):
        return set()
    if set(node) == {"subject_id", "value"}:
        return {"$personal"}
    plain = {name for name, value in node.items() if isinstance(value, str)}
    return plain.union(*map(_places, node.values()))
