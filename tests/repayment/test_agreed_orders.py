"""Money applied in the order that the contract agrees on: which component first, and which instalment.

The loan is the usual one: 620 of interest fell due on 10 February, 560 on 10 March, and with 10 % of the principal a
month more there is principal beside it.
"""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repayment.domain import commands, events
from services.repayment.domain.allocation import LEGAL_ORDER, PRINCIPAL_FIRST, AllocationTerms
from services.repayment.domain.installment import SchedulePlan
from services.repayment.domain.loan import NoLoan, OpenLoan, debts_due
from services.repayment.domain.loan_account import loan_account
from shared.messages import Rejected
from shared.money import Money
from tests.repayment.builders import age, book, open_account, reclassify, repay, yuan

LATE = date(2026, 3, 20)
PLAN = SchedulePlan(principal_by_row=(yuan(10_000), yuan(10_000), yuan(80_000)))


INTEREST_FIRST: Any = ("cost", "interest", "penalty", "compound", "principal")
PENALTY_FIRST: Any = ("cost", "penalty", "interest", "compound", "principal")


def lent(allocation: AllocationTerms | None) -> commands.BookLoan:
    return book().model_copy(update={"agreed": PLAN, "allocation": allocation})


def shares(allocation: AllocationTerms | None, amount: int | str, *between: Any) -> events.Allocation:
    """Where money goes on 20 March, when both instalments are overdue and nothing has been paid."""
    loan = open_account(lent(allocation), age(LATE), *between)
    [*_, received] = [
        one for one in loan_account.decide(repay(amount, LATE), loan) if isinstance(one, events.RepaymentReceived)
    ]
    return received.allocation


def test_what_is_owed_on_that_day() -> None:
    """At 10.8 %: 38 days on 10,000 and 10 on 10,000 more, compound likewise on 620 and 504 (18 yuan a day, 28 days)."""
    owed = {(one.component, one.installment_no): one.amount for one in debts_due(open_account(lent(None)), LATE)}
    assert owed[("penalty", None)] == yuan("144.00")
    assert owed[("compound", None)] == yuan("8.58")
    assert (owed[("interest", 1)], owed[("principal", 1)]) == (yuan(620), yuan(10_000))
    assert (owed[("interest", 2)], owed[("principal", 2)]) == (yuan(504), yuan(10_000))


@pytest.mark.parametrize(
    ("allocation", "paid"),
    [  # 1,000 yuan: compound, penalty, interest, principal of it
        (None, ("8.58", "144.00", "847.42", "0.00")),
        (AllocationTerms(), ("8.58", "144.00", "847.42", "0.00")),
        (AllocationTerms(order=PRINCIPAL_FIRST), ("0.00", "0.00", "0.00", "1000.00")),
        (AllocationTerms(order=INTEREST_FIRST), ("0.00", "0.00", "1000.00", "0.00")),
        (AllocationTerms(order=PENALTY_FIRST), ("0.00", "144.00", "856.00", "0.00")),
        (AllocationTerms(across="installment"), ("8.58", "144.00", "620.00", "227.42")),
        (AllocationTerms(order=PRINCIPAL_FIRST, across="installment"), ("0.00", "0.00", "0.00", "1000.00")),
    ],
)  # fmt: skip
def test_money_goes_where_the_contract_says(allocation: AllocationTerms | None, paid: tuple[str, ...]) -> None:
    went = shares(allocation, 1000)
    assert (went.compound, went.penalty, went.interest, went.principal) == tuple(yuan(one) for one in paid)


def test_by_instalment_the_older_one_is_cleared_with_its_penalty_before_the_next() -> None:
    order = AllocationTerms(order=("cost", "principal", "interest", "penalty", "compound"), across="installment")
    went = shares(order, "10780.00")
    assert [(one.installment_no, one.principal, one.interest) for one in went.lines] == [
        (1, yuan(10_000), yuan(620)), (2, yuan("7.42"), yuan(0)),
    ]  # fmt: skip
    assert (went.penalty, went.compound) == (yuan(144), yuan("8.58"))


def test_a_non_performing_loan_has_an_order_of_its_own() -> None:
    agreed = AllocationTerms(non_performing_order=PRINCIPAL_FIRST)
    assert shares(agreed, 1000).interest == yuan("847.42")
    assert shares(agreed, 1000, reclassify("special_mention", "2", on=LATE)).interest == yuan("847.42")
    assert shares(agreed, 1000, reclassify("substandard", "25", on=LATE)).principal == yuan(1000)


def test_principal_that_is_paid_first_bears_no_more_penalty_and_the_interest_stays_owed() -> None:
    loan = open_account(lent(AllocationTerms(order=PRINCIPAL_FIRST)), age(LATE), repay(20_000, LATE))
    later = {one.component: one.amount for one in debts_due(loan, date(2026, 3, 30)) if one.installment_no is None}
    assert later["penalty"] == yuan(144)
    assert later["compound"] == yuan("11.95")  # 1,124 at 10.8 % for ten days more
    assert loan.days_past_due == 38


@pytest.mark.parametrize(
    "terms",
    [
        AllocationTerms(order=("interest", "principal")),
        AllocationTerms(order=(*LEGAL_ORDER, "penalty")),
        AllocationTerms(non_performing_order=("principal",)),
    ],
)
def test_an_order_that_leaves_a_component_out_is_not_booked(terms: AllocationTerms) -> None:
    with pytest.raises(Rejected) as refused:
        loan_account.decide(lent(terms), NoLoan())
    assert (refused.value.code, refused.value.field) == ("allocation_order_incomplete", "allocation")


_orders = st.permutations(LEGAL_ORDER).map(tuple)
_terms = st.builds(
    AllocationTerms,
    order=_orders,
    across=st.sampled_from(["component", "installment"]),
    non_performing_order=st.none() | _orders,
)


@given(_terms, st.lists(st.integers(1, 3_000_000), min_size=1, max_size=4), st.sampled_from(["normal", "doubtful"]))
def test_in_any_order_a_payment_goes_out_whole_and_nothing_is_paid_twice(
    terms: AllocationTerms, amounts: list[int], classification: Any
) -> None:
    loan: Any = open_account(lent(terms), age(LATE), reclassify(classification, "0", on=LATE))
    owed = sum(one.amount.minor for one in debts_due(loan, LATE))
    paid = 0
    for n, minor in enumerate(amounts):
        command = commands.ReceiveRepayment(
            loan_id=loan.terms.loan_id, receipt_id=UUID(int=n), amount=Money(minor), received_on=LATE, today=LATE
        )
        facts = loan_account.decide(command, loan)
        [received] = [one for one in facts if isinstance(one, events.RepaymentReceived)]
        went = received.allocation
        parts = (went.principal, went.interest, went.penalty, went.compound, received.unallocated)
        assert sum(one.minor for one in parts) == minor
        assert all(one.minor >= 0 for one in parts)
        loan = loan_account.fold(facts, loan)
        assert isinstance(loan, OpenLoan)
        paid += minor
        assert sum(one.amount.minor for one in debts_due(loan, LATE)) == max(owed - paid, 0)
        assert loan.credit.minor == max(paid - owed, 0)


def test_the_order_stays_with_the_loan_and_is_told_by_the_fact() -> None:
    terms = AllocationTerms(order=PRINCIPAL_FIRST, across="installment")
    [booked] = loan_account.decide(lent(terms), NoLoan())
    assert isinstance(booked, events.LoanBooked)
    assert events.LoanBooked.model_validate_json(booked.model_dump_json()).allocation == terms
    [plain] = loan_account.decide(lent(None), NoLoan())
    assert "allocation" not in plain.model_dump()
