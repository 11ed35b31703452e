"""Every shape that was ever stored can still be read, and what is stored today is on file.

The golden files are never edited, only added to: `test_tidy` asks for one per event and a sample per version.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from services.operations.deployment import load_services
from shared.messages import Event
from shared.service import Service

GOLDEN = Path(__file__).parent / "golden"
SERVICES = load_services()
STORED = [
    pytest.param(GOLDEN / service.name / f"{event.__name__}.json", event, id=f"{service.name}-{event.__name__}")
    for service in SERVICES
    for event in service.events
]


@pytest.mark.parametrize(("file", "event"), STORED)
def test_stored_events_are_read_and_today_they_are_stored_the_same(file: Path, event: type[Event]) -> None:
    samples: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    assert samples, "a golden file holds at least one sample"
    assert samples[-1]["schema_v"] == len(event.upcasters) + 1, "the newest shape has no sample"
    for sample in samples:
        data = sample["data"]
        for upcast in event.upcasters[sample["schema_v"] - 1 :]:
            data = upcast(data)
        assert event.model_validate_json(json.dumps(data)).model_dump(mode="json") == data


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_no_golden_file_is_left_without_its_event(service: Service) -> None:
    files = {file.stem for file in (GOLDEN / service.name).glob("*.json")}
    assert files == {event.__name__ for event in service.events}
