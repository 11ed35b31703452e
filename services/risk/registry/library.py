"""The library of score models and policy data: documents that never change, found by hash, checked to serve."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, get_args

from services.risk.domain.challenger import ChallengerModel
from services.risk.domain.credit_policy import BenchmarkTable, CollateralTable, CreditPolicy, PriceBook
from services.risk.domain.decision_record import DocumentReference
from services.risk.domain.events import AliasName
from services.risk.domain.facts import Segment
from services.risk.domain.feature_schema import FeatureSchema
from services.risk.domain.five_c import FiveCTable
from services.risk.domain.knock_outs import KnockOutRules
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.score_model import ScoreModel, check_golden
from shared.messages import Value

SHA_LETTERS = 8
"""As many letters of a hash name its document."""

PolicyDocument = (
    CreditPolicy | FiveCTable | KnockOutRules | CollateralTable | BenchmarkTable | PriceBook | FeatureSchema
)
AnyDocument = ScoreModel | ChallengerModel | PolicyDocument
D = TypeVar("D", bound=AnyDocument)

BY_KIND: Mapping[str, type[AnyDocument]] = {
    "score_model": ScoreModel,
    "challenger": ChallengerModel,
    "credit_policy": CreditPolicy,
    "five_c": FiveCTable,
    "knock_outs": KnockOutRules,
    "collateral": CollateralTable,
    "benchmark": BenchmarkTable,
    "price_book": PriceBook,
    "feature_schema": FeatureSchema,
}
POLICY_KINDS = tuple(kind for kind in BY_KIND if kind not in ("score_model", "challenger"))
LATER_KINDS = frozenset({"feature_schema"})
"""Kinds that old decisions were made without."""


class Alias(Value):
    """Which model serves as what from when; who trained or proposed it may not approve it."""

    alias: AliasName
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
        of_other = isinstance(self.document, FiveCTable | FeatureSchema) and self.document.segment != segment
        return self.document.kind == kind and not of_other

    @property
    def name(self) -> str:
        """What no other document may be called: kind, version and, where it has one, segment."""
        return f"{self.document.kind} {getattr(self.document, 'segment', '')} {self.document.version}"

    @property
    def effective_from(self) -> date:
        """Since when policy data are in force; a model is by its alias, not by itself."""
        return date.max if isinstance(self.document, ScoreModel | ChallengerModel) else self.document.effective_from

    def reference(self) -> DocumentReference:
        return DocumentReference(kind=self.document.kind, version=self.document.version, sha256=self.sha256)


class Library:
    """All versions there are. `in_force` chooses by date, `of_record` by the hashes of a decision.

    What does not stand (a file that is no document, an alias whose model is not what was approved) is left out and
    named in `refused` with its reason: the alias before it goes on.
    """

    def __init__(
        self, stored: Iterable[Stored], aliases: Sequence[Alias], refused: Mapping[str, str] | None = None
    ) -> None:
        self._by_sha = {one.sha256: one for one in stored}
        self._rulebooks: dict[tuple[str, ...], Rulebook] = {}
        self._policies = {
            (kind, segment): [one for one in self._by_sha.values() if one.concerns(kind, segment)]
            for kind in POLICY_KINDS
            for segment in get_args(Segment)
        }
        self._checked: set[str] = set()
        self.aliases, fallen = self._standing(aliases)
        self.refused = {**(refused or {}), **fallen}

    def with_aliases(self, moved: Sequence[Alias]) -> "Library":
        """The same library after approved moves of its aliases, in their order."""
        later = copy(self)
        standing, refused = self._standing(moved)
        later.aliases = (*self.aliases, *standing)
        later.refused = self.refused | refused
        return later

    def _standing(self, aliases: Sequence[Alias]) -> tuple[tuple[Alias, ...], dict[str, str]]:
        standing, fallen = [], {}
        for alias in aliases:
            try:
                self.check(alias)
            except ValueError as error:
                fallen[f"{alias.alias} {alias.model_id}"] = str(error)
            else:
                standing.append(alias)
        return tuple(standing), fallen

    def documents(self) -> tuple[Stored, ...]:
        """Everything in the library."""
        return tuple(self._by_sha.values())

    def challengers(self) -> tuple[tuple[ChallengerModel, str], ...]:
        """Every model that may only speak beside a champion, with its hash."""
        return tuple(
            (one.document, one.sha256) for one in self._by_sha.values() if isinstance(one.document, ChallengerModel)
        )

    def models(self) -> tuple[tuple[ScoreModel, str], ...]:
        """Every model that may decide, with its hash."""
        return tuple(
            (one.document, one.sha256) for one in self._by_sha.values() if isinstance(one.document, ScoreModel)
        )

    def in_force(self, segment: Segment, on: date) -> Rulebook:
        """The champion and the policy data of `segment` on a business date. LookupError where something lacks."""
        champion = self.alias("champion", segment, on)
        if champion is None:
            raise LookupError(f"no champion model for a {segment} on {on}")
        policies = [one for kind in POLICY_KINDS if (one := self._latest(kind, segment, on)) is not None]
        return self._rulebook([self._by_sha[champion.sha256], *policies])

    def alias(self, name: AliasName, segment: Segment, on: date) -> Alias | None:
        """What an alias names on a business date; of two moves for one day the later. None where it names nothing."""
        named = [
            one for one in self.aliases if (one.alias, one.segment) == (name, segment) and one.effective_from <= on
        ]
        return max(reversed(named), key=lambda one: one.effective_from, default=None)

    def stored(self, sha: str) -> Stored | None:
        """The document of that hash."""
        return self._by_sha.get(sha)

    def named(self, kind: str, name: str) -> Stored:
        """A document by its hash or the beginning of it, its model id or its version. LookupError without one."""
        of_kind = [one for one in self._by_sha.values() if one.document.kind == kind]
        for is_it in (
            lambda one: len(name) >= SHA_LETTERS and one.sha256.startswith(name),
            lambda one: name in (getattr(one.document, "model_id", None), one.document.version),
        ):
            found = [one for one in of_kind if is_it(one)]
            if len(found) == 1:
                return found[0]
        known = ", ".join(sorted(getattr(one.document, "model_id", one.document.version) for one in of_kind))
        raise LookupError(f"no one {kind} is called {name}; there are {known}")

    def with_documents(self, segment: Segment, on: date, others: Sequence[Stored]) -> Rulebook:
        """What is in force, with other documents in the place of their kinds; a model brings its own 5C table.

        LookupError where that table is not in the library, or nothing is in force.
        """
        rules = self.in_force(segment, on)
        models = [one.document for one in others if isinstance(one.document, ScoreModel)]
        for model in models:
            others = [*others, self._five_c(model)]
        kinds = {one.document.kind for one in others}
        kept = [self._by_sha[one.sha256] for one in rules.references if one.kind not in kinds]
        return self._rulebook([*others, *kept])

    def _five_c(self, model: ScoreModel) -> Stored:
        tables = self._policies["five_c", model.segment]
        found = next((one for one in tables if one.document.version == model.five_c_version), None)
        if found is None:
            raise LookupError(
                f"{model.model_id} was calibrated with 5C table {model.five_c_version}: not in the library"
            )
        return found

    def of_record(self, documents: Sequence[DocumentReference]) -> Rulebook:
        """The very documents that a decision was made with. LookupError when one is not in the library."""
        unknown = [one for one in documents if one.sha256 not in self._by_sha]
        if unknown:
            raise LookupError(f"not in the library: {', '.join(f'{one.kind} {one.version}' for one in unknown)}")
        return self._rulebook([self._by_sha[one.sha256] for one in documents])

    def _latest(self, kind: str, segment: Segment, on: date) -> Stored | None:
        found = [one for one in self._policies[kind, segment] if one.effective_from <= on]
        if not found and kind not in LATER_KINDS:
            raise LookupError(f"no {kind} for a {segment} in force on {on}")
        return max(found, key=lambda one: (one.effective_from, one.document.version), default=None)

    def _rulebook(self, stored: Sequence[Stored]) -> Rulebook:
        key = tuple(one.sha256 for one in stored)
        if key not in self._rulebooks:
            self._rulebooks[key] = _bound(stored)
        return self._rulebooks[key]

    def check(self, alias: Alias) -> None:
        """ValueError unless the model may serve under the alias.

        The hash names the model; another person approved it; it scores its golden applicants as trained.
        """
        stored = self._by_sha.get(alias.sha256)
        if stored is None or not isinstance(stored.document, ScoreModel | ChallengerModel):
            raise ValueError(f"{alias.alias} {alias.model_id}: no model file has the approved hash")
        if alias.alias == "champion" and isinstance(stored.document, ChallengerModel):
            raise ValueError(f"{alias.alias} {alias.model_id}: gradient boosting is scored beside and never decides")
        model = stored.document
        if (model.model_id, model.segment) != (alias.model_id, alias.segment):
            raise ValueError(f"{alias.alias} {alias.model_id}: the hash is that of {model.model_id}")
        if alias.approved_by == alias.trained_by:
            raise ValueError(f"{alias.alias} {alias.model_id}: trained and approved by the same person")
        if isinstance(model, ScoreModel) and stored.sha256 not in self._checked:
            check_golden(model)
            self._checked.add(stored.sha256)


def _bound(stored: Sequence[Stored]) -> Rulebook:
    def one(kind: type[D]) -> D:
        return next(each.document for each in stored if isinstance(each.document, kind))

    model, table = one(ScoreModel), one(FiveCTable)
    if (model.five_c_version, model.segment) != (table.version, table.segment):
        raise LookupError(f"{model.model_id} was calibrated with 5C table {model.five_c_version}")
    return Rulebook(
        schema=next((each.document for each in stored if isinstance(each.document, FeatureSchema)), None),
        model=model,
        policy=one(CreditPolicy),
        five_c=table,
        knock_outs=one(KnockOutRules),
        collateral=one(CollateralTable),
        benchmark=one(BenchmarkTable),
        price_book=one(PriceBook),
        references=tuple(sorted((each.reference() for each in stored), key=lambda each: each.kind)),
    )
