"""What a loan has earned before a date: the target that every night accrues to."""

from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

import pytest

from services.repayment.domain.accrual import AccrualBasis, AccrualRow, accrued, rate_days
from services.repayment.domain.installment import RepaymentMethod, Stretch
from services.repayment.domain.loan import OpenLoan, accrual_basis, accrued_before
from services.repayment.queries.accrual_bases import Accruable
from shared.money import Money
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


@pytest.mark.parametrize(
    ("method", "day_count", "until", "interest"),
    [
        ("one_payment", "30/360", date(2026, 2, 10), 600),  # a whole month
        ("one_payment", "30/360", date(2026, 3, 15), 1300),  # two and five odd days; 64 real days would be 1280
        ("one_payment", "30/360", date(2026, 4, 9), 1800),  # two and thirty: a month, never more
        ("one_payment", "ACT/360", date(2026, 3, 15), 1280),
        ("interest_quarterly", "ACT/360", date(2026, 3, 21), 1400),  # to the 20th, which counts
        ("interest_quarterly", "ACT/360", date(2026, 4, 10), 1800),
        ("flat", "30/360", date(2026, 3, 5), 1060),  # 600, then 23 days on all that was lent
        ("equal_principal", "30/360", date(2026, 3, 5), "906.67"),  # 600, then 23 days on two thirds
    ],
)
def test_interest_earned_by_other_methods(method: str, day_count: str, until: date, interest: int | str) -> None:
    booked = account(book(method=method, day_count=day_count))
    assert accrued_before(booked, until).interest == yuan(interest)


@pytest.mark.parametrize("method", get_args(RepaymentMethod))
@pytest.mark.parametrize("day_count", ["30/360", "ACT/360"])
def test_every_method_accrues_day_by_day_to_what_is_charged_and_a_night_reads_the_same(
    method: str, day_count: str
) -> None:
    loan = account(book(method=method, day_count=day_count))
    assert isinstance(loan, OpenLoan)
    days = [DRAWN_ON + timedelta(days=number) for number in range(101)]
    earned = [accrued_before(loan, day).interest for day in days]
    assert earned == sorted(earned, key=lambda one: one.minor)
    assert earned[-1] == Money.sum(state.row.interest for state in loan.installments)
    stored = {**dict(loan.terms), "principal": loan.terms.principal.minor, "currency": "CNY", "status": "open"}
    stored |= {"accrued_before": (0, 0), "interest_before": 0, "settled_on": DRAWN_ON}
    stored |= {"penalty_settled": 0, "compound_settled": 0}
    rows = [
        {
            name: value.minor if isinstance(value, Money) else value
            for name, value in {**dict(one.row), "principal_paid": 0, "interest_paid": 0, "stretches": None}.items()
        }
        for one in loan.installments
    ]
    assert Accruable.read(stored, rows).basis == accrual_basis(loan)


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


HALVES = (
    Stretch(starts_on=DRAWN_ON, balance=yuan(100_000), annual_rate_percent=Decimal("7.2")),
    Stretch(starts_on=date(2026, 1, 25), balance=yuan(100_000), annual_rate_percent=Decimal("3.6")),
)


@pytest.mark.parametrize(
    ("stretches", "adjustment", "until", "interest"),
    [
        ((), None, date(2026, 2, 9), 600),
        (HALVES, None, DRAWN_ON, 0),
        (HALVES, None, date(2026, 1, 25), 300),  # 15 days of 20 yuan
        (HALVES, None, date(2026, 1, 26), 310),  # then 10 a day
        (HALVES, None, date(2026, 2, 9), 450),
        (HALVES, None, date(2026, 2, 10), 460),  # the row's own interest on its last day
        (HALVES, yuan(-50), DRAWN_ON, 0),
        (HALVES, yuan(-50), date(2026, 1, 25), 250),  # what earlier rows charged too much is there at once
        (HALVES[1:], None, date(2026, 1, 25), 0),  # nothing runs before the first stretch
    ],
)
def test_a_row_earns_stretch_by_stretch(
    stretches: tuple[Stretch, ...], adjustment: Money | None, until: date, interest: int
) -> None:
    row = AccrualRow(
        DRAWN_ON, date(2026, 2, 10), yuan(100_000), yuan(460 if stretches else 620), yuan(0), yuan(0),
        stretches, adjustment,
    )  # fmt: skip
    nil = Money(0)
    basis = AccrualBasis(Decimal("7.2"), Decimal("10.8"), nil, (row,), nil, nil, DRAWN_ON, "ACT/360")
    assert accrued(basis, until).interest == yuan(interest)


def test_stretches_are_rounded_once_and_not_each() -> None:
    """A third of a fen a day on 4 yuan at 30 %: three days in three stretches are one fen."""
    stretches = tuple(
        Stretch(starts_on=date(2026, 1, 1 + n), balance=yuan(4), annual_rate_percent=Decimal(30)) for n in range(3)
    )
    assert (
        rate_days(stretches, date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 4), "ACT/360") == 360
    )  # / 36000: 0.01 yuan
