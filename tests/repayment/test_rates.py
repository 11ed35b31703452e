"""Rates of live loans: reset to the LPR, changed by two persons, dated back; what it does to rows and to interest."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.repayment.domain import commands, events
from services.repayment.domain.events import LprRate
from services.repayment.domain.installment import RepaymentMethod
from services.repayment.domain.loan import OpenLoan, accrued_before, outstanding
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repricing import NewRate, repriced, row_days
from services.repayment.domain.schedule_versions import schedule_versions
from services.repayment.registry import entries
from shared.messages import Rejected
from shared.money import Money
from tests.repayment.builders import (
    DRAWN_ON,
    FIRST_DUE,
    LOAN,
    PROPOSAL,
    SECOND_DUE,
    account,
    after,
    age,
    book,
    repay,
    yuan,
)

LPR = (
    LprRate(published_on=date(2025, 5, 20), one_year_percent=Decimal("3.0"), five_years_percent=Decimal("3.5")),
    LprRate(published_on=date(2026, 2, 20), one_year_percent=Decimal("2.4"), five_years_percent=Decimal("3.5")),
)
MONTHLY = events.FloatingRate(tenor="1Y", spread_bps=Decimal(420), reset="calendar_month")


def propose(rate: str, from_on: date, *, today: date, by: str = "li", proposal: UUID = PROPOSAL) -> Any:
    return commands.ProposeAccountChange(
        loan_id=LOAN,
        proposal_id=proposal,
        change=events.RateTerms(annual_rate_percent=Decimal(rate), from_on=from_on),
        reason="agreed with the borrower",
        proposed_by=by,
        today=today,
    )


def approve(*, today: date, by: str = "wang", proposal: UUID = PROPOSAL) -> Any:
    return commands.ApproveAccountChange(loan_id=LOAN, proposal_id=proposal, approved_by=by, today=today)


def aged(as_of: date) -> commands.AgeLoan:
    return commands.AgeLoan(loan_id=LOAN, as_of=as_of, lpr=LPR)


def changed(rate: str, from_on: date, today: date, *before: Any, **booked: Any) -> OpenLoan:
    """The loan after a change of its rate."""
    loan = account(book(**booked), *before, age(today), propose(rate, from_on, today=today), approve(today=today))
    assert isinstance(loan, OpenLoan)
    return loan


def test_a_rate_that_changes_in_the_middle_of_a_row_cuts_it_in_two_stretches() -> None:
    """20 yuan a day to 25 January, 10 a day from there: 15 x 20 + 16 x 10 = 460; then 280 and 310."""
    loan = changed("3.6", date(2026, 1, 25), date(2026, 1, 25))
    assert [state.row.interest for state in loan.installments] == [yuan(460), yuan(280), yuan(310)]
    assert [len(state.row.stretches) for state in loan.installments] == [2, 1, 1]
    earned = [accrued_before(loan, date(2026, 1, day)).interest for day in (25, 26, 31)]
    assert earned == [yuan(300), yuan(310), yuan(360)]
    assert accrued_before(loan, FIRST_DUE).interest == yuan(460)


def test_the_penalty_rate_moves_with_the_rate_and_what_ran_is_settled() -> None:
    """620 yuan of interest are overdue from 10 February; 10.8 % becomes 5.4 % on the 20th."""
    loan = changed("3.6", date(2026, 2, 20), date(2026, 2, 20))
    assert loan.rates[-1].penalty_percent == Decimal("5.4000")
    ten_days, one_more = (accrued_before(loan, date(2026, 2, day)).compound for day in (20, 28))
    assert ten_days == yuan("1.86")
    assert one_more == yuan("1.86") + yuan("0.74")  # eight days of 0.093


def test_a_change_dated_back_adjusts_the_row_that_runs_and_rewrites_none_that_was_billed() -> None:
    """The first row was charged 620 and should have been 310: 310 less in the second, of which 200 has run."""
    loan = changed("3.6", DRAWN_ON, date(2026, 3, 2), age(FIRST_DUE), repay(620, FIRST_DUE))
    first, second, third = (state.row for state in loan.installments)
    assert (first.interest, first.stretches) == (yuan(620), ())
    assert second.interest == yuan(280 - 200)
    assert second.adjustment == yuan(-200)
    assert loan.credit == yuan(110), "what is more than has run is held for the payer"
    assert third.interest == yuan(310)
    owed = accrued_before(loan, date(2026, 3, 2)).interest - Money.sum(one.interest_paid for one in loan.installments)
    assert owed == yuan(0)


def test_a_dearer_rate_dated_back_charges_the_difference_in_the_row_that_runs() -> None:
    loan = changed("9", DRAWN_ON, date(2026, 2, 20), age(FIRST_DUE), repay(620, FIRST_DUE))
    assert loan.installments[1].row.adjustment == yuan(155)  # 31 days x 5 yuan
    assert loan.installments[1].row.interest == yuan(700 + 155)
    assert loan.credit == yuan(0)


def test_a_second_change_dated_back_takes_back_what_the_first_one_charged() -> None:
    """9 % from the beginning charged 155 more for the first row; 7.2 % from the beginning is what it was."""
    on = date(2026, 2, 20)
    loan = changed("9", DRAWN_ON, on, age(FIRST_DUE), repay(620, FIRST_DUE))
    for command in (propose("7.2", DRAWN_ON, today=on, proposal=LOAN), approve(today=on, proposal=LOAN)):
        loan = loan_account.fold(loan_account.decide(command, loan), loan)  # type: ignore[assignment]
    assert [state.row.interest for state in loan.installments] == [yuan(620), yuan(560), yuan(620)]
    assert loan.credit == yuan(0)


@pytest.mark.parametrize("method", get_args(RepaymentMethod))
@pytest.mark.parametrize("day_count", ["30/360", "ACT/360"])
@pytest.mark.parametrize("on", [DRAWN_ON, date(2026, 1, 25), date(2026, 2, 9), FIRST_DUE, date(2026, 3, 31)])
def test_a_change_to_the_rate_that_is_paid_changes_nothing(method: Any, day_count: Any, on: date) -> None:
    loan = account(book(method=method, day_count=day_count, rate="4.35", principal="123456.78"), age(on))
    assert isinstance(loan, OpenLoan)
    repricing, version, credit = repriced(loan, NewRate(Decimal("4.35"), on, on), "rate_change")
    plain = [row.model_copy(update={"stretches": ()}) for row in version.installments]
    if method == "equal_instalments":  # solved for anew, so that a fen may move
        assert all(
            abs(new.total.minor - old.row.total.minor) <= 2 for new, old in zip(plain, loan.installments, strict=True)
        )
    else:
        assert plain == [state.row for state in loan.installments]
    assert (repricing.adjustment, credit) == (Money(0), Money(0))


@pytest.mark.parametrize("method", get_args(RepaymentMethod))
@pytest.mark.parametrize("day_count", ["30/360", "ACT/360"])
def test_after_a_change_the_rows_still_repay_what_was_lent_and_accrue_day_by_day(method: Any, day_count: Any) -> None:
    on = date(2026, 4, 1)
    loan = changed("9.9", on, on, method=method, day_count=day_count, term_months=12)
    assert outstanding(loan) == yuan(100_000)
    days = [date(2026, 4, 1).fromordinal(on.toordinal() + n) for n in range(300)]
    earned = [accrued_before(loan, day).interest for day in days]
    assert earned == sorted(earned, key=lambda one: one.minor)
    assert earned[-1] == Money.sum(state.row.interest for state in loan.installments)


def test_equal_instalments_are_equal_again_from_the_next_row_on() -> None:
    loan = changed("3.6", FIRST_DUE, FIRST_DUE, method="equal_instalments", day_count="30/360", term_months=6)
    before = account(book(method="equal_instalments", day_count="30/360", term_months=6))
    assert isinstance(before, OpenLoan)
    totals = [state.row.total for state in loan.installments]
    assert totals[0] == before.installments[0].row.total
    assert len(set(totals[1:-1])) == 1
    assert totals[1] < totals[0]


def test_a_floating_rate_is_reset_on_its_days_to_the_lpr_known_then() -> None:
    """3.0 + 4.2 = 7.2 % until the first reset after 20 February, 1 March; then 2.4 + 4.2 = 6.6 %."""
    happened = after(book(floating=MONTHLY), aged(date(2026, 2, 1)), aged(date(2026, 3, 1)))
    booked = happened[0]
    assert booked.next_reset_on == date(2026, 2, 1)
    same, reset = [one for one in happened if isinstance(one, events.RateReset)]
    assert (same.repricing, same.schedule, same.next_reset_on) == (None, None, date(2026, 3, 1))
    assert reset.repricing is not None
    assert (reset.lpr_percent, reset.repricing.annual_rate_percent) == (Decimal("2.4"), Decimal("6.6"))
    assert reset.repricing.penalty_rate_percent == Decimal("9.9000")
    assert reset.next_reset_on == date(2026, 4, 1)
    assert [one.cause for one in schedule_versions(happened)] == ["booked", "rate_reset"]


def test_many_nights_at_once_reset_in_the_order_of_days() -> None:
    """What fell due before the reset is billed as it was, and not twice."""
    step = account(
        book(floating=MONTHLY), *(aged(date(2026, month, 1)) for month in (2, 3, 4)), aged(date(2026, 4, 10))
    )
    once = account(book(floating=MONTHLY), aged(date(2026, 4, 10)))
    assert isinstance(step, OpenLoan)
    assert isinstance(once, OpenLoan)
    assert replace(once, days_past_due=0) == replace(step, days_past_due=0)


def test_a_reset_never_leads_above_what_the_law_allows_in_default() -> None:
    dear = events.FloatingRate(tenor="5Y", spread_bps=Decimal(1900), reset="calendar_month")
    [reset] = [one for one in after(book(floating=dear), aged(date(2026, 2, 1))) if isinstance(one, events.RateReset)]
    assert reset.repricing is not None
    assert reset.repricing.annual_rate_percent == Decimal(16)
    assert reset.repricing.penalty_rate_percent == Decimal("24.0000")


REFUSED = {
    "rate_outside_legal_band": propose("16.01", DRAWN_ON, today=FIRST_DUE),
    "rate_from_future": propose("5", date(2026, 2, 11), today=FIRST_DUE),
    "rate_before_last_change": propose("5", date(2026, 1, 9), today=FIRST_DUE),
    "same_person": approve(today=FIRST_DUE, by="li"),
    "proposal_unknown": approve(today=FIRST_DUE, proposal=LOAN),
    "proposal_used": propose("6", DRAWN_ON, today=FIRST_DUE),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_change_that_may_not_be_is_refused_by_its_rule(code: str) -> None:
    loan = account(book(), propose("5", DRAWN_ON, today=FIRST_DUE))
    command = REFUSED[code]
    if code not in {"same_person", "proposal_unknown", "proposal_used"}:
        command = command.model_copy(update={"proposal_id": LOAN})
    with pytest.raises(Rejected) as refused:
        loan_account.decide(command, loan)
    assert refused.value.code == code


def test_a_matured_loan_bears_no_other_rate_and_a_closed_one_is_not_changed() -> None:
    late = date(2026, 4, 10)
    with pytest.raises(Rejected, match="loan_has_matured"):
        loan_account.decide(propose("5", SECOND_DUE, today=late), account(book(), age(late)))
    with pytest.raises(Rejected, match="loan_not_open"):
        loan_account.decide(propose("5", DRAWN_ON, today=late), account(book(), age(late), repay(102_000, late)))


def test_a_proposal_is_answered_once_and_asking_again_changes_nothing() -> None:
    on = date(2026, 1, 25)
    loan = account(book(), propose("3.6", on, today=on), approve(today=on))
    for again in (propose("3.6", on, today=on), approve(today=on)):
        assert loan_account.decide(again, loan) == []
    reject = commands.RejectAccountChange(loan_id=LOAN, proposal_id=PROPOSAL, reason="no", rejected_by="zhao", today=on)
    turned_down = account(book(), propose("3.6", on, today=on), reject)
    assert isinstance(turned_down, OpenLoan)
    assert not turned_down.changes_proposed
    assert loan_account.decide(approve(today=on), turned_down) == []


def test_what_is_held_back_leaves_the_income() -> None:
    happened = after(
        book(), age(FIRST_DUE), repay(620, FIRST_DUE), age(date(2026, 3, 2)),
        propose("3.6", DRAWN_ON, today=date(2026, 3, 2)), approve(today=date(2026, 3, 2)),
    )  # fmt: skip
    [change] = [one for one in happened if isinstance(one, events.RateChanged)]
    assert change.credit_change == yuan(110)
    lines = entries(change)
    assert sum(line.debit for line in lines) == sum(line.credit for line in lines) == 110_00


@pytest.mark.parametrize(
    ("starts_on", "due_on", "days"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 30),
        (date(2026, 2, 28), date(2026, 3, 31), 30),  # anchored on the 31st
        (date(2026, 1, 10), date(2026, 4, 10), 90),
        (date(2026, 1, 10), date(2026, 2, 20), 40),  # a broken period: a month and ten days
    ],
)
def test_a_row_of_whole_months_has_thirty_days_each(starts_on: date, due_on: date, days: int) -> None:
    assert row_days(starts_on, due_on, "30/360") == days


changes_of_rate = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 60), st.sampled_from(["0", "1.2", "3.6", "7.2", "12", "15.9"])),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    changes=changes_of_rate, method=st.sampled_from(["interest_only", "equal_principal", "flat", "interest_monthly"])
)
def test_all_that_is_charged_is_what_each_day_bears_at_the_rate_of_that_day(
    changes: list[tuple[int, int, str]], method: Any
) -> None:
    """Reckoned independently, a day at a time: each row's days at the rates in force, rounded once."""
    loan: Any = account(book(method=method, term_months=6, principal="98765.43"))
    on, given_back, matures_on = DRAWN_ON, 0, loan.terms.maturity_on
    for days, back, rate in changes:
        on += timedelta(days=days)
        if on >= matures_on:
            break
        from_on = max(on - timedelta(days=back), loan.rates[-1].from_on)
        for command in (
            propose(rate, from_on, today=on, proposal=UUID(int=days)),
            approve(today=on, proposal=UUID(int=days)),
        ):
            happened = loan_account.decide(command, loan)
            loan = loan_account.fold(happened, loan)
            given_back += sum(one.credit_change.minor for one in happened if isinstance(one, events.RateChanged))
    rates = {step.from_on: step.percent for step in loan.rates}
    expected, percent = 0, Decimal(0)
    for row in loan.terms.installments:
        base, exact = loan.terms.principal if method == "flat" else row.balance, Fraction(0)
        for n in range((row.due_on - row.starts_on).days):
            percent = rates.get(row.starts_on + timedelta(days=n), percent)
            exact += base.minor * Fraction(percent) / 36000
        expected += int(exact + Fraction(1, 2))
    assert accrued_before(loan, matures_on).interest.minor - given_back == expected
