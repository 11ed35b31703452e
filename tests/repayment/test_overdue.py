"""Falling overdue, ageing, penalty and cure, with figures worked by hand (see builders)."""

from datetime import date, timedelta

import pytest

from services.repayment.domain import events
from services.repayment.domain.loan import accrued_before, days_past_due, owed_in_full
from services.repayment.domain.loan_account import loan_account
from tests.given import given
from tests.repayment.builders import (
    FIRST_DUE,
    LOAN,
    PROPOSAL,
    SECOND_DUE,
    after,
    age,
    aged,
    allocation,
    billed,
    book,
    cured,
    fell_overdue,
    line,
    open_account,
    received,
    repay,
    yuan,
)

# --- overdue ------------------------------------------------------------------------------------------


def test_on_its_due_date_an_instalment_is_billed_and_not_overdue() -> None:
    given(loan_account, *after(book())).when(age(FIRST_DUE)).then(billed(1, FIRST_DUE, interest=620))


def test_the_day_after_its_due_date_an_instalment_is_one_day_past_due() -> None:
    next_day = date(2026, 2, 11)
    given(loan_account, *after(book(), age(FIRST_DUE))).when(age(next_day)).then(
        fell_overdue(1, FIRST_DUE, next_day, days=1, interest=620, penalty="0.19"),
        aged(1, next_day, interest=620, penalty="0.19"),  # compound: 620 × 10.8 % / 360 = 0.186
    )


def test_a_night_that_is_run_twice_adds_nothing() -> None:
    next_day = date(2026, 2, 11)
    given(loan_account, *after(book(), age(next_day))).when(age(next_day)).then_nothing()


def test_between_two_borders_nothing_happens() -> None:
    history = after(book(), age(date(2026, 2, 11)))
    given(loan_account, *history).when(age(date(2026, 2, 25))).then_nothing()


@pytest.mark.parametrize("days", [1, 31, 61, 91, 181, 271, 361])
def test_each_border_is_announced_on_its_first_day(days: int) -> None:
    as_of = FIRST_DUE + timedelta(days=days)
    before = after(book(), age(as_of - timedelta(days=1)))
    happened = loan_account.decide(age(as_of), loan_account.fold(before))
    crossed = [event.days_past_due for event in happened if isinstance(event, events.DelinquencyAged)]
    assert crossed == [days]


def test_missed_nights_are_caught_up_in_one_with_the_band_reached() -> None:
    as_of = FIRST_DUE + timedelta(days=40)
    happened = after(book(), age(as_of))
    assert [event.days_past_due for event in happened if isinstance(event, events.DelinquencyAged)] == [40]
    assert [e.installment_no for e in happened if isinstance(e, events.InstallmentFellOverdue)] == [1, 2]


def test_overdue_principal_bears_the_penalty_rate_and_unpaid_interest_compounds() -> None:
    """Ten days after maturity: 10 × 30 on the principal; on 620, 560, 620 for 69, 41 and 10 days."""
    on = date(2026, 4, 20)
    loan = open_account(book(), age(on))
    owed = owed_in_full(loan, on)
    assert owed.penalty == yuan(300)
    # (620 × 69 + 560 × 41 + 620 × 10) × 10.8 % / 360 = 71940 × 0.0003 = 21.582
    assert owed.compound == yuan("21.58")
    assert days_past_due(loan, on) == 69


def test_a_partial_repayment_pays_compound_then_penalty_then_interest() -> None:
    on = date(2026, 4, 20)
    history = after(book(), age(on))
    given(loan_account, *history).when(repay(1000, on)).then(
        received(
            1000,
            on,
            allocation(
                compound="21.58",
                penalty=300,
                interest="678.42",
                lines=[line(1, interest=620), line(2, interest="58.42")],
                overdue="101121.58",
                days=41,  # the first instalment is paid: the second is the oldest now
            ),
        )
    )


def test_what_is_paid_stops_bearing_penalty_from_that_day() -> None:
    """Paid to 60,000 ten days after maturity, the rest ten days later: 300 and 10 × 18."""
    first, second = date(2026, 4, 20), date(2026, 4, 30)
    interest = (repay(620, FIRST_DUE), repay(560, SECOND_DUE, receipt=PROPOSAL))
    # 620 of interest ten days late compounds to 1.86
    part = repay(yuan("300") + yuan("1.86") + yuan(620) + yuan(40_000), first, receipt=LOAN)
    loan = open_account(book(), *interest, part, age(second))
    owed = owed_in_full(loan, second)
    assert (owed.principal, owed.interest, owed.penalty, owed.compound) == (
        yuan(60_000),
        yuan(0),
        yuan(180),
        yuan(0),
    )
    assert accrued_before(loan, second).penalty == yuan(480)


def test_paying_everything_past_due_cures_the_loan() -> None:
    on = date(2026, 2, 20)  # ten days late: 620 × 10.8 % / 360 × 10 = 1.86
    history = after(book(), age(on))
    given(loan_account, *history).when(repay("621.86", on)).then(
        received("621.86", on, allocation(interest=620, compound="1.86", lines=[line(1, interest=620)])),
        cured(on),
    )


def test_a_cured_loan_can_fall_overdue_again() -> None:
    on = date(2026, 2, 20)
    history = after(book(), age(on), repay("621.86", on))
    next_day = date(2026, 3, 11)
    given(loan_account, *history).when(age(next_day)).then(
        billed(2, SECOND_DUE, interest=560),
        fell_overdue(2, SECOND_DUE, next_day, days=1, interest=560, penalty="0.17"),
        aged(1, next_day, interest=560, penalty="0.17"),
    )
