"""特征表: what may be asked about an applicant of one segment: name, direction, unit and whence, as versioned data."""

from typing import Literal

from pydantic import model_validator

from services.risk.domain.credit_policy import CreditPolicy, Document
from services.risk.domain.facts import Segment
from services.risk.domain.five_c import FiveCTable
from services.risk.domain.knock_outs import KnockOutRules
from services.risk.domain.score_model import ScoreModel
from shared.messages import Value


class FeatureDefinition(Value):
    """One feature. `sign` is +1 where more of it means more risk, None for a category or where both ends cost."""

    name: str
    kind: Literal["number", "category"]
    sign: Literal[-1, 1] | None = None
    unit: str
    stands_on: str
    """The part of the facts that it is computed from."""
    zh: str
    en: str


class FeatureSchema(Document):
    """All features of a segment; card, tree, 5C table, rules and mandatory items may ask for no other."""

    kind: Literal["feature_schema"] = "feature_schema"
    segment: Segment
    features: tuple[FeatureDefinition, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> "FeatureSchema":
        if len(self.names) != len(self.features):
            raise ValueError("a feature is defined once")
        return self

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.features)

    @property
    def signs(self) -> dict[str, Literal[-1, 1]]:
        """Of the features that move one way."""
        return {one.name: one.sign for one in self.features if one.sign is not None}


def check_schema(
    schema: FeatureSchema, model: ScoreModel, table: FiveCTable, policy: CreditPolicy, rules: KnockOutRules
) -> None:
    """LookupError where something asks for a feature that the schema does not define, or moves it the other way."""
    segment = schema.segment
    asked = {
        *(one.feature for one in model.card.characteristics),
        *(node.feature for node in model.tree.nodes if node.feature is not None),
        *(indicator.name for category in table.categories for indicator in category.indicators),
        *policy.mandatory[segment],
        *(flag.feature for flag in policy.expert_flags.get(segment, ())),
        *(rule.feature for rule in rules.rules if segment in rule.segments),
    }
    if unknown := sorted(asked - schema.names):
        raise LookupError(f"the feature schema of a {segment} does not define {', '.join(unknown)}")
    against = sorted(name for name, sign in model.signs.items() if schema.signs.get(name, sign) != sign)
    if against:
        raise LookupError(f"{model.model_id} moves against the feature schema of a {segment}: {', '.join(against)}")
