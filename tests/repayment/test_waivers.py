"""Charges that two persons let the borrower off: what is owed, what is booked, and what is refused."""

from datetime import date
from typing import Any

import pytest

from services.repayment.domain import commands, events
from services.repayment.domain.loan import OpenLoan, SettledLoan, accrued_before, past_due
from services.repayment.domain.loan_account import loan_account
from services.repayment.registry import entries
from shared.messages import Rejected
from shared.money import Money
from tests.repayment import accounts
from tests.repayment.builders import FIRST_DUE, LOAN, MATURITY, PROPOSAL, account, after, age, book, repay, yuan
from tests.repayment.test_rates import approve

LATE = date(2026, 2, 20)
"""620 yuan of interest are ten days overdue: 1.86 of compound interest."""


def waive(
    *, interest: int | str = 0, penalty: int | str = 0, compound: int | str = 0, today: date = LATE
) -> commands.ProposeAccountChange:
    terms = events.WaiverTerms(interest=yuan(interest), penalty=yuan(penalty), compound=yuan(compound))
    return commands.ProposeAccountChange(
        loan_id=LOAN, proposal_id=PROPOSAL, change=terms, reason="flood", proposed_by="li", today=today
    )


def test_what_is_waived_is_owed_no_more_and_was_not_paid() -> None:
    loan = account(book(), age(LATE), waive(interest=100, compound="1.86"), approve(today=LATE))
    assert isinstance(loan, OpenLoan)
    assert past_due(loan, LATE).total == yuan(520)
    first = loan.installments[0]
    assert (first.interest_paid, first.interest_waived, first.unpaid_interest) == (yuan(0), yuan(100), yuan(520))
    assert accrued_before(loan, date(2026, 2, 21)).compound == yuan("1.86") + yuan("0.16"), "520 bear on"


def test_a_loan_is_cured_where_all_that_was_past_due_is_waived() -> None:
    happened = after(book(), age(LATE), waive(interest=620, compound="1.86"), approve(today=LATE))
    assert [type(one) for one in happened[-2:]] == [events.ChargesWaived, events.DelinquencyCured]
    assert happened[-2].days_past_due_after == 0


def test_a_loan_is_settled_where_a_waiver_leaves_nothing() -> None:
    late = date(2026, 4, 20)
    loan = account(book(), age(late))
    assert isinstance(loan, OpenLoan)
    owed = past_due(loan, late)
    proposal = waive(today=late, compound=str(owed.compound.amount), penalty=str(owed.penalty.amount))
    first = yuan(1)  # all but one yuan of the principal is paid once the charges are waived
    paid = account(
        book(), age(late), proposal, approve(today=late), repay(owed.principal + owed.interest - first, late)
    )
    assert isinstance(paid, OpenLoan)
    assert past_due(paid, late).total == first
    settled = account(book(), age(late), proposal, approve(today=late), repay(owed.principal + owed.interest, late))
    assert isinstance(settled, SettledLoan)
    assert settled.settled_on > MATURITY


def test_income_and_receivable_go_down_together() -> None:
    happened = after(book(), age(LATE), waive(interest=100, compound="1.86"), approve(today=LATE))
    [waived] = [one for one in happened if isinstance(one, events.ChargesWaived)]
    balances: dict[str, int] = {}
    for line in entries(waived):
        balances[line.account] = balances.get(line.account, 0) + line.debit - line.credit
    assert balances[accounts.INTEREST_RECEIVABLE] == -100_00
    assert balances[accounts.PENALTY_RECEIVABLE] == -1_86
    assert sum(balances.values()) == 0


@pytest.mark.parametrize(
    ("proposal", "code", "field"),
    [
        (waive(interest="620.01"), "waiver_exceeds_due", "change.interest"),
        (waive(compound="1.87"), "waiver_exceeds_due", "change.compound"),
        (waive(penalty="0.01"), "waiver_exceeds_due", "change.penalty"),
        (waive(interest=-1), "waiver_exceeds_due", "change.interest"),
        (waive(), "waiver_of_nothing", "change"),
        (waive(interest=1, today=FIRST_DUE.replace(day=9)), "waiver_exceeds_due", "change.interest"),
    ],
)
def test_no_more_is_waived_than_is_due(proposal: Any, code: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        loan_account.decide(proposal, account(book(), age(proposal.today)))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_another_currency_is_not_waived() -> None:
    dollars = events.WaiverTerms(interest=Money(1, "USD"), penalty=Money(0), compound=Money(0))
    with pytest.raises(Rejected, match="currency_differs"):
        loan_account.decide(waive().model_copy(update={"change": dollars}), account(book(), age(LATE)))


def test_what_was_paid_in_the_meantime_is_not_waived_too() -> None:
    loan = account(book(), age(LATE), waive(interest=620), repay("621.86", LATE))
    with pytest.raises(Rejected, match="waiver_exceeds_due"):
        loan_account.decide(approve(today=LATE), loan)
