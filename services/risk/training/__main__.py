"""`python -m services.risk.training company person`: train, write canonical JSON and model cards, print the measures.

`liudai risk train` is the same with more to choose.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from services.risk.domain.five_c import FiveCTable
from services.risk.registry import MODELS, POLICIES, canonical, file_stem
from services.risk.training.build import Recipe, Trained, build
from services.risk.training.segments import FIVE_C_VERSION, RECIPES


@dataclass(frozen=True)
class Written:
    """What a training run left: the model's file with its hash, whether it was there before, and the card's text."""

    path: Path
    sha256: str
    was_there: bool
    card: str
    card_path: Path
    metrics: dict[str, dict[str, float]]


def recipe_of(segment: str) -> Recipe:
    """The recipe of a segment that ships, with the 5C table that its version is calibrated with."""
    name = f"five_c_{segment}_{FIVE_C_VERSION.replace('.', '_')}.json"
    return RECIPES[segment](FiveCTable.model_validate_json((POLICIES / name).read_bytes()))


def train(segment: str) -> Trained:
    """Train the model of one segment."""
    return build(recipe_of(segment))


def write(recipe: Recipe, folder: Path) -> Written:
    """Train, write model and card.

    A model that served is never written over with other bytes: FileExistsError asks for a new version.
    """
    from services.risk.training.model_card import write_card  # noqa: PLC0415  (the plots take a second to load)

    trained = build(recipe)
    path = folder / f"{file_stem(trained.model.model_id)}.json"
    raw = canonical(trained.model)
    was_there = path.exists()
    if was_there and path.read_bytes() != raw:
        raise FileExistsError(f"{path.name} would change: give the model a new version")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    sha = sha256(raw).hexdigest()
    card, card_path = write_card(trained, recipe, sha, folder)
    return Written(path, sha, was_there, card, card_path, trained.model.metrics)


def main(segments: Sequence[str], folder: Path = MODELS) -> int:
    """Write one model and card per segment and print hash and measures."""
    for written in every(segments, folder):
        sys.stdout.write(f"{written.path.name}  sha256 {written.sha256}\n")
        for name, measures in written.metrics.items():
            sys.stdout.write(f"  {name}: {measures}\n")
    return 0


def every(segments: Sequence[str], folder: Path) -> Iterable[Written]:
    """The segments one after the other."""
    return (write(recipe_of(segment), folder) for segment in segments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(RECIPES)))
