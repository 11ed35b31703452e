"""反事实解释: for each announced reason, the value of that one thing which would change the grade or still the rule.

Only the one thing is changed, everything else as it was told: an applicant can check it, and aim at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.risk.domain.blend import log_odds_per_point
from services.risk.domain.decision_record import CounterfactualRecord, ReasonRecord, Relation
from services.risk.domain.expert_flags import Flagged
from services.risk.domain.features import FeatureValue, FeatureValues
from services.risk.domain.five_c import Indicator, IndicatorScore
from services.risk.domain.fractions import NIL
from services.risk.domain.knock_outs import Finding
from services.risk.domain.master_scale import grade_of
from services.risk.domain.reasons import REFERRALS, SCORE
from services.risk.domain.risk_score import Scored, as_number, as_text, pd_percent_of
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.scorecard import CardContribution, CardFeature, logit
from services.risk.domain.telling_values import Places

FEATURE_OF = {code: name for name, (code, _, _) in SCORE.items()}
NEAR = 1e-4
"""Log-odds: more than what rounding a PD to six places can move."""
CAUSE_OF = {code: name for name, (code, _, _) in REFERRALS.items()}


@dataclass(frozen=True)
class Borders:
    """What decided: the grade, and the amounts and items that policy held against the request, in yuan."""

    grade: str
    cap: Decimal
    limit: Decimal
    worst_automatic_grade: str
    missing: tuple[str, ...]
    currency: str


def counterfactuals(
    reasons: Sequence[ReasonRecord],
    findings: Sequence[Finding],
    features: FeatureValues,
    scored: Scored,
    rules: Rulebook,
    borders: Borders,
) -> tuple[CounterfactualRecord, ...]:
    """One for every reason, in their order."""
    fired = {finding.rule.code: finding for finding in findings}
    found = []
    for one in reasons:
        if one.code in fired:
            found.append(_of_rule(fired[one.code]))
        elif one.code in FEATURE_OF:
            found.append(_of_feature(one.code, features, scored, rules, borders.grade))
        else:
            found.append(_of_cause(one.code, borders))
    return tuple(found)


def _of_rule(finding: Finding) -> CounterfactualRecord:
    """The nearest value at which the rule is silent."""
    rule, told = finding.rule, as_text(finding.value)
    if rule.operator == "one_of" or rule.number is None:
        names = ", ".join(rule.values)
        return _record(rule.code, rule.feature, told, names, "none_of", f"不属于:{names}", f"none of {names}")
    needed = _shown(rule.number)
    if rule.operator == "above":
        return _record(rule.code, rule.feature, told, needed, "at_most", f"不超过 {needed} 即不触发本规则",
                       f"at {needed} or less this rule is silent")  # fmt: skip
    return _record(rule.code, rule.feature, told, needed, "at_least", f"达到 {needed} 即不触发本规则",
                   f"at {needed} or more this rule is silent")  # fmt: skip


def _of_feature(
    code: str, features: FeatureValues, scored: Scored, rules: Rulebook, grade: str
) -> CounterfactualRecord:
    """The nearest value that lifts the grade; none where this thing alone cannot."""
    name = FEATURE_OF[code]
    told, best = features.get(name), better_value(name, features, scored, rules)
    if best is None:
        return _record(code, name, as_text(told), None, "is", "仅改善此项不足以提高等级",
                       "this alone would not lift the grade")  # fmt: skip
    value, lifted = best
    needed = _shown(value) if isinstance(value, Decimal) else str(value)
    relation: Relation = "is"
    zh, en = f"若为 {needed}", f"if it were {needed}"
    if isinstance(value, Decimal) and isinstance(told, Decimal) and name not in rules.two_sided:
        relation = "at_least" if value > told else "at_most"
        zh = f"若{'不低于' if value > told else '不高于'} {needed}"
        en = f"at {needed} or {'more' if value > told else 'less'}"
    return _record(code, name, as_text(told), needed, relation, f"{zh},其他不变,等级由 {grade} 升为 {lifted}",
                   f"{en}, all else equal, the grade would rise from {grade} to {lifted}", lifted)  # fmt: skip


def better_value(
    feature: str, features: FeatureValues, scored: Scored, rules: Rulebook
) -> tuple[FeatureValue, str] | None:
    """The value of `feature` nearest to the told one that gives a better grade, and that grade; None without one."""
    scale, told = rules.policy.master_scale, features.get(feature)
    now = grade_of(scored.pd_percent, scale)
    if not now.pd_from_percent:
        return None
    lever = _lever(feature, features, scored, rules)
    # Whether a value reaches the border is asked first without rounding: most do not, and that costs little.
    border_z = logit(float(now.pd_from_percent) / 100) - rules.shift + NEAR
    if lever.best_z > border_z:
        return None
    for value in _nearest_first(told, rules.telling_values.get(feature, ())):
        z = lever.z_at(value)
        if z <= border_z:
            pd_percent = pd_percent_of(z, rules)
            if pd_percent < now.pd_from_percent:
                return value, grade_of(pd_percent, scale).grade
    return None


def _nearest_first(told: FeatureValue, values: tuple[FeatureValue, ...]) -> Sequence[FeatureValue]:
    if not isinstance(told, Decimal):
        return [value for value in values if value != told]
    distance = {value: abs(value - told) for value in values if isinstance(value, Decimal)}
    return sorted(distance, key=distance.__getitem__)


@dataclass(frozen=True)
class _Lever:
    """How the blended log-odds move with one feature: its bin of the card, its points, the tree's answer."""

    feature: str
    z: float
    best_z: float
    card: tuple[tuple[CardFeature, CardContribution], ...]
    points: tuple[tuple[Indicator, IndicatorScore, float], ...]
    numbers: Mapping[str, float | str | None]
    flags: tuple[Flagged, ...]
    tree_z: float | None
    """The leaf's log-odds; None where the tree does not ask for the feature."""
    rules: Rulebook

    def z_at(self, value: FeatureValue) -> float:
        """The log-odds with the feature at another value."""
        blend, number, z = self.rules.model.blend, as_number(value), self.z
        for characteristic, part in self.card:
            log_odds = characteristic.beta * characteristic.woe[characteristic.bin_of(number)]
            z += blend.slope * blend.card_weight * (log_odds - part.log_odds)
        for indicator, one, z_per_point in self.points:
            points = indicator.points(value)
            z += z_per_point * float((indicator.missing_points if points is None else points) - one.points)
        for flagged in self.flags:
            added = flagged.flag.log_odds if flagged.flag.is_raised(value) else NIL
            z += float(added - flagged.added)
        if self.tree_z is not None:
            leaf = self.rules.model.tree.judge({**self.numbers, self.feature: number})
            z += blend.slope * blend.tree_weight * (logit(leaf.default_rate) - self.tree_z)
        return z


def _lever(feature: str, features: FeatureValues, scored: Scored, rules: Rulebook) -> _Lever:
    blend, model = rules.model.blend, rules.model
    place = rules.places.get(feature, Places())
    card = tuple((model.card.characteristics[one], scored.card.contributions[one]) for one in place.card)
    per_point = blend.slope * blend.five_c_weight * log_odds_per_point(blend)
    points = tuple(
        (
            rules.five_c.categories[category].indicators[one],
            scored.five_c.categories[category].indicators[one],
            per_point * weight,
        )
        for category, one, weight in place.points
    )
    tree_z = logit(scored.tree.default_rate) if place.is_asked_by_tree else None
    best_z = scored.z - sum(blend.slope * blend.card_weight * part.above_best for _, part in card)
    best_z += sum(
        z_per_point * float(max(indicator.possible_points) - one.points) for indicator, one, z_per_point in points
    )
    flags = tuple(one for one in scored.flags if one.flag.feature == feature)
    best_z -= sum(one.above_best for one in flags)
    if tree_z is not None:
        best_z -= blend.slope * blend.tree_weight * (tree_z - logit(model.tree.lowest_default_rate))
    numbers = {name: as_number(value) for name, value in features.items()} if place.is_asked_by_tree else {}
    return _Lever(feature, scored.z, best_z, card, points, numbers, flags, tree_z, rules)


def _of_cause(code: str, borders: Borders) -> CounterfactualRecord:
    """What policy holds against the request, where it is a thing that can be told."""
    cause = CAUSE_OF[code]
    match cause:
        case "cap" | "limit":
            amount = _shown(borders.cap if cause == "cap" else borders.limit)
            return _record(code, "requested_amount", None, amount, "at_most", f"申请金额不超过 {amount} 时无此原因",
                           f"a request of {amount} or less would not have this cause")  # fmt: skip
        case "grade":
            worst = borders.worst_automatic_grade
            return _record(code, "grade", borders.grade, worst, "at_least", f"等级达到 {worst} 时无此原因",
                           f"a grade of {worst} or better would not have this cause", worst)  # fmt: skip
        case "missing":
            names = ", ".join(borders.missing)
            return _record(code, "missing", None, names, "told", f"请补充:{names}", f"tell: {names}")
        case "cycle":
            return _record(code, "cycle_days", None, "0", "above", "周转期为正时可按公式测算",
                           "with a positive cycle the formula measures the need")  # fmt: skip
        case "currency":
            return _record(code, "currency", None, borders.currency, "is", f"以 {borders.currency} 申请时无此原因",
                           f"a request in {borders.currency} would not have this cause")  # fmt: skip
        case "no_consent":
            return _record(code, "bureau_consent", None, None, "told", "有效授权后可查询征信",
                           "with a valid consent the bureau can be asked")  # fmt: skip
        case _:
            return _record(code, cause, None, None, "is", "须由审批人员判断", "people must judge this")


def _shown(value: Decimal) -> str:
    """Without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _record(
    code: str, feature: str, told: str | None, needed: str | None, relation: Relation, zh: str, en: str,
    grade: str | None = None,
) -> CounterfactualRecord:  # fmt: skip
    return CounterfactualRecord(
        code=code, feature=feature, told=told, needed=needed, relation=relation, grade=grade, zh=zh, en=en
    )
