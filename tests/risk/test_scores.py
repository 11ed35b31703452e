"""Card, tree, 5C, blend and scale: the arithmetic of a score, and what it may never do."""

import random
from decimal import Decimal
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from services.risk.domain.credit_decision import features_of
from services.risk.domain.decision_tree import DecisionTree, TreeNode
from services.risk.domain.facts import Segment
from services.risk.domain.features import FeatureValues
from services.risk.domain.five_c import Band, Category, FiveCTable, Indicator, banded, five_c
from services.risk.domain.master_scale import FACTOR, OFFSET, grade_of, score_of
from services.risk.domain.risk_score import contributions_of, missing_items, risk_score, score_reasons
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.scorecard import CardFeature, Scorecard, logit, probability
from tests.risk.builders import FACTS, company_facts, rulebook

D = Decimal
CARD = Scorecard(
    intercept=-2.0,
    characteristics=(
        CardFeature(feature="debt", edges=(0.5, 0.9), woe=(-1.0, 0.0, 2.0), beta=0.5, information_value=1.0),
        CardFeature(feature="job", categories=("fixed", "other"), woe=(-0.5, 1.0), beta=1.0, information_value=1.0),
    ),
)


@pytest.mark.parametrize(
    ("debt", "job", "z"),
    [
        (0.49, "fixed", -3.0),
        (0.5, "fixed", -2.5),  # a bin begins at its edge
        (0.9, "other", 0.0),
        (None, "fixed", -1.5),  # missing: the riskiest bin
        (0.49, "pilot", -1.5),  # an unknown category: the riskiest bin
    ],
)
def test_the_card_adds_weight_of_evidence_by_bin(debt: float | None, job: str, z: float) -> None:
    assert CARD.score({"debt": debt, "job": job}).z == pytest.approx(z)


@pytest.mark.parametrize(
    "broken",
    [
        {"edges": (0.9, 0.5)},
        {"woe": (1.0, 2.0)},
        {"beta": -0.1},
    ],
    ids=["edges that fall", "a bin without evidence", "a coefficient against its direction"],
)
def test_a_card_that_is_not_whole_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CardFeature.model_validate(CARD.characteristics[0].model_dump() | broken)


def test_probability_and_logit_are_inverse_and_stay_finite() -> None:
    assert probability(2.0) == pytest.approx(0.880797, abs=1e-6)
    assert probability(logit(0.07)) == pytest.approx(0.07)
    assert (probability(-1000), probability(1000)) == (0.0, 1.0)


TREE = DecisionTree(
    nodes=(
        TreeNode(feature="debt", threshold=0.7, left=1, right=2),
        TreeNode(default_rate=0.02),
        TreeNode(feature="job", threshold=0.5, left=3, right=4),
        TreeNode(default_rate=0.10),
        TreeNode(default_rate=0.40),
    ),
    ranks={"job": {"fixed": 0, "other": 1}},
    missing={"debt": 9.0, "job": 1.0},
)


@pytest.mark.parametrize(
    ("debt", "job", "rate"),
    [(0.7, "other", 0.02), (0.71, "fixed", 0.10), (0.71, "other", 0.40), (None, None, 0.40), (0.71, "pilot", 0.40)],
)
def test_the_tree_answers_by_its_path_and_takes_what_is_missing_as_risky(
    debt: float | None, job: str | None, rate: float
) -> None:
    assert TREE.judge({"debt": debt, "job": job}).default_rate == rate


def test_the_tree_tells_the_path_to_its_leaf() -> None:
    assert TREE.judge({"debt": 0.8, "job": "fixed"}).path == ("debt > 0.7", "job <= 0.5")


def test_a_tree_that_could_run_in_circles_is_refused() -> None:
    with pytest.raises(ValidationError, match="before its children"):
        DecisionTree(nodes=(TreeNode(feature="a", threshold=0, left=0, right=0),), ranks={}, missing={})


def test_the_scale_gives_600_points_at_fifty_to_one_and_twenty_for_doubling() -> None:
    assert pytest.approx(28.853901, abs=1e-6) == FACTOR
    assert pytest.approx(487.122876, abs=1e-6) == OFFSET


@pytest.mark.parametrize(
    ("pd_percent", "score"), [("0.5", 640), ("1", 620), ("2", 599), ("5", 572), ("10", 551), ("20", 527)]
)
def test_the_score_of_a_probability(pd_percent: str, score: int) -> None:
    assert score_of(D(pd_percent)) == score


@pytest.mark.parametrize(
    ("pd_percent", "grade"),
    [("0", "R1"), ("0.249999", "R1"), ("0.25", "R2"), ("1.999999", "R4"), ("2", "R5"), ("20", "R9"), ("99.99", "R9")],
)
def test_a_grade_holds_its_lower_border(pd_percent: str, grade: str) -> None:
    assert grade_of(D(pd_percent), rulebook().policy.master_scale).grade == grade


BANDS = (Band(from_value=None, points=D(0)), Band(from_value=D(1), points=D(50)), Band(from_value=D(2), points=D(100)))


@pytest.mark.parametrize(("value", "points"), [("-9", 0), ("0.999999", 0), ("1", 50), ("1.999999", 50), ("2", 100)])
def test_bands_are_half_open_and_leave_no_gap(value: str, points: int) -> None:
    assert banded(D(value), BANDS) == points


def indicator(**changes: Any) -> Indicator:
    given = {"name": "cover", "weight": D(100), "bands": BANDS, "missing_points": D(0), "reference_points": D(50)}
    return Indicator.model_validate(given | changes)


@pytest.mark.parametrize(
    "broken",
    [
        {"bands": BANDS[1:]},
        {"bands": (BANDS[0], BANDS[2], BANDS[1])},
        {"missing_points": D(10)},
        {"bands": ()},
    ],
    ids=["a gap below", "bands that fall", "withholding that pays", "nothing to score by"],
)
def test_a_5c_indicator_that_would_mislead_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        indicator(**broken)


def test_5c_weights_must_sum_to_a_hundred() -> None:
    with pytest.raises(ValidationError, match="sum to 100"):
        Category(name="capacity", weight=D(30), indicators=(indicator(weight=D(90)),))
    with pytest.raises(ValidationError, match="sum to 100"):
        FiveCTable.model_validate(rulebook().five_c.model_dump() | {"categories": ()})


@pytest.mark.parametrize("segment", get_args(Segment))
def test_the_five_cs_weigh_25_30_20_10_15(segment: Segment) -> None:
    weights = {category.name: int(category.weight) for category in rulebook(segment).five_c.categories}
    assert weights == {"character": 25, "capacity": 30, "capital": 20, "collateral": 10, "conditions": 15}


def test_what_is_missing_gets_its_default_and_a_flag() -> None:
    table = rulebook().five_c
    nothing = five_c({}, table)
    assert all(one.missing for category in nothing.categories for one in category.indicators)
    known = features_of(company_facts(), rulebook())
    flagged = [one.name for c in five_c(known, table).categories for one in c.indicators if one.missing]
    assert flagged == []


def test_what_indicators_lose_is_what_the_total_lacks() -> None:
    for build in FACTS.values():
        facts = build()
        rules = rulebook(facts.segment)
        scored = five_c(features_of(facts, rules), rules.five_c)
        lost = sum(one.lost for category in scored.categories for one in category.indicators)
        assert lost == 100 - scored.total


# --- properties of the models that serve --------------------------------------------------------------


def random_applicants(rules: Rulebook, count: int, seed: int) -> list[FeatureValues]:
    """Applicants between and beyond the borders of card and tree, with everything else as in the dull case."""
    chance = random.Random(seed)
    dull = features_of(FACTS[rules.model.segment](), rules)
    borders: dict[str, list[float]] = {}
    for characteristic in rules.model.card.characteristics:
        borders.setdefault(characteristic.feature, []).extend(characteristic.edges)
    for node in rules.model.tree.nodes:
        if node.feature in rules.model.signs:
            borders.setdefault(node.feature, []).append(node.threshold)
    applicants = []
    for _ in range(count):
        drawn: FeatureValues = dict(dull)
        for feature, values in borders.items():
            if values:
                low, high = min(values), max(values)
                drawn[feature] = D(str(round(chance.uniform(low - 1, high + 1), 6)))
        applicants.append(drawn)
    return applicants


@pytest.mark.parametrize("segment", get_args(Segment))
def test_withholding_an_answer_never_lowers_the_pd(segment: Segment) -> None:
    rules = rulebook(segment)
    for applicant in random_applicants(rules, 30, seed=2):
        told = risk_score(applicant, rules).pd_percent
        for feature in applicant:
            assert risk_score({**applicant, feature: None}, rules).pd_percent >= told, feature


def test_the_top_reason_goes_away_when_its_cause_is_mended() -> None:
    rules = rulebook()
    indebted = {**features_of(company_facts(), rules), "debt_to_assets": D("1.4"), "profit_to_liab": D("0.01")}
    mended = {**indebted, "debt_to_assets": D("0.1")}
    before = score_reasons(contributions_of(risk_score(indebted, rules), rules), indebted)
    after = score_reasons(contributions_of(risk_score(mended, rules), rules), mended)
    assert before[0].code == "S10"
    assert "S10" not in {one.code for one in after}


def test_reasons_are_at_most_four_and_never_about_what_is_missing() -> None:
    rules = rulebook()
    silent = {**features_of(company_facts(), rules), "worst_days_past_due": None, "court_cases_open": None}
    told = score_reasons(contributions_of(risk_score(silent, rules), rules), silent)
    assert len(told) == 4
    assert not {"S07", "S29"} & {one.code for one in told}
    assert missing_items(silent, rules) == ("court_cases_open", "worst_days_past_due")
