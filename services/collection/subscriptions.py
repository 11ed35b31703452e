"""What repayment and risk announce → our commands."""

from services.collection.domain.collection_case import collection_case
from services.collection.domain.commands import (
    AgeCase,
    CloseCase,
    CloseCaseWrittenOff,
    CureCase,
    NoteClassification,
    OpenOrUpdateCase,
    RecordRecoveryOnCase,
    RecordRepaymentOnCase,
    RefuseWriteOff,
    RescheduleCase,
)
from shared.contracts.repayment import (
    DelinquencyAged,
    InstallmentCured,
    InstallmentOverdue,
    LoanExtended,
    LoanRescheduled,
    LoanSettled,
    LoanWrittenOff,
    RecoveryReceived,
    RepaymentReceived,
    RepaymentReversed,
    WriteOffRefused,
)
from shared.contracts.risk import LoanClassified
from shared.subscription import Subscription


def open_or_update_case(message: InstallmentOverdue) -> OpenOrUpdateCase:
    return OpenOrUpdateCase(
        loan_id=message.loan_id,
        borrower_id=message.borrower_id,
        installment_no=message.installment_no,
        due_on=message.due_on,
        overdue=message.overdue_principal + message.overdue_interest,
        overdue_penalty=message.overdue_penalty,
        outstanding_principal=message.outstanding_principal,
        days_past_due=message.days_past_due,
        as_of=message.as_of,
    )


def age_case(message: DelinquencyAged | RepaymentReversed) -> AgeCase | None:
    """An ageing back to nil is left to the cure, which is announced by itself.

    A receipt that was taken back may leave the loan behind again: the case is opened, or moved to its stage.
    """
    if message.days_past_due < 1:
        return None
    return AgeCase(
        loan_id=message.loan_id,
        borrower_id=message.borrower_id,
        days_past_due=message.days_past_due,
        overdue=message.overdue_principal + message.overdue_interest + message.overdue_penalty,
        overdue_penalty=message.overdue_penalty,
        outstanding_principal=message.outstanding_principal,
        as_of=message.as_of,
    )


def record_repayment_on_case(message: RepaymentReceived) -> RecordRepaymentOnCase:
    return RecordRepaymentOnCase(
        loan_id=message.loan_id,
        receipt_id=message.receipt_id,
        amount=message.amount,
        penalty=message.penalty,
        overdue_after=message.overdue_after,
        outstanding_after=message.outstanding_after,
        days_past_due_after=message.days_past_due_after,
        received_on=message.received_on,
    )


def record_recovery_on_case(message: RecoveryReceived) -> RecordRecoveryOnCase:
    return RecordRecoveryOnCase(
        loan_id=message.loan_id,
        receipt_id=message.receipt_id,
        amount=message.amount,
        claim_after=message.claim_after,
        principal_after=message.principal_after,
        received_on=message.received_on,
    )


def reschedule_case(message: LoanExtended | LoanRescheduled) -> RescheduleCase:
    return RescheduleCase(
        loan_id=message.loan_id,
        proposal_id=message.proposal_id,
        overdue=message.overdue,
        overdue_penalty=message.overdue_penalty,
        outstanding_principal=message.outstanding,
        days_past_due=message.days_past_due,
        maturity_on=message.maturity_on,
        changed_on=message.changed_on,
    )


def cure_case(message: InstallmentCured) -> CureCase:
    return CureCase(loan_id=message.loan_id, cured_on=message.cured_on)


def close_case(message: LoanSettled) -> CloseCase:
    return CloseCase(loan_id=message.loan_id, settled_on=message.settled_on)


def note_classification(message: LoanClassified) -> NoteClassification:
    return NoteClassification(
        loan_id=message.loan_id,
        classification=message.classification,
        classified_on=message.classified_on,
    )


def close_case_written_off(message: LoanWrittenOff) -> CloseCaseWrittenOff:
    return CloseCaseWrittenOff(
        loan_id=message.loan_id,
        proposal_id=message.proposal_id,
        claim=message.principal + message.interest + message.penalty,
        principal=message.principal,
        written_off_on=message.written_off_on,
    )


def close_refused_proposal(message: WriteOffRefused) -> RefuseWriteOff:
    return RefuseWriteOff(
        loan_id=message.loan_id,
        proposal_id=message.proposal_id,
        reason=message.reason,
        refused_on=message.refused_on,
    )


subscriptions = (
    Subscription(to=InstallmentOverdue, then=open_or_update_case, decider=collection_case),
    Subscription(to=DelinquencyAged, then=age_case, decider=collection_case),
    Subscription(to=RepaymentReversed, then=age_case, decider=collection_case),
    Subscription(to=RepaymentReceived, then=record_repayment_on_case, decider=collection_case),
    Subscription(to=RecoveryReceived, then=record_recovery_on_case, decider=collection_case),
    Subscription(to=LoanExtended, then=reschedule_case, decider=collection_case),
    Subscription(to=LoanRescheduled, then=reschedule_case, decider=collection_case),
    Subscription(to=InstallmentCured, then=cure_case, decider=collection_case),
    Subscription(to=LoanSettled, then=close_case, decider=collection_case),
    Subscription(to=LoanClassified, then=note_classification, decider=collection_case),
    Subscription(to=LoanWrittenOff, then=close_case_written_off, decider=collection_case),
    Subscription(to=WriteOffRefused, then=close_refused_proposal, decider=collection_case),
)
