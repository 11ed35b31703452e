"""五级分类: one stream per loan: worse at once when a rule demands it, better only when the rules allow.

The worst floor wins. Back from special mention: when nothing is past due. Back from non-performing: when
nothing is past due and payments were good for two repayment periods and six months, whichever is longer
(2023 办法, art. 14 as generally known). What other services say arrives in no common order, so every
message may be the first one of its loan.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never, get_args

from services.risk.domain.asset_class import NON_PERFORMING, AssetClass, worst
from services.risk.domain.changed_terms import follow_changed_terms
from services.risk.domain.class_by_others import decide_for_others
from services.risk.domain.classification_commands import ApplyDebtorFloor, ClassByOthersCommand, FollowChangedTerms
from services.risk.domain.classification_events import (
    ClassByOthersEvent,
    ClassSetByHand,
    DebtorFloorApplied,
    ImprovementApproved,
    ImprovementProposed,
    ImprovementRejected,
    LoanRestructured,
    MaturityMoved,
    ObservationPassed,
    OwnClassMoved,
    SignNoted,
)
from services.risk.domain.classified_loan import (
    Classified,
    Improvement,
    Left,
    LoanClassification,
    observed_from,
    reclassified,
    settled_at,
    stage_as,
    worsened,
)
from services.risk.domain.commands import (
    CureLoan,
    EnterLoan,
    LoanClassificationCommand,
    MeasureDelinquency,
    ObserveRepayment,
    ReturnLoan,
    SettleLoan,
    WriteOffLoan,
)
from services.risk.domain.events import (
    LoanClassificationEvent,
    LoanClassified,
    LoanCured,
    LoanEnteredClassification,
    LoanFellBehind,
    LoanLeftClassification,
    LoanReturned,
)
from services.risk.domain.fractions import NIL
from shared.decider import Decider
from shared.messages import Rejected


def decide(command: LoanClassificationCommand, loan: LoanClassification) -> Sequence[LoanClassificationEvent]:
    if isinstance(loan, Left):
        return after_the_end(command, loan)
    match command:
        case EnterLoan():
            return [] if loan.entered else [enter(command, loan)]
        case MeasureDelinquency() | ReturnLoan():
            return measure(command, loan)
        case CureLoan():
            return cure(command, loan)
        case ObserveRepayment():
            return observe(command, loan)
        case SettleLoan():
            return [LoanLeftClassification(loan_id=command.loan_id, left_on=command.settled_on, written_off=False)]
        case WriteOffLoan():
            return write_off(command, loan)
        case FollowChangedTerms():
            return follow_changed_terms(command, loan)
        case _:
            return decide_for_others(command, loan)


def after_the_end(command: LoanClassificationCommand, loan: Left) -> Sequence[LoanClassificationEvent]:
    """A late word about a loan that is gone changes nothing; but whose it was is told only by its entry.

    A loan that was paid off comes back when its last receipt is taken back.
    """
    if isinstance(command, EnterLoan) and not loan.last.entered:
        return [enter(command, loan)]
    if isinstance(command, ReturnLoan) and not loan.written_off:
        return return_loan(command, loan.last)
    if isinstance(command, ClassByOthersCommand) and not isinstance(command, ApplyDebtorFloor):
        raise Rejected("loan_has_left", "the loan has been paid or written off: nothing is left to classify")
    return []


def enter(command: EnterLoan, loan: LoanClassification) -> LoanEnteredClassification:
    return LoanEnteredClassification(
        loan_id=command.loan_id,
        application_id=command.application_id,
        borrower_id=command.borrower_id,
        principal=command.principal,
        term_months=command.term_months,
        entered_on=command.disbursed_on,
        own=loan.own if isinstance(loan, Classified) and loan.own != AssetClass.NORMAL else None,
    )


def return_loan(command: ReturnLoan, last: Classified) -> Sequence[LoanClassificationEvent]:
    """The loan as it stood before it was paid off, with the class that its days past due demand now."""
    observed_until = None if command.days_past_due else last.observed_until
    back = replace(last, days_past_due=command.days_past_due, as_of=command.as_of, observed_until=observed_until)
    after = worsened(back)
    returned = LoanReturned(
        loan_id=command.loan_id,
        days_past_due=command.days_past_due,
        observed_until=observed_until,
        stage=stage_as(after),
        returned_on=command.as_of,
    )
    return [returned, *reclassified(command.loan_id, back, after, command.as_of)]


def measure(command: MeasureDelinquency | ReturnLoan, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """The floor by days, or the class before: while something is past due nothing improves.

    A delay heard of late, after a newer word, changes nothing; nor does one that was heard of already.
    """
    if command.as_of < loan.as_of or command.days_past_due <= 0:
        return []
    after = worsened(replace(loan, days_past_due=command.days_past_due))
    changes = reclassified(command.loan_id, loan, after, command.as_of)
    if after.asset_class != loan.asset_class:
        return changes
    if command.days_past_due == loan.days_past_due and loan.observed_until is None:
        return []
    behind = LoanFellBehind(
        loan_id=command.loan_id,
        days_past_due=command.days_past_due,
        stage=stage_as(after),
        as_of=command.as_of,
    )
    return [behind, *changes]


def cure(command: CureLoan, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """Nothing is past due: special mention ends; a non-performing or a restructured loan begins its observation."""
    if command.cured_on < loan.as_of or loan.days_past_due == 0:
        return []
    paid = replace(loan, days_past_due=0)
    if loan.asset_class in NON_PERFORMING or loan.restructured_period_months is not None:
        until = observed_from(loan, command.cured_on)
        stage = stage_as(paid)
        return [LoanCured(loan_id=command.loan_id, cured_on=command.cured_on, observed_until=until, stage=stage)]
    after = settled_at(paid)
    cured = LoanCured(loan_id=command.loan_id, cured_on=command.cured_on, observed_until=None, stage=stage_as(after))
    return [cured, *reclassified(command.loan_id, loan, after, command.cured_on)]


def observe(command: ObserveRepayment, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """A payment in time: once the observation has ended well the loan has the class that its floors demand."""
    is_over = loan.observed_until is not None and command.received_on >= loan.observed_until
    if not is_over or loan.days_past_due > 0 or command.received_on < loan.as_of:
        return []
    after = settled_at(replace(loan, restructured_period_months=None, restructured_again=False))
    passed = ObservationPassed(loan_id=command.loan_id, passed_on=command.received_on, stage=stage_as(after))
    return [passed, *reclassified(command.loan_id, loan, after, command.received_on)]


def write_off(command: WriteOffLoan, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """What is written off is a loss."""
    left = LoanLeftClassification(loan_id=command.loan_id, left_on=command.written_off_on, written_off=True)
    lost = replace(loan, asset_class=AssetClass.LOSS, own=AssetClass.LOSS)
    return [*reclassified(command.loan_id, loan, lost, command.written_off_on), left]


def evolve(loan: LoanClassification, event: LoanClassificationEvent) -> LoanClassification:
    if isinstance(event, LoanEnteredClassification):
        if isinstance(loan, Left):
            return replace(loan, last=replace(loan.last, entered=True, borrower_id=event.borrower_id))
        return replace(loan, entered=True, borrower_id=event.borrower_id)
    if isinstance(event, LoanReturned):
        assert isinstance(loan, Left), "only what has left comes back"
        back = replace(loan.last, days_past_due=event.days_past_due, as_of=event.returned_on)
        return replace(back, observed_until=event.observed_until)
    assert isinstance(loan, Classified), "nothing else happens to a loan that has left"
    match event:
        case LoanClassified():
            return _classified(loan, event)
        case LoanCured():
            paid = replace(loan, days_past_due=0, as_of=event.cured_on, observed_until=event.observed_until)
            return replace(paid, clean_since=event.cured_on)
        case LoanFellBehind():
            return replace(loan, days_past_due=event.days_past_due, as_of=event.as_of, observed_until=None)
        case LoanLeftClassification():
            return Left(loan, event.written_off)
        case _:
            return _by_others(loan, event)


def _classified(loan: Classified, event: LoanClassified) -> Classified:
    own = event.classification if event.own is None else event.own
    moved = replace(loan, asset_class=event.classification, own=own)
    if event.by is not None:  # what repayment told last still stands
        return moved
    return replace(moved, days_past_due=event.days_past_due, as_of=event.classified_on, observed_until=None)


def _by_others(loan: Classified, event: ClassByOthersEvent) -> Classified:
    match event:
        case SignNoted():
            expected = max(loan.expected_loss_percent, event.expected_loss_percent or NIL)
            return replace(loan, signs=loan.signs | {event.sign}, expected_loss_percent=expected)
        case ClassSetByHand():
            return replace(loan, by_hand=worst(loan.by_hand, event.classification))
        case ImprovementProposed():
            return replace(loan, improvement=Improvement(event.proposal_id, event.classification, event.proposed_by))
        case ImprovementRejected():
            return replace(loan, improvement=None)
        case ImprovementApproved():
            return replace(
                loan,
                improvement=None,
                signs=loan.signs - set(event.withdrawn),
                by_hand=event.classification,
                observed_until=event.observed_until or loan.observed_until,
            )
        case LoanRestructured():
            return replace(
                loan,
                restructured_period_months=event.repayment_period_months,
                restructured_again=loan.restructured_again or event.again,
                observed_until=event.observed_until,
            )
        case ObservationPassed():
            return replace(
                loan,
                restructured_period_months=None,
                restructured_again=False,
                as_of=event.passed_on,
                observed_until=None,
            )
        case DebtorFloorApplied():
            begins = event.floor in NON_PERFORMING and loan.debtor_floor not in NON_PERFORMING
            return replace(
                loan,
                debtor_floor=event.floor,
                clean_since=event.applied_on if begins else loan.clean_since,
                observed_until=event.observed_until or loan.observed_until,
            )
        case OwnClassMoved():
            return replace(loan, own=event.own)
        case MaturityMoved():
            return replace(loan, changes=loan.changes | {event.proposal_id})
        case _:
            assert_never(event)


loan_classification = Decider[LoanClassification, LoanClassificationCommand, LoanClassificationEvent](
    category="loan_classification",
    stream_id=lambda command: command.loan_id,
    initial=Classified(),
    decide=decide,
    evolve=evolve,
    events=get_args(LoanClassificationEvent),
)
