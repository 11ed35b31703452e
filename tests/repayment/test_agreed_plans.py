"""Loans whose contract agrees on more than a method: a grace, a first due date, the principal of each row."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.repayment.domain import commands, events
from services.repayment.domain.installment import SchedulePlan
from services.repayment.domain.loan import NoLoan, OpenLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repricing import NewRate, repriced
from shared.messages import Rejected
from shared.money import Money
from tests.repayment.builders import account, age, book, yuan


def booked_by(command: commands.BookLoan) -> events.LoanBooked:
    [booked] = loan_account.decide(command, NoLoan())
    assert isinstance(booked, events.LoanBooked)
    return booked


def test_a_loan_begins_with_rows_without_principal_where_that_was_agreed() -> None:
    command = book(method="equal_principal", term_months=6).model_copy(
        update={"agreed": SchedulePlan(principal_grace_periods=2)}
    )
    booked = booked_by(command)
    assert [row.principal for row in booked.installments] == [yuan(0), yuan(0)] + [yuan(25_000)] * 4


def test_a_broken_first_period_ends_on_its_own_due_date_and_the_others_follow_it() -> None:
    """20 yuan a day: 41 days to 20 February, then 28 and 31."""
    command = book().model_copy(update={"agreed": SchedulePlan(first_due_on=date(2026, 2, 20))})
    booked = booked_by(command)
    assert [(row.due_on, row.interest) for row in booked.installments] == [
        (date(2026, 2, 20), yuan(820)), (date(2026, 3, 20), yuan(560)), (date(2026, 4, 20), yuan(620)),
    ]  # fmt: skip
    assert booked.maturity_on == date(2026, 4, 20)


def test_a_free_plan_repays_what_it_says() -> None:
    plan = SchedulePlan(principal_by_row=(yuan(10_000), yuan(0), yuan(90_000)))
    booked = booked_by(book().model_copy(update={"agreed": plan}))
    assert [(row.principal, row.interest) for row in booked.installments] == [
        (yuan(10_000), yuan(620)), (yuan(0), yuan(504)), (yuan(90_000), yuan(558)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "agreed"),
    [
        ("interest_only", SchedulePlan(principal_by_row=(yuan(1), yuan(1), yuan(1)))),  # not what is lent
        ("interest_only", SchedulePlan(principal_by_row=(yuan(50_000), yuan(50_000)))),  # a row is missing
        ("equal_principal", SchedulePlan(principal_by_row=(yuan(100_000),))),
        ("equal_principal", SchedulePlan(principal_grace_periods=3)),  # as long as the loan
        ("equal_principal", SchedulePlan(principal_grace_periods=-1)),
        ("interest_only", SchedulePlan(principal_grace_periods=1)),
        ("interest_quarterly", SchedulePlan(first_due_on=date(2026, 2, 20))),
        ("interest_only", SchedulePlan(first_due_on=date(2026, 1, 10))),  # the day of the drawdown
    ],
)
def test_a_plan_that_does_not_suit_the_loan_is_refused(method: Any, agreed: SchedulePlan) -> None:
    command = book(method=method).model_copy(update={"agreed": agreed})
    with pytest.raises(Rejected, match="terms_without_schedule"):
        loan_account.decide(command, NoLoan())


def test_a_new_rate_leaves_the_rows_without_principal_as_they_are() -> None:
    command = book(method="equal_instalments", term_months=6).model_copy(
        update={"agreed": SchedulePlan(principal_grace_periods=3)}
    )
    loan = account(command, age(date(2026, 2, 10)))
    assert isinstance(loan, OpenLoan)
    _, version, _ = repriced(loan, NewRate(Decimal("3.6"), date(2026, 2, 10), date(2026, 2, 10)), "rate_change")
    assert [bool(row.principal) for row in version.installments] == [False] * 3 + [True] * 3
    assert Money.sum(row.principal for row in version.installments) == yuan(100_000)
