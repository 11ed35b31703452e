"""A night's accrual explained: what is said to run comes to what the loan has earned, to the fen."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.repayment.domain.accrual import accrued
from services.repayment.domain.accrual_explained import Running, running
from services.repayment.domain.installment import RepaymentMethod
from services.repayment.domain.loan import accrual_basis
from shared.money import Money
from tests.repayment.bank import Bank, disbursed
from tests.repayment.builders import DRAWN_ON, FIRST_DUE, LOAN, SECOND_DUE, age, book, open_account, repay, yuan
from tests.repayment.changing import decide, plan, propose

ONE_DAY = timedelta(days=1)


def comes_to(charges: list[Running], kind: str) -> Money:
    exact = [one.balance.amount * one.annual_rate_percent * one.days for one in charges if one.kind == kind]
    return Money.round(sum(exact, Decimal(0)) / 36000, "CNY")


def test_overdue_principal_and_interest_run_beside_the_row_of_the_day() -> None:
    loan = open_account(book(method="equal_principal"), repay(600, FIRST_DUE), age(FIRST_DUE + ONE_DAY))
    rate, late = Decimal("7.2"), Decimal("10.8")
    assert list(running(accrual_basis(loan), FIRST_DUE + 4 * ONE_DAY)) == [
        Running("interest", SECOND_DUE, yuan("66666.67"), rate, FIRST_DUE, 5),
        Running("penalty", FIRST_DUE, yuan("33333.33"), late, FIRST_DUE, 5),
        Running("compound", FIRST_DUE, yuan(20), late, FIRST_DUE, 5),
    ]


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(get_args(RepaymentMethod)),
    day_count=st.sampled_from(["30/360", "ACT/360"]),
    paid=st.integers(1, 40_000_00),
    after=st.integers(1, 100),
    changed=st.booleans(),
)
def test_what_runs_comes_to_what_has_been_earned(
    method: Any, day_count: Any, paid: int, after: int, changed: bool
) -> None:
    on = FIRST_DUE + 9 * ONE_DAY
    asked: list[Any] = [book(method=method, day_count=day_count), repay(Money(paid), FIRST_DUE), age(on)]
    if changed:
        asked += [propose(plan(on + 20 * ONE_DAY, 3, rate="5"), on), decide(on)]
    basis = accrual_basis(open_account(*asked))
    night = on + after * ONE_DAY
    until = night + ONE_DAY
    charges, target = list(running(basis, night)), accrued(basis, until)
    assert basis.penalty_settled + comes_to(charges, "penalty") == target.penalty
    assert basis.compound_settled + comes_to(charges, "compound") == target.compound
    over = Money.sum((row.interest for row in basis.rows if row.due_on <= until), "CNY")
    now = [row for row in basis.rows if row.starts_on < until < row.due_on]
    if now:
        [row] = now
        ran = comes_to(charges, "interest") + (row.adjustment or Money(0))
        assert over + min(ran, row.interest) == target.interest
    else:
        assert over == target.interest


@pytest.mark.integration
async def test_a_night_is_explained_as_the_loan_then_was(bank: Bank) -> None:
    await bank.hear(disbursed())
    await bank.close_until(date(2026, 1, 15))
    assert (await bank.repay("100000.00")).status_code == 201
    path = f"/v1/loans/{LOAN}/accrual"
    told = (await bank.get(path, night="2026-01-14")).json()
    assert (told["interest"]["amount"], told["interest_so_far"]["amount"]) == ("20.00", "100.00")
    [charge] = told["charges"]
    assert (charge["kind"], charge["balance"]["amount"], charge["days"]) == ("interest", "100000.00", 5)
    nights = (await bank.get("/v1/accruals", loan_id=str(LOAN))).json()["items"]
    assert [one["interest_so_far"]["amount"] for one in nights] == ["100.00", "80.00", "60.00", "40.00", "20.00"]
    assert (await bank.get(path)).json()["night"] == "2026-01-15"
    assert (await bank.get(path, night=str(DRAWN_ON - ONE_DAY))).status_code == 404
