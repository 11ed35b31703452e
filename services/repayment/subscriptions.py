"""What other services announce, as commands of the loan account."""

from services.repayment.domain.allocation import AllocationTerms
from services.repayment.domain.commands import BookLoan, ReclassifyLoan, WriteOffLoan
from services.repayment.domain.commitment import DrawCommitment, EndCommitment, UndertakeCommitment, commitment
from services.repayment.domain.events import FloatingRate
from services.repayment.domain.expected_loss import BookExpectedLoss, expected_loss
from services.repayment.domain.installment import SchedulePlan
from services.repayment.domain.loan_account import loan_account
from shared.contracts.application import ContractSigned
from shared.contracts.collection import WriteOffApproved
from shared.contracts.disbursement import FacilityClosed, LoanDisbursed
from shared.contracts.risk import LoanClassified, ProvisionMeasured
from shared.money import Money
from shared.subscription import Subscription


def book_disbursed_loan(message: LoanDisbursed) -> BookLoan:
    """One drawdown is one loan: its id is the drawdown's."""
    return BookLoan(
        loan_id=message.loan_id,
        contract_id=message.contract_id,
        application_id=message.application_id,
        borrower_id=message.borrower_id,
        principal=message.principal,
        annual_rate_percent=message.annual_rate_percent,
        penalty_uplift_percent=message.penalty_uplift_percent,
        term_months=message.term_months,
        repayment_method=message.repayment_method,
        day_count=message.day_count,
        disbursed_on=message.disbursed_on,
        core_reference=message.core_reference,
        payment_mode=message.payment_mode,
        floating=_floating(message),
        agreed=SchedulePlan(
            principal_grace_periods=message.principal_grace_periods or 0,
            first_due_on=message.first_due_on,
            principal_by_row=message.principal_by_row or (),
        ),
        allocation=AllocationTerms(**dict(message.allocation)) if message.allocation else None,
    )


def _floating(message: LoanDisbursed) -> FloatingRate | None:
    if message.lpr_tenor is None or message.spread_bps is None or message.reset_rule is None:
        return None
    return FloatingRate(tenor=message.lpr_tenor, spread_bps=message.spread_bps, reset=message.reset_rule)


def write_off_approved_loan(message: WriteOffApproved) -> WriteOffLoan:
    return WriteOffLoan(loan_id=message.loan_id, proposal_id=message.proposal_id, approved_on=message.approved_on)


def reclassify_classified_loan(message: LoanClassified) -> ReclassifyLoan:
    return ReclassifyLoan(
        loan_id=message.loan_id,
        classification=message.classification,
        provision_rate_percent=message.provision_rate_percent,
        classified_on=message.classified_on,
    )


def undertake_signed_commitment(message: ContractSigned) -> UndertakeCommitment:
    return UndertakeCommitment(
        contract_id=message.contract_id,
        application_id=message.application_id,
        limit=message.limit,
        signed_on=message.signed_on,
    )


def draw_commitment(message: LoanDisbursed) -> DrawCommitment:
    return DrawCommitment(
        contract_id=message.contract_id,
        application_id=message.application_id,
        drawdown_id=message.loan_id,
        amount=message.principal,
        limit=message.limit,
        drawn_on=message.disbursed_on,
    )


def end_commitment(message: FacilityClosed) -> EndCommitment:
    return EndCommitment(contract_id=message.contract_id, ended_on=message.closed_on)


def book_measured_loss(message: ProvisionMeasured) -> BookExpectedLoss:
    return BookExpectedLoss(
        branch=message.branch,
        expected_loss=Money.sum((one.expected_loss for one in message.stages), message.top_up.currency),
        specific=message.specific,
        top_up=message.top_up,
        undrawn_loss=message.undrawn_loss,
        measured_on=message.measured_on,
    )


subscriptions = (
    Subscription(to=LoanDisbursed, then=book_disbursed_loan, decider=loan_account),
    Subscription(to=WriteOffApproved, then=write_off_approved_loan, decider=loan_account),
    Subscription(to=LoanClassified, then=reclassify_classified_loan, decider=loan_account),
    Subscription(to=ProvisionMeasured, then=book_measured_loss, decider=expected_loss),
    Subscription(to=ContractSigned, then=undertake_signed_commitment, decider=commitment),
    Subscription(to=LoanDisbursed, then=draw_commitment, decider=commitment),
    Subscription(to=FacilityClosed, then=end_commitment, decider=commitment),
)
