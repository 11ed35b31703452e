"""What a loan has earned before a date: the target that every night accrues to."""

from datetime import date

import pytest

from services.repayment.domain.loan import accrued_before
from tests.repayment.builders import DRAWN_ON, account, age, book, pay_off, repay, yuan


@pytest.mark.parametrize(
    ("day_count", "until", "interest"),
    [
        ("ACT/360", date(2026, 1, 9), 0),  # before there was a loan
        ("ACT/360", DRAWN_ON, 0),
        ("ACT/360", date(2026, 1, 11), 20),  # the drawdown day counts
        ("ACT/360", date(2026, 2, 10), 620),
        ("ACT/360", date(2026, 3, 10), 1180),
        ("ACT/360", date(2026, 4, 10), 1800),
        ("ACT/360", date(2027, 1, 1), 1800),  # after maturity only penalty runs
        ("30/360", date(2026, 2, 8), 580),
        ("30/360", date(2026, 2, 9), 600),  # 30 odd days are a month already …
        ("30/360", date(2026, 2, 10), 600),  # … which is never more
        ("30/360", date(2026, 3, 9), 1140),  # 27 odd days of a February
        ("30/360", date(2026, 3, 10), 1200),  # … which is a whole month on its last day
    ],
)
def test_interest_earned_on_100_000_at_7_2_percent(day_count: str, until: date, interest: int) -> None:
    assert accrued_before(account(book(day_count=day_count)), until).interest == yuan(interest)


def test_overdue_principal_earns_penalty_in_place_of_interest() -> None:
    earned = accrued_before(account(book()), date(2026, 4, 11))
    assert (earned.interest, earned.penalty) == (yuan(1800), yuan(30))


def test_penalty_is_rounded_once_per_settlement_and_not_once_a_night() -> None:
    """620 yuan earn 0.186 of compound interest a day: three nights make 0.56, and not 3 × 0.19."""
    earned = [accrued_before(account(book()), date(2026, 2, day)).compound for day in (10, 11, 12, 13)]
    assert earned == [yuan(0), yuan("0.19"), yuan("0.37"), yuan("0.56")]


def test_a_payment_settles_what_has_run_and_the_rest_runs_on_from_there() -> None:
    paid = account(book(), age(date(2026, 2, 13)), repay("310.56", date(2026, 2, 13)))
    earned = [accrued_before(paid, date(2026, 2, day)).compound for day in (13, 14, 23)]
    assert earned == [yuan("0.56"), yuan("0.65"), yuan("1.49")]  # 310 earn 0.093 a day from here


def test_a_closed_loan_has_earned_what_it_was_charged() -> None:
    closed = account(book(), pay_off(100_200, date(2026, 1, 20)))
    assert accrued_before(closed, date(2030, 1, 1)).interest == yuan(200)
