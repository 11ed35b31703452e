"""Which part of a debt a payment discharges, as tables, and what holds for every payment."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repayment.domain.allocation import LEGAL_ORDER, Debt, allocate, share_of
from shared.money import Money

FEBRUARY, MARCH = date(2026, 2, 10), date(2026, 3, 10)
DEBTS = [
    Debt("principal", FEBRUARY, Money(1000), 1),
    Debt("interest", FEBRUARY, Money(100), 1),
    Debt("principal", MARCH, Money(1000), 2),
    Debt("interest", MARCH, Money(100), 2),
    Debt("penalty", FEBRUARY, Money(30)),
    Debt("compound", FEBRUARY, Money(3)),
    Debt("cost", MARCH, Money(5)),
]


@pytest.mark.parametrize(
    ("amount", "paid", "rest"),
    [
        (0, {}, 0),
        (4, {("cost", None): 4}, 0),  # the cost of enforcement first, whenever it fell due (民法典 561)
        (8, {("cost", None): 5, ("compound", None): 3}, 0),
        (38, {("cost", None): 5, ("compound", None): 3, ("penalty", None): 30}, 0),
        (138, {("interest", 1): 100}, 0),  # then the interest that was due first
        (139, {("interest", 1): 100, ("interest", 2): 1}, 0),
        (239, {("interest", 2): 100, ("principal", 1): 1}, 0),  # all interest before any principal
        (2238, {("principal", 1): 1000, ("principal", 2): 1000}, 0),
        (2240, {("principal", 2): 1000}, 2),  # what is left is the payer's
    ],
)
def test_the_legal_order(amount: int, paid: dict[tuple[str, int | None], int], rest: int) -> None:
    shares, left = allocate(Money(amount), DEBTS)
    got: dict[tuple[str, int | None], int] = {
        (share.debt.component, share.debt.installment_no): share.amount.minor for share in shares
    }
    assert left == Money(rest)
    assert {key: got.get(key) for key in paid} == paid


def test_another_order_is_a_parameter() -> None:
    shares, _ = allocate(Money(50), DEBTS, ("principal", "interest", "penalty", "compound", "cost"))
    assert share_of(shares, "principal", "CNY") == Money(50)


@given(
    amount=st.integers(0, 10_000),
    owed=st.lists(st.tuples(st.sampled_from(LEGAL_ORDER), st.dates(), st.integers(0, 3000)), max_size=12),
)
def test_shares_and_rest_sum_to_the_amount(amount: int, owed: list[tuple[str, date, int]]) -> None:
    debts = [Debt(component, due_on, Money(minor)) for component, due_on, minor in owed]  # type: ignore[arg-type]
    shares, rest = allocate(Money(amount), debts)
    assert sum(share.amount.minor for share in shares) + rest.minor == amount
    assert all(0 < share.amount.minor <= share.debt.amount.minor for share in shares)
    assert rest.minor == max(0, amount - sum(debt.amount.minor for debt in debts))
