"""Our facts → what the others need of them: the outcome of an assessment, a change of class, expected losses."""

from typing import Any

from services.risk.domain import events
from services.risk.domain.decision_record import DecisionRecord
from shared.contracts.risk import CreditAssessed, LimitCandidate, LoanClassified, ProvisionMeasured, Reason, StageLoss
from shared.event_store import Recorded
from shared.messages import IntegrationEvent

announces = (CreditAssessed, LoanClassified, ProvisionMeasured)


def to_integration_event(recorded: Recorded[Any]) -> IntegrationEvent | None:
    match recorded.event:
        case events.CreditAssessed() as assessed:
            return credit_assessed(assessed.record)
        case events.LoanClassified() as classified:
            return LoanClassified(
                loan_id=classified.loan_id,
                classification=classified.classification.value,
                previous=classified.previous.value,
                provision_rate_percent=classified.provision_rate_percent,
                days_past_due=classified.days_past_due,
                classified_on=classified.classified_on,
            )
        case events.ProvisionMeasured() as measured:
            return ProvisionMeasured(
                branch=measured.branch,
                stages=tuple(StageLoss(**dict(one)) for one in measured.stages),
                specific=measured.specific,
                top_up=measured.top_up,
                undrawn=measured.undrawn,
                undrawn_loss=measured.undrawn_loss,
                measured_on=measured.measured_on,
            )
        case _:
            return None


def credit_assessed(record: DecisionRecord) -> CreditAssessed:
    """The decision without its grounds; whoever wants those reads the record here."""
    return CreditAssessed(
        application_id=record.facts.application_id,
        assessment_id=record.assessment_id,
        outcome=record.outcome,
        score=record.score.score,
        grade=record.score.grade,
        pd_percent=record.score.pd_percent,
        five_c_score=record.score.five_c.total,
        limit=record.limit.amount,
        binding_limit=record.limit.binding,
        limit_candidates=tuple(LimitCandidate(method=one.method, amount=one.amount) for one in record.limit.candidates),
        annual_rate_percent=record.price.annual_rate_percent,
        benchmark_percent=record.price.benchmark_percent,
        spread_bps=record.price.spread_bps,
        risk_based_rate_percent=record.risk_price.rate_percent,
        floor_percent=record.price.floor_percent,
        reasons=tuple(Reason(code=one.code, zh=one.zh, en=one.en) for one in record.reasons),
        model_version=record.model_version,
        policy_version=record.policy_version,
        assessed_on=record.assessed_on,
    )
