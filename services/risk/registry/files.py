"""The library's files: what ships and what a bank adds, read by name, refused by name, never lost while it serves."""

import json
import os
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from services.risk.domain.challenger import ChallengerModel
from services.risk.domain.score_model import ScoreModel
from services.risk.registry.library import BY_KIND, Alias, Library, Stored

MODELS = Path(__file__).parents[1] / "models"
POLICIES = Path(__file__).parents[1] / "policies"
ALIASES = MODELS / "aliases.json"
CARDS = "cards"
OWN_FOLDER = "LIUDAI_RISK_LIBRARY"
"""Names a folder of the bank's own models and policy data, read beside what ships."""


def read(path: Path) -> Stored:
    """One document of the library. ValueError, naming the file, for what is not one."""
    raw = path.read_bytes()
    kind = BY_KIND.get(str(json.loads(raw).get("kind")))
    if kind is None:
        raise ValueError(f"{path.name}: not a kind of document that risk knows")
    return Stored(kind.model_validate_json(raw), sha256(raw).hexdigest())


def folders() -> tuple[Path, ...]:
    """Where documents are read from: what ships, and the bank's own folder where the environment names one."""
    own = os.environ.get(OWN_FOLDER)
    return (MODELS, POLICIES, *([Path(own)] if own else []))


def load(before: Library | None = None) -> Library:
    """Everything in the folders, beside what was read before: a document that served is never lost or replaced.

    A file that is no document of risk, or that says something else under a name that is taken, is refused.
    """
    stored = {one.sha256: one for one in (before.documents() if before else ())}
    names = {one.name: one.sha256 for one in stored.values()}
    refused = {}
    for path in (path for folder in folders() for path in sorted(folder.glob("*.json")) if path != ALIASES):
        try:
            one = read(path)
        except (OSError, ValueError) as error:
            refused[path.name] = _in_a_line(error)
            continue
        if names.setdefault(one.name, one.sha256) == one.sha256:
            stored[one.sha256] = one
        else:
            refused[path.name] = "this version exists with another content: give it a new version"
    aliases = TypeAdapter(tuple[Alias, ...]).validate_json(ALIASES.read_bytes())
    return Library(stored.values(), aliases, refused)


def _in_a_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:300]
    return str(error)[:300]


@cache
def library() -> Library:
    """The library of this process's folders, without the moves of a bank's log; read once."""
    return load()


def file_stem(model_id: str) -> str:
    """How the files of a model are called, without their endings."""
    return model_id.replace("-", "_").replace(".", "_")


def card(model_id: str, sha: str) -> str | None:
    """The model card that training wrote, as Markdown; None where there is none for this very content."""
    for folder in folders():
        path = folder / CARDS / f"{file_stem(model_id)}.md"
        if path.is_file() and sha in (text := path.read_text(encoding="utf-8")):
            return text
    return None


def canonical(model: ScoreModel | ChallengerModel) -> bytes:
    """The bytes of a model file: sorted keys, one line per key, shortest floats. Their hash is its version id."""
    text = json.dumps(model.model_dump(mode="json"), sort_keys=True, indent=1, ensure_ascii=False)
    return f"{text}\n".encode()
