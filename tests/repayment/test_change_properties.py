"""Whatever is agreed on a loan, and whenever: nothing owed is lost, nothing is owed twice, and the books agree."""

from datetime import timedelta
from itertools import pairwise
from typing import Any, get_args
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.repayment.domain.change_terms import Capitalise, ChangeTerms, PlanMethod, PlanTerms
from services.repayment.domain.installment import RepaymentMethod
from services.repayment.domain.loan import OpenLoan, outstanding, owed_in_full
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.loan_memory import loan_memory
from shared.money import Money
from tests.repayment.builders import DRAWN_ON, book
from tests.repayment.changing import decide, extension, plan, propose, renewal
from tests.repayment.test_loan_properties import Bank, act, agree, check

changes = st.one_of(
    st.builds(extension, st.integers(1, 6), rate=st.sampled_from([None, "6", "9.5"])),
    st.builds(renewal, st.integers(1, 6)),
    st.tuples(
        st.integers(1, 60),
        st.integers(1, 5),
        st.sampled_from(get_args(PlanMethod)),
        st.integers(1, 3),
        st.sampled_from([None, "3.6", "12"]),
        st.sampled_from(get_args(Capitalise)),
    ),
)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["wait", "wait", "repay", "classify"]), st.integers(1, 45), st.integers(1, 60_000_00)
        ),
        changes,
    ),
    max_size=12,
)


def terms_of(bank: Bank, loan: OpenLoan, drawn: Any) -> ChangeTerms:
    if not isinstance(drawn, tuple):
        terms: ChangeTerms = drawn
        return terms
    days, instalments, method, every, rate, capitalise = drawn
    first = bank.today + timedelta(days=days)
    planned = plan(first, instalments, method=method, every=every, rate=rate, capitalise=capitalise)
    if method != "free":
        return planned
    parts = [Money(outstanding(loan).minor // instalments) for _ in range(instalments - 1)]
    rest = outstanding(loan) - Money.sum(parts)
    return planned.model_copy(update={"principal": (*parts, rest), "capitalise": "nothing"})


def asked(bank: Bank, command: Any) -> OpenLoan:
    """The loan after the command, or as it was where that is refused."""
    bank.ask(command)
    assert isinstance(bank.loan, OpenLoan), "changed terms close no loan"
    return bank.loan


def left_out(loan: OpenLoan) -> int:
    """How often a row does not begin where the one before it ended."""
    return sum(one.row.due_on != another.row.starts_on for one, another in pairwise(loan.installments))


def change(bank: Bank, number: int, drawn: Any, day_count: str) -> None:
    """Propose and approve on one day, where the rules allow it, and compare what is owed before and after."""
    loan = bank.loan
    if not isinstance(loan, OpenLoan):
        return
    terms, proposal = terms_of(bank, loan, drawn), UUID(int=1000 + number)
    before = asked(bank, propose(terms, bank.today, change=proposal))
    after = asked(bank, decide(bank.today, change=proposal))
    if proposal not in after.changes.decided:
        return
    event(terms.kind)
    was, now = owed_in_full(before, bank.today), owed_in_full(after, bank.today)
    assert (now.penalty, now.compound) == (was.penalty, was.compound), "penalty stays outstanding to the fen"
    assert now.principal - was.principal >= Money(0)
    if day_count == "ACT/360":  # by months, a period that grows longer than one counts its days anew
        assert now.total == was.total, "what was not due yet is due another day, no fen more or less"
    if not isinstance(terms, PlanTerms):
        assert now == was
    text = loan_memory.write(after)
    assert text is not None
    assert loan_memory.read(text.decode(), after.terms) == after, "what is kept of it is as good"
    assert left_out(after) <= left_out(before) + isinstance(terms, PlanTerms), "after maturity a plan begins today"
    rows = [state.row for state in after.installments]
    assert [row.no for row in rows] == sorted({row.no for row in rows}), "each number once"


@settings(max_examples=120, deadline=None)
@given(
    steps=steps,
    method=st.sampled_from(get_args(RepaymentMethod)),
    day_count=st.sampled_from(["30/360", "ACT/360"]),
    rate=st.sampled_from(["0", "4.35", "7.2", "23.99"]),
)
def test_no_fen_is_lost_whatever_is_agreed(steps: list[Any], method: Any, day_count: Any, rate: str) -> None:
    bank = Bank(loan_account.initial)
    bank.ask(book(method=method, day_count=day_count, rate=rate, on=DRAWN_ON, term_months=4))
    for number, step in enumerate(steps):
        if isinstance(step, tuple) and len(step) == 3:
            act(bank, *step, 0)
        else:
            change(bank, number, step, day_count)
        check(bank)
    for _ in range(2):
        bank.close_day()
    check(bank)
    agree(bank)
