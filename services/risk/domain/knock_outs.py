"""准入规则: coded rules that refer or decline by themselves, as data. All are evaluated, so the record is complete.

Only these may decline without a person, always with their reason.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Literal, NamedTuple, assert_never

from pydantic import model_validator

from services.risk.domain.credit_policy import Document
from services.risk.domain.facts import Segment
from services.risk.domain.features import FeatureValue, FeatureValues
from shared.messages import Value

Result = Literal["pass", "refer", "decline", "unknown"]


class KnockOutRule(Value):
    """`feature` `operator` operand → `result`. Bounds are exclusive: `above` 90 fires from 91 on."""

    code: str
    segments: tuple[Segment, ...]
    feature: str
    operator: Literal["above", "below", "one_of"]
    number: Decimal | None = None
    values: tuple[str, ...] = ()
    result: Literal["refer", "decline"]
    zh: str
    en: str

    @model_validator(mode="after")
    def _has_its_operand(self) -> "KnockOutRule":
        if (self.operator == "one_of") != bool(self.values) or (self.number is None) != bool(self.values):
            raise ValueError(f"{self.code}: a number for above and below, values for one_of")
        return self


class KnockOutRules(Document):
    kind: Literal["knock_outs"] = "knock_outs"
    rules: tuple[KnockOutRule, ...]

    @cached_property
    def by_segment(self) -> Mapping[Segment, tuple[KnockOutRule, ...]]:
        """The rules of each segment, in the order of the table."""
        segments = {segment for rule in self.rules for segment in rule.segments}
        return {segment: tuple(rule for rule in self.rules if segment in rule.segments) for segment in segments}


class Finding(NamedTuple):
    """What a rule said, with its evidence. `unknown`: the fact it needs is missing."""

    rule: KnockOutRule
    value: FeatureValue
    result: Result


def knock_outs(features: FeatureValues, segment: Segment, rules: KnockOutRules) -> tuple[Finding, ...]:
    """Every rule of the segment, fired or not, in the order of the table."""
    return tuple(
        Finding(rule, value, _result(rule, value))
        for rule in rules.by_segment.get(segment, ())
        for value in [features.get(rule.feature)]
    )


def _result(rule: KnockOutRule, value: FeatureValue) -> Result:
    if value is None:
        return "unknown"
    return rule.result if fires(rule, value) else "pass"


def fires(rule: KnockOutRule, value: Decimal | str) -> bool:
    """Whether the rule's condition holds for a known value."""
    match rule.operator:
        case "one_of":
            return str(value) in rule.values
        case "above":
            return rule.number is not None and Decimal(value) > rule.number
        case "below":
            return rule.number is not None and Decimal(value) < rule.number
        case _:
            assert_never(rule.operator)
