"""A loan's class over its life: worse at once, better only when the rule allows, whatever order messages come in."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.risk.domain import commands, events
from services.risk.domain.asset_class import AssetClass
from services.risk.domain.classification_events import ObservationPassed
from services.risk.domain.loan_classification import loan_classification
from tests.given import given
from tests.risk.builders import APPLICATION, BORROWER, LOAN, yuan

NORMAL, MENTION, SUBSTANDARD, DOUBTFUL, LOSS = AssetClass
PAID_OUT = date(2026, 1, 5)
LATE = date(2026, 2, 6)


def enter() -> commands.EnterLoan:
    return commands.EnterLoan(
        loan_id=LOAN,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        principal=yuan(100_000),
        term_months=12,
        disbursed_on=PAID_OUT,
    )


def entered(own: AssetClass | None = None) -> events.LoanEnteredClassification:
    return events.LoanEnteredClassification(
        loan_id=LOAN,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        principal=yuan(100_000),
        term_months=12,
        entered_on=PAID_OUT,
        own=own,
    )


def measure(days: int, as_of: date = LATE) -> commands.MeasureDelinquency:
    return commands.MeasureDelinquency(loan_id=LOAN, days_past_due=days, as_of=as_of)


RATES = {NORMAL: Decimal(0), MENTION: Decimal(2), SUBSTANDARD: Decimal(25), DOUBTFUL: Decimal(50), LOSS: Decimal(100)}


def classified(
    found: AssetClass, previous: AssetClass = NORMAL, *, days: int, stage: Any, on: date = LATE, **told: Any
) -> events.LoanClassified:
    """Of a loan whose borrower is known, unless told otherwise."""
    return events.LoanClassified(
        loan_id=LOAN,
        classification=found,
        previous=previous,
        provision_rate_percent=RATES[found],
        stage=stage,
        days_past_due=days,
        classified_on=on,
        **({"borrower_id": BORROWER, "own": found} | told),  # type: ignore[arg-type]
    )


UNKNOWN: dict[str, Any] = {"borrower_id": None, "own": None}


def mention(days: int = 1, *, stage: Any = 1, **told: Any) -> events.LoanClassified:
    return classified(MENTION, days=days, stage=stage, **told)


def passed(on: date, stage: Any = 1) -> ObservationPassed:
    return ObservationPassed(loan_id=LOAN, passed_on=on, stage=stage)


def substandard(on: date = date(2026, 5, 7)) -> events.LoanClassified:
    return classified(SUBSTANDARD, MENTION, days=91, stage=3, on=on)


def cure(on: date) -> commands.CureLoan:
    return commands.CureLoan(loan_id=LOAN, cured_on=on)


def cured(on: date, until: date | None = None, stage: Any = 1) -> events.LoanCured:
    return events.LoanCured(loan_id=LOAN, cured_on=on, observed_until=until, stage=stage)


def behind(days: int, on: date, stage: Any = 1) -> events.LoanFellBehind:
    return events.LoanFellBehind(loan_id=LOAN, days_past_due=days, stage=stage, as_of=on)


def left(on: date, *, written_off: bool = False) -> events.LoanLeftClassification:
    return events.LoanLeftClassification(loan_id=LOAN, left_on=on, written_off=written_off)


def repay(on: date) -> commands.ObserveRepayment:
    return commands.ObserveRepayment(loan_id=LOAN, received_on=on)


def test_a_loan_that_is_paid_out_enters_as_normal() -> None:
    given(loan_classification).when(enter()).then(entered())


def test_a_payout_told_twice_enters_once() -> None:
    given(loan_classification, entered()).when(enter()).then_nothing()


@pytest.mark.parametrize(
    ("days", "found", "stage"),
    [(1, MENTION, 1), (31, MENTION, 2), (91, SUBSTANDARD, 3), (271, DOUBTFUL, 3), (361, LOSS, 3)],
)
def test_days_past_due_set_the_class(days: int, found: AssetClass, stage: Any) -> None:
    given(loan_classification, entered()).when(measure(days)).then(classified(found, days=days, stage=stage))


def test_a_delay_may_be_heard_of_before_the_payout_and_the_class_stays() -> None:
    given(loan_classification).when(measure(1)).then(mention(**UNKNOWN))
    given(loan_classification, mention(**UNKNOWN)).when(enter()).then(entered(own=MENTION))
    given(loan_classification, mention(**UNKNOWN), entered()).when(measure(91, date(2026, 5, 7))).then(substandard())


def test_a_delay_told_by_two_messages_of_one_day_classifies_once() -> None:
    given(loan_classification, entered(), mention()).when(measure(1)).then_nothing()


def test_more_days_within_a_class_are_kept_with_their_stage() -> None:
    on = date(2026, 3, 8)
    given(loan_classification, entered(), mention()).when(measure(31, on)).then(behind(31, on, stage=2))


def test_an_old_message_changes_nothing() -> None:
    given(loan_classification, entered(), mention()).when(measure(400, date(2026, 2, 5))).then_nothing()
    given(loan_classification, entered(), mention()).when(cure(date(2026, 2, 5))).then_nothing()


def test_fewer_days_do_not_improve_the_class_while_something_is_past_due() -> None:
    on = date(2026, 5, 9)
    given(loan_classification, entered(), mention(), substandard()).when(measure(35, on)).then(behind(35, on, stage=3))


def test_special_mention_ends_when_nothing_is_past_due() -> None:
    on = date(2026, 2, 10)
    given(loan_classification, entered(), mention()).when(cure(on)).then(
        cured(on), classified(NORMAL, MENTION, days=0, stage=1, on=on)
    )


def test_a_cure_of_what_is_not_behind_is_nothing() -> None:
    given(loan_classification, entered()).when(cure(LATE)).then_nothing()


CURED, UNTIL = date(2026, 5, 20), date(2026, 11, 20)
IN_OBSERVATION = (entered(), mention(), substandard(), cured(CURED, UNTIL, stage=3))


def test_a_non_performing_loan_stays_so_for_six_months_after_its_cure() -> None:
    given(loan_classification, *IN_OBSERVATION[:3]).when(cure(CURED)).then(cured(CURED, UNTIL, stage=3))
    given(loan_classification, *IN_OBSERVATION).when(repay(date(2026, 11, 19))).then_nothing()


def test_a_good_payment_at_the_end_of_the_observation_makes_it_normal() -> None:
    given(loan_classification, *IN_OBSERVATION).when(repay(UNTIL)).then(
        passed(UNTIL), classified(NORMAL, SUBSTANDARD, days=0, stage=1, on=UNTIL)
    )


def test_a_delay_ends_the_observation_and_the_next_cure_begins_another() -> None:
    late, again = date(2026, 8, 6), date(2026, 8, 31)
    given(loan_classification, *IN_OBSERVATION).when(measure(1, late)).then(behind(1, late, stage=3))
    relapsed = (*IN_OBSERVATION, behind(1, late, stage=3))
    given(loan_classification, *relapsed).when(repay(UNTIL)).then_nothing()
    given(loan_classification, *relapsed).when(cure(again)).then(cured(again, date(2027, 2, 28), stage=3))


def test_a_good_payment_of_a_normal_loan_is_nothing() -> None:
    given(loan_classification, entered()).when(repay(LATE)).then_nothing()


def test_a_settled_loan_leaves_and_later_words_change_nothing() -> None:
    on = date(2026, 6, 1)
    settle = commands.SettleLoan(loan_id=LOAN, settled_on=on)
    given(loan_classification, entered()).when(settle).then(left(on))
    for late in (settle, measure(400, date(2026, 7, 1)), cure(on), enter()):
        given(loan_classification, entered(), left(on)).when(late).then_nothing()


def back(days: int, on: date, *, stage: Any = 1, until: date | None = None) -> events.LoanReturned:
    return events.LoanReturned(loan_id=LOAN, days_past_due=days, observed_until=until, stage=stage, returned_on=on)


def test_a_loan_whose_last_receipt_is_taken_back_stands_as_it_stood() -> None:
    on, later, july = date(2026, 6, 1), date(2026, 6, 10), date(2026, 7, 1)
    paid_off = (entered(), left(on))

    def returned(days: int) -> commands.ReturnLoan:
        return commands.ReturnLoan(loan_id=LOAN, days_past_due=days, as_of=later)

    given(loan_classification, *paid_off).when(returned(0)).then(back(0, later))
    given(loan_classification, *paid_off).when(returned(12)).then(back(12, later), mention(12, on=later))
    given(loan_classification, *paid_off, back(0, later)).when(returned(0)).then_nothing()
    given(loan_classification, *paid_off, back(0, later)).when(measure(31, july)).then(mention(31, on=july, stage=2))
    lost = classified(LOSS, days=361, stage=3)
    given(loan_classification, entered(), lost, left(on, written_off=True)).when(returned(12)).then_nothing()
    observed = (entered(), mention(), substandard(), cured(date(2026, 5, 20), date(2026, 11, 20), stage=3), left(on))
    given(loan_classification, *observed).when(returned(0)).then(back(0, later, stage=3, until=date(2026, 11, 20)))


def test_an_entry_that_is_heard_after_the_end_says_whose_loan_it_was_once() -> None:
    on = date(2026, 6, 1)
    given(loan_classification).when(commands.SettleLoan(loan_id=LOAN, settled_on=on)).then(left(on))
    given(loan_classification, left(on)).when(enter()).then(entered())
    for late in (enter(), measure(400, date(2026, 7, 1))):
        given(loan_classification, left(on), entered()).when(late).then_nothing()


def test_what_is_written_off_is_a_loss_first() -> None:
    on = date(2027, 3, 1)
    write_off = commands.WriteOffLoan(loan_id=LOAN, written_off_on=on)
    given(loan_classification, entered(), mention(), substandard()).when(write_off).then(
        classified(LOSS, SUBSTANDARD, days=91, stage=3, on=on), left(on, written_off=True)
    )


def test_a_loss_that_is_written_off_only_leaves() -> None:
    on = date(2027, 3, 1)
    lost = classified(LOSS, days=361, stage=3)
    write_off = commands.WriteOffLoan(loan_id=LOAN, written_off_on=on)
    given(loan_classification, lost).when(write_off).then(left(on, written_off=True))


def test_a_loan_is_a_stream_of_its_own() -> None:
    assert loan_classification.stream_id(measure(1)) == LOAN
    assert loan_classification.stream(UUID(int=7)) == f"loan_classification-{UUID(int=7)}"
