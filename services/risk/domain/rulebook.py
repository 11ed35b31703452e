"""One champion model and one version of each piece of policy data: all that a decision is made with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from services.risk.domain.blend import central_shift, prior_shift
from services.risk.domain.credit_policy import BenchmarkTable, CollateralTable, CreditPolicy, PriceBook
from services.risk.domain.decision_record import DocumentReference
from services.risk.domain.expert_flags import ExpertFlag
from services.risk.domain.feature_schema import FeatureSchema, check_schema
from services.risk.domain.features import FeatureValue
from services.risk.domain.five_c import FiveCTable
from services.risk.domain.fractions import HUNDRED
from services.risk.domain.knock_outs import KnockOutRules
from services.risk.domain.score_model import ScoreModel
from services.risk.domain.telling_values import Places, places, telling_values, two_sided

SHA_SHOWN = 12


@dataclass(frozen=True)
class Rulebook:
    """Typed documents of one segment; `references` name each with its version and hash, by kind."""

    model: ScoreModel
    policy: CreditPolicy
    five_c: FiveCTable
    knock_outs: KnockOutRules
    collateral: CollateralTable
    benchmark: BenchmarkTable
    price_book: PriceBook
    references: tuple[DocumentReference, ...]
    schema: FeatureSchema | None = None
    """None for what was decided before there were schemas."""

    def __post_init__(self) -> None:
        if self.schema is not None:
            check_schema(self.schema, self.model, self.five_c, self.policy, self.knock_outs)

    @cached_property
    def defined_features(self) -> frozenset[str]:
        """What the schema defines; nothing for what was decided before there were schemas."""
        return self.schema.names if self.schema is not None else frozenset()

    @cached_property
    def central_tendency(self) -> float:
        """The mean PD that policy wants of the reference population, as a fraction."""
        return float(self.policy.central_tendency_percent[self.model.segment] / HUNDRED)

    @cached_property
    def shift(self) -> float:
        """Log-odds from the model's training prior to the central tendency."""
        return central_shift(self.model.blend.reference_z, self.central_tendency)

    @cached_property
    def view_shift(self) -> float:
        """The same for a view alone, by formula."""
        return prior_shift(self.model.blend.prior, self.central_tendency)

    @cached_property
    def telling_values(self) -> Mapping[str, tuple[FeatureValue, ...]]:
        """By feature, the values at which the score may change."""
        return telling_values(self.model, self.five_c, self.expert_flags)

    @property
    def expert_flags(self) -> tuple[ExpertFlag, ...]:
        """The flags of the segment."""
        return self.policy.expert_flags.get(self.model.segment, ())

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The features that the card and the tree ask for."""
        asked = {one.feature for one in self.model.card.characteristics}
        return tuple(sorted(asked | {node.feature for node in self.model.tree.nodes if node.feature is not None}))

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """What policy demands or the card needs, by name."""
        card = (one.feature for one in self.model.card.characteristics)
        return tuple(sorted({*self.policy.mandatory[self.model.segment], *card}))

    @cached_property
    def places(self) -> Mapping[str, Places]:
        """By feature, where it enters the score."""
        return places(self.model, self.five_c)

    @cached_property
    def two_sided(self) -> frozenset[str]:
        """Features of which both too little and too much costs points."""
        return two_sided(self.five_c)

    @property
    def policy_documents(
        self,
    ) -> tuple[CreditPolicy | FiveCTable | KnockOutRules | CollateralTable | BenchmarkTable | PriceBook, ...]:
        """The policy data, without the model."""
        return (self.policy, self.five_c, self.knock_outs, self.collateral, self.benchmark, self.price_book)

    @property
    def model_version(self) -> str:
        return f"{self.model.model_id}+{self._sha('score_model')}"

    @property
    def policy_version(self) -> str:
        return f"{self.policy.version}+{self._sha('credit_policy')}"

    def _sha(self, kind: str) -> str:
        return next(one.sha256 for one in self.references if one.kind == kind)[:SHA_SHOWN]
