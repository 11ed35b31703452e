"""The library serves only what was approved, by the date it came into force, and only if it scores as trained."""

from datetime import date
from pathlib import Path

import pytest

from services.risk import registry
from services.risk.domain.credit_decision import features_of
from services.risk.domain.rulebook import Rulebook
from services.risk.registry import Library, Stored, canonical, check_golden, read
from tests.risk.builders import TODAY, company_facts, person_facts, rulebook

EARLY = date(2019, 8, 19)


def test_every_file_that_ships_is_what_it_says() -> None:
    for path in [*registry.MODELS.glob("*.json"), *registry.POLICIES.glob("*.json")]:
        if path != registry.ALIASES:
            assert read(path).document.version.replace(".", "_") in path.name


def test_the_champion_of_each_segment_is_in_force_with_its_policy() -> None:
    for segment in ("company", "person"):
        rules = rulebook(segment)
        assert (rules.model.segment, rules.five_c.segment) == (segment, segment)
        assert rules.model_version.startswith(f"{segment}-2026.1+")
        assert rules.policy_version.startswith("2026.2+")


def test_before_anything_was_in_force_there_is_nothing() -> None:
    with pytest.raises(LookupError, match="no champion"):
        registry.library().in_force("company", EARLY)


def test_model_files_are_canonical() -> None:
    for model, sha in registry.library().models():
        [path] = [one for one in registry.MODELS.glob("*.json") if one.read_bytes() == canonical(model)]
        assert read(path).sha256 == sha


def with_alias(rules: Rulebook, **changes: object) -> Library:
    library = registry.library()
    [alias] = [one for one in library.aliases if one.segment == rules.model.segment]
    return Library(library.documents(), [alias.model_copy(update=changes)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, "no model file has the approved hash"),
        ({"model_id": "company-2027.1"}, "the hash is that of company-2026.1"),
        ({"approved_by": "model development"}, "the same person"),
    ],
)
def test_an_alias_that_does_not_stand_stops_the_start(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_alias(rulebook(), **change)


def test_a_model_that_scores_otherwise_than_it_was_trained_to_stops_the_start() -> None:
    model = rulebook().model
    moved = model.model_copy(update={"card": model.card.model_copy(update={"intercept": -1.0})})
    with pytest.raises(ValueError, match="golden applicants"):
        check_golden(moved)


def test_a_model_whose_evidence_turns_back_is_not_read() -> None:
    model = rulebook().model
    turned = {name: -sign for name, sign in model.signs.items()}
    with pytest.raises(ValueError, match="one way"):
        type(model).model_validate(model.model_dump() | {"signs": turned})


def test_a_model_serves_only_with_the_5c_table_it_was_calibrated_with() -> None:
    table = rulebook().five_c
    newer = table.model_copy(update={"version": "2026.2", "effective_from": date(2026, 1, 1)})
    library = Library([*registry.library().documents(), Stored(newer, "e" * 64)], registry.library().aliases)
    with pytest.raises(LookupError, match="calibrated with 5C table"):
        library.in_force("company", TODAY)


def test_a_file_that_is_no_document_of_risk_is_refused_by_name(tmp_path: Path) -> None:
    stray = tmp_path / "stray.json"
    stray.write_text('{"kind": "poem"}')
    with pytest.raises(ValueError, match="stray"):
        read(stray)


def test_every_feature_that_card_and_rules_ask_for_has_a_name_in_the_application() -> None:
    for facts in (company_facts(), person_facts()):
        rules = rulebook(facts.segment)
        known = set(features_of(facts, rules))
        asked = {one.feature for one in rules.model.card.characteristics}
        asked |= {node.feature for node in rules.model.tree.nodes if node.feature}
        asked |= {one.name for category in rules.five_c.categories for one in category.indicators}
        asked |= {one.feature for one in rules.knock_outs.rules if facts.segment in one.segments}
        asked |= set(rules.policy.mandatory[facts.segment])
        assert asked <= known
        assert {"age", "age_at_maturity"}.isdisjoint({one.feature for one in rules.model.card.characteristics})
