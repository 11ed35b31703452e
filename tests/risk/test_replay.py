"""A decision comes out of its record again, byte for byte, whatever serves by then."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.risk import registry
from services.risk.domain.decision_record import DecisionRecord
from services.risk.domain.facts import ApplicationFacts, Bureau
from services.risk.registry import Library, Stored
from services.risk.scoring import replay_assessment
from tests.risk.builders import assessed, company, company_facts, person_facts, security

STORED = Path(__file__).parents[1] / "golden" / "risk" / "CreditAssessed.json"
CASES = [
    company_facts(),
    person_facts(),
    company_facts(bureau=Bureau(), collateral=(security(), security("unicorns"))),
    company_facts(company=company(size="large"), purpose="dividends"),
    company_facts(company=company(latest={"revenue": 0, "current_liabilities": 0})),
]


@pytest.mark.parametrize("facts", CASES)
def test_a_stored_record_is_computed_again_to_the_same_bytes(facts: ApplicationFacts) -> None:
    record = assessed(facts)
    stored = record.model_dump_json()
    again = replay_assessment(DecisionRecord.model_validate_json(stored), registry.library())
    assert again == record
    assert again.model_dump_json() == stored


@pytest.mark.parametrize("sample", json.loads(STORED.read_text(encoding="utf-8")))
def test_decisions_of_long_ago_come_out_again(sample: dict[str, Any]) -> None:
    """So a model or policy file that once served can be neither edited nor removed."""
    record = DecisionRecord.model_validate(sample["data"]["record"])
    assert (record.counterfactuals is None) == (record.engine == "1")
    assert replay_assessment(record, registry.library()).model_dump(mode="json") == sample["data"]["record"]


def test_it_is_so_after_another_policy_has_come_into_force() -> None:
    library, record = registry.library(), assessed(company_facts())
    rules = library.in_force("company", date(2026, 3, 2))
    newer = rules.policy.model_copy(update={"version": "2026.9", "effective_from": date(2026, 2, 2)})
    later = Library([*library.documents(), Stored(newer, "f" * 64)], library.aliases)
    assert later.in_force("company", date(2026, 3, 2)).policy.version == "2026.9"
    assert replay_assessment(record, later) == record


def test_a_record_names_every_document_by_hash_and_an_unknown_one_cannot_be_replayed() -> None:
    record = assessed(company_facts())
    assert [one.kind for one in record.documents] == sorted(
        [
            "score_model",
            "credit_policy",
            "five_c",
            "knock_outs",
            "collateral",
            "benchmark",
            "price_book",
            "feature_schema",
        ]
    )
    forged = record.documents[0].model_copy(update={"sha256": "0" * 64})
    with pytest.raises(LookupError, match="not in the library"):
        registry.library().of_record([forged, *record.documents[1:]])
