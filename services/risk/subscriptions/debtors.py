"""What others announce → what is known of a debtor, and when somebody visits him. Pure translations."""

from services.risk.domain.debtor import debtor
from services.risk.domain.debtor_commands import (
    EndClaim,
    MeasureClaim,
    RecordRecovery,
    ReportLitigation,
    ReportTurnover,
    ReturnClaim,
    TakeOnClaim,
)
from services.risk.domain.inspection_plan import EndInspections, PlanInspections, ResumeInspections, inspection_plan
from shared.contracts.application import ApplicationSubmitted
from shared.contracts.disbursement import LoanDisbursed
from shared.contracts.repayment import (
    DelinquencyAged,
    InstallmentCured,
    InstallmentOverdue,
    LoanRescheduled,
    LoanSettled,
    LoanWrittenOff,
    RecoveryReceived,
    RepaymentReceived,
    RepaymentReversed,
)
from shared.subscription import Subscription


def take_on_claim(message: LoanDisbursed) -> TakeOnClaim:
    return TakeOnClaim(
        borrower_id=message.borrower_id,
        loan_id=message.loan_id,
        application_id=message.application_id,
        principal=message.principal,
        annual_rate_percent=message.annual_rate_percent,
        repayment_method=message.repayment_method,
        term_months=message.term_months,
        retail=message.retail,
        limit=message.limit,
        taken_on=message.disbursed_on,
    )


def return_unpaid_claim(message: RepaymentReversed) -> MeasureClaim | ReturnClaim:
    ask = ReturnClaim if message.reopened else MeasureClaim
    return ask(
        borrower_id=message.borrower_id,
        loan_id=message.loan_id,
        outstanding=message.outstanding_principal,
        days_past_due=message.days_past_due,
        as_of=message.as_of,
    )


def measure_late_claim(message: InstallmentOverdue | DelinquencyAged) -> MeasureClaim:
    return MeasureClaim(
        borrower_id=message.borrower_id,
        loan_id=message.loan_id,
        outstanding=message.outstanding_principal,
        days_past_due=message.days_past_due,
        as_of=message.as_of,
    )


def measure_paid_claim(message: RepaymentReceived) -> MeasureClaim | None:
    """What was announced before the days were told says nothing of them, so only the later word counts."""
    days = 0 if not message.overdue_after else message.days_past_due_after
    if days is None:
        return None
    return MeasureClaim(
        borrower_id=message.borrower_id,
        loan_id=message.loan_id,
        outstanding=message.outstanding_after,
        days_past_due=days,
        as_of=message.received_on,
    )


def measure_rescheduled_claim(message: LoanRescheduled) -> MeasureClaim:
    """Interest that has become principal is owed as such."""
    return MeasureClaim(
        borrower_id=message.borrower_id,
        loan_id=message.loan_id,
        outstanding=message.outstanding,
        days_past_due=message.days_past_due,
        as_of=message.changed_on,
    )


def measure_cured_claim(message: InstallmentCured) -> MeasureClaim:
    return MeasureClaim(
        borrower_id=message.borrower_id,
        loan_id=message.loan_id,
        outstanding=None,
        days_past_due=0,
        as_of=message.cured_on,
    )


def end_paid_claim(message: LoanSettled) -> EndClaim:
    return EndClaim(
        borrower_id=message.borrower_id, loan_id=message.loan_id, written_off=False, ended_on=message.settled_on
    )


def end_written_off_claim(message: LoanWrittenOff) -> EndClaim:
    return EndClaim(
        borrower_id=message.borrower_id, loan_id=message.loan_id, written_off=True, ended_on=message.written_off_on
    )


def record_recovery(message: RecoveryReceived) -> RecordRecovery:
    return RecordRecovery(
        borrower_id=message.borrower_id,
        loan_id=message.loan_id,
        receipt_id=message.receipt_id,
        amount=message.amount,
        received_on=message.received_on,
    )


def report_litigation(message: ApplicationSubmitted) -> ReportLitigation | None:
    """A debtor who applies again may tell of cases that are news."""
    if not message.bureau.court_cases_open:
        return None
    return ReportLitigation(
        borrower_id=message.borrower_id, cases=message.bureau.court_cases_open, reported_on=message.submitted_on
    )


def report_turnover(message: ApplicationSubmitted) -> ReportTurnover | None:
    """A debtor who applies again may show statements with less turnover than the year before."""
    if message.company is None or message.company.latest.revenue >= message.company.previous.revenue:
        return None
    return ReportTurnover(
        borrower_id=message.borrower_id,
        before=message.company.previous.revenue,
        now=message.company.latest.revenue,
        reported_on=message.submitted_on,
    )


def plan_inspections(message: LoanDisbursed) -> PlanInspections:
    return PlanInspections(
        loan_id=message.loan_id,
        borrower_id=message.borrower_id,
        principal=message.principal,
        disbursed_on=message.disbursed_on,
    )


def end_inspections_of_paid(message: LoanSettled) -> EndInspections:
    return EndInspections(loan_id=message.loan_id, ended_on=message.settled_on)


def resume_inspections(message: RepaymentReversed) -> ResumeInspections | None:
    return ResumeInspections(loan_id=message.loan_id, as_of=message.as_of) if message.reopened else None


def end_inspections_of_written_off(message: LoanWrittenOff) -> EndInspections:
    return EndInspections(loan_id=message.loan_id, ended_on=message.written_off_on)


subscriptions = (
    Subscription(to=ApplicationSubmitted, then=report_litigation, decider=debtor),
    Subscription(to=ApplicationSubmitted, then=report_turnover, decider=debtor),
    Subscription(to=LoanDisbursed, then=plan_inspections, decider=inspection_plan),
    Subscription(to=LoanSettled, then=end_inspections_of_paid, decider=inspection_plan),
    Subscription(to=LoanWrittenOff, then=end_inspections_of_written_off, decider=inspection_plan),
    Subscription(to=RepaymentReversed, then=resume_inspections, decider=inspection_plan),
    Subscription(to=LoanDisbursed, then=take_on_claim, decider=debtor),
    Subscription(to=InstallmentOverdue, then=measure_late_claim, decider=debtor),
    Subscription(to=DelinquencyAged, then=measure_late_claim, decider=debtor),
    Subscription(to=RepaymentReversed, then=return_unpaid_claim, decider=debtor),
    Subscription(to=RepaymentReceived, then=measure_paid_claim, decider=debtor),
    Subscription(to=LoanRescheduled, then=measure_rescheduled_claim, decider=debtor),
    Subscription(to=InstallmentCured, then=measure_cured_claim, decider=debtor),
    Subscription(to=LoanSettled, then=end_paid_claim, decider=debtor),
    Subscription(to=LoanWrittenOff, then=end_written_off_claim, decider=debtor),
    Subscription(to=RecoveryReceived, then=record_recovery, decider=debtor),
)
