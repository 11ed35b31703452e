"""特征表: what may be asked about an applicant of one segment: name, direction, unit and whence, as versioned data."""

from typing import Literal

from pydantic import model_validator

from services.risk.domain.credit_policy import Document
from services.risk.domain.facts import Segment
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
