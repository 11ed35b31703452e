"""The library serves only what was approved, by the date it came into force, and only if it scores as trained."""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from services.risk import registry
from services.risk.domain.credit_decision import features_of
from services.risk.domain.facts import Segment
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.score_model import check_golden
from services.risk.registry import Alias, Library, Stored, canonical, read
from tests.risk.builders import TODAY, company_facts, person_facts, rulebook

EARLY = date(2019, 8, 19)


def test_every_file_that_ships_is_what_it_says() -> None:
    for path in [*registry.MODELS.glob("*.json"), *registry.POLICIES.glob("*.json")]:
        if path != registry.ALIASES:
            assert read(path).document.version.replace(".", "_") in path.name


def test_the_champion_of_each_segment_is_in_force_with_its_policy() -> None:
    for segment in get_args(Segment):
        rules = rulebook(segment)
        assert (rules.model.segment, rules.five_c.segment) == (segment, segment)
        assert rules.model_version.startswith(f"{segment}-2026.1+")
        assert rules.policy_version.startswith("2026.3+")
        assert rules.schema is not None
        assert rules.schema.segment == segment


def test_before_anything_was_in_force_there_is_nothing() -> None:
    with pytest.raises(LookupError, match="no champion"):
        registry.library().in_force("company", EARLY)


def test_model_files_are_canonical() -> None:
    for model, sha in registry.library().models():
        [path] = [one for one in registry.MODELS.glob("*.json") if one.read_bytes() == canonical(model)]
        assert read(path).sha256 == sha


def champion_of(library: Library) -> Alias:
    found = library.alias("champion", "company", TODAY)
    assert found is not None
    return found


def with_alias(rules: Rulebook, **changes: object) -> Library:
    library = registry.library()
    [alias] = [one for one in library.aliases if (one.alias, one.segment) == ("champion", rules.model.segment)]
    return Library(library.documents(), [alias.model_copy(update=changes)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, "no model file has the approved hash"),
        ({"model_id": "company-2027.1"}, "the hash is that of company-2026.1"),
        ({"approved_by": "model development"}, "the same person"),
    ],
)
def test_an_alias_that_does_not_stand_does_not_serve_and_says_why(change: dict[str, object], message: str) -> None:
    library = with_alias(rulebook(), **change)
    assert library.aliases == ()
    [why] = library.refused.values()
    assert message in why


def test_the_alias_before_one_that_does_not_stand_goes_on() -> None:
    library = registry.library()
    champion = champion_of(library)
    broken = champion.model_copy(update={"sha256": "0" * 64, "effective_from": TODAY})
    later = library.with_aliases([broken])
    assert later.alias("champion", "company", TODAY) == champion
    assert "no model file" in later.refused["champion company-2026.1"]
    assert library.refused == {}, "the library that was there is as it was"


def test_of_two_moves_for_one_day_the_later_counts_and_each_from_its_day() -> None:
    library = registry.library()
    champion = champion_of(library)
    moved = [champion.model_copy(update={"effective_from": TODAY, "approved_by": name}) for name in ("li", "ma")]
    later = library.with_aliases(moved)
    for on, approver in ((TODAY, "ma"), (date(2026, 3, 1), "model validation")):
        found = later.alias("champion", "company", on)
        assert found is not None
        assert found.approved_by == approver


def own_folder(monkeypatch: pytest.MonkeyPatch, folder: Path, **files: bytes) -> Library:
    monkeypatch.setenv(registry.OWN_FOLDER, str(folder))
    for name, raw in files.items():
        (folder / f"{name}.json").write_bytes(raw)
    return registry.load()


def test_a_bank_s_own_model_joins_what_ships(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = rulebook().model.model_copy(update={"model_id": "company-own.1", "version": "own.1"})
    library = own_folder(monkeypatch, tmp_path, company_own_1=canonical(own))
    assert {model.model_id for model, _ in library.models()} >= {"company-own.1", "company-2026.1"}
    assert library.refused == {}


def test_files_that_are_no_models_are_refused_by_name_and_the_rest_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = rulebook().model
    turned = model.model_copy(update={"version": "x.1", "signs": {name: -sign for name, sign in model.signs.items()}})
    again = model.model_copy(update={"limits_of_use": ("none",)})
    library = own_folder(
        monkeypatch, tmp_path, poem=b'{"kind": "poem"}', cut=b'{"kind": "score_mod', turned=canonical(turned),
        again=canonical(again), less=b'{"kind": "score_model"}',
    )  # fmt: skip
    assert set(library.refused) == {"poem.json", "cut.json", "turned.json", "again.json", "less.json"}
    assert "one way" in library.refused["turned.json"]
    assert "new version" in library.refused["again.json"]
    assert library.in_force("company", TODAY).model == model


def test_a_file_that_is_altered_under_a_running_process_changes_nothing_that_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = rulebook().model.model_copy(update={"model_id": "company-own.1", "version": "own.1"})
    before = own_folder(monkeypatch, tmp_path, own=canonical(own))
    (tmp_path / "own.json").write_bytes(canonical(own.model_copy(update={"limits_of_use": ()})))
    after = registry.load(before)
    assert after.documents() == before.documents()
    assert "new version" in after.refused["own.json"]


def test_a_model_that_scores_otherwise_than_it_was_trained_to_does_not_serve() -> None:
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
