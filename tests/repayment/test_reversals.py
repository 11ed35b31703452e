"""Reversals (冲正) and refunds: after a reversal the loan is as if the receipt had never come, to the fen."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from services.repayment.domain.changed_schedule import maturity_of
from services.repayment.domain.commands import PrepayLoan
from services.repayment.domain.correction_commands import (
    DeclineCorrection,
    ProposeRefund,
    ProposeReversal,
    RefundCredit,
    ReverseReceipt,
)
from services.repayment.domain.events import CreditRefunded, LoanExtended, RecoveryReversed, RepaymentReversed
from services.repayment.domain.loan import LoanAccount, NoLoan, OpenLoan, SettledLoan, WrittenOffLoan
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repayments import payoff_amount
from shared.messages import Rejected
from shared.money import Money
from tests.repayment import changing, test_loan_properties
from tests.repayment.builders import (
    DRAWN_ON,
    FIRST_DUE,
    LOAN,
    MATURITY,
    PROPOSAL,
    RECEIPT,
    SECOND_DUE,
    SECOND_RECEIPT,
    age,
    book,
    pay_off,
    reclassify,
    recover,
    repay,
    write_off,
    yuan,
)

ONE_DAY = timedelta(days=1)
LATE = date(2026, 4, 20)


class Life(test_loan_properties.Bank):
    """A loan and all that happened to it."""

    def __init__(self) -> None:
        super().__init__(loan_account.initial)
        self.past: list[Any] = []

    def post(self, event: Any) -> None:
        super().post(event)
        if isinstance(event, loan_account.events):
            self.past.append(event)

    def do(self, *commands: Any) -> "Life":
        """Ask, and let a refusal be an error."""
        for command in commands:
            happened = loan_account.decide(command, self.loan)
            self.loan = loan_account.fold(happened, self.loan)
            for event in happened:
                self.post(event)
        return self

    def reverse(self, receipt: UUID, on: date, *, by: str = "wang", proposal: UUID = PROPOSAL) -> Any:
        self.do(propose(receipt, on, proposal=proposal))
        self.do(approve(self, on, by=by, proposal=proposal))
        return self.past[-1]


def propose(receipt: UUID, on: date, *, proposal: UUID = PROPOSAL) -> ProposeReversal:
    return ProposeReversal(
        loan_id=LOAN, proposal_id=proposal, receipt_id=receipt, because="mistyped", proposed_by="chen", today=on
    )


def approve(life: Life, on: date, *, by: str = "wang", proposal: UUID = PROPOSAL) -> ReverseReceipt:
    return ReverseReceipt(loan_id=LOAN, proposal_id=proposal, approved_by=by, today=on, past=tuple(life.past))


def ask_refund(amount: int | str, on: date) -> ProposeRefund:
    return ProposeRefund(
        loan_id=LOAN, proposal_id=PROPOSAL, amount=yuan(amount), because="overpaid", proposed_by="chen", today=on
    )


def grant_refund(on: date, *, by: str = "wang") -> RefundCredit:
    return RefundCredit(loan_id=LOAN, proposal_id=PROPOSAL, approved_by=by, today=on)


def alike(loan: LoanAccount) -> LoanAccount:
    """The account without the memory of its corrections and of how often its schedule was changed."""
    assert not isinstance(loan, NoLoan)
    blank = type(loan.desk)()
    if isinstance(loan, OpenLoan):
        changes = replace(loan.changes, maturity_on=maturity_of(loan))
        receipts = dict(loan.receipts.items())
        return replace(loan, desk=blank, schedule_number=1, changes=changes, receipts=receipts)
    return replace(loan, desk=blank, changes=type(loan.changes)(), receipts=dict(loan.receipts.items()))


def days(until: date) -> list[Any]:
    return [age(DRAWN_ON + n * ONE_DAY) for n in range(1, (until - DRAWN_ON).days + 1)]


def refused(act: Callable[[], Any]) -> tuple[str, str | None]:
    with pytest.raises(Rejected) as no:
        act()
    return no.value.code, no.value.field


# --- by hand ---------------------------------------------------------------------------------------------


def test_a_mistyped_receipt_that_is_held_goes_and_leaves_nothing() -> None:
    life = Life().do(book(), repay(6200, date(2026, 1, 15)))
    before = Life().do(book(), *days(date(2026, 1, 20))).loan
    fact = life.reverse(RECEIPT, date(2026, 1, 20))
    assert (fact.unallocated, fact.principal, fact.interest) == (yuan(-6200), yuan(0), yuan(0))
    assert alike(life.loan) == alike(before)
    assert {account: total for account, total in life.ledger.items() if total} == {
        "1303.01": 100_000_00,
        "2011": -100_000_00,
    }


def test_without_its_payment_an_instalment_has_been_overdue_since_the_day_after() -> None:
    life = Life().do(book(), age(FIRST_DUE), repay(620, FIRST_DUE))
    fact = life.reverse(RECEIPT, date(2026, 2, 15))
    assert (fact.interest, fact.days_past_due_after, fact.overdue.installment_no) == (yuan(-620), 5, 1)
    loan = life.loan
    assert isinstance(loan, OpenLoan)
    assert (loan.delinquent, loan.installments[0].fell_overdue, loan.last_event_on) == (True, True, date(2026, 2, 11))


def test_a_settled_loan_is_open_again() -> None:
    paid = [age(FIRST_DUE), repay(620, FIRST_DUE), age(SECOND_DUE), repay(560, SECOND_DUE, receipt=SECOND_RECEIPT)]
    last = repay(100_620, MATURITY, receipt=UUID(int=3))
    life = Life().do(book(), *paid, age(MATURITY), last)
    assert isinstance(life.loan, SettledLoan)
    fact = life.reverse(UUID(int=3), MATURITY + ONE_DAY)
    assert fact.reopened
    assert alike(life.loan) == alike(Life().do(book(), *paid, *days(MATURITY + ONE_DAY)).loan)


def test_a_pay_off_that_is_reversed_restores_the_schedule_as_a_new_version() -> None:
    life = Life().do(book(), pay_off(100_200, date(2026, 1, 20)))
    fact = life.reverse(RECEIPT, date(2026, 1, 25))
    assert (fact.schedule.number, fact.schedule.cause, len(fact.schedule.installments)) == (3, "reversal", 3)
    assert alike(life.loan) == alike(Life().do(book(), *days(date(2026, 1, 25))).loan)


def test_the_money_of_a_pay_off_that_is_no_longer_enough_is_held() -> None:
    """3,000 were held when 97,200 paid the loan off; without them the loan is not paid."""
    life = Life().do(book(), repay(3000, date(2026, 1, 15)), pay_off(97_200, date(2026, 1, 20), receipt=SECOND_RECEIPT))
    life.reverse(RECEIPT, date(2026, 1, 25))
    assert isinstance(life.loan, OpenLoan)
    assert life.loan.credit == yuan(97_200)
    assert life.loan.receipts[SECOND_RECEIPT].unallocated == yuan(97_200)


def test_a_recovery_is_taken_back_from_the_claim() -> None:
    life = Life().do(book(), *days(LATE), write_off(LATE), recover(500, LATE))
    before = Life().do(book(), *days(LATE), write_off(LATE))
    fact = life.reverse(SECOND_RECEIPT, LATE)
    assert isinstance(fact, RecoveryReversed)
    assert isinstance(life.loan, WrittenOffLoan)
    assert alike(life.loan) == alike(before.loan)
    assert +life.ledger == +before.ledger


def test_a_reversed_receipt_can_be_posted_anew_under_another_reference() -> None:
    life = Life().do(book(), repay(6200, date(2026, 1, 15)))
    life.reverse(RECEIPT, date(2026, 1, 20))
    life.do(repay(620, date(2026, 1, 20), receipt=SECOND_RECEIPT))
    assert isinstance(life.loan, OpenLoan)
    assert life.loan.credit == yuan(620)
    assert refused(lambda: life.do(repay(6200, date(2026, 1, 20)))) == ("receipt_reversed", "receipt_id")


def test_money_is_refunded_by_two_also_of_a_settled_loan() -> None:
    life = Life().do(book(), age(FIRST_DUE), repay(620, FIRST_DUE), age(SECOND_DUE))
    life.do(
        repay(560, SECOND_DUE, receipt=SECOND_RECEIPT), age(MATURITY), repay(101_000, MATURITY, receipt=UUID(int=3))
    )
    assert isinstance(life.loan, SettledLoan)
    life.do(ask_refund(380, MATURITY), grant_refund(MATURITY))
    assert isinstance(life.past[-1], CreditRefunded)
    assert (life.loan.credit, life.ledger["2241"]) == (yuan(0), 0)


@dataclass(frozen=True)
class Refusal:
    """What is asked of which life, and the rule that says no."""

    before: Sequence[Any]
    ask: Callable[[Life], Any]
    rule: str
    field: str | None = None


HELD = (book(), repay(6200, date(2026, 1, 15)))
ON = date(2026, 1, 20)
REFUSALS = {
    "an unknown receipt": Refusal([book()], lambda _: propose(RECEIPT, ON), "receipt_unknown", "receipt_id"),
    "a receipt of long ago": Refusal(
        HELD, lambda _: propose(RECEIPT, date(2027, 2, 1)), "receipt_too_old", "receipt_id"
    ),
    "twice proposed": Refusal(
        [*HELD, propose(RECEIPT, ON)],
        lambda _: propose(RECEIPT, ON, proposal=UUID(int=9)),
        "proposal_open",
        "receipt_id",
    ),
    "alone": Refusal([*HELD, propose(RECEIPT, ON)], lambda life: approve(life, ON, by="chen"), "same_person"),
    "unasked": Refusal(HELD, lambda life: approve(life, ON), "nothing_proposed"),
    "declined": Refusal(
        [
            *HELD,
            propose(RECEIPT, ON),
            DeclineCorrection(loan_id=LOAN, proposal_id=PROPOSAL, because="no", declined_by="wang", today=ON),
        ],
        lambda life: approve(life, ON),
        "nothing_proposed",
    ),
    "what was refunded": Refusal(
        [*HELD, ask_refund(6200, ON), grant_refund(ON), propose(RECEIPT, ON)],
        lambda life: approve(life, ON),
        "later_fact_hinders",
        "receipt_id",
    ),
    "before a write-off": Refusal(
        [book(), *days(LATE), repay(10, LATE), write_off(LATE), propose(RECEIPT, LATE)],
        lambda life: approve(life, LATE),
        "loan_written_off",
        "receipt_id",
    ),
    "before other terms": Refusal(
        [*HELD, changing.propose(changing.extension(), ON), changing.decide(ON), propose(RECEIPT, ON)],
        lambda life: approve(life, ON),
        "later_fact_hinders",
        "receipt_id",
    ),
    "more than is held": Refusal(HELD, lambda _: ask_refund(6201, ON), "refund_exceeds_credit", "amount"),
    "a refund of nothing": Refusal(HELD, lambda _: ask_refund(0, ON), "amount_not_positive", "amount"),
    "a refund alone": Refusal([*HELD, ask_refund(1, ON)], lambda _: grant_refund(ON, by="chen"), "same_person"),
    "a refund of a written-off loan": Refusal(
        [book(), *days(LATE), write_off(LATE)], lambda _: ask_refund(1, LATE), "loan_written_off"
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_names_its_rule(name: str) -> None:
    case = REFUSALS[name]
    life = Life().do(*case.before)
    facts = len(life.past)
    assert refused(lambda: life.do(case.ask(life))) == (case.rule, case.field)
    assert len(life.past) == facts


@pytest.mark.parametrize("paid", [repay(6200, date(2026, 1, 15)), pay_off(100_200, date(2026, 1, 20))])
def test_terms_that_wait_for_a_second_person_wait_on_also_in_a_loan_that_is_open_again(paid: Any) -> None:
    life = Life().do(book(), changing.propose(changing.extension(), date(2026, 1, 10)), paid)
    life.do(*([changing.propose(changing.extension(), ON)] if isinstance(life.loan, OpenLoan) else []))
    life.reverse(RECEIPT, date(2026, 1, 25))
    assert isinstance(life.loan, OpenLoan)
    assert life.loan.changes.pending is not None
    life.do(changing.decide(date(2026, 1, 25)))
    assert isinstance(life.past[-1], LoanExtended)


@pytest.mark.parametrize("approve_it", [False, True])
def test_what_was_proposed_between_moves_nothing_and_what_was_changed_before_stays(approve_it: bool) -> None:
    ask = changing.propose(changing.extension(2), date(2026, 1, 10))
    early = [ask, changing.decide(date(2026, 1, 10), approve=approve_it)]
    between = changing.propose(changing.extension(1), date(2026, 1, 17), change=changing.OTHER_CHANGE)
    refused_one = changing.decide(date(2026, 1, 18), approve=False, change=changing.OTHER_CHANGE)
    life = Life().do(book(), *early, repay(620, date(2026, 1, 15)), between, refused_one)
    assert isinstance(life.loan, OpenLoan)
    maturity = life.loan.changes.maturity_on
    life.reverse(RECEIPT, date(2026, 1, 20))
    assert isinstance(life.loan, OpenLoan)
    assert (maturity is not None) == approve_it
    assert life.loan.changes.maturity_on == maturity
    assert set(life.loan.changes.decided.values()) == ({"approved", "rejected"} if approve_it else {"rejected"})


def test_a_reversal_is_not_reversed() -> None:
    life = Life().do(*HELD)
    life.reverse(RECEIPT, ON)
    assert refused(lambda: life.do(propose(RECEIPT, ON))) == ("receipt_reversed", "receipt_id")
    assert refused(lambda: life.do(propose(PROPOSAL, ON))) == ("receipt_unknown", "receipt_id")


def test_a_reversal_is_decided_on_what_has_happened() -> None:
    life = Life().do(*HELD, propose(RECEIPT, ON))
    stale = approve(life, ON)
    life.do(repay(5, ON, receipt=SECOND_RECEIPT))
    assert refused(lambda: life.do(stale)) == ("loan_changed", None)


# --- whatever happens ------------------------------------------------------------------------------------


@dataclass
class Twin:
    """A life, and what was done in it, so that it can be lived again without some receipts."""

    life: Life = field(default_factory=Life)
    done: list[tuple[str, Any]] = field(default_factory=list)
    receipts: list[UUID] = field(default_factory=list)
    reversed: list[UUID] = field(default_factory=list)

    def act(self, action: str, wait: int, minor: int) -> None:
        life, number = self.life, len(self.done) + 1
        facts = len(life.past)
        match action:
            case "wait":
                for _ in range(wait):
                    life.close_day()
                self.done.append(("wait", wait))
                return
            case "repay":
                command: Any = repay(Money(minor), life.today, receipt=UUID(int=number))
            case "pay off" if isinstance(life.loan, OpenLoan):
                command = pay_off(payoff_amount(life.loan, life.today), life.today, receipt=UUID(int=number))
            case "prepay":
                keeps: Any = "term" if minor % 2 else "instalment"
                command = PrepayLoan(loan_id=LOAN, receipt_id=UUID(int=number), amount=Money(minor), keeps=keeps,
                                     received_on=life.today, today=life.today)  # fmt: skip
            case "classify":
                name, rate = test_loan_properties.CLASSES[minor % 5]
                command = reclassify(name, rate, on=life.today)
            case "reverse" if self.receipts:
                self._reverse(self.receipts[minor % len(self.receipts)], number)
                return
            case _:
                return
        life.ask(command)
        if len(life.past) > facts:
            self.done.append((action, command))
            self.receipts += [UUID(int=number)] if command.__class__.__name__ != "ReclassifyLoan" else []

    def _reverse(self, receipt: UUID, number: int) -> None:
        if receipt not in self.reversed and receipt in getattr(self.life.loan, "receipts", {}):
            try:
                fact = self.life.reverse(receipt, self.life.today, proposal=UUID(int=10_000 + number))
            except Rejected as no:  # what was repaid early after it would have been too little, or all
                if no.code != "later_fact_hinders":
                    raise
                self.life.do(
                    DeclineCorrection(loan_id=LOAN, proposal_id=UUID(int=10_000 + number), because="hindered",
                                      declined_by="wang", today=self.life.today)
                )  # fmt: skip
                return
            assert isinstance(fact, RepaymentReversed)
            self.reversed.append(receipt)
            self.done.append(("reverse", None))

    def without(self) -> Life:
        """Lived again without what was reversed; a pay-off whose amount is then another is a receipt."""
        life = Life()
        life.do(book_as(self.life))
        for action, done in self.done:
            if action == "wait":
                for _ in range(done):
                    life.close_day()
            elif action in {"repay", "prepay", "pay off"} and done.receipt_id in self.reversed:
                continue
            elif action == "pay off" and done.amount != payoff_amount(as_open(life.loan), life.today):
                life.do(repay(done.amount, done.received_on, receipt=done.receipt_id))
            elif action != "reverse":
                life.do(done)
        return life


def as_open(loan: LoanAccount) -> OpenLoan:
    assert isinstance(loan, OpenLoan)
    return loan


def book_as(life: Life) -> Any:
    terms = life.past[0]
    return book(method=terms.repayment_method, day_count=terms.day_count, rate=str(terms.annual_rate_percent))


actions = st.lists(
    st.tuples(
        st.sampled_from(["wait", "wait", "repay", "repay", "prepay", "pay off", "classify", "reverse"]),
        st.integers(1, 45),
        st.integers(1, 60_000_00),
    ),
    max_size=12,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@hypothesis_given(
    acts=actions,
    method=st.sampled_from(["interest_only", "equal_instalments", "flat"]),
    day_count=st.sampled_from(["30/360", "ACT/360"]),
)
def test_after_reversals_the_loan_and_the_ledger_are_those_of_a_life_without_the_receipts(
    acts: list[tuple[str, int, int]], method: Any, day_count: Any
) -> None:
    twin = Twin()
    twin.life.do(book(method=method, day_count=day_count))
    for act in acts:
        twin.act(*act)
    other = twin.without()
    assert alike(twin.life.loan) == alike(other.loan)
    for life in (twin.life, other):
        life.close_day()  # what had accrued otherwise is made good by the next night
    assert books_of(twin.life) == books_of(other)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@hypothesis_given(acts=actions)
def test_reversing_everything_returns_to_the_start(acts: list[tuple[str, int, int]]) -> None:
    twin = Twin()
    twin.life.do(book())
    for act in acts:
        if act[0] != "classify":
            twin.act(*act)
    for n, receipt in enumerate(reversed(twin.receipts)):  # the newest first, so that none hinders another
        twin._reverse(receipt, 5000 + n)
    untouched = Life().do(book())
    while untouched.today < twin.life.today:
        untouched.close_day()
    assert alike(twin.life.loan) == alike(untouched.loan)
    for life in (twin.life, untouched):
        life.close_day()
    assert books_of(twin.life) == books_of(untouched)


def books_of(life: Life) -> Counter[str]:
    """Each account; income and the tax within it together, for the tax is rounded entry by entry."""
    books = Counter(life.ledger)
    books["income with tax"] = sum(books.pop(account, 0) for account in ("6011.01", "6011.02", "2221.01"))
    return Counter({account: total for account, total in books.items() if total})
