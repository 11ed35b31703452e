"""What people and the debtor's other loans do to a class: worse at once, better only as a second person approves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.risk.domain.asset_class import (
    CLASSES,
    NON_PERFORMING,
    AssetClass,
    floors,
    may_be_set,
    worst,
)
from services.risk.domain.classification_commands import (
    ApplyDebtorFloor,
    ClassByOthersCommand,
    DecideImprovement,
    NoteSign,
    ProposeClass,
    RestructureLoan,
)
from services.risk.domain.classification_events import (
    ClassSetByHand,
    DebtorFloorApplied,
    ImprovementApproved,
    ImprovementProposed,
    ImprovementRejected,
    LoanRestructured,
    Sign,
    SignNoted,
)
from services.risk.domain.classified_loan import (
    Classified,
    Improvement,
    binding_floor,
    demanded,
    observed_from,
    reclassified,
    signs_of,
    stage_as,
    worsened,
)
from services.risk.domain.events import LoanClassificationEvent
from services.risk.domain.fractions import NIL
from shared.dates import add_months
from shared.messages import Personal, Rejected

PLAN_AHEAD_MONTHS_MAX = 120
PERIOD_MONTHS_MAX = 12


def borrower_of(loan: Classified) -> UUID:
    """Whose loan it is; Rejected before its payout has been heard of."""
    if loan.borrower_id is None:
        raise Rejected("loan_not_paid_out", "the payout of this loan has not been heard of yet")
    return loan.borrower_id


def note_sign(command: NoteSign, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """A sign counts at once; noted again it changes nothing unless the loss expected is higher."""
    borrower_id = borrower_of(loan)
    expected = command.expected_loss_percent
    if expected is not None and command.sign != "credit_impaired":
        raise Rejected("sign_without_loss", "only an impaired loan has an expected loss", field="expected_loss_percent")
    if command.sign in loan.signs and (expected or NIL) <= loan.expected_loss_percent:
        return []
    noted = SignNoted(
        loan_id=command.loan_id,
        sign=command.sign,
        expected_loss_percent=expected,
        reason=Personal(subject_id=borrower_id, value=command.reason),
        noted_by=command.noted_by,
        noted_on=command.noted_on,
    )
    known = replace(
        loan,
        signs=loan.signs | {command.sign},
        expected_loss_percent=max(loan.expected_loss_percent, expected or NIL),
    )
    return [noted, *reclassified(command.loan_id, loan, worsened(known), command.noted_on, "person")]


def propose_class(command: ProposeClass, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """Worse: set at once. Better: proposed, where the rules leave it to judgement at all."""
    borrower_id = borrower_of(loan)
    proposed, reason = command.classification, Personal(subject_id=borrower_id, value=command.reason)
    if proposed == loan.asset_class:
        raise Rejected("class_unchanged", f"the loan is {proposed} already", field="classification")
    if may_be_set(proposed, loan.asset_class):
        by_hand = ClassSetByHand(
            loan_id=command.loan_id,
            classification=proposed,
            reason=reason,
            set_by=command.proposed_by,
            set_on=command.proposed_on,
        )
        known = replace(loan, by_hand=worst(loan.by_hand, proposed))
        return [by_hand, *reclassified(command.loan_id, loan, worsened(known), command.proposed_on, "person")]
    require_above_floor(proposed, loan)
    if loan.improvement is not None:
        raise Rejected("improvement_pending", f"proposal {loan.improvement.proposal_id} waits; decide it first")
    return [
        ImprovementProposed(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            classification=proposed,
            reason=reason,
            proposed_by=command.proposed_by,
            proposed_on=command.proposed_on,
        )
    ]


def require_above_floor(proposed: AssetClass, loan: Classified) -> None:
    """Rejected where the rules themselves demand a worse class than `proposed`."""
    least = binding_floor(loan)
    if not may_be_set(proposed, least):
        raise Rejected("below_floor", f"the rules demand at least {least}", field="classification")


def decide_improvement(command: DecideImprovement, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """By a second person. Approved, what people had set is lifted; the rules go on to demand what they do."""
    borrower_id, proposal = borrower_of(loan), loan.improvement
    if proposal is None or proposal.proposal_id != command.proposal_id:
        raise Rejected("improvement_unknown", "no such proposal waits for a decision", field="proposal_id")
    if proposal.proposed_by == command.decided_by:
        raise Rejected("same_person", "whoever proposed a better class does not decide on it")
    reason = Personal(subject_id=borrower_id, value=command.reason)
    if not command.approve:
        return [
            ImprovementRejected(
                loan_id=command.loan_id,
                proposal_id=command.proposal_id,
                reason=reason,
                proposed_by=proposal.proposed_by,
                rejected_by=command.decided_by,
                rejected_on=command.decided_on,
            )
        ]
    require_above_floor(proposal.classification, loan)
    better = improved(loan, proposal)
    is_observed = loan.asset_class in NON_PERFORMING and better.asset_class not in NON_PERFORMING
    approved = ImprovementApproved(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        classification=proposal.classification,
        withdrawn=tuple(sorted(loan.signs - better.signs)),
        observed_until=_new_observation(loan, command.decided_on) if is_observed else None,
        reason=reason,
        proposed_by=proposal.proposed_by,
        approved_by=command.decided_by,
        approved_on=command.decided_on,
    )
    if is_observed:
        return [approved]
    return [approved, *reclassified(command.loan_id, loan, better, command.decided_on, "person")]


def improved(loan: Classified, proposal: Improvement) -> Classified:
    """The loan without the signs that demand more than the proposed class, and that class set by hand."""
    target = proposal.classification
    demands = floors(signs_of(loan))
    kept: frozenset[Sign] = frozenset(
        sign for sign in loan.signs if CLASSES.index(demands.get(sign, CLASSES[0])) <= CLASSES.index(target)
    )
    bare = replace(loan, signs=kept, by_hand=target, improvement=None)
    own = demanded(bare)
    return replace(bare, own=own, asset_class=worst(own, loan.debtor_floor))


def _new_observation(loan: Classified, on: date) -> date | None:
    """The end of an observation that starts now, unless one runs or something is past due."""
    return None if loan.observed_until is not None or loan.days_past_due else observed_from(loan, on)


def restructure(command: RestructureLoan, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """At least special mention until observed; inside an observation again, at least substandard, and from the start.

    Source: 2023 办法 art. 17–19, with the periods of `asset_class`.
    """
    borrower_id = borrower_of(loan)
    latest = add_months(command.restructured_on, PLAN_AHEAD_MONTHS_MAX)
    if not command.restructured_on <= command.first_due_on <= latest:
        raise Rejected("first_due_on_outside", f"between today and {latest}", field="first_due_on")
    period = command.repayment_period_months
    if not 1 <= period <= PERIOD_MONTHS_MAX:
        raise Rejected("period_outside", "a repayment period has 1 to 12 months", field="repayment_period_months")
    return eased(command, loan, borrower_id)


def eased(command: RestructureLoan, loan: Classified, borrower_id: UUID) -> list[LoanClassificationEvent]:
    """The loan restructured, whatever the new plan: it has been agreed."""
    period, again = command.repayment_period_months, loan.restructured_period_months is not None
    known = worsened(
        replace(loan, restructured_period_months=period, restructured_again=again or loan.restructured_again)
    )
    restructured = LoanRestructured(
        loan_id=command.loan_id,
        first_due_on=command.first_due_on,
        repayment_period_months=period,
        again=again,
        observed_until=None if loan.days_past_due else observed_from(known, command.first_due_on),
        stage=stage_as(known),
        reason=Personal(subject_id=borrower_id, value=command.reason),
        restructured_by=command.restructured_by,
        restructured_on=command.restructured_on,
    )
    return [restructured, *reclassified(command.loan_id, loan, known, command.restructured_on, "person")]


def apply_debtor_floor(command: ApplyDebtorFloor, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """What the debtor's other loans demand: worse at once; lifted, a non-performing loan must have been observed.

    It counts as observed from the day on which they pulled it down, or on which it was last cured itself.
    """
    if command.floor == loan.debtor_floor:
        return []
    moved = replace(loan, debtor_floor=command.floor, asset_class=worst(loan.own, command.floor))
    until = None
    if loan.asset_class in NON_PERFORMING and moved.asset_class not in NON_PERFORMING:
        until = loan.observed_until or observed_from(loan, loan.clean_since)
        if loan.days_past_due == 0 and until <= command.as_of:
            until = None
        else:
            moved = loan
    applied = DebtorFloorApplied(
        loan_id=command.loan_id,
        floor=command.floor,
        observed_until=None if loan.days_past_due else until,
        applied_on=command.as_of,
    )
    return [applied, *reclassified(command.loan_id, loan, moved, command.as_of, "debtor")]


def decide_for_others(command: ClassByOthersCommand, loan: Classified) -> Sequence[LoanClassificationEvent]:
    """What a person, or the debtor's other loans, ask of a loan that still stands in the books."""
    match command:
        case NoteSign():
            return note_sign(command, loan)
        case ProposeClass():
            return propose_class(command, loan)
        case DecideImprovement():
            return decide_improvement(command, loan)
        case RestructureLoan():
            return restructure(command, loan)
        case ApplyDebtorFloor():
            return apply_debtor_floor(command, loan)
