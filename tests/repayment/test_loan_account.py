"""The loan account as its commands see it: booking, repaying, paying off (20 yuan a day, see builders)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.repayment.domain import events
from services.repayment.domain.loan import OpenLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repayments import payoff_amount
from shared.money import Money
from tests.given import given
from tests.repayment.builders import (
    DRAWN_ON,
    FIRST_DUE,
    LOAN,
    MATURITY,
    SECOND_DUE,
    SECOND_RECEIPT,
    account,
    after,
    age,
    allocation,
    billed,
    book,
    credit_applied,
    line,
    open_account,
    pay_off,
    received,
    repay,
    settled,
    yuan,
)

# --- booking ------------------------------------------------------------------------------------------


def test_a_disbursed_loan_is_booked_with_its_whole_schedule() -> None:
    (booked,) = after(book())
    assert isinstance(booked, events.LoanBooked)
    assert booked.maturity_on == MATURITY
    assert booked.penalty_rate_percent == Decimal("10.8")
    assert [(row.due_on, str(row.principal.amount), str(row.interest.amount)) for row in booked.installments] == [
        (FIRST_DUE, "0.00", "620.00"),
        (SECOND_DUE, "0.00", "560.00"),
        (MATURITY, "100000.00", "620.00"),
    ]


def test_an_announcement_delivered_twice_books_one_loan() -> None:
    given(loan_account, *after(book())).when(book()).then_nothing()


@pytest.mark.parametrize("uplift", ["29.99", "50.01"])  # 银发〔2003〕251号 allows 30 to 50
def test_an_unlawful_penalty_uplift_is_not_booked(uplift: str) -> None:
    given(loan_account).when(book(uplift=uplift)).then_rejected("penalty_uplift_outside_range")


def test_terms_without_a_schedule_are_not_booked() -> None:
    given(loan_account).when(book(term_months=0)).then_rejected("terms_without_schedule")


def test_nothing_but_booking_can_be_asked_of_an_unknown_loan() -> None:
    given(loan_account).when(repay(1, FIRST_DUE)).then_rejected("loan_unknown")


# --- repayment ----------------------------------------------------------------------------------------


def test_a_repayment_on_the_due_date_pays_the_instalment_without_penalty() -> None:
    given(loan_account, *after(book(), age(FIRST_DUE))).when(repay(620, FIRST_DUE)).then(
        received(620, FIRST_DUE, allocation(interest=620, lines=[line(1, interest=620)]))
    )


def test_a_receipt_bills_what_the_night_has_not_billed_yet() -> None:
    given(loan_account, *after(book())).when(repay(620, FIRST_DUE)).then(
        billed(1, FIRST_DUE, interest=620),
        received(620, FIRST_DUE, allocation(interest=620, lines=[line(1, interest=620)])),
    )


def test_money_beyond_what_is_due_is_held() -> None:
    given(loan_account, *after(book(), age(FIRST_DUE))).when(repay(1000, FIRST_DUE)).then(
        received(
            1000,
            FIRST_DUE,
            allocation(interest=620, lines=[line(1, interest=620)], credit=380),
            unallocated=380,
        )
    )


def test_held_money_pays_what_falls_due_next() -> None:
    history = after(book(), age(FIRST_DUE), repay(1000, FIRST_DUE))
    given(loan_account, *history).when(age(SECOND_DUE)).then(
        billed(2, SECOND_DUE, interest=560),
        credit_applied(380, SECOND_DUE, allocation(interest=380, lines=[line(2, interest=380)])),
    )


def test_money_sent_before_anything_is_due_is_held_in_full() -> None:
    early = DRAWN_ON + timedelta(days=5)
    given(loan_account, *after(book())).when(repay(50, early)).then(
        received(50, early, allocation(credit=50), unallocated=50)
    )


def test_the_same_receipt_is_applied_once() -> None:
    history = after(book(), age(FIRST_DUE), repay(620, FIRST_DUE))
    given(loan_account, *history).when(repay(620, FIRST_DUE)).then_nothing()


def test_the_same_receipt_with_another_amount_is_refused() -> None:
    history = after(book(), age(FIRST_DUE), repay(620, FIRST_DUE))
    given(loan_account, *history).when(repay(621, FIRST_DUE)).then_rejected("receipt_used")


def test_the_last_repayment_settles_the_loan() -> None:
    paid = (repay(620, FIRST_DUE), repay(560, SECOND_DUE, receipt=SECOND_RECEIPT))
    last = LOAN  # any fresh id serves as a receipt
    given(loan_account, *after(book(), *paid)).when(repay(100_620, MATURITY, receipt=last)).then(
        billed(3, MATURITY, principal=100_000, interest=620),
        received(
            100_620,
            MATURITY,
            allocation(
                principal=100_000,
                interest=620,
                lines=[line(3, principal=100_000, interest=620)],
                outstanding=0,
            ),
            receipt=last,
        ),
        settled(MATURITY),
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (repay(620, date(2026, 2, 11), today=FIRST_DUE), "received_in_future"),
        (repay(620, date(2026, 1, 9), today=FIRST_DUE), "received_before_last_event"),  # before the drawdown
        (repay(620, date(2026, 1, 10), today=date(2026, 2, 11)), "dated_back_too_far"),  # the 32nd day
        (repay(Money.of("620", "USD"), FIRST_DUE), "currency_differs"),
        (repay(0, FIRST_DUE), "amount_not_positive"),
        (repay(-1, FIRST_DUE), "amount_not_positive"),  # would make of the payer's credit a debt
        (pay_off(-1, FIRST_DUE), "amount_not_positive"),
    ],
)
def test_an_impossible_receipt_is_refused(command: object, code: str) -> None:
    given(loan_account, *after(book())).when(command).then_rejected(code)  # type: ignore[arg-type]


def test_money_dated_back_pays_what_has_fallen_due_since_on_its_day() -> None:
    early = FIRST_DUE - timedelta(days=5)
    given(loan_account, *after(book())).when(repay(1000, early, today=FIRST_DUE + timedelta(days=2))).then(
        received(1000, early, allocation(credit=1000), unallocated=1000),
        billed(1, FIRST_DUE, interest=620),
        credit_applied(620, FIRST_DUE, allocation(interest=620, lines=[line(1, interest=620)], credit=380)),
    )


def test_money_cannot_be_dated_back_before_the_loan_fell_overdue() -> None:
    history = after(book(), age(date(2026, 2, 11)))
    late = repay(620, FIRST_DUE, today=date(2026, 2, 12))
    given(loan_account, *history).when(late).then_rejected("received_before_last_event")


def test_a_repayment_of_a_settled_loan_says_to_return_the_money() -> None:
    history = after(book(), pay_off(100_000, DRAWN_ON))
    given(loan_account, *history).when(repay(1, DRAWN_ON, receipt=SECOND_RECEIPT)).then_rejected("loan_settled")


# --- early repayment ----------------------------------------------------------------------------------


def test_an_early_pay_off_owes_interest_for_the_real_time() -> None:
    on = date(2026, 2, 25)  # 15 days after the first due date, which was paid
    history = after(book(), repay(620, FIRST_DUE))
    happened = loan_account.decide(pay_off(100_300, on, receipt=SECOND_RECEIPT), loan_account.fold(history))
    accepted, bill, receipt, closed = happened
    assert isinstance(accepted, events.EarlyRepaymentAccepted)
    assert accepted.interest_saved == yuan(880)  # 560 + 620 - 300
    assert bill == billed(2, on, principal=100_000, interest=300)
    assert receipt == received(
        100_300,
        on,
        allocation(
            principal=100_000,
            interest=300,
            lines=[line(2, principal=100_000, interest=300)],
            outstanding=0,
        ),
        receipt=SECOND_RECEIPT,
    )
    assert closed == settled(on, early=True, interest=920)


def test_on_the_drawdown_day_a_pay_off_owes_no_interest() -> None:
    assert payoff_amount(open_account(book()), DRAWN_ON) == yuan(100_000)


def test_a_pay_off_counts_what_the_bank_already_holds() -> None:
    on = date(2026, 1, 20)  # ten days: 200
    loan = open_account(book(), repay(50, DRAWN_ON))
    assert payoff_amount(loan, on) == yuan(100_150)
    closed = account(book(), repay(50, DRAWN_ON), pay_off(100_150, on, receipt=SECOND_RECEIPT))
    assert not isinstance(closed, OpenLoan)


def test_a_pay_off_that_held_money_covers_needs_no_receipt() -> None:
    on = date(2026, 1, 20)
    history = after(book(), repay(100_201, DRAWN_ON))
    happened = loan_account.decide(pay_off(0, on, receipt=SECOND_RECEIPT), loan_account.fold(history))
    assert [type(event).__name__ for event in happened] == [
        "EarlyRepaymentAccepted",
        "InstallmentBilled",
        "CreditApplied",
        "LoanSettled",
    ]
    assert happened[-1] == settled(on, early=True, interest=200, credit=1)


@pytest.mark.parametrize("amount", ["100199.99", "100200.01"])
def test_a_pay_off_of_another_amount_is_refused_with_the_right_one(amount: str) -> None:
    asked = pay_off(amount, date(2026, 1, 20))
    given(loan_account, *after(book())).when(asked).then_rejected("payoff_amount_differs")


def test_an_overdue_loan_is_paid_off_with_its_penalty_and_cured() -> None:
    on = date(2026, 4, 20)
    loan = open_account(book(), age(on))
    due = payoff_amount(loan, on)
    assert due == yuan("102121.58")
    names = [type(event).__name__ for event in after(book(), age(on), pay_off(due, on))[-3:]]
    assert names == ["RepaymentReceived", "DelinquencyCured", "LoanSettled"]
