"""A bank's own history as training data: a CSV of features with their outcome, and a schema that says what it is."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.risk.domain.facts import Segment
from services.risk.domain.five_c import FiveCTable
from services.risk.domain.rulebook import Rulebook
from services.risk.training.build import Recipe
from services.risk.training.labelled_file import FileUnfitError, read_table
from services.risk.training.labelled_file import outcomes as outcomes_of
from services.risk.training.sources import Labelled, Source
from services.risk.training.weight_of_evidence import Column

ROWS_MIN, BAD_MIN = 200, 40
"""Fewer teach noise: a fold of five then has eight bad rows."""


class HistorySchema(BaseModel):
    """What a file of one's own holds. `signs`: by numeric feature, +1 where more of it means more risk.

    `categories` are features of words. `prior` is the default rate of the population where the rows were drawn by
    outcome; left out, it is the file's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    model_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{2,60}$")]
    version: Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,30}$")]
    segment: Segment
    label: str
    signs: dict[str, Literal[-1, 1]]
    categories: tuple[str, ...] = ()
    prior: Annotated[float, Field(gt=0, lt=1)] | None = None
    licence: str = "the bank's own"
    source: str
    limits_of_use: tuple[str, ...] = ()


def schema_of(path: Path) -> HistorySchema:
    """The schema in a JSON file. FileUnfitError naming the field that is wrong."""
    try:
        return HistorySchema.model_validate_json(path.read_bytes())
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise FileUnfitError(f"{path.name}: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None
    except OSError as error:
        raise FileUnfitError(f"{path}: {error}") from None


def schema_like(rules: Rulebook, version: str, source: str, label: str) -> HistorySchema:
    """The schema of the model that serves, for rows of the same features."""
    return HistorySchema(
        model_id=f"{rules.model.segment.replace('_', '-')}-{version}",
        version=version,
        segment=rules.model.segment,
        label=label,
        signs=rules.model.signs,
        categories=tuple(name for name in rules.model.tree.ranks if name not in rules.model.signs),
        source=source,
        limits_of_use=("Learnt from applications that were approved: those declined have no outcome.",),
    )


def own_recipe(data: Path, schema: HistorySchema, five_c: FiveCTable) -> Recipe:
    """The recipe of every segment on a file of one's own. FileUnfitError for a file that cannot teach."""
    table = read_table(data)
    if absent := sorted({schema.label, *schema.signs, *schema.categories} - set(table.columns)):
        raise FileUnfitError(f"{data.name}: no column {', '.join(absent)}, which the schema names")
    bad = outcomes_of(table[schema.label], data.name)
    if len(bad) < ROWS_MIN or bad.sum() < BAD_MIN:
        raise FileUnfitError(
            f"{data.name}: {len(bad)} rows with {int(bad.sum())} bad; {ROWS_MIN} with {BAD_MIN} are the least"
        )
    columns: dict[str, Column] = {}
    for name in schema.signs:
        try:
            columns[name] = np.round(table[name].to_numpy(dtype=np.float64), 6)
        except ValueError:
            raise FileUnfitError(f"{data.name}: {name} must hold numbers or nothing") from None
        if np.isinf(columns[name]).any() or np.isnan(columns[name]).all():
            raise FileUnfitError(f"{data.name}: {name} must be finite, and not missing everywhere")
    for name in schema.categories:
        columns[name] = np.array(["" if value != value else str(value) for value in table[name]])  # noqa: PLR0124
    source = Source(data.name, sha256(data.read_bytes()).hexdigest(), schema.label, schema.licence, schema.source)
    return Recipe(
        model_id=schema.model_id,
        version=schema.version,
        segment=schema.segment,
        signs=schema.signs,
        sources=(Labelled(source, columns, bad),),
        weights=(1.0,),
        prior=schema.prior,
        five_c=five_c,
        limits_of_use=schema.limits_of_use,
    )
