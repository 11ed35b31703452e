"""The payment of a drawdown: released by a second person, made once, known for sure in the end."""

from datetime import date
from typing import Any

import pytest

from services.disbursement.domain.facility import facility
from tests.disbursement.builders import (
    AVAILABLE_UNTIL,
    CORE_REFERENCE,
    OTHER_PROPOSAL,
    account_of,
    cancel,
    cancelled,
    confirm,
    confirm_resolution,
    contradicted,
    disbursed,
    doubt,
    fail,
    failed,
    instructed,
    opened,
    outcome_unknown,
    propose,
    proposed,
    release,
    requested,
    resolution_confirmed,
    settled,
    written_off,
)
from tests.given import given

REQUESTED = (opened(), requested())
INSTRUCTED = (*REQUESTED, instructed())
UNKNOWN = (*INSTRUCTED, outcome_unknown())
PAID = (*INSTRUCTED, disbursed())
FAILED = (*INSTRUCTED, failed())


# --- release ------------------------------------------------------------------------------------------


def test_a_second_person_releases_the_money() -> None:
    given(facility, *REQUESTED).when(release()).then(instructed())


def test_whoever_requested_the_money_does_not_release_it() -> None:
    given(facility, *REQUESTED).when(release(by="officer-li")).then_rejected("four_eyes")


def test_whoever_approved_the_loan_does_not_release_its_money() -> None:
    given(facility, *REQUESTED).when(release(by="approver-sun")).then_rejected("duties_not_separated")


def test_money_is_released_on_the_last_available_day_but_not_after_it() -> None:
    last_day = instructed(instructed_on=AVAILABLE_UNTIL)
    given(facility, *REQUESTED).when(release(on=AVAILABLE_UNTIL)).then(last_day)
    given(facility, *REQUESTED).when(release(on=date(2026, 6, 1))).then_rejected("availability_ended")


@pytest.mark.parametrize("past", [INSTRUCTED, UNKNOWN, PAID, FAILED, (*REQUESTED, cancelled())])
def test_money_is_released_only_once(past: tuple[Any, ...]) -> None:
    given(facility, *past).when(release()).then_rejected("drawdown_not_requested")


def test_self_payment_ends_on_the_borrowers_account_even_where_a_payee_is_known() -> None:
    given(facility, opened(), requested(payment_mode="self")).when(release()).then(
        instructed(payment_mode="self", payee=None)
    )


def test_a_drawdown_is_cancelled_until_it_is_released() -> None:
    given(facility, *REQUESTED).when(cancel()).then(cancelled())
    given(facility, *REQUESTED, cancelled()).when(cancel()).then_nothing()
    given(facility, *INSTRUCTED).when(cancel()).then_rejected("drawdown_not_requested")
    given(facility, *PAID).when(cancel()).then_rejected("drawdown_not_requested")


# --- what core banking says ---------------------------------------------------------------------------


@pytest.mark.parametrize("past", [INSTRUCTED, UNKNOWN, (*UNKNOWN, proposed("not_paid"))])
def test_what_core_banking_has_paid_is_a_loan_from_the_day_of_the_instruction(past: tuple[Any, ...]) -> None:
    given(facility, *past).when(confirm()).then(disbursed())


@pytest.mark.parametrize("past", [INSTRUCTED, UNKNOWN])
def test_what_core_banking_will_never_pay_has_failed(past: tuple[Any, ...]) -> None:
    given(facility, *past).when(fail()).then(failed())


def test_an_unanswered_instruction_leaves_the_outcome_unknown() -> None:
    given(facility, *INSTRUCTED).when(doubt()).then(outcome_unknown())


def test_a_payment_in_doubt_is_recognised_by_the_account_it_ends_on() -> None:
    self_payment: dict[str, Any] = {"payment_mode": "self", "payee": None}
    given(facility, opened(), requested(**self_payment), instructed(**self_payment)).when(doubt()).then(
        outcome_unknown(account=account_of())
    )


@pytest.mark.parametrize("past", [UNKNOWN, PAID, FAILED, (*PAID, settled())])
def test_a_doubt_does_not_undo_what_is_known(past: tuple[Any, ...]) -> None:
    given(facility, *past).when(doubt()).then_nothing()


def test_hearing_the_same_answer_again_changes_nothing() -> None:
    given(facility, *PAID).when(confirm()).then_nothing()
    given(facility, *PAID, settled()).when(confirm()).then_nothing()
    given(facility, *PAID, written_off()).when(confirm()).then_nothing()
    given(facility, *FAILED).when(fail()).then_nothing()


@pytest.mark.parametrize("past", [REQUESTED, (*REQUESTED, cancelled())])
@pytest.mark.parametrize("answer", [confirm(), fail(), doubt()])
def test_core_banking_cannot_answer_what_it_was_not_asked(past: tuple[Any, ...], answer: Any) -> None:
    given(facility, *past).when(answer).then_rejected("payment_not_instructed")


def test_a_payment_found_after_it_had_failed_is_a_contradiction() -> None:
    given(facility, *FAILED).when(confirm()).then(contradicted())


def test_a_second_payment_of_one_drawdown_is_a_contradiction() -> None:
    given(facility, *PAID).when(confirm("CB0002")).then(
        contradicted(recorded="paid", found="paid", core_reference="CB0002")
    )


def test_a_payment_that_core_banking_denies_afterwards_is_a_contradiction() -> None:
    given(facility, *PAID).when(fail()).then(contradicted(recorded="paid", found="not_paid", core_reference=None))


def test_a_contradiction_is_recorded_once() -> None:
    given(facility, *FAILED, contradicted()).when(confirm()).then_nothing()
    given(facility, *FAILED, contradicted()).when(confirm("CB0002")).then_nothing()


# --- resolved by hand ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["paid", "not_paid"])
def test_a_person_may_say_what_became_of_a_payment(outcome: str) -> None:
    given(facility, *UNKNOWN).when(propose(outcome)).then(proposed(outcome))


def test_a_payment_said_to_be_made_has_a_reference() -> None:
    given(facility, *UNKNOWN).when(propose(core_reference=None)).then_rejected("core_reference_required")


def test_a_second_person_confirms_that_it_was_paid() -> None:
    given(facility, *UNKNOWN, proposed()).when(confirm_resolution()).then(resolution_confirmed(), disbursed())


def test_a_second_person_confirms_that_it_was_not_paid() -> None:
    on = date(2026, 3, 9)
    given(facility, *UNKNOWN, proposed("not_paid")).when(confirm_resolution(on=on)).then(
        resolution_confirmed("not_paid", on=on), failed("resolved_by_hand", on=on)
    )


def test_nobody_confirms_their_own_proposal() -> None:
    given(facility, *UNKNOWN, proposed()).when(confirm_resolution(by="releaser-zhou")).then_rejected("four_eyes")


def test_only_the_proposal_that_was_read_is_confirmed() -> None:
    given(facility, *UNKNOWN).when(confirm_resolution()).then_rejected("proposal_superseded")
    replaced = (*UNKNOWN, proposed(), proposed("not_paid", proposal_id=OTHER_PROPOSAL))
    given(facility, *replaced).when(confirm_resolution()).then_rejected("proposal_superseded")
    given(facility, *replaced).when(confirm_resolution(proposal_id=OTHER_PROPOSAL)).then(
        resolution_confirmed("not_paid").model_copy(update={"proposal_id": OTHER_PROPOSAL}),
        failed("resolved_by_hand"),
    )


def test_the_same_proposal_is_made_only_once() -> None:
    given(facility, *UNKNOWN, proposed()).when(propose()).then_nothing()


@pytest.mark.parametrize("past", [REQUESTED, INSTRUCTED, PAID, FAILED])
def test_only_an_unknown_outcome_is_resolved_by_hand(past: tuple[Any, ...]) -> None:
    given(facility, *past).when(propose()).then_rejected("outcome_known")
    given(facility, *past).when(confirm_resolution()).then_rejected("outcome_known")


def test_what_core_banking_answers_after_a_wrong_decision_by_hand_is_not_lost() -> None:
    decided = (*UNKNOWN, proposed("not_paid"), resolution_confirmed("not_paid"), failed("resolved_by_hand"))
    given(facility, *decided).when(confirm()).then(contradicted(core_reference=CORE_REFERENCE))
