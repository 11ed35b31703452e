"""No person and no account stands in a stored event in plain text."""

import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent.parent / "golden" / "disbursement"


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
