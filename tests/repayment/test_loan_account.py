"""The loan account as its commands see it, with figures worked by hand (see builders: 20 yuan a day)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.repayment.domain import events
from services.repayment.domain.loan import OpenLoan, accrued_before, days_past_due, owed_in_full
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repayments import payoff_amount
from shared.money import Money
from shared.testing import given
from tests.repayment.builders import (
    DRAWN_ON,
    FIRST_DUE,
    LOAN,
    MATURITY,
    ORIGIN,
    OTHER_PROPOSAL,
    PROPOSAL,
    SECOND_DUE,
    SECOND_RECEIPT,
    account,
    after,
    age,
    aged,
    allocation,
    billed,
    book,
    credit_applied,
    cured,
    fell_overdue,
    line,
    open_account,
    pay_off,
    received,
    reclassify,
    recover,
    repay,
    settled,
    write_off,
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
        (repay(Money.of("620", "USD"), FIRST_DUE), "currency_differs"),
    ],
)
def test_a_receipt_with_an_impossible_date_or_currency_is_refused(command: object, code: str) -> None:
    given(loan_account, *after(book())).when(command).then_rejected(code)  # type: ignore[arg-type]


def test_money_cannot_be_dated_back_before_the_loan_fell_overdue() -> None:
    history = after(book(), age(date(2026, 2, 11)))
    late = repay(620, FIRST_DUE, today=date(2026, 2, 12))
    given(loan_account, *history).when(late).then_rejected("received_before_last_event")


def test_a_repayment_of_a_settled_loan_says_to_return_the_money() -> None:
    history = after(book(), pay_off(100_000, DRAWN_ON))
    given(loan_account, *history).when(repay(1, DRAWN_ON, receipt=SECOND_RECEIPT)).then_rejected("loan_settled")


# --- overdue ------------------------------------------------------------------------------------------


def test_on_its_due_date_an_instalment_is_billed_and_not_overdue() -> None:
    given(loan_account, *after(book())).when(age(FIRST_DUE)).then(billed(1, FIRST_DUE, interest=620))


def test_the_day_after_its_due_date_an_instalment_is_one_day_past_due() -> None:
    next_day = date(2026, 2, 11)
    given(loan_account, *after(book(), age(FIRST_DUE))).when(age(next_day)).then(
        fell_overdue(1, FIRST_DUE, next_day, days=1, interest=620),
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
        fell_overdue(2, SECOND_DUE, next_day, days=1, interest=560),
        aged(1, next_day, interest=560, penalty="0.17"),
    )


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


# --- classification and provision ---------------------------------------------------------------------


def test_a_class_sets_the_specific_provision_on_the_outstanding_principal() -> None:
    on = date(2026, 2, 11)
    given(loan_account, *after(book(), age(on))).when(reclassify("special_mention", "2", on=on)).then(
        events.LoanReclassified(
            loan_id=LOAN,
            classification="special_mention",
            provision_rate_percent=Decimal(2),
            provision=yuan(2000),
            provision_change=yuan(2000),
            classified_on=on,
        )
    )


def test_the_same_class_again_changes_nothing() -> None:
    on = date(2026, 2, 11)
    history = after(book(), age(on), reclassify("special_mention", "2", on=on))
    given(loan_account, *history).when(reclassify("special_mention", "2", on=on)).then_nothing()


def test_a_better_class_releases_provision() -> None:
    on = date(2026, 2, 11)
    loan = open_account(
        book(), age(on), reclassify("substandard", "25", on=on), reclassify("special_mention", "2", on=on)
    )
    assert loan.provision == yuan(2000)


def test_repaid_principal_releases_its_share_of_the_provision() -> None:
    on = date(2026, 4, 20)
    history = after(book(), age(on), reclassify("special_mention", "2", on=on))
    happened = loan_account.decide(repay("52121.58", on), loan_account.fold(history))
    (receipt,) = happened
    assert isinstance(receipt, events.RepaymentReceived)
    assert receipt.allocation.outstanding_after == yuan(50_000)
    assert receipt.allocation.provision_change == yuan(-1000)


def test_a_class_that_arrives_after_the_loan_is_settled_changes_nothing() -> None:
    history = after(book(), pay_off(100_000, DRAWN_ON))
    given(loan_account, *history).when(reclassify("loss", "100", on=DRAWN_ON)).then_nothing()


# --- write-off and recovery ---------------------------------------------------------------------------

LATE = date(2026, 4, 20)


def written_off(**changes: object) -> events.LoanWrittenOff:
    fact = events.LoanWrittenOff(
        loan_id=LOAN,
        origin=ORIGIN,
        proposal_id=PROPOSAL,
        principal=yuan(100_000),
        interest=yuan(1800),
        penalty=yuan("321.58"),
        provision_charged=yuan("102121.58"),
        interest_charged=yuan(1800),
        penalty_charged=yuan("321.58"),
        written_off_on=LATE,
    )
    return fact.model_copy(update=changes)


def test_an_approved_write_off_takes_the_whole_claim_off_the_books() -> None:
    given(loan_account, *after(book(), age(LATE))).when(write_off(LATE)).then(written_off())


def test_a_write_off_charges_only_what_the_provision_lacks() -> None:
    history = after(book(), age(LATE), reclassify("loss", "100", on=LATE))
    given(loan_account, *history).when(write_off(LATE)).then(written_off(provision_charged=yuan("2121.58")))


def test_an_approval_that_arrives_after_a_later_event_is_booked_on_that_day() -> None:
    given(loan_account, *after(book(), age(LATE))).when(write_off(date(2026, 4, 19))).then(written_off())


def test_the_same_proposal_writes_off_only_once() -> None:
    given(loan_account, *after(book(), age(LATE), write_off(LATE))).when(write_off(LATE)).then_nothing()


def refused(reason: str, *, proposal: object = PROPOSAL, on: date = LATE) -> events.WriteOffRefused:
    return events.WriteOffRefused(loan_id=LOAN, proposal_id=proposal, reason=reason, refused_on=on)  # type: ignore[arg-type]


def test_a_write_off_of_a_settled_loan_is_refused_and_said_once() -> None:
    history = after(book(), pay_off(100_000, DRAWN_ON))
    given(loan_account, *history).when(write_off(LATE)).then(refused("loan_settled"))
    given(loan_account, *history, refused("loan_settled")).when(write_off(LATE)).then_nothing()


def test_a_second_write_off_is_refused() -> None:
    history = after(book(), age(LATE), write_off(LATE))
    second = write_off(LATE, proposal=OTHER_PROPOSAL)
    given(loan_account, *history).when(second).then(refused("loan_written_off", proposal=OTHER_PROPOSAL))


def test_a_loan_that_was_cured_before_the_approval_came_is_not_written_off() -> None:
    on = date(2026, 2, 20)
    history = after(book(), age(on), repay("621.86", on))
    given(loan_account, *history).when(write_off(on)).then(refused("loan_not_delinquent", on=on))


def test_a_written_off_loan_accrues_no_more() -> None:
    loan = account(book(), age(LATE), write_off(LATE))
    assert accrued_before(loan, date(2027, 1, 1)).penalty == yuan("321.58")


def test_money_for_a_written_off_loan_is_a_recovery_and_not_a_repayment() -> None:
    history = after(book(), age(LATE), write_off(LATE))
    given(loan_account, *history).when(repay(100, LATE)).then_rejected("loan_written_off")
    given(loan_account, *history).when(recover(5000, LATE)).then(
        events.WrittenOffLoanRecovered(
            loan_id=LOAN,
            receipt_id=SECOND_RECEIPT,
            amount=yuan(5000),
            principal=yuan("2878.42"),
            interest=yuan(1800),
            penalty=yuan("321.58"),
            claim_principal_after=yuan("97121.58"),
            claim_interest_after=yuan(0),
            claim_penalty_after=yuan(0),
            received_on=LATE,
        )
    )


def test_the_same_recovery_is_applied_once() -> None:
    history = after(book(), age(LATE), write_off(LATE), recover(5000, LATE))
    given(loan_account, *history).when(recover(5000, LATE)).then_nothing()
    given(loan_account, *history).when(recover(5001, LATE)).then_rejected("receipt_used")


def test_a_recovery_above_the_claim_is_refused() -> None:
    history = after(book(), age(LATE), write_off(LATE))
    given(loan_account, *history).when(recover("102121.59", LATE)).then_rejected("recovery_exceeds_claim")


def test_a_recovery_of_a_loan_in_the_books_is_refused() -> None:
    given(loan_account, *after(book())).when(recover(1, DRAWN_ON)).then_rejected("loan_not_written_off")
