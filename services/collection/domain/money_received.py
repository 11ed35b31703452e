"""What money does to a case: it is noted, keeps promises, cures the case or, with nothing left owed, closes it."""

from collections.abc import Sequence

from services.collection.domain.case_state import AnyCase, Case, CaseStatus, NoCase, evolve
from services.collection.domain.commands import CloseCase, CureCase, RecordRecoveryOnCase, RecordRepaymentOnCase
from services.collection.domain.events import CaseClosed, CaseCured, CollectionCaseEvent, RepaymentNoted
from services.collection.domain.promise import credit, kept_by, kept_by_cure
from services.collection.domain.write_off import lapse
from shared.money import Money


def record_money(command: RecordRepaymentOnCase | RecordRecoveryOnCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    if isinstance(command, RecordRepaymentOnCase):
        return record_repayment(command, case)
    return record_recovery(command, case)


def record_repayment(command: RecordRepaymentOnCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """Note money that came in while something was collected, and the promises it keeps.

    Payments on a loan that is not in arrears are no concern of collection, and what is received after a
    write-off is told as a recovery.
    """
    if isinstance(case, NoCase) or case.status is not CaseStatus.OPEN:
        return []
    return _note(command, case, penalty=command.penalty)


def record_recovery(command: RecordRecoveryOnCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """Note money for the claim, which it reduces, penalty interest first; at a nil claim the case is closed."""
    if isinstance(case, NoCase) or case.status is not CaseStatus.WRITTEN_OFF_RECOVERY:
        return []
    noted = _note(command, case, penalty=command.amount)
    if command.claim_after:
        return noted
    recovered: AnyCase = case
    for event in noted:
        recovered = evolve(recovered, event)
    return [*noted, *close(CloseCase(loan_id=command.loan_id, settled_on=command.received_on), recovered)]


def _note(
    command: RecordRepaymentOnCase | RecordRecoveryOnCase, case: Case, *, penalty: Money
) -> list[CollectionCaseEvent]:
    """The money and the promises it keeps; of the penalty interest known of, up to `penalty` has been paid."""
    promise_credits = credit(case.promises, command.amount, command.received_on)
    days: int | None = None
    match command:
        case RecordRecoveryOnCase():
            overdue, outstanding = command.claim_after, command.principal_after
        case RecordRepaymentOnCase():
            overdue, outstanding, days = command.overdue_after, command.outstanding_after, command.days_past_due_after
    noted = RepaymentNoted(
        loan_id=command.loan_id,
        receipt_id=command.receipt_id,
        amount=command.amount,
        overdue=overdue,
        overdue_penalty=max(case.overdue_penalty - penalty, Money(0, case.overdue.currency)),
        outstanding_principal=outstanding,
        days_past_due=days,
        promise_credits=promise_credits,
        recovery=isinstance(command, RecordRecoveryOnCase),
        received_on=command.received_on,
    )
    return [noted, *kept_by(case.loan_id, case.promises, promise_credits, command.received_on)]


def cure(command: CureCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """Close an open case as cured: its open promises are kept, an undecided proposal has lost its object."""
    if isinstance(case, NoCase) or case.status is not CaseStatus.OPEN:
        return []
    return [
        *kept_by_cure(case.loan_id, case.promises, command.cured_on),
        *lapse(case.loan_id, case.proposals, command.cured_on),
        CaseCured(loan_id=command.loan_id, cured_on=command.cured_on),
    ]


def close(command: CloseCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """Close the case of a settled loan, whether it was open or collected after a write-off."""
    if isinstance(case, NoCase) or not case.being_collected:
        return []
    return [
        *kept_by_cure(case.loan_id, case.promises, command.settled_on),
        *lapse(case.loan_id, case.proposals, command.settled_on),
        CaseClosed(loan_id=command.loan_id, closed_on=command.settled_on),
    ]
