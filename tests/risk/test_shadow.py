"""Challengers are scored beside the champion by a process of its own; their word is kept and decides nothing."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from sklearn.preprocessing import FunctionTransformer
from skops.io import dumps

from services.risk import registry
from services.risk.domain.challenger import ChallengerModel
from services.risk.registry import Alias
from services.risk.shadow import Shadow, UnfitModelError, challenger_score, opened
from tests.risk import announced
from tests.risk.bank import Bank
from tests.risk.builders import APPLICATION, TODAY, assessed, company, company_facts


def challenger(segment: str = "company") -> ChallengerModel:
    return next(one for one, _ in registry.library().challengers() if one.segment == segment)


def test_every_challenger_that_ships_scores_its_golden_applicants_as_trained() -> None:
    models = [model for model, _ in registry.library().challengers()]
    assert {one.segment for one in models} == {one.segment for one, _ in registry.library().models()}
    for model in models:
        assert len(model.golden) == 20
        opened(model)  # raises where one scores otherwise


def test_a_file_that_is_not_the_approved_one_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(registry.OWN_FOLDER, str(tmp_path))
    model = challenger()
    raw = next(one / model.file for one in registry.folders() if (one / model.file).is_file()).read_bytes()
    (tmp_path / "other.skops").write_bytes(raw + b" ")
    with pytest.raises(UnfitModelError, match="not the file that was approved"):
        opened(model.model_copy(update={"file": "other.skops"}))
    with pytest.raises(UnfitModelError, match="is not there"):
        opened(model.model_copy(update={"file": "none.skops"}))
    golden = tuple(one.model_copy(update={"z": one.z + 0.1}) for one in model.golden)
    with pytest.raises(UnfitModelError, match="golden applicants"):
        opened(model.model_copy(update={"golden": golden}))


def test_a_file_that_holds_anything_else_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(registry.OWN_FOLDER, str(tmp_path))
    raw = dumps(FunctionTransformer(json.dumps))
    (tmp_path / "code.skops").write_bytes(raw)
    changes = {"file": "code.skops", "file_sha256": sha256(raw).hexdigest()}
    with pytest.raises(UnfitModelError, match=r"holds .*json"):
        opened(challenger().model_copy(update=changes))


def test_the_challenger_moves_one_way_and_withholding_does_not_help() -> None:
    model, library = challenger(), registry.library()
    says = opened(model)
    scores = [
        challenger_score(
            model, says, assessed(company_facts(company=company(latest={"net_profit": profit}))), library
        ).z
        for profit in (2_000_000, 1_000_000, 0, -1_000_000, -4_000_000)
    ]
    assert scores == sorted(scores)
    told = dict(model.golden[0].features)
    rows = [model.row(told), *(model.row(told | {name: None}) for name in model.features)]
    as_told, *withheld = says(rows)
    assert all(p >= as_told - 1e-12 for p in withheld)


def test_gradient_boosting_may_not_become_champion() -> None:
    model, sha = next((m, s) for m, s in registry.library().challengers() if m.segment == "company")
    alias = Alias(
        alias="champion", segment="company", model_id=model.model_id, sha256=sha, effective_from=TODAY,
        trained_by="a", approved_by="b",
    )  # fmt: skip
    later = registry.library().with_aliases([alias])
    assert "never decides" in later.refused[f"champion {model.model_id}"]
    assert later.in_force("company", TODAY) == registry.library().in_force("company", TODAY)


async def test_every_application_is_scored_beside_and_the_decision_stays(bank: Bank) -> None:
    await bank.hear(announced.submitted())
    before = await bank.assessment(APPLICATION)
    await bank.caught_up()
    shadow = Shadow(bank.engine)
    assert await shadow.look() == 1
    await bank.caught_up()
    assert await shadow.look() == 0, "it has spoken"
    [row] = (await bank.get("/v1/shadow-scores")).json()["items"]
    assert (row["application_id"], row["alias"], row["segment"]) == (str(APPLICATION), "challenger", "company")
    assert row["champion_grade"] == before["record"]["score"]["grade"]
    assert await bank.assessment(APPLICATION) == before
    assert (await bank.get("/v1/shadow-scores", branch="BJ")).json()["items"] == []
