"""What others announce of applications and loans → our commands. Pure translations."""

from services.risk.domain.classification_commands import FollowChangedTerms, NoteSign
from services.risk.domain.commands import (
    CureLoan,
    EnterLoan,
    MeasureDelinquency,
    ObserveRepayment,
    RequestAssessment,
    ReturnLoan,
    SettleLoan,
    WriteOffLoan,
)
from services.risk.domain.credit_assessment import credit_assessment
from services.risk.domain.facts import ApplicationFacts
from services.risk.domain.final_decision import NoteFinalDecision, final_decision
from services.risk.domain.loan_classification import loan_classification
from services.risk.domain.undrawn_limit import NoteUndrawn, undrawn_limit
from shared.contracts.application import ApplicationDecided, ApplicationSubmitted
from shared.contracts.disbursement import FundsMisused, LoanDisbursed
from shared.contracts.repayment import (
    CommitmentMoved,
    DelinquencyAged,
    InstallmentCured,
    InstallmentOverdue,
    LoanExtended,
    LoanRenewed,
    LoanRescheduled,
    LoanSettled,
    LoanWrittenOff,
    RepaymentReceived,
    RepaymentReversed,
)
from shared.subscription import Subscription


def assess_submitted_application(message: ApplicationSubmitted) -> RequestAssessment:
    return RequestAssessment(facts=ApplicationFacts.model_validate(message, from_attributes=True))


def enter_disbursed_loan(message: LoanDisbursed) -> EnterLoan:
    return EnterLoan(
        loan_id=message.loan_id,
        application_id=message.application_id,
        borrower_id=message.borrower_id,
        principal=message.principal,
        term_months=message.term_months,
        disbursed_on=message.disbursed_on,
    )


def note_misuse(message: FundsMisused) -> NoteSign:
    """Money spent on what it was not lent for: at best special mention (金融资产风险分类办法), whoever pays in time."""
    return NoteSign(
        loan_id=message.loan_id,
        sign="misused",
        expected_loss_percent=None,
        reason=f"{message.misused} misused since {message.misused_from}",
        noted_by=message.confirmed_by,
        noted_on=message.confirmed_on,
    )


def measure_overdue_installment(message: InstallmentOverdue) -> MeasureDelinquency:
    return MeasureDelinquency(loan_id=message.loan_id, days_past_due=message.days_past_due, as_of=message.as_of)


def measure_aged_loan(message: DelinquencyAged) -> MeasureDelinquency:
    return MeasureDelinquency(loan_id=message.loan_id, days_past_due=message.days_past_due, as_of=message.as_of)


def measure_unpaid_loan(message: RepaymentReversed) -> MeasureDelinquency | ReturnLoan:
    """Without the receipt that paid it off the loan is back."""
    ask = ReturnLoan if message.reopened else MeasureDelinquency
    return ask(loan_id=message.loan_id, days_past_due=message.days_past_due, as_of=message.as_of)


def cure_loan(message: InstallmentCured) -> CureLoan:
    return CureLoan(loan_id=message.loan_id, cured_on=message.cured_on)


def observe_good_repayment(message: RepaymentReceived) -> ObserveRepayment | None:
    """Only a payment that leaves nothing past due can end an observation."""
    if message.overdue_after:
        return None
    return ObserveRepayment(loan_id=message.loan_id, received_on=message.received_on)


def follow_changed_terms(message: LoanExtended | LoanRenewed | LoanRescheduled) -> FollowChangedTerms:
    extension = message if isinstance(message, LoanExtended) else None
    return FollowChangedTerms(
        loan_id=message.loan_id,
        borrower_id=message.borrower_id,
        proposal_id=message.proposal_id,
        maturity_on=message.maturity_on,
        extended=extension is not None,
        operation_normal=extension is None or extension.operation_normal,
        restructured=message.restructured,
        first_due_on=message.first_due_on,
        repayment_period_months=message.repayment_period_months,
        days_past_due=message.days_past_due,
        approved_by=message.approved_by,
        changed_on=message.changed_on,
    )


def settle_loan(message: LoanSettled) -> SettleLoan:
    return SettleLoan(loan_id=message.loan_id, settled_on=message.settled_on)


def write_off_loan(message: LoanWrittenOff) -> WriteOffLoan:
    return WriteOffLoan(loan_id=message.loan_id, written_off_on=message.written_off_on)


def note_undrawn(message: CommitmentMoved) -> NoteUndrawn:
    return NoteUndrawn(
        contract_id=message.contract_id,
        application_id=message.application_id,
        undrawn=message.undrawn,
        moved_on=message.moved_on,
    )


def note_final_decision(message: ApplicationDecided) -> NoteFinalDecision:
    return NoteFinalDecision(
        application_id=message.application_id,
        decision=message.decision,
        automatic=message.automatic,
        decided_on=message.decided_on,
    )


subscriptions = (
    Subscription(to=ApplicationDecided, then=note_final_decision, decider=final_decision),
    Subscription(to=ApplicationSubmitted, then=assess_submitted_application, decider=credit_assessment),
    Subscription(to=LoanDisbursed, then=enter_disbursed_loan, decider=loan_classification),
    Subscription(to=FundsMisused, then=note_misuse, decider=loan_classification),
    Subscription(to=InstallmentOverdue, then=measure_overdue_installment, decider=loan_classification),
    Subscription(to=DelinquencyAged, then=measure_aged_loan, decider=loan_classification),
    Subscription(to=RepaymentReversed, then=measure_unpaid_loan, decider=loan_classification),
    Subscription(to=InstallmentCured, then=cure_loan, decider=loan_classification),
    Subscription(to=RepaymentReceived, then=observe_good_repayment, decider=loan_classification),
    Subscription(to=LoanExtended, then=follow_changed_terms, decider=loan_classification),
    Subscription(to=LoanRenewed, then=follow_changed_terms, decider=loan_classification),
    Subscription(to=LoanRescheduled, then=follow_changed_terms, decider=loan_classification),
    Subscription(to=LoanSettled, then=settle_loan, decider=loan_classification),
    Subscription(to=LoanWrittenOff, then=write_off_loan, decider=loan_classification),
    Subscription(to=CommitmentMoved, then=note_undrawn, decider=undrawn_limit),
)
