"""What other services announce → what is recorded of a loan application."""

from services.application.domain.commands import (
    RecordAssessment,
    RecordDisbursement,
    RecordDisbursementFailure,
    RecordSettlement,
    RecordWriteOff,
)
from services.application.domain.facts import Reason
from services.application.domain.loan_application import loan_application
from shared.contracts.disbursement import DisbursementFailed, LoanDisbursed
from shared.contracts.repayment import LoanSettled, LoanWrittenOff
from shared.contracts.risk import CreditAssessed
from shared.subscription import Subscription


def record_assessment(message: CreditAssessed) -> RecordAssessment:
    return RecordAssessment(
        application_id=message.application_id,
        assessment_id=message.assessment_id,
        outcome=message.outcome,
        score=message.score,
        grade=message.grade,
        pd_percent=message.pd_percent,
        five_c_score=message.five_c_score,
        limit=message.limit,
        binding_limit=message.binding_limit,
        annual_rate_percent=message.annual_rate_percent,
        benchmark_percent=message.benchmark_percent,
        spread_bps=message.spread_bps,
        risk_based_rate_percent=message.risk_based_rate_percent,
        floor_percent=message.floor_percent,
        reasons=tuple(Reason(code=reason.code, zh=reason.zh, en=reason.en) for reason in message.reasons),
        model_version=message.model_version,
        policy_version=message.policy_version,
        assessed_on=message.assessed_on,
    )


def record_disbursement(message: LoanDisbursed) -> RecordDisbursement:
    return RecordDisbursement(
        application_id=message.application_id,
        contract_id=message.contract_id,
        loan_id=message.loan_id,
        principal=message.principal,
        disbursed_on=message.disbursed_on,
    )


def record_disbursement_failure(message: DisbursementFailed) -> RecordDisbursementFailure:
    return RecordDisbursementFailure(
        application_id=message.application_id,
        contract_id=message.contract_id,
        loan_id=message.loan_id,
        amount=message.amount,
        reason=message.reason,
        failed_on=message.failed_on,
    )


def record_settlement(message: LoanSettled) -> RecordSettlement:
    return RecordSettlement(
        application_id=message.application_id,
        contract_id=message.contract_id,
        loan_id=message.loan_id,
        early=message.early,
        settled_on=message.settled_on,
    )


def record_write_off(message: LoanWrittenOff) -> RecordWriteOff:
    return RecordWriteOff(
        application_id=message.application_id,
        contract_id=message.contract_id,
        loan_id=message.loan_id,
        written_off_on=message.written_off_on,
    )


subscriptions = (
    Subscription(to=CreditAssessed, then=record_assessment, decider=loan_application),
    Subscription(to=LoanDisbursed, then=record_disbursement, decider=loan_application),
    Subscription(to=DisbursementFailed, then=record_disbursement_failure, decider=loan_application),
    Subscription(to=LoanSettled, then=record_settlement, decider=loan_application),
    Subscription(to=LoanWrittenOff, then=record_write_off, decider=loan_application),
)
