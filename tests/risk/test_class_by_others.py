"""What people and a debtor's other loans do to a class: worse alone, better by two, never below the rules."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.risk.domain import classification_commands as ask
from services.risk.domain import classification_events as did
from services.risk.domain.asset_class import AssetClass
from services.risk.domain.loan_classification import loan_classification
from shared.messages import Personal
from tests.given import given
from tests.risk.builders import BORROWER, LOAN
from tests.risk.test_loan_classification import (
    behind,
    classified,
    cure,
    cured,
    entered,
    left,
    measure,
    mention,
    passed,
    repay,
    substandard,
)

NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = AssetClass
TODAY, PROPOSAL = date(2026, 6, 1), UUID(int=9)
WHY = Personal(subject_id=BORROWER, value="seen on site")


def note(sign: Any, loss: Any = None) -> ask.NoteSign:
    return ask.NoteSign(
        loan_id=LOAN, sign=sign, expected_loss_percent=loss, reason=str(WHY.value), noted_by="li", noted_on=TODAY
    )


def noted(sign: Any, loss: Any = None) -> did.SignNoted:
    return did.SignNoted(loan_id=LOAN, sign=sign, expected_loss_percent=loss, reason=WHY, noted_by="li", noted_on=TODAY)


def propose(found: AssetClass) -> ask.ProposeClass:
    return ask.ProposeClass(
        loan_id=LOAN, proposal_id=PROPOSAL, classification=found, reason=str(WHY.value), proposed_by="li",
        proposed_on=TODAY,
    )  # fmt: skip


def set_by_hand(found: AssetClass) -> did.ClassSetByHand:
    return did.ClassSetByHand(loan_id=LOAN, classification=found, reason=WHY, set_by="li", set_on=TODAY)


def proposed(found: AssetClass) -> did.ImprovementProposed:
    return did.ImprovementProposed(
        loan_id=LOAN, proposal_id=PROPOSAL, classification=found, reason=WHY, proposed_by="li", proposed_on=TODAY
    )


def decide(*, by: str = "wang", approve: bool = True) -> ask.DecideImprovement:
    return ask.DecideImprovement(
        loan_id=LOAN, proposal_id=PROPOSAL, approve=approve, reason=str(WHY.value), decided_by=by, decided_on=TODAY
    )


def approved(found: AssetClass, *withdrawn: Any, until: date | None = None) -> did.ImprovementApproved:
    return did.ImprovementApproved(
        loan_id=LOAN, proposal_id=PROPOSAL, classification=found, withdrawn=withdrawn, observed_until=until,
        reason=WHY, proposed_by="li", approved_by="wang", approved_on=TODAY,
    )  # fmt: skip


def restructure(first_due_on: date = date(2026, 7, 1), period: int = 1) -> ask.RestructureLoan:
    return ask.RestructureLoan(
        loan_id=LOAN, first_due_on=first_due_on, repayment_period_months=period, reason=str(WHY.value),
        restructured_by="li", restructured_on=TODAY,
    )  # fmt: skip


def restructured(until: date | None, *, again: bool = False, stage: Any = 2, period: int = 1) -> did.LoanRestructured:
    return did.LoanRestructured(
        loan_id=LOAN, first_due_on=date(2026, 7, 1), repayment_period_months=period, again=again,
        observed_until=until, stage=stage, reason=WHY, restructured_by="li", restructured_on=TODAY,
    )  # fmt: skip


def by_person(found: AssetClass, previous: AssetClass = NORMAL, *, stage: Any, days: int = 0, **told: Any) -> Any:
    return classified(found, previous, days=days, stage=stage, on=TODAY, by="person", **told)


def demand(floor: AssetClass, on: date = TODAY) -> ask.ApplyDebtorFloor:
    return ask.ApplyDebtorFloor(loan_id=LOAN, floor=floor, as_of=on)


def applied(floor: AssetClass, until: date | None = None, on: date = TODAY) -> did.DebtorFloorApplied:
    return did.DebtorFloorApplied(loan_id=LOAN, floor=floor, observed_until=until, applied_on=on)


def by_debtor(found: AssetClass, previous: AssetClass = NORMAL, *, stage: Any, on: date = TODAY) -> Any:
    return classified(found, previous, days=0, stage=stage, on=on, by="debtor", own=NORMAL)


@pytest.mark.parametrize(
    ("sign", "loss", "found", "stage"),
    [
        ("misused", None, MENTION, 2),
        ("non_performing_elsewhere", None, MENTION, 2),
        ("overdue_elsewhere", None, SUBSTANDARD, 3),
        ("rating_fell_sharply", None, SUBSTANDARD, 3),
        ("credit_impaired", 49, SUBSTANDARD, 3),
        ("credit_impaired", 50, DOUBTFUL, 3),
        ("credit_impaired", 90, LOSS, 3),
        ("evading_debt", None, DOUBTFUL, 3),
        ("in_liquidation", None, LOSS, 3),
    ],
)
def test_a_sign_that_one_person_notes_counts_at_once(sign: Any, loss: Any, found: AssetClass, stage: Any) -> None:
    given(loan_classification, entered()).when(note(sign, loss)).then(noted(sign, loss), by_person(found, stage=stage))


def test_a_sign_noted_twice_is_noted_once_and_only_an_impaired_loan_has_a_loss() -> None:
    given(loan_classification, entered(), noted("misused"), by_person(MENTION, stage=2)).when(
        note("misused")
    ).then_nothing()
    given(loan_classification, entered()).when(note("misused", 50)).then_rejected("sign_without_loss")


def test_a_person_sets_a_worse_class_alone_and_it_stays_when_all_is_paid() -> None:
    given(loan_classification, entered()).when(propose(DOUBTFUL)).then(
        set_by_hand(DOUBTFUL), by_person(DOUBTFUL, stage=3)
    )
    given(loan_classification, entered()).when(propose(NORMAL)).then_rejected("class_unchanged")
    by_hand = (entered(), set_by_hand(MENTION), by_person(MENTION, stage=2))
    given(loan_classification, *by_hand, behind(3, TODAY)).when(cure(TODAY)).then(cured(TODAY, stage=2))


def test_a_better_class_waits_for_a_second_person() -> None:
    by_hand = (entered(), set_by_hand(MENTION), by_person(MENTION, stage=2))
    given(loan_classification, *by_hand).when(propose(NORMAL)).then(proposed(NORMAL))
    waiting = (*by_hand, proposed(NORMAL))
    given(loan_classification, *waiting).when(propose(NORMAL)).then_rejected("improvement_pending")
    given(loan_classification, *waiting).when(decide(by="li")).then_rejected("same_person")
    given(loan_classification, *waiting).when(decide()).then(approved(NORMAL), by_person(NORMAL, MENTION, stage=1))
    given(loan_classification, *waiting).when(decide(approve=False)).then(
        did.ImprovementRejected(
            loan_id=LOAN, proposal_id=PROPOSAL, reason=WHY, proposed_by="li", rejected_by="wang", rejected_on=TODAY
        )
    )
    given(loan_classification, *by_hand).when(decide()).then_rejected("improvement_unknown")


def test_no_person_goes_below_what_the_rules_demand_not_even_two() -> None:
    given(loan_classification, entered(), mention()).when(propose(NORMAL)).then_rejected("below_floor")
    given(loan_classification, entered(), applied(MENTION), by_debtor(MENTION, stage=1)).when(
        propose(NORMAL)
    ).then_rejected("below_floor")
    was_late = (entered(), set_by_hand(MENTION), by_person(MENTION, stage=2), proposed(NORMAL))
    given(loan_classification, *was_late, behind(1, TODAY)).when(decide()).then_rejected("below_floor")


def test_back_from_non_performing_it_is_observed_whoever_approves() -> None:
    found = (entered(), noted("evading_debt"), by_person(DOUBTFUL, stage=3), proposed(NORMAL))
    until = date(2026, 12, 1)
    lifted = approved(NORMAL, "evading_debt", until=until)
    given(loan_classification, *found).when(decide()).then(lifted)
    given(loan_classification, *found, lifted).when(repay(date(2026, 11, 30))).then_nothing()
    given(loan_classification, *found, lifted).when(repay(until)).then(
        passed(until), classified(NORMAL, DOUBTFUL, days=0, stage=1, on=until)
    )


def test_a_better_class_that_is_still_non_performing_needs_no_observation() -> None:
    found = (entered(), noted("in_liquidation"), by_person(LOSS, stage=3), proposed(SUBSTANDARD))
    given(loan_classification, *found).when(decide()).then(
        approved(SUBSTANDARD, "in_liquidation"), by_person(SUBSTANDARD, LOSS, stage=3)
    )


def test_a_restructured_loan_is_mentioned_and_observed_for_two_periods_and_a_year() -> None:
    until = date(2027, 7, 1)
    given(loan_classification, entered()).when(restructure()).then(restructured(until), by_person(MENTION, stage=2))
    given(loan_classification, entered()).when(restructure(period=7)).then(
        restructured(date(2027, 9, 1), period=7), by_person(MENTION, stage=2)
    )
    eased = (entered(), restructured(until), by_person(MENTION, stage=2))
    given(loan_classification, *eased).when(repay(date(2027, 6, 30))).then_nothing()
    given(loan_classification, *eased).when(repay(until)).then(
        passed(until), classified(NORMAL, MENTION, days=0, stage=1, on=until)
    )


def test_restructured_again_under_observation_it_is_substandard_and_the_clock_restarts() -> None:
    eased = (entered(), restructured(date(2027, 7, 1)), by_person(MENTION, stage=2))
    given(loan_classification, *eased).when(restructure()).then(
        restructured(date(2027, 7, 1), again=True, stage=3), by_person(SUBSTANDARD, MENTION, stage=3)
    )
    given(loan_classification, *eased).when(propose(NORMAL)).then_rejected("below_floor")


def test_a_missed_payment_under_observation_restarts_it() -> None:
    late, paid = date(2026, 9, 2), date(2026, 9, 20)
    eased = (entered(), restructured(date(2027, 7, 1)), by_person(MENTION, stage=2))
    given(loan_classification, *eased).when(measure(1, late)).then(behind(1, late, stage=2))
    given(loan_classification, *eased, behind(1, late, stage=2)).when(cure(paid)).then(
        cured(paid, date(2027, 9, 20), stage=2)
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (restructure(date(2026, 5, 31)), "first_due_on_outside"),
        (restructure(date(2040, 1, 1)), "first_due_on_outside"),
        (restructure(period=13), "period_outside"),
    ],
)
def test_an_impossible_plan_is_refused(command: ask.RestructureLoan, code: str) -> None:
    given(loan_classification, entered()).when(command).then_rejected(code)


def test_a_debtors_other_loans_pull_it_down_and_it_is_observed_when_they_let_go() -> None:
    given(loan_classification, entered()).when(demand(SUBSTANDARD)).then(
        applied(SUBSTANDARD), by_debtor(SUBSTANDARD, stage=3)
    )
    pulled = (entered(), applied(SUBSTANDARD), by_debtor(SUBSTANDARD, stage=3))
    given(loan_classification, *pulled).when(demand(SUBSTANDARD)).then_nothing()
    until = date(2026, 12, 1)
    given(loan_classification, *pulled).when(demand(NORMAL)).then(applied(NORMAL, until))
    given(loan_classification, *pulled, applied(NORMAL, until)).when(repay(until)).then(
        passed(until), classified(NORMAL, SUBSTANDARD, days=0, stage=1, on=until)
    )


def test_pulled_down_for_longer_than_an_observation_it_is_let_go_at_once() -> None:
    pulled = (entered(), applied(SUBSTANDARD), by_debtor(SUBSTANDARD, stage=3))
    later = date(2026, 12, 1)
    given(loan_classification, *pulled).when(demand(NORMAL, later)).then(
        applied(NORMAL, on=later), by_debtor(NORMAL, SUBSTANDARD, stage=1, on=later)
    )
    late = (*pulled, behind(3, date(2026, 11, 1), stage=3))
    given(loan_classification, *late).when(demand(NORMAL, later)).then(applied(NORMAL, on=later))
    cured_late = (*late, cured(date(2026, 11, 9), date(2027, 5, 9), stage=3))
    given(loan_classification, *cured_late).when(demand(NORMAL, later)).then(
        applied(NORMAL, date(2027, 5, 9), on=later)
    )


def test_a_mere_mention_by_the_debtors_other_loans_ends_with_them() -> None:
    pulled = (entered(), applied(MENTION), by_debtor(MENTION, stage=1))
    given(loan_classification, *pulled).when(demand(NORMAL)).then(applied(NORMAL), by_debtor(NORMAL, MENTION, stage=1))


def test_what_the_debtor_brought_does_not_make_a_late_message_of_the_loan_old() -> None:
    pulled = (entered(), applied(MENTION), by_debtor(MENTION, stage=1))
    given(loan_classification, *pulled).when(measure(91, date(2026, 5, 30))).then(
        classified(SUBSTANDARD, MENTION, days=91, stage=3, on=date(2026, 5, 30))
    )


def test_a_loan_that_is_bad_by_itself_tells_so_below_the_debtors_floor() -> None:
    pulled = (entered(), applied(SUBSTANDARD), by_debtor(SUBSTANDARD, stage=3))
    on = date(2026, 6, 9)
    moved = did.OwnClassMoved(loan_id=LOAN, borrower_id=BORROWER, own=SUBSTANDARD, moved_on=on)
    given(loan_classification, *pulled).when(measure(91, on)).then(behind(91, on, stage=3), moved)
    given(loan_classification, *pulled, behind(91, on, stage=3), moved).when(demand(NORMAL)).then(applied(NORMAL))


def test_people_act_only_on_a_loan_in_the_books() -> None:
    for command in (note("misused"), propose(LOSS), decide(), restructure()):
        given(loan_classification, mention(borrower_id=None, own=None)).when(command).then_rejected("loan_not_paid_out")
        given(loan_classification, entered(), left(TODAY)).when(command).then_rejected("loan_has_left")
    given(loan_classification, entered(), left(TODAY)).when(demand(LOSS)).then_nothing()
    given(loan_classification, entered(), substandard(), left(TODAY)).when(demand(LOSS)).then_nothing()
