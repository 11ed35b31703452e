"""A bank's own history trains as the models that ship do, with a card; what cannot teach is refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from services.risk.domain.score_model import ScoreModel, check_golden
from services.risk.registry import read
from services.risk.training.__main__ import write
from services.risk.training.labelled_file import FileUnfitError
from services.risk.training.own_history import own_recipe, schema_of
from tests.risk.builders import rulebook

pytestmark = pytest.mark.slow  # it trains

SCHEMA: dict[str, Any] = {
    "model_id": "person-own.1", "version": "own.1", "segment": "person", "label": "default",
    "signs": {"expense_to_income": 1, "seniority_years": -1}, "categories": ["home"], "source": "made for this test",
}  # fmt: skip


def history(rows: int = 1_000) -> pd.DataFrame:
    chance = np.random.default_rng(1)
    burden, years = chance.uniform(0, 1, rows), chance.integers(0, 30, rows)
    home = chance.choice(["owner", "rent"], rows)
    z = 3 * burden - 0.1 * years + (home == "rent") - 2
    bad = chance.uniform(size=rows) < 1 / (1 + np.exp(-z))
    return pd.DataFrame(
        {"expense_to_income": burden, "seniority_years": years, "home": home, "default": bad.astype(int)}
    )


def files(folder: Path, table: pd.DataFrame, **changes: Any) -> tuple[Path, Path]:
    data, schema = folder / "history.csv", folder / "schema.json"
    table.to_csv(data, index=False)
    schema.write_text(json.dumps(SCHEMA | changes))
    return data, schema


def test_an_own_file_gives_a_model_that_may_serve_with_its_card_and_plots(tmp_path: Path) -> None:
    data, schema = files(tmp_path, history())
    recipe = own_recipe(data, schema_of(schema), rulebook("person").five_c)
    first = write(recipe, tmp_path)
    model = read(first.path).document
    assert isinstance(model, ScoreModel)
    check_golden(model)
    assert {one.feature for one in model.card.characteristics} == {"expense_to_income", "seniority_years", "home"}
    assert write(recipe, tmp_path / "again").sha256 == first.sha256
    for told in (first.sha256, "history.csv", "Leakage audit", "more risk", "Calibration", "split 20240601"):
        assert told in first.card
    picture = (tmp_path / "cards" / "person_own_1.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert picture == (tmp_path / "again" / "cards" / "person_own_1.png").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signs": {"age": 2}}, "signs.age"),
        ({"signs": {"unicorns": 1}}, "no column unicorns"),
        ({"label": "seniority_years"}, "must be 1 or 0"),
        ({"segment": "unicorn"}, "segment"),
        ({"signs": {"home": 1}}, "numbers"),
    ],
)
def test_a_schema_that_does_not_fit_is_refused_by_field(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    data, schema = files(tmp_path, history(), **change)
    with pytest.raises(FileUnfitError, match=message):
        own_recipe(data, schema_of(schema), rulebook("person").five_c)


def test_too_few_rows_teach_nothing(tmp_path: Path) -> None:
    data, schema = files(tmp_path, history(150))
    with pytest.raises(FileUnfitError, match="150 rows"):
        own_recipe(data, schema_of(schema), rulebook("person").five_c)
