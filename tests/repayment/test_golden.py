"""Every shape that was ever stored can be read, and is written again as it was."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from services.repayment.domain.events import BusinessDateEvent, InterestAccrued, LoanAccountEvent

GOLDEN = Path(__file__).parents[1] / "golden" / "repayment"
EVENTS: tuple[Any, ...] = (*get_args(LoanAccountEvent), *get_args(BusinessDateEvent), InterestAccrued)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_stored_samples_are_read_and_written_as_they_are(event: Any) -> None:
    samples = json.loads((GOLDEN / f"{event.__name__}.json").read_text(encoding="utf-8"))
    for sample in samples:
        data = sample["data"]
        for upcast in event.upcasters[sample["schema_v"] - 1 :]:
            data = upcast(data)
        assert event.model_validate_json(json.dumps(data)).model_dump(mode="json") == data


def test_no_stored_shape_is_forgotten() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {event.__name__ for event in EVENTS}
