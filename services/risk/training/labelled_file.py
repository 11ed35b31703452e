"""A file of anybody's rows with their outcome, as columns of the features that a segment's model knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from services.risk.domain.score_model import ScoreModel
from services.risk.training.sources import person_columns
from services.risk.training.weight_of_evidence import Column, Floats

LABELS = ("default", "bad", "default_1y", "label", "target", "Status", "mis_status")
"""Names under which the outcome is looked for, in this order, where none is given."""
BAD, GOOD = (
    frozenset({"1", "1.0", "true", "yes", "bad", "chgoff"}),
    frozenset({"0", "0.0", "false", "no", "good", "p i f"}),
)
RAW: Mapping[str, tuple[str, Callable[[pd.DataFrame], dict[str, Column]]]] = {"Seniority": ("person", person_columns)}
"""A column that gives a published file away → its segment and how its rows become features."""


class FileUnfitError(ValueError):
    """The file cannot be scored; the message says which column or line, and why."""


@dataclass(frozen=True)
class LabelledFile:
    """`absent` are features of the model that the file has no column for."""

    segment: str
    label: str
    columns: Mapping[str, Column]
    bad: Floats
    absent: tuple[str, ...]


def labelled_file(
    path: Path, models: Mapping[str, ScoreModel], *, segment: str | None = None, label: str | None = None
) -> LabelledFile:
    """Read a CSV, gzipped or not. FileUnfitError where no column or no outcome is known, or a number is none."""
    table = read_table(path)
    label = label or next((name for name in LABELS if name in table.columns), None)
    if label is None or label not in table.columns:
        raise FileUnfitError(f"{path.name}: no column of outcomes; named by --label, or one of {', '.join(LABELS)}")
    bad = outcomes(table[label], path.name)
    raw = next((known for name, known in RAW.items() if name in table.columns), None)
    if raw is not None and segment in (None, raw[0]):
        columns: Mapping[str, Column] = raw[1](table)
        segment = raw[0]
    else:
        segment = segment or _segment_of(table, models, path.name)
        columns = _columns(table, models[segment], path.name)
    if not columns:
        wanted = ", ".join(features_of_model(models[segment]))
        raise FileUnfitError(f"{path.name}: none of a {segment}'s columns is there; they are {wanted}")
    absent = tuple(name for name in features_of_model(models[segment]) if name not in columns)
    return LabelledFile(segment, label, columns, bad, absent)


def features_of_model(model: ScoreModel) -> tuple[str, ...]:
    """What a file may have columns of: every feature that the model was trained on."""
    return (*model.signs, *(name for name in model.tree.ranks if name not in model.signs))


def _segment_of(table: pd.DataFrame, models: Mapping[str, ScoreModel], file: str) -> str:
    known = {segment: sum(name in table.columns for name in features_of_model(one)) for segment, one in models.items()}
    best = max(known, key=lambda segment: known[segment])
    if not known[best]:
        raise FileUnfitError(
            f"{file}: its columns are those of no segment; name one by --segment to see which it needs"
        )
    return best


def _columns(table: pd.DataFrame, model: ScoreModel, file: str) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for name in features_of_model(model):
        if name not in table.columns:
            continue
        if name in model.signs:
            numbers = pd.to_numeric(table[name], errors="coerce")
            unread = np.flatnonzero(numbers.isna() & table[name].notna())
            if len(unread) or np.isinf(numbers).any():
                line = int(unread[0] if len(unread) else np.flatnonzero(np.isinf(numbers))[0]) + 2
                raise FileUnfitError(f"{file}, line {line}: {name} must be a finite number or empty")
            found[name] = np.round(numbers.to_numpy(dtype=np.float64), 6)
        else:
            found[name] = np.array([str(value) if pd.notna(value) else "" for value in table[name]])
    return found


def read_table(path: Path) -> pd.DataFrame:
    """A CSV, gzipped or not. FileUnfitError for what is none."""
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise FileUnfitError(f"{path}: {error}") from None


def outcomes(column: pd.Series, file: str) -> Floats:
    """1.0 for bad. FileUnfitError naming the line that says neither, and for a file of one kind alone."""
    words = [str(value).strip().lower() for value in column]
    unknown = next((line for line, word in enumerate(words) if word not in BAD | GOOD), None)
    if unknown is not None:
        raise FileUnfitError(f"{file}, line {unknown + 2}: {column.name} must be 1 or 0, bad or good: {words[unknown]}")
    bad = np.array([1.0 if word in BAD else 0.0 for word in words])
    if not 0 < bad.sum() < len(bad):
        raise FileUnfitError(f"{file}: a measure needs both bad and good rows")
    return bad
