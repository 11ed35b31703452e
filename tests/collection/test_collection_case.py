"""The life of a case: arrears open it, payments and classes are noted, money or a write-off ends it."""

from datetime import date

import pytest

from services.collection.domain.case_state import Case, CaseStatus, NoCase
from services.collection.domain.collection_case import collection_case
from services.collection.domain.events import CollectionCaseEvent
from services.collection.domain.strategy import Stage
from tests.collection.builders import (
    DUE_ON,
    OTHER_PROMISE,
    PROMISE,
    TODAY,
    age,
    aged,
    broken,
    classified,
    classify,
    close,
    close_written_off,
    closed,
    cure,
    cured,
    joined,
    kept,
    make_promise,
    noted,
    open_or_update,
    opened,
    promised,
    recover,
    repay,
    write_off_approved,
    write_off_lapsed,
    write_off_proposed,
    written_off,
    yuan,
)
from tests.given import given


def case_after(*events: CollectionCaseEvent) -> Case:
    case = collection_case.fold(events)
    assert isinstance(case, Case)
    return case


def test_the_first_overdue_instalment_opens_a_case_with_the_plan_of_its_stage() -> None:
    given(collection_case).when(open_or_update()).then(opened(), joined())


def test_the_same_instalment_joins_only_once() -> None:
    given(collection_case, opened(), joined()).when(open_or_update()).then_nothing()


def test_a_further_instalment_joins_the_open_case_and_the_known_penalty_stays_in_the_arrears() -> None:
    second = open_or_update(installment_no=2, due_on=date(2026, 4, 1), days=32, overdue=20_000, as_of=date(2026, 4, 2))
    given(collection_case, opened(), joined(), aged(penalty=50)).when(second).then(
        joined(
            installment_no=2,
            due_on=date(2026, 4, 1),
            days=32,
            stage=Stage.S2,
            overdue=20_050,
            on=date(2026, 4, 2),
        )
    )


def test_the_penalty_told_with_a_further_instalment_takes_the_place_of_what_was_known() -> None:
    on = date(2026, 4, 2)
    second = open_or_update(installment_no=2, due_on=DUE_ON, days=32, overdue=20_000, penalty=120, as_of=on)
    asked = joined(installment_no=2, days=32, stage=Stage.S2, overdue=20_120, penalty=120, on=on)
    given(collection_case, opened(), joined(), aged(penalty=50)).when(second).then(asked)
    assert case_after(opened(), joined(), aged(penalty=50), asked).overdue_penalty == yuan(120)


@pytest.mark.parametrize(
    ("on", "days", "stage"),
    [
        (DUE_ON, 0, None),
        (date(2026, 3, 31), 30, Stage.S1),
        (date(2026, 4, 1), 31, Stage.S2),  # the border, whether it was told already or not
        (date(2026, 4, 15), 45, Stage.S2),
    ],
)
def test_between_two_tellings_the_days_go_on(on: date, days: int, stage: Stage | None) -> None:
    case = case_after(opened(), joined())
    assert (case.days_past_due(on), case.stage(on), case.amounts_on) == (days, stage, TODAY)


def test_a_part_payment_that_clears_the_oldest_instalment_shortens_the_days_at_once() -> None:
    on = date(2026, 5, 5)
    third_month = (opened(), joined(), aged(days=61, stage=Stage.S3, on=date(2026, 5, 1)))
    asked = repay(days_after=34, outstanding_after=90_000, on=on)
    given(collection_case, *third_month).when(asked).then(noted(penalty=50, days=34, outstanding=90_000, on=on))
    case = case_after(*third_month, noted(penalty=50, days=34, outstanding=90_000, on=on))
    assert (case.days_past_due(date(2026, 5, 6)), case.stage(on), case.outstanding_principal, case.amounts_on) == (
        35,
        Stage.S2,
        yuan(90_000),
        on,
    )


def test_a_repayment_of_which_less_was_told_leaves_the_days_as_they_were() -> None:
    case = case_after(opened(), noted())
    assert (case.days_past_due(date(2026, 3, 5)), case.outstanding_principal) == (4, yuan(100_000))


def test_a_case_that_has_ended_is_not_past_due_and_a_written_off_one_no_longer_gets_older() -> None:
    later = date(2027, 6, 1)
    assert case_after(opened(), cured()).days_past_due(later) == 0
    assert case_after(opened(), closed()).stage(later) is None
    case = case_after(opened(), written_off())
    assert (case.days_past_due(later), case.stage(later)) == (367, None)
    assert case_after(opened(), written_off(), opened(episode=2, on=later)).days_past_due(later) == 1


def test_ageing_told_before_the_instalment_opens_the_case_and_the_instalment_joins_it() -> None:
    given(collection_case).when(age(days=1, overdue=10_000, penalty=0, as_of=date(2026, 3, 2))).then(opened())
    given(collection_case, opened()).when(open_or_update()).then(joined())


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (31, Stage.S2),  # one month and a day
        (61, Stage.S3),
        (91, Stage.S4),  # 次级 begins
        (361, Stage.S4),
    ],
)
def test_crossing_a_border_moves_the_case_to_its_stage(days: int, stage: Stage) -> None:
    given(collection_case, opened(), joined()).when(age(days=days)).then(aged(days=days, stage=stage))


def test_a_part_payment_that_clears_the_oldest_instalment_takes_the_case_a_stage_back() -> None:
    given(collection_case, opened(), aged(days=61, stage=Stage.S3)).when(age(days=31)).then(aged(days=31))


def test_a_repayment_is_noted_with_what_is_still_past_due() -> None:
    given(collection_case, opened(penalty=200)).when(repay(penalty=150)).then(noted(penalty=50))


def test_a_repayment_on_a_loan_that_was_never_overdue_is_no_concern_of_collection() -> None:
    given(collection_case).when(repay()).then_nothing()
    given(collection_case, opened(), cured()).when(repay()).then_nothing()


def test_a_cure_closes_the_case_and_keeps_the_open_promises() -> None:
    given(collection_case, opened(), promised(), promised(promise_id=OTHER_PROMISE)).when(cure()).then(
        kept(), kept(promise_id=OTHER_PROMISE), cured()
    )


def test_a_cure_does_not_mend_a_broken_promise() -> None:
    history = (opened(), promised(), broken())
    given(collection_case, *history).when(cure(on=date(2026, 3, 20))).then(cured(on=date(2026, 3, 20)))
    assert case_after(*history, cured()).broken_promises == 1


def test_a_cured_case_owes_nothing_and_is_not_cured_again() -> None:
    assert case_after(opened(penalty=5), cured()).overdue == yuan(0)
    given(collection_case, opened(), cured()).when(cure()).then_nothing()
    given(collection_case).when(cure()).then_nothing()


def test_a_cured_loan_that_falls_overdue_again_continues_as_the_next_episode() -> None:
    again = open_or_update(installment_no=3, due_on=date(2026, 5, 1), as_of=date(2026, 5, 2))
    given(collection_case, opened(), joined(), cured()).when(again).then(
        opened(episode=2, on=date(2026, 5, 2)),
        joined(installment_no=3, due_on=date(2026, 5, 1), on=date(2026, 5, 2)),
    )


def test_an_instalment_reopened_by_a_reversed_receipt_joins_the_new_episode() -> None:
    given(collection_case, opened(), joined(), cured()).when(open_or_update()).then(opened(episode=2), joined())


def test_the_next_episode_remembers_broken_promises_and_the_class_of_the_loan() -> None:
    case = case_after(classified("substandard"), opened(), promised(), broken(), cured(), opened(episode=2))
    assert (case.episode, case.broken_promises, case.classification) == (2, 1, "substandard")
    assert case.installments == frozenset()


def test_settlement_closes_an_open_case() -> None:
    given(collection_case, opened(), promised()).when(close()).then(kept(), closed())
    assert case_after(opened(), closed()).outstanding_principal == yuan(0)


def test_settlement_of_a_loan_without_an_open_case_changes_nothing() -> None:
    given(collection_case).when(close()).then_nothing()
    given(collection_case, opened(), cured()).when(close()).then_nothing()
    given(collection_case, opened(), closed()).when(close()).then_nothing()


def test_a_class_told_before_there_is_a_case_is_remembered() -> None:
    given(collection_case).when(classify("special_mention")).then(classified("special_mention"))
    assert case_after(classified("special_mention"), opened()).classification == "special_mention"


def test_the_same_class_is_noted_once() -> None:
    given(collection_case, opened(), classified("loss")).when(classify("loss")).then_nothing()
    given(collection_case).when(classify("normal")).then_nothing()


def test_what_nobody_decided_lapses_when_the_case_ends() -> None:
    history = (opened(), aged(days=361, stage=Stage.S4), write_off_proposed())
    on = date(2027, 3, 3)
    given(collection_case, *history).when(cure(on=on)).then(write_off_lapsed(on=on), cured(on=on))
    given(collection_case, *history).when(close(on=on)).then(write_off_lapsed(on=on), closed(on=on))


def test_after_the_write_off_the_claim_goes_on_being_collected() -> None:
    history = (opened(), aged(days=361, stage=Stage.S4), write_off_proposed(), write_off_approved())
    given(collection_case, *history).when(close_written_off()).then(written_off())
    case = case_after(*history, written_off())
    assert case.status is CaseStatus.WRITTEN_OFF_RECOVERY
    assert case.overdue == yuan(110_050)


def test_a_case_cured_between_approval_and_write_off_is_taken_up_again_as_a_recovery() -> None:
    history = (opened(), write_off_proposed(), write_off_approved(), cured())
    given(collection_case, *history).when(close_written_off()).then(written_off())


def test_money_after_the_write_off_is_a_recovery_and_leaves_the_claim_that_the_loan_account_tells() -> None:
    on = date(2027, 4, 1)
    given(collection_case, opened(), written_off()).when(recover(amount=50, claim_after=110_000, on=on)).then(
        noted(amount=50, overdue=110_000, recovery=True, on=on)
    )
    paid_penalty = recover(amount=30, claim_after=110_020, on=on)
    given(collection_case, opened(), aged(penalty=50), written_off()).when(paid_penalty).then(
        noted(amount=30, overdue=110_020, penalty=20, recovery=True, on=on)
    )


def test_a_recovery_keeps_the_promise_it_was_promised_by() -> None:
    made, due_on = date(2027, 3, 28), date(2027, 4, 5)
    given(collection_case, opened(), written_off(), promised(on=made, due_on=due_on)).when(recover()).then(
        noted(overdue=107_050, towards=((PROMISE, 3_000),), recovery=True, on=date(2027, 4, 1)),
        kept(on=date(2027, 4, 1)),
    )


def test_a_claim_recovered_to_nil_closes_the_case_and_keeps_what_was_still_promised_once() -> None:
    made, due_on, on = date(2027, 3, 28), date(2027, 4, 5), date(2027, 4, 1)
    history = (
        opened(),
        written_off(claim=3_000),
        promised(on=made, due_on=due_on),
        promised(promise_id=OTHER_PROMISE, amount=1_000, on=made, due_on=date(2027, 4, 10)),
    )
    given(collection_case, *history).when(recover(claim_after=0)).then(
        noted(overdue=0, towards=((PROMISE, 3_000),), recovery=True, on=on),
        kept(on=on),
        kept(promise_id=OTHER_PROMISE, on=on),
        closed(on=on),
    )
    given(collection_case, opened(), written_off(), closed(on=on)).when(recover()).then_nothing()


def test_a_recovery_concerns_only_a_case_that_was_written_off_and_a_repayment_only_another() -> None:
    given(collection_case).when(recover()).then_nothing()
    given(collection_case, opened()).when(recover()).then_nothing()
    given(collection_case, opened(), written_off()).when(repay()).then_nothing()


def test_a_debtor_may_promise_to_pay_a_claim_that_was_written_off() -> None:
    given(collection_case, opened(), written_off()).when(make_promise(amount=110_050)).then(promised(amount=110_050))


def test_a_written_off_loan_no_longer_ages_and_is_closed_when_the_claim_is_settled() -> None:
    given(collection_case, opened(), written_off()).when(age()).then_nothing()
    given(collection_case, opened(), written_off()).when(open_or_update()).then_nothing()
    given(collection_case, opened(), written_off()).when(cure()).then_nothing()
    given(collection_case, opened(), written_off()).when(close()).then(closed())


def test_a_write_off_told_twice_is_applied_once() -> None:
    given(collection_case, opened(), written_off()).when(close_written_off()).then_nothing()


def test_a_write_off_of_a_loan_without_a_case_is_refused_for_somebody_to_look_at() -> None:
    given(collection_case).when(close_written_off()).then_rejected("no_case")


def test_a_receipt_counts_towards_the_promises_it_serves_and_the_state_knows() -> None:
    case = case_after(opened(), promised(), noted(amount=1_000, towards=((PROMISE, 1_000),)))
    assert case.promises[0].shortfall == yuan(2_000)


def test_a_history_read_as_of_a_date_that_lacks_its_opening_or_its_breach_still_folds() -> None:
    assert collection_case.fold([classified("doubtful"), promised()]) == NoCase("doubtful")
    case = case_after(opened(), promised(), noted(towards=((PROMISE, 3_000),)), kept(after_broken=True))
    assert case.broken_promises == 0
