"""A part repaid early: the money, the new schedule, and what the borrower saves."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.repayment.domain import commands, events
from services.repayment.domain.changed_schedule import maturity_of
from services.repayment.domain.correction_commands import ReverseReceipt
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan import (
    InstallmentState,
    NoLoan,
    OpenLoan,
    SettledLoan,
    accrued_before,
    outstanding,
    owed_in_full,
    past_due,
)
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.prepaid_schedule import not_due, prepaid
from services.repayment.domain.prepayment import PrepaymentRules, prepay
from services.repayment.domain.schedule_versions import schedule_versions
from shared.messages import Rejected
from shared.money import Money
from tests.repayment import test_reversals
from tests.repayment.builders import (
    CONTRACT,
    FIRST_DUE,
    LOAN,
    MATURITY,
    PROPOSAL,
    RECEIPT,
    SECOND_DUE,
    SECOND_RECEIPT,
    account,
    after,
    age,
    book,
    open_account,
    pay_off,
    repay,
    yuan,
)
from tests.repayment.test_reversals import Life

MID = date(2026, 2, 20)
"""Ten days into the second row."""


def early(
    amount: int | str, on: date, *, keeps: Any = "term", receipt: Any = RECEIPT, today: date | None = None
) -> commands.PrepayLoan:
    return commands.PrepayLoan(
        loan_id=LOAN, receipt_id=receipt, amount=yuan(amount), keeps=keeps, received_on=on, today=today or on
    )


def refused(command: commands.PrepayLoan, *before: Any) -> str:
    with pytest.raises(Rejected) as found:
        loan_account.decide(command, account(*before))
    return found.value.code


def figures(loan: OpenLoan) -> list[tuple[date, Money, Money]]:
    return [(one.row.due_on, one.row.principal, one.row.interest) for one in loan.installments]


def test_principal_at_maturity_gets_smaller_and_interest_runs_on_the_rest_from_that_day() -> None:
    """620 paid; then 10 days on 100,000 and 18 on 60,000 at 0.02 % a day, and 31 days on 60,000."""
    loan = open_account(book(), age(FIRST_DUE), repay(620, FIRST_DUE), early(40_000, MID, receipt=SECOND_RECEIPT))
    assert figures(loan) == [
        (FIRST_DUE, yuan(0), yuan(620)),
        (MID, yuan(40_000), yuan(0)),
        (SECOND_DUE, yuan(0), yuan(416)),
        (MATURITY, yuan(60_000), yuan(372)),
    ]
    assert outstanding(loan) == yuan(60_000)
    assert not past_due(loan, MID).total
    assert owed_in_full(loan, date(2026, 2, 21)).interest == yuan("212.00")


def test_equal_instalments_are_solved_for_anew_or_kept_and_the_loan_ends_sooner() -> None:
    """12,000 at 12 % in 12 months: 1,066.19 a month. On the first due date 6,000 more."""
    lent = book(principal=12_000, rate="12", term_months=12, method="equal_instalments", day_count="30/360")
    paid = "7066.19"
    smaller = open_account(lent, early(paid, FIRST_DUE))
    assert [one.row.total for one in smaller.installments[2:]] == [yuan("487.46")] * 10 + [yuan("487.49")]
    assert smaller.installments[-1].row.due_on == date(2027, 1, 10)
    shorter = open_account(lent, early(paid, FIRST_DUE, keeps="instalment"))
    rows = shorter.installments[2:]
    assert [one.row.total for one in rows[:-1]] == [yuan("1066.19")] * 4
    assert rows[-1].row.total == yuan("939.15")
    assert rows[-1].row.due_on == date(2026, 7, 10)
    assert shorter.changes.maturity_on == date(2026, 7, 10)


def test_equal_principal_drops_its_last_rows_or_shares_what_is_left() -> None:
    lent = book(principal=60_000, term_months=6, method="equal_principal")
    dropped = open_account(lent, early("35432", FIRST_DUE, keeps="instalment"))  # 10,000 and 372 are due
    assert [one.row.principal for one in dropped.installments] == [
        yuan(10_000), yuan(25_060), yuan(10_000), yuan(10_000), yuan(4_940),
    ]  # fmt: skip
    shared = open_account(lent, early("35432", FIRST_DUE))
    assert [one.row.principal for one in shared.installments] == [
        yuan(10_000), yuan(25_060), *[yuan(4988)] * 5,
    ]  # fmt: skip


def test_what_is_due_is_paid_first_and_what_is_held_counts() -> None:
    overdue = date(2026, 2, 20)
    loan = open_account(book(), age(overdue), early(11_000, overdue))  # 620 is due, with compound interest on it
    assert loan.days_past_due == 0
    assert outstanding(loan) == yuan(100_000) - (yuan(11_000) - yuan(620) - yuan("1.86"))
    held = open_account(book(), repay(1620, FIRST_DUE), early(9_000, MID, receipt=SECOND_RECEIPT))
    assert (outstanding(held), held.credit) == (yuan(90_000), yuan(0))


def test_the_fact_tells_what_is_saved_and_both_schedules_stay_visible() -> None:
    past = after(book(), repay(620, FIRST_DUE), early(40_000, MID, receipt=SECOND_RECEIPT))
    [fact] = [one for one in past if isinstance(one, events.LoanPrepaid)]
    assert (fact.principal, fact.interest_saved, fact.fee) == (yuan(40_000), yuan(560 + 620 - 416 - 372), yuan(0))
    first, second = schedule_versions(past)
    assert (first.cause, second.cause, second.number) == ("booked", "partial_early_repayment", 2)
    assert len(first.installments) == 3
    assert second.installments == fact.schedule.installments
    received = past[-1]
    assert isinstance(received, events.RepaymentReceived)
    assert (received.allocation.principal, received.unallocated) == (yuan(40_000), yuan(0))


def test_the_same_receipt_repays_once_and_another_on_the_same_day_again() -> None:
    once = (book(), repay(620, FIRST_DUE), early(40_000, MID, receipt=SECOND_RECEIPT))
    assert loan_account.decide(early(40_000, MID, receipt=SECOND_RECEIPT), account(*once)) == []
    assert refused(early(41_000, MID, receipt=SECOND_RECEIPT), *once) == "receipt_used"
    twice = open_account(*once, early(10_000, MID, receipt=LOAN))
    assert figures(twice)[1:] == [
        (MID, yuan(40_000), yuan(0)), (MID, yuan(10_000), yuan(0)), (SECOND_DUE, yuan(0), yuan(380)),
        (MATURITY, yuan(50_000), yuan(310)),
    ]  # fmt: skip


def test_a_part_repaid_early_leads_to_settlement_like_any_loan() -> None:
    before = (
        book(),
        repay(620, FIRST_DUE),
        early(40_000, MID, receipt=SECOND_RECEIPT),
        repay(416, SECOND_DUE, receipt=LOAN),
    )
    ended = account(*before, repay(60_372, MATURITY, receipt=CONTRACT))
    assert isinstance(ended, SettledLoan)
    assert (ended.interest_charged, ended.early) == (yuan(620 + 416 + 372), False)
    sooner = account(*before, pay_off(yuan(60_000) + yuan("120.00"), date(2026, 3, 20), receipt=CONTRACT))
    assert isinstance(sooner, SettledLoan)
    assert sooner.early


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (early("999.99", MID), "prepayment_too_small"),
        (early(2_000, date(2026, 3, 20)), "prepayment_too_small"),  # two instalments are due by then
        (early(100_000, date(2026, 1, 20)), "prepayment_of_all"),
        (early(100_001, date(2026, 1, 20)), "prepayment_of_all"),
        (early(50_000, date(2026, 4, 20)), "prepayment_too_small"),  # all has fallen due
        (early(5_000, MID, today=date(2026, 2, 19)), "received_in_future"),
        (early(5_000, date(2026, 1, 9)), "received_before_last_event"),
        (early(5_000, date(2026, 2, 9), today=FIRST_DUE), "prepayment_before_due_date"),
        (early(5_000, MID, today=date(2026, 4, 9)), "dated_back_too_far"),
    ],
)
def test_too_little_all_or_on_a_wrong_day_is_refused(command: commands.PrepayLoan, code: str) -> None:
    assert refused(command, book()) == code


def test_a_flat_loan_is_repaid_early_as_a_whole_only() -> None:
    assert refused(early(5_000, MID), book(method="flat")) == "flat_not_prepaid_in_part"


def test_a_settled_loan_has_nothing_to_prepay() -> None:
    assert (
        refused(early(5_000, MID, receipt=SECOND_RECEIPT), book(), pay_off(100_200, date(2026, 1, 20)))
        == "loan_settled"
    )


def test_a_fee_is_a_share_of_what_is_repaid_early_and_never_makes_the_money_dearer_than_the_cap() -> None:
    loan, rules = open_account(book()), PrepaymentRules("tests", Decimal(1000), Decimal(1))
    [fact] = [
        one for one in prepay(early(50_000, date(2026, 1, 20)), loan, rules) if isinstance(one, events.LoanPrepaid)
    ]
    # 50,000 used for ten days at 7.2 %: 24 % would have been 233.33 more
    assert fact.fee == yuan("233.33")
    [fact] = [
        one for one in prepay(early(50_000, date(2026, 2, 9)), loan, rules) if isinstance(one, events.LoanPrepaid)
    ]
    assert fact.fee == yuan(500)


# --- reversal ----------------------------------------------------------------------------------------------


def test_a_reversed_prepayment_leaves_the_loan_as_if_it_had_never_come() -> None:
    lent = book(term_months=6, method="equal_instalments", day_count="30/360")
    on, later = date(2026, 1, 25), date(2026, 2, 5)
    life = Life().do(lent, early(40_000, on, keeps="instalment"))
    assert open_account(lent, early(40_000, on, keeps="instalment")).changes.maturity_on == date(2026, 5, 10)
    fact = life.reverse(RECEIPT, later)
    assert isinstance(fact, events.RepaymentReversed)
    assert fact.maturity_on == date(2026, 7, 10)
    assert isinstance(life.loan, OpenLoan)
    assert maturity_of(life.loan) == date(2026, 7, 10)
    assert [one.row for one in life.loan.installments] == [one.row for one in open_account(lent).installments]
    assert outstanding(life.loan) == yuan(100_000)
    versions = schedule_versions(life.past)
    assert [one.cause for one in versions] == ["booked", "partial_early_repayment", "reversal"]
    assert versions[-1].installments == versions[0].installments


def test_a_part_is_repaid_early_again_when_a_receipt_before_it_is_reversed() -> None:
    """The 620 had paid the first row; without them the later money pays it, with what has run on it, and less early."""
    life = Life().do(
        book(), age(FIRST_DUE), repay(620, FIRST_DUE), age(MID), early(40_000, MID, receipt=SECOND_RECEIPT)
    )
    life.reverse(RECEIPT, MID)
    without = open_account(book(), age(FIRST_DUE), age(MID), early(40_000, MID, receipt=SECOND_RECEIPT))
    assert figures(life.loan) == figures(without)  # type: ignore[arg-type]
    assert outstanding(without) == yuan(100_000) - (yuan(40_000) - yuan(620) - yuan("1.86"))


def test_a_prepayment_that_would_have_been_too_small_hinders_the_reversal_before_it() -> None:
    life = Life().do(book(), age(FIRST_DUE), repay(620, FIRST_DUE), age(MID), early(1_500, MID, receipt=SECOND_RECEIPT))
    with pytest.raises(Rejected) as hindered:
        life.reverse(RECEIPT, MID)
    assert hindered.value.code == "later_fact_hinders"


def test_a_fee_is_given_back_with_the_prepayment() -> None:
    rules = PrepaymentRules("tests", Decimal(1000), Decimal(1))
    loan = account(book())
    assert not isinstance(loan, NoLoan)
    past = [*after(book()), *prepay(early(50_000, date(2026, 2, 9)), loan, rules)]
    asked = test_reversals.propose(RECEIPT, date(2026, 2, 9))
    past += loan_account.decide(asked, loan_account.fold(past))
    approved = ReverseReceipt(
        loan_id=LOAN, proposal_id=PROPOSAL, approved_by="wang", today=date(2026, 2, 9), past=tuple(past)
    )
    [fact] = loan_account.decide(approved, loan_account.fold(past))
    assert isinstance(fact, events.RepaymentReversed)
    assert fact.fee_change == -yuan(500)


# --- any loan ----------------------------------------------------------------------------------------------

_methods = st.sampled_from(
    ["equal_instalments", "equal_principal", "interest_only", "interest_monthly", "interest_quarterly", "one_payment"]
)


@given(
    method=_methods,
    day_count=st.sampled_from(["30/360", "ACT/360"]),
    rate=st.sampled_from(["0", "3.65", "7.2", "15.4"]),
    term=st.integers(1, 24),
    drawn=st.integers(0, 30),
    after_days=st.integers(0, 400),
    share=st.integers(1, 99),
    keeps=st.sampled_from(["term", "instalment"]),
)
def test_whatever_is_repaid_early_the_rows_repay_what_is_left_and_never_more_interest(
    method: Any, day_count: Any, rate: str, term: int, drawn: int, after_days: int, share: int, keeps: Any
) -> None:
    on = date(2026, 1, 1) + timedelta(days=drawn)
    lent = book(principal=98_765, rate=rate, term_months=term, method=method, day_count=day_count, on=on)
    day = on + timedelta(days=after_days)
    loan = account(lent, age(day))
    assume(isinstance(loan, OpenLoan) and loan.installments[-1].row.due_on > day)
    assert isinstance(loan, OpenLoan)
    undue = not_due(loan, day)
    left = sum(row.principal.minor for row in undue)
    part = Money(left * share // 100)
    rows = prepaid(loan, part, keeps, day)
    later = [row for row in rows if row.due_on > day]
    assert sum(row.principal.minor for row in rows) == yuan(98_765).minor
    assert [row.no for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.principal.minor >= 0 and row.interest.minor >= 0 for row in rows)
    assert later[0].balance == Money(left) - part
    assert later[-1].balance == later[-1].principal
    assert {row.due_on for row in later} <= {row.due_on for row in undue}
    assert sum(row.interest.minor for row in later) <= sum(row.interest.minor for row in undue) + len(undue)
    if keeps == "term":
        assert len(later) == len(undue)
    earned = accrued_before(loan, day).interest
    planned = replace(loan, installments=tuple(InstallmentState(row, _nil(row), _nil(row)) for row in rows))
    assert accrued_before(planned, day).interest == earned, "what has run by that day has run"


def _nil(row: Installment) -> Money:
    return row.interest - row.interest


@given(
    method=_methods, term=st.integers(2, 24), day_count=st.sampled_from(["30/360", "ACT/360"]), fen=st.integers(1, 5)
)
def test_a_part_of_next_to_nothing_changes_next_to_nothing(method: Any, term: int, day_count: Any, fen: int) -> None:
    """The plan of a fen less is the plan that there was, but for a fen here and there: it is reckoned the same way."""
    loan = open_account(book(principal=98_765, term_months=term, method=method, day_count=day_count))
    [_, *rows] = prepaid(loan, Money(fen), "term", loan.terms.disbursed_on)
    for row, before in zip(rows, loan.installments, strict=True):
        assert abs(row.interest.minor - before.row.interest.minor) <= 1
        assert abs(row.principal.minor - before.row.principal.minor) <= fen + term
