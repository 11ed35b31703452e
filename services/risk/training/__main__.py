"""`python -m services.risk.training company person`: train, write canonical JSON, print the measures."""

import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from services.risk.domain.five_c import FiveCTable
from services.risk.registry import MODELS, POLICIES, canonical
from services.risk.training.build import Trained, build
from services.risk.training.segments import FIVE_C_VERSION, RECIPES


def train(segment: str) -> Trained:
    """Train the model of one segment with the 5C table that its version is calibrated with."""
    name = f"five_c_{segment}_{FIVE_C_VERSION.replace('.', '_')}.json"
    table = FiveCTable.model_validate_json((POLICIES / name).read_bytes())
    return build(RECIPES[segment](table))


def main(segments: Sequence[str], folder: Path = MODELS) -> int:
    """Write one file per segment and print its hash and measures.

    A model that served is never written over with other bytes: FileExistsError asks for a new version.
    """
    for segment in segments:
        model = train(segment).model
        path = folder / f"{model.model_id.replace('-', '_').replace('.', '_')}.json"
        raw = canonical(model)
        if path.exists() and path.read_bytes() != raw:
            raise FileExistsError(f"{path.name} would change: give the model a new version")
        path.write_bytes(raw)
        sys.stdout.write(f"{path.name}  sha256 {sha256(raw).hexdigest()}\n")
        for name, measures in model.metrics.items():
            sys.stdout.write(f"  {name}: {measures}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(RECIPES)))
