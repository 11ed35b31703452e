"""Every shape that risk ever stored can still be read, and what is stored today is on file."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.risk.domain.credit_assessment import credit_assessment
from services.risk.domain.loan_classification import loan_classification
from shared.messages import Event

EVENTS = (*credit_assessment.events, *loan_classification.events)
GOLDEN = Path(__file__).parents[1] / "golden" / "risk"


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_stored_events_are_read_and_today_they_are_stored_the_same(kind: type[Event]) -> None:
    samples: list[dict[str, Any]] = json.loads((GOLDEN / f"{kind.__name__}.json").read_text(encoding="utf-8"))
    assert samples, "a golden file holds at least one sample"
    for sample in samples:
        data = sample["data"]
        for upcast in kind.upcasters[sample["schema_v"] - 1 :]:
            data = upcast(data)
        event = kind.model_validate_json(json.dumps(data))
        assert event.model_dump(mode="json") == data


def test_no_golden_file_is_left_without_its_event() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == {kind.__name__ for kind in EVENTS}
