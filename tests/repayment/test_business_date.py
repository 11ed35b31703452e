"""The business date: opened once, closed one day after the other."""

from datetime import date
from uuid import uuid4

from services.repayment.domain.accrual_batch import accrual_batch, accrual_batch_id
from services.repayment.domain.business_date import business_date
from services.repayment.domain.commands import AccrueInterest, CloseBusinessDate, OpenBusinessDate
from services.repayment.domain.events import (
    AccrualLine,
    AccrualLines,
    BusinessDateClosed,
    BusinessDateOpened,
    InstallmentsBilled,
    InterestAccrued,
)
from tests.given import given

MONDAY, TUESDAY, WEDNESDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)


def opened() -> BusinessDateOpened:
    return BusinessDateOpened(opened_on=MONDAY)


def closed() -> BusinessDateClosed:
    return BusinessDateClosed(closed_on=MONDAY, opened_on=TUESDAY)


def test_the_bank_opens_its_first_day() -> None:
    given(business_date).when(OpenBusinessDate(opened_on=MONDAY)).then(opened())


def test_the_first_day_opens_once() -> None:
    given(business_date, opened(), closed()).when(OpenBusinessDate(opened_on=MONDAY)).then_nothing()
    given(business_date, opened()).when(OpenBusinessDate(opened_on=TUESDAY)).then_rejected("business_date_open")


def test_closing_a_day_opens_the_next_calendar_day() -> None:
    given(business_date, opened()).when(CloseBusinessDate(closed_on=MONDAY)).then(closed())


def test_a_day_is_closed_once() -> None:
    given(business_date, opened(), closed()).when(CloseBusinessDate(closed_on=MONDAY)).then_nothing()


def test_no_day_is_skipped() -> None:
    asked = CloseBusinessDate(closed_on=WEDNESDAY)
    given(business_date, opened(), closed()).when(asked).then_rejected("business_date_not_reached")


def test_what_has_not_opened_cannot_close() -> None:
    given(business_date).when(CloseBusinessDate(closed_on=MONDAY)).then_rejected("business_date_not_open")


# --- the nightly accrual batch --------------------------------------------------------------------------


def accrue(*lines: AccrualLine) -> AccrueInterest:
    return AccrueInterest(
        batch_id=accrual_batch_id(MONDAY, 1),
        accrued_on=MONDAY,
        chunk=1,
        currency="CNY",
        lines=AccrualLines.of(lines),
        billed_on=TUESDAY,
    )


def test_a_chunk_of_a_night_is_accrued_once() -> None:
    line = AccrualLine(loan_id=uuid4(), interest_minor=2000, penalty_minor=0)
    batch = InterestAccrued(accrued_on=MONDAY, chunk=1, currency="CNY", lines=AccrualLines.of([line]))
    given(accrual_batch).when(accrue(line)).then(batch)
    given(accrual_batch, batch).when(accrue(line)).then_nothing()


def test_what_falls_due_the_day_after_is_billed_in_one_fact() -> None:
    """Also where nothing accrued; and what was recorded once is not recorded again."""
    asked = accrue().model_copy(update={"billed": 2, "billed_loan_ids": "a,b", "billed_nos": "1,7"})
    billed = InstallmentsBilled(billed_on=TUESDAY, chunk=1, count=2, loan_ids="a,b", installment_nos="1,7")
    given(accrual_batch).when(asked).then(billed)
    given(accrual_batch, billed).when(asked).then_nothing()


def test_lines_in_columns_are_the_lines() -> None:
    told = [
        AccrualLine(loan_id=uuid4(), interest_minor=n - 1, penalty_minor=-n, interest_so_far=9, penalty_so_far=n)
        for n in range(3)
    ]
    assert list(AccrualLines.of(told).each()) == told
    assert list((AccrualLines.of(told[:2]) + AccrualLines.of(told[2:])).each()) == told
    assert (AccrualLines.of([]) + AccrualLines.of(told)) == AccrualLines.of(told)
    assert list(AccrualLines.of([]).each()) == []


def test_a_chunk_in_which_nothing_accrued_leaves_no_fact() -> None:
    given(accrual_batch).when(accrue()).then_nothing()


def test_each_chunk_of_each_night_has_its_own_stream() -> None:
    ids = {accrual_batch_id(day, chunk) for day in (MONDAY, TUESDAY) for chunk in (1, 2)}
    assert len(ids) == 4
    assert accrual_batch_id(MONDAY, 1) == accrual_batch_id(MONDAY, 1)
