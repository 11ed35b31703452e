"""How likely an applicant is to default: card, tree and 5C blended, moved to policy's level, graded, explained."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.risk.domain.blend import BlendedView, blended, log_odds_per_point
from services.risk.domain.decision_record import (
    CardBinRecord,
    CategoryRecord,
    ExpertFlagRecord,
    FiveCRecord,
    IndicatorRecord,
    ReasonRecord,
    ScoreRecord,
    TreeRecord,
)
from services.risk.domain.decision_tree import TreeVerdict
from services.risk.domain.expert_flags import Flagged, raised
from services.risk.domain.features import FeatureValue, FeatureValues
from services.risk.domain.five_c import CategoryScore, FiveC, five_c
from services.risk.domain.fractions import NIL, six_places
from services.risk.domain.master_scale import FACTOR, grade_of, score_of
from services.risk.domain.reasons import MAY_BE_UNTOLD, SCORE, reason
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.scorecard import CardScore, logit, probability

PD_PERCENT_MAX = Decimal("99.99")
REASONS_MAX = 4
TREE = "decision_tree"
"""The tree's part of the contributions: it has no single feature, so it gives no reason."""


@dataclass(frozen=True)
class Scored:
    """All views of one applicant, unrounded but for `pd_percent` (six places, floor and ceiling applied)."""

    card: CardScore
    tree: TreeVerdict
    five_c: FiveC
    view: BlendedView
    flags: tuple[Flagged, ...]
    z: float
    """The blended log-odds with what expert flags add."""
    pd_percent: Decimal


def risk_score(features: FeatureValues, rules: Rulebook) -> Scored:
    """Score one applicant."""
    numbers = {name: as_number(features.get(name)) for name in rules.asked}
    card, tree = rules.model.card.score(numbers), rules.model.tree.judge(numbers)
    points = five_c(features, rules.five_c)
    view = blended(rules.model.blend, card.z, tree.default_rate, float(points.total))
    flags = tuple(raised(rules.expert_flags, features))
    z = view.z + float(sum((one.added for one in flags), NIL))
    return Scored(card, tree, points, view, flags, z, pd_percent_of(z, rules))


def pd_percent_of(z: float, rules: Rulebook) -> Decimal:
    """PD in percent of blended log-odds, at policy's central tendency."""
    return _pd_percent(z + rules.shift, rules)


def _pd_percent(z: float, rules: Rulebook) -> Decimal:
    """PD in percent, six places, from the policy's floor to 99.99."""
    pd = six_places(probability(z) * 100)
    return min(max(pd, rules.policy.pd_floor_percent), PD_PERCENT_MAX).quantize(Decimal("0.000001"))


def missing_items(features: FeatureValues, rules: Rulebook) -> tuple[str, ...]:
    """What policy demands, or the card needs, and nobody supplied; by name."""
    return tuple(name for name in rules.needed if features.get(name) is None)


def contributions_of(scored: Scored, rules: Rulebook) -> tuple[tuple[str, float], ...]:
    """How far each feature keeps z above that of the best possible applicant, largest first.

    Exact: they sum to z - z_best. A feature of card, 5C and flags counts once; the tree is one item.
    """
    blend = rules.model.blend
    parts: defaultdict[str, float] = defaultdict(float)
    per_log_odds = blend.slope * blend.card_weight
    for part in scored.card.contributions:
        parts[part.feature] += per_log_odds * part.above_best
    per_lost_point = -blend.slope * blend.five_c_weight * log_odds_per_point(blend)
    for category in scored.five_c.categories:
        for indicator in category.indicators:
            parts[indicator.name] += per_lost_point * float(indicator.lost)
    for one in scored.flags:
        parts[one.flag.feature] += one.above_best
    above = logit(scored.tree.default_rate) - logit(rules.model.tree.lowest_default_rate)
    parts[TREE] += blend.slope * blend.tree_weight * above
    return tuple(sorted(parts.items(), key=lambda item: (-item[1], item[0])))


def score_reasons(contributions: tuple[tuple[str, float], ...], features: FeatureValues) -> tuple[ReasonRecord, ...]:
    """The four features that keep the score lowest, of those that cost anything.

    What is missing has no such reason, except where its text says that it may not have been told.
    """
    telling = [
        name
        for name, above_best in contributions
        if name in SCORE and above_best > 0 and (features.get(name) is not None or name in MAY_BE_UNTOLD)
    ]
    return tuple(reason(SCORE, name) for name in telling[:REASONS_MAX])


def grades_of(scored: Scored, rules: Rulebook) -> tuple[str, str, str]:
    """The grade of the blend, and those of card and tree alone."""
    view, scale = scored.view, rules.policy.master_scale
    pds = (
        scored.pd_percent,
        _pd_percent(view.z_card + rules.view_shift, rules),
        _pd_percent(view.z_tree + rules.view_shift, rules),
    )
    grade, card, tree = (grade_of(pd, scale).grade for pd in pds)
    return grade, card, tree


def score_record(scored: Scored, rules: Rulebook) -> ScoreRecord:
    """The score as it is kept: six places."""
    view, scale = scored.view, rules.policy.master_scale
    grade = grade_of(scored.pd_percent, scale)
    tree_pd = _pd_percent(view.z_tree + rules.view_shift, rules)
    card_pd = _pd_percent(view.z_card + rules.view_shift, rules)
    return ScoreRecord(
        z_card=six_places(view.z_card),
        z_tree=six_places(view.z_tree),
        z_five_c=six_places(view.z_five_c),
        z=six_places(scored.z),
        central_tendency_percent=rules.policy.central_tendency_percent[rules.model.segment],
        shift=six_places(rules.shift),
        pd_percent=scored.pd_percent,
        grade=grade.grade,
        card_grade=grade_of(card_pd, scale).grade,
        score=score_of(scored.pd_percent),
        bins=tuple(
            CardBinRecord(
                feature=part.feature,
                bin=part.bin,
                log_odds=six_places(part.log_odds),
                points=int(Decimal(repr(-FACTOR * part.log_odds)).to_integral_value(ROUND_HALF_UP)),
            )
            for part in scored.card.contributions
        ),
        tree=TreeRecord(
            pd_percent=tree_pd,
            leaf=scored.tree.leaf,
            path=scored.tree.path,
            grade=grade_of(tree_pd, scale).grade,
        ),
        five_c=FiveCRecord(
            total=six_places(scored.five_c.total),
            categories=tuple(_category(category) for category in scored.five_c.categories),
        ),
        recommendation=grade.recommendation,
        expert_flags=tuple(ExpertFlagRecord(code=one.flag.code, log_odds=one.added) for one in scored.flags),
    )


def _category(category: CategoryScore) -> CategoryRecord:
    return CategoryRecord(
        name=category.name,
        weight=category.weight,
        points=six_places(category.points),
        indicators=tuple(
            IndicatorRecord(name=one.name, value=as_text(one.value), points=one.points, missing=one.missing)
            for one in category.indicators
        ),
    )


def as_text(value: FeatureValue) -> str | None:
    return None if value is None else str(value)


def as_number(value: FeatureValue) -> float | str | None:
    return float(value) if isinstance(value, Decimal) else value
