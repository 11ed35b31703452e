"""A loan in two times, against a fold written anew: what was so on a day, of what was known at an instant."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.two_times import as_it_was
from shared.event_store import Metadata, Recorded
from shared.messages import Rejected
from shared.money import Money
from tests.repayment.builders import DRAWN_ON, age, book, repay

ONE_DAY = timedelta(days=1)
BEGAN = datetime(2026, 1, 10, tzinfo=UTC)

steps = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 6), st.integers(1, 70_000_00)), max_size=8)
_ON = {
    "LoanBooked": "disbursed_on", "InstallmentBilled": "billed_on", "CreditApplied": "applied_on",
    "RepaymentReceived": "received_on", "InstallmentFellOverdue": "as_of", "DelinquencyAged": "as_of",
    "DelinquencyCured": "cured_on", "LoanSettled": "settled_on",
}  # fmt: skip


def lived(steps: list[tuple[int, int, int]]) -> list[Recorded[Any]]:
    """A loan to which payments come that are dated back some days; each is recorded at the noon of its posting."""
    past: list[Recorded[Any]] = []
    today, state = DRAWN_ON, loan_account.initial

    def ask(command: Any) -> None:
        nonlocal state
        try:
            happened = loan_account.decide(command, state)
        except Rejected:
            return
        state = loan_account.fold(happened, state)
        at = BEGAN + (today - DRAWN_ON) + timedelta(hours=12)
        for event in happened:
            meta = Metadata("t", "t", "LD01", "SH", today, uuid4())
            past.append(Recorded(0, "loan_account", len(past) + 1, uuid4(), event, meta, at))

    ask(book())
    for n, (days, back, minor) in enumerate(steps, start=1):
        today += days * ONE_DAY
        ask(age(today - back * ONE_DAY))
        ask(repay(Money(minor), today - back * ONE_DAY, today=today, receipt=UUID(int=n)))
    return past


@settings(max_examples=60, deadline=None)
@given(steps=steps, on=st.integers(0, 120), known=st.integers(0, 120))
def test_both_times_equal_a_fold_of_the_facts_that_qualify(
    steps: list[tuple[int, int, int]], on: int, known: int
) -> None:
    past = lived(steps)
    day, instant = DRAWN_ON + on * ONE_DAY, BEGAN + known * ONE_DAY
    state, held = loan_account.initial, 0
    for one in past:
        if one.at > instant or getattr(one.event, _ON[type(one.event).__name__]) > day:
            continue  # whichever comes later: no fact goes back before an earlier one's day
        state, held = loan_account.evolve(state, one.event), held + 1
    found = as_it_was(past, day, instant)
    assert (len(found), loan_account.fold(one.event for one in found)) == (held, state)
    assert as_it_was(past) == past


def test_money_that_is_dated_back_was_so_before_it_was_known() -> None:
    past = lived([(5, 3, 100_00)])
    was_so = as_it_was(past, DRAWN_ON + 2 * ONE_DAY)
    was_known = as_it_was(past, DRAWN_ON + 2 * ONE_DAY, BEGAN + 4 * ONE_DAY)
    assert [type(one.event).__name__ for one in was_so] == ["LoanBooked", "RepaymentReceived"]
    assert [type(one.event).__name__ for one in was_known] == ["LoanBooked"]
