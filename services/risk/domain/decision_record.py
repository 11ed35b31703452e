"""决策档案: everything one decision stood on, from which it can be computed again to the same bytes."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.risk.domain.facts import ApplicationFacts
from shared.messages import Value
from shared.money import Money

Outcome = Literal["approve", "refer", "decline"]
Engine = Literal["1", "2"]
ENGINE: Engine = "2"
"""Changes when a record of the same facts would. An old record is computed again by the engine that made it.

1: no counterfactuals and no floor of the price. 2: both.
"""
Relation = Literal["at_least", "at_most", "above", "is", "none_of", "told"]


class DocumentReference(Value):
    """A model or a piece of policy data: which kind and version, and the SHA-256 of its file."""

    kind: str
    version: str
    sha256: str


class FeatureRecord(Value):
    """A fact as the models saw it: a number with six places, a category, or None where it was missing."""

    name: str
    value: str | None


class ReasonRecord(Value):
    code: str
    zh: str
    en: str


class CounterfactualRecord(Value):
    """What `feature` would have to be, all else as told, for the reason `code` to go or the grade to rise to `grade`.

    `needed` is None where this one thing cannot do it.
    """

    code: str
    feature: str
    told: str | None
    needed: str | None
    relation: Relation
    grade: str | None
    zh: str
    en: str


class KnockOutRecord(Value):
    code: str
    feature: str
    value: str | None
    result: Literal["pass", "refer", "decline", "unknown"]


class CardBinRecord(Value):
    """`log_odds` = coefficient x weight of evidence of the bin; `points` the same on the score's scale, rounded."""

    feature: str
    bin: int
    log_odds: Decimal
    points: int


class TreeRecord(Value):
    pd_percent: Decimal
    leaf: int
    path: tuple[str, ...]
    grade: str


class IndicatorRecord(Value):
    name: str
    value: str | None
    points: Decimal
    missing: bool


class CategoryRecord(Value):
    name: str
    weight: Decimal
    points: Decimal
    indicators: tuple[IndicatorRecord, ...]


class FiveCRecord(Value):
    total: Decimal
    categories: tuple[CategoryRecord, ...]


class ExpertFlagRecord(Value):
    """What a flag of the policy added to the log-odds; 0 where it was not raised."""

    code: str
    log_odds: Decimal


class ScoreRecord(Value):
    """Log-odds under the training prior, the shift to the central tendency, and what came of it.

    `card_grade` and `tree.grade` are the grades of the two views alone.
    """

    z_card: Decimal
    z_tree: Decimal
    z_five_c: Decimal
    z: Decimal
    central_tendency_percent: Decimal
    shift: Decimal
    pd_percent: Decimal
    grade: str
    card_grade: str
    score: int
    bins: tuple[CardBinRecord, ...]
    tree: TreeRecord
    five_c: FiveCRecord
    recommendation: str
    expert_flags: tuple[ExpertFlagRecord, ...] = Field(default=(), exclude_if=lambda told: not told)


class ContributionRecord(Value):
    """How far one feature keeps the log-odds above those of a borrower with every best answer."""

    feature: str
    log_odds_above_best: Decimal


class NeedRecord(Value):
    """The measurement of working-capital need; `cycle_days` nil or negative leaves the rest empty."""

    method: str
    own_funds_method: str
    own_funds: Money
    growth_percent: Decimal
    margin_percent: Decimal
    cycle_days: Decimal | None
    turnover: Decimal | None
    need: Money | None
    raw_limit: Money | None


class CandidateRecord(Value):
    method: str
    amount: Money | None


class LimitRecord(Value):
    amount: Money
    binding: str
    candidates: tuple[CandidateRecord, ...]
    collateral_accepted: Money
    need: NeedRecord | None


class PriceRecord(Value):
    """The published price: spreads in basis points, `bound` where floor or cap moved the rate.

    Below `floor_percent` a rate needs the next authority; engine 1 did not keep it.
    """

    annual_rate_percent: Decimal
    benchmark_percent: Decimal
    benchmark_published_on: date
    grade_spread_bps: int
    term_spread_bps: int
    collateral_spread_bps: int
    spread_bps: int
    bound: str | None
    floor_percent: Decimal | None = Field(default=None, exclude_if=lambda told: told is None)


class RiskPriceRecord(Value):
    """The risk-based rate by component, and RAROC and expected loss at the published price."""

    rate_percent: Decimal
    funding_percent: Decimal
    operating_percent: Decimal
    expected_loss_percent: Decimal
    capital_percent: Decimal
    capital_charge_percent: Decimal
    vat_percent: Decimal
    lgd_percent: Decimal
    raroc_percent: Decimal
    expected_credit_loss: Money


class DecisionRecord(Value):
    """The decision and its grounds. Who asked, when, and under which trace ride in the event's metadata.

    `reasons` are the at most four that are announced; `referrals` all causes for which a person decides.
    """

    engine: Engine
    assessment_id: UUID
    assessed_on: date
    facts: ApplicationFacts
    documents: tuple[DocumentReference, ...]
    features: tuple[FeatureRecord, ...]
    missing: tuple[str, ...]
    knock_outs: tuple[KnockOutRecord, ...]
    score: ScoreRecord
    contributions: tuple[ContributionRecord, ...]
    limit: LimitRecord
    price: PriceRecord
    risk_price: RiskPriceRecord
    referrals: tuple[ReasonRecord, ...]
    outcome: Outcome
    reasons: tuple[ReasonRecord, ...]
    model_version: str
    policy_version: str
    counterfactuals: tuple[CounterfactualRecord, ...] | None = Field(default=None, exclude_if=lambda told: told is None)
    """One for each of `reasons`; engine 1 gave none, and its records are still stored without."""
