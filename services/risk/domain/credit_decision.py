"""评估: facts and rulebook in, decision record out. Pure, so that the same record comes out again, byte for byte."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.risk.domain.counterfactual import Borders, counterfactuals
from services.risk.domain.decision_record import (
    ENGINE,
    ContributionRecord,
    DecisionRecord,
    Engine,
    FeatureRecord,
    KnockOutRecord,
    LimitRecord,
    Outcome,
    ReasonRecord,
)
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.features import FeatureValues, application_features
from services.risk.domain.fractions import NIL, six_places
from services.risk.domain.knock_outs import Finding, knock_outs
from services.risk.domain.limit_measurement import (
    collateral_accepted,
    existing_yearly_service,
    firm_cash_available,
    requested_yearly_service,
)
from services.risk.domain.outcome import announced_reasons, automatic_cap, declines, outcome, referrals
from services.risk.domain.risk_score import (
    Scored,
    as_text,
    contributions_of,
    grades_of,
    missing_items,
    risk_score,
    score_reasons,
    score_record,
)
from services.risk.domain.rulebook import Rulebook
from services.risk.domain.source_features import source_features
from services.risk.domain.terms import Terms, limit_record, price_record, risk_price_record, terms_for
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is decided and why, from inputs to reasons, before any of it is written down."""

    features: FeatureValues
    findings: tuple[Finding, ...]
    scored: Scored
    grade: str
    terms: Terms
    missing: tuple[str, ...]
    declined: tuple[ReasonRecord, ...]
    referred: tuple[ReasonRecord, ...]
    contributions: tuple[tuple[str, float], ...]
    reasons: tuple[ReasonRecord, ...]
    outcome: Outcome


def conclude(facts: ApplicationFacts, rules: Rulebook, assessed_on: date) -> Conclusion:
    """Features, knock-outs, three views, grade, price, limit, outcome, reasons."""
    features = features_of(facts, rules)
    findings = knock_outs(features, facts.segment, rules.knock_outs)
    scored = risk_score(features, rules)
    grade, card_grade, tree_grade = grades_of(scored, rules)
    terms = terms_for(facts, rules, assessed_on=assessed_on, grade=grade, pd_percent=scored.pd_percent)
    missing = missing_items(features, rules)
    declined = declines(findings)
    referred = referrals(
        facts,
        rules.policy,
        findings=findings,
        missing=missing,
        grade=grade,
        views=(card_grade, tree_grade),
        limit=terms.lowest,
        cycle_days=terms.cycle_days,
    )
    contributions = contributions_of(scored, rules)
    reasons = announced_reasons(declined, referred, score_reasons(contributions, features))
    return Conclusion(
        features, findings, scored, grade, terms, missing, declined, referred, contributions, reasons,
        outcome(declined, referred),
    )  # fmt: skip


def decide_credit(
    facts: ApplicationFacts, rules: Rulebook, *, assessment_id: UUID, assessed_on: date, engine: Engine = ENGINE
) -> DecisionRecord:
    """The decision with every step of it, as it is kept."""
    found = conclude(facts, rules, assessed_on)
    features, findings, scored, terms = found.features, found.findings, found.scored, found.terms
    missing, declined, referred, reasons = found.missing, found.declined, found.referred, found.reasons
    score = score_record(scored, rules)
    borders = Borders(
        grade=score.grade,
        cap=automatic_cap(rules.policy, facts.segment, score.grade),
        limit=terms.lowest.amount,
        worst_automatic_grade=rules.policy.automatic[facts.segment].worst_grade,
        missing=missing,
        currency=rules.policy.currency,
    )
    return DecisionRecord(
        engine=engine,
        assessment_id=assessment_id,
        assessed_on=assessed_on,
        facts=facts,
        documents=rules.references,
        features=tuple(FeatureRecord(name=name, value=as_text(features[name])) for name in sorted(features)),
        missing=missing,
        knock_outs=tuple(_kept(finding) for finding in findings),
        score=score,
        contributions=tuple(
            ContributionRecord(feature=name, log_odds_above_best=six_places(above))
            for name, above in found.contributions
        ),
        limit=_nil(limit_record(terms)) if declined else limit_record(terms),
        price=price_record(terms, engine),
        risk_price=risk_price_record(terms),
        referrals=referred,
        outcome=found.outcome,
        reasons=reasons,
        model_version=rules.model_version,
        policy_version=rules.policy_version,
        counterfactuals=None if engine == "1" else counterfactuals(reasons, findings, features, scored, rules, borders),
    )


def features_of(facts: ApplicationFacts, rules: Rulebook) -> FeatureValues:
    """Everything that models and rules may ask about the application; of the sources, what the schema defines."""
    limits = rules.policy.limits[facts.segment]
    features = application_features(
        facts,
        collateral_accepted=collateral_accepted(facts, rules.collateral, limits),
        yearly_service=existing_yearly_service(facts, limits) + requested_yearly_service(facts, limits),
        firm_cash=firm_cash_available(facts.small_firm, limits) if facts.small_firm is not None else NIL,
    )
    return features | {name: value for name, value in source_features(facts).items() if name in rules.defined_features}


def _nil(limit: LimitRecord) -> LimitRecord:
    """Nothing may be lent to who is declined; the candidates stay on record."""
    return limit.model_copy(update={"amount": Money(0, limit.amount.currency), "binding": "knock_out"})


def _kept(finding: Finding) -> KnockOutRecord:
    return KnockOutRecord(
        code=finding.rule.code,
        feature=finding.rule.feature,
        value=as_text(finding.value),
        result=finding.result,
    )
