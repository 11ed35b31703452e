"""The library of score models and policy data: files that never change, found by hash, checked before they serve."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeVar, get_args

from pydantic import TypeAdapter

from services.risk.domain.blend import blended
from services.risk.domain.credit_policy import BenchmarkTable, CollateralTable, CreditPolicy, PriceBook
from services.risk.domain.decision_record import DocumentReference
from services.risk.domain.facts import Segment
from services.risk.domain.five_c import FiveCTable
from services.risk.domain.knock_outs import KnockOutRules
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.score_model import ScoreModel
from shared.messages import Value

MODELS = Path(__file__).parent / "models"
POLICIES = Path(__file__).parent / "policies"
ALIASES = MODELS / "aliases.json"
GOLDEN_TOLERANCE = 1e-9

PolicyDocument = CreditPolicy | FiveCTable | KnockOutRules | CollateralTable | BenchmarkTable | PriceBook
AnyDocument = ScoreModel | PolicyDocument
D = TypeVar("D", bound=AnyDocument)

_BY_KIND: Mapping[str, type[AnyDocument]] = {
    "score_model": ScoreModel,
    "credit_policy": CreditPolicy,
    "five_c": FiveCTable,
    "knock_outs": KnockOutRules,
    "collateral": CollateralTable,
    "benchmark": BenchmarkTable,
    "price_book": PriceBook,
}
POLICY_KINDS = tuple(kind for kind in _BY_KIND if kind != "score_model")


class Alias(Value):
    """Which model serves as what from when; who trained it may not approve it."""

    alias: Literal["champion", "challenger"]
    segment: Segment
    model_id: str
    sha256: str
    effective_from: date
    trained_by: str
    approved_by: str


@dataclass(frozen=True)
class Stored:
    """A document with the hash of its bytes."""

    document: AnyDocument
    sha256: str

    def concerns(self, kind: str, segment: Segment) -> bool:
        """Whether it is policy data of that kind for that segment; most kinds serve both."""
        of_other = isinstance(self.document, FiveCTable) and self.document.segment != segment
        return self.document.kind == kind and not of_other

    @property
    def effective_from(self) -> date:
        """Since when policy data are in force; a model is by its alias, not by itself."""
        return date.max if isinstance(self.document, ScoreModel) else self.document.effective_from

    def reference(self) -> DocumentReference:
        return DocumentReference(kind=self.document.kind, version=self.document.version, sha256=self.sha256)


class Library:
    """All versions there are. `in_force` chooses by date, `of_record` by the hashes of a decision."""

    def __init__(self, stored: Iterable[Stored], aliases: Sequence[Alias]) -> None:
        self._by_sha = {one.sha256: one for one in stored}
        self.aliases = tuple(aliases)
        self._rulebooks: dict[tuple[str, ...], Rulebook] = {}
        self._policies = {
            (kind, segment): [one for one in self._by_sha.values() if one.concerns(kind, segment)]
            for kind in POLICY_KINDS
            for segment in get_args(Segment)
        }
        for alias in aliases:
            self._check(alias)

    def documents(self) -> tuple[Stored, ...]:
        """Everything in the library."""
        return tuple(self._by_sha.values())

    def models(self) -> tuple[tuple[ScoreModel, str], ...]:
        """Every model with its hash."""
        return tuple(
            (one.document, one.sha256) for one in self._by_sha.values() if isinstance(one.document, ScoreModel)
        )

    def in_force(self, segment: Segment, on: date) -> Rulebook:
        """The champion and the policy data of `segment` on a business date. LookupError where something lacks."""
        champions = [
            alias
            for alias in self.aliases
            if alias.alias == "champion" and alias.segment == segment and alias.effective_from <= on
        ]
        if not champions:
            raise LookupError(f"no champion model for a {segment} on {on}")
        champion = max(champions, key=lambda alias: alias.effective_from)
        policies = [self._latest(kind, segment, on) for kind in POLICY_KINDS]
        return self._rulebook([self._by_sha[champion.sha256], *policies])

    def of_record(self, documents: Sequence[DocumentReference]) -> Rulebook:
        """The very documents that a decision was made with. LookupError when one is not in the library."""
        unknown = [one for one in documents if one.sha256 not in self._by_sha]
        if unknown:
            raise LookupError(f"not in the library: {', '.join(f'{one.kind} {one.version}' for one in unknown)}")
        return self._rulebook([self._by_sha[one.sha256] for one in documents])

    def _latest(self, kind: str, segment: Segment, on: date) -> Stored:
        found = [one for one in self._policies[kind, segment] if one.effective_from <= on]
        if not found:
            raise LookupError(f"no {kind} for a {segment} in force on {on}")
        return max(found, key=lambda one: one.effective_from)

    def _rulebook(self, stored: Sequence[Stored]) -> Rulebook:
        key = tuple(one.sha256 for one in stored)
        if key not in self._rulebooks:
            self._rulebooks[key] = _bound(stored)
        return self._rulebooks[key]

    def _check(self, alias: Alias) -> None:
        """The hash names the model; it was approved by another; it scores its golden applicants as trained."""
        stored = self._by_sha.get(alias.sha256)
        if stored is None or not isinstance(stored.document, ScoreModel):
            raise ValueError(f"{alias.alias} {alias.model_id}: no model file has the approved hash")
        model = stored.document
        if (model.model_id, model.segment) != (alias.model_id, alias.segment):
            raise ValueError(f"{alias.alias} {alias.model_id}: the hash is that of {model.model_id}")
        if alias.approved_by == alias.trained_by:
            raise ValueError(f"{alias.alias} {alias.model_id}: trained and approved by the same person")
        check_golden(model)


def check_golden(model: ScoreModel) -> None:
    """ValueError unless the model gives its golden applicants the log-odds of its training run."""
    for applicant in model.golden:
        card, tree = model.card.score(applicant.features), model.tree.judge(applicant.features)
        z = blended(model.blend, card.z, tree.default_rate, applicant.five_c_points).z
        if abs(z - applicant.z) > GOLDEN_TOLERANCE:
            raise ValueError(f"{model.model_id} does not score its golden applicants as it was trained to")


def _bound(stored: Sequence[Stored]) -> Rulebook:
    def one(kind: type[D]) -> D:
        return next(each.document for each in stored if isinstance(each.document, kind))

    model, table = one(ScoreModel), one(FiveCTable)
    if (model.five_c_version, model.segment) != (table.version, table.segment):
        raise LookupError(f"{model.model_id} was calibrated with 5C table {model.five_c_version}")
    return Rulebook(
        model=model,
        policy=one(CreditPolicy),
        five_c=table,
        knock_outs=one(KnockOutRules),
        collateral=one(CollateralTable),
        benchmark=one(BenchmarkTable),
        price_book=one(PriceBook),
        references=tuple(sorted((each.reference() for each in stored), key=lambda each: each.kind)),
    )


def read(path: Path) -> Stored:
    """One document of the library. ValueError, naming the file, for what is not one."""
    raw = path.read_bytes()
    kind = _BY_KIND.get(str(json.loads(raw).get("kind")))
    if kind is None:
        raise ValueError(f"{path.name}: not a kind of document that risk knows")
    return Stored(kind.model_validate_json(raw), sha256(raw).hexdigest())


@cache
def library() -> Library:
    """The library as shipped; read once per process."""
    files = [path for folder in (MODELS, POLICIES) for path in sorted(folder.glob("*.json")) if path != ALIASES]
    aliases = TypeAdapter(tuple[Alias, ...]).validate_json(ALIASES.read_bytes())
    return Library([read(path) for path in files], aliases)


def canonical(model: ScoreModel) -> bytes:
    """The bytes of a model file: sorted keys, one line per key, shortest floats. Their hash is its version id."""
    text = json.dumps(model.model_dump(mode="json"), sort_keys=True, indent=1, ensure_ascii=False)
    return f"{text}\n".encode()
