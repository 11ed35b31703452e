"""What holds for every life of a loan: nothing negative, every entry balanced, the ledger equal to the loan."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.repayment.domain import commands, events
from services.repayment.domain.events import AccrualLine, AccrualLines, InterestAccrued
from services.repayment.domain.installment import RepaymentMethod
from services.repayment.domain.loan import (
    LoanAccount,
    NoLoan,
    OpenLoan,
    SettledLoan,
    WrittenOffLoan,
    accrued_before,
    outstanding,
    owed_in_full,
    past_due,
)
from services.repayment.domain.loan_account import loan_account
from services.repayment.domain.repayments import payoff_amount
from services.repayment.registry import entries
from shared.messages import Rejected
from shared.money import Money
from tests.repayment import accounts
from tests.repayment.builders import DRAWN_ON, LOAN, age, book, pay_off, reclassify, recover, repay, write_off

ONE_DAY = timedelta(days=1)
RATES = [Decimal(0), Decimal("3.6"), Decimal("7.2"), Decimal(16)]
CLASSES = [("special_mention", "2"), ("substandard", "25"), ("doubtful", "50"), ("loss", "100"), ("normal", "0")]


@dataclass
class Bank:
    """One loan, its ledger and its nights, by the same functions that the service uses."""

    loan: LoanAccount
    today: date = DRAWN_ON
    ledger: Counter[str] = field(default_factory=Counter)
    accrued: Counter[str] = field(default_factory=Counter)
    receipts: int = 0

    def ask(self, command: Any) -> None:
        """Ask, post what happens, and leave everything as it was where the answer is no."""
        try:
            happened = loan_account.decide(command, self.loan)
        except Rejected:
            return
        self.loan = loan_account.fold(happened, self.loan)
        for event in happened:
            self.post(event)

    def change(self, terms: events.AccountChange) -> None:
        """One person proposes, another approves."""
        proposal = self.receipt_id()
        self.ask(
            commands.ProposeAccountChange(
                loan_id=LOAN, proposal_id=proposal, change=terms, reason="agreed", proposed_by="li", today=self.today
            )
        )
        self.ask(
            commands.ApproveAccountChange(loan_id=LOAN, proposal_id=proposal, approved_by="wang", today=self.today)
        )

    def post(self, event: Any) -> None:
        lines = entries(event)
        assert sum(line.debit - line.credit for line in lines) == 0
        for line in lines:
            self.ledger[line.account] += line.debit - line.credit

    def close_day(self) -> None:
        """End of day: accrue to tomorrow's target, open tomorrow, age."""
        target = accrued_before(self.loan, self.today + ONE_DAY)
        interest = target.interest.minor - self.accrued["interest"]
        penalty = target.penalty.minor + target.compound.minor - self.accrued["penalty"]
        self.accrued["interest"] += interest
        self.accrued["penalty"] += penalty
        line = AccrualLine(loan_id=LOAN, interest_minor=interest, penalty_minor=penalty)
        self.post(InterestAccrued(accrued_on=self.today, chunk=1, currency="CNY", lines=AccrualLines.of([line])))
        self.today += ONE_DAY
        self.ask(age(self.today))

    def receipt_id(self) -> UUID:
        self.receipts += 1
        return UUID(int=self.receipts)


steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "wait",
                "wait",
                "wait",
                "repay",
                "repay",
                "reprice",
                "waive",
                "prepay",
                "pay off",
                "classify",
                "write off",
                "recover",
            ]
        ),
        st.integers(1, 45),
        st.integers(1, 60_000_00),
        st.integers(0, 5),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(
    steps=steps,
    method=st.sampled_from(get_args(RepaymentMethod)),
    day_count=st.sampled_from(["30/360", "ACT/360"]),
    rate=st.sampled_from(["0", "4.35", "7.2", "23.99"]),
)
def test_the_ledger_agrees_with_the_loan_whatever_happens(
    steps: list[tuple[str, int, int, int]], method: Any, day_count: Any, rate: str
) -> None:
    bank = Bank(loan_account.initial)
    bank.ask(book(method=method, day_count=day_count, rate=rate, on=DRAWN_ON))
    for action, days, minor, back in steps:
        act(bank, action, days, minor, back)
        check(bank)
    for _ in range(2):
        bank.close_day()  # what was dated back is corrected by the next night
    check(bank)
    agree(bank)


def act(bank: Bank, action: str, days: int, minor: int, back: int) -> None:
    amount, on = Money(minor), bank.today - back * ONE_DAY
    match action:
        case "wait":
            for _ in range(days):
                bank.close_day()
        case "repay":
            bank.ask(repay(amount, on, today=bank.today, receipt=bank.receipt_id()))
        case "prepay":
            bank.ask(
                commands.PrepayLoan(
                    loan_id=LOAN,
                    receipt_id=bank.receipt_id(),
                    amount=amount,
                    keeps="term" if minor % 2 else "instalment",
                    received_on=on,
                    today=bank.today,
                )
            )
        case "pay off" if isinstance(bank.loan, OpenLoan):
            bank.ask(pay_off(payoff_amount(bank.loan, bank.today), bank.today, receipt=bank.receipt_id()))
        case "classify":
            name, provision = CLASSES[minor % len(CLASSES)]
            bank.ask(reclassify(name, provision, on=bank.today))
        case "reprice":
            bank.change(events.RateTerms(annual_rate_percent=RATES[minor % len(RATES)], from_on=on))
        case "waive" if isinstance(bank.loan, OpenLoan):
            late = past_due(bank.loan, bank.today)
            parts = {name: min(amount, getattr(late, name)) for name in ("interest", "penalty", "compound")}
            bank.change(events.WaiverTerms(**parts))
        case "write off":
            bank.ask(write_off(bank.today))
        case "recover":
            bank.ask(recover(str(Decimal(minor).scaleb(-2)), bank.today, receipt=bank.receipt_id()))
        case _:
            pass  # a pay-off of what is closed already


def check(bank: Bank) -> None:
    """Nothing is negative, ever."""
    match bank.loan:
        case OpenLoan() as loan:
            owed, late = owed_in_full(loan, bank.today), past_due(loan, bank.today)
            for amount in (*vars(owed).values(), *vars(late).values(), loan.credit, loan.provision):
                assert amount.minor >= 0
            for state in loan.installments:
                assert state.unpaid_principal.minor >= 0
                assert state.unpaid_interest.minor >= 0
        case WrittenOffLoan() as loan:
            assert min(loan.claim_principal.minor, loan.claim_interest.minor, loan.claim_penalty.minor) >= 0
        case SettledLoan() as loan:
            assert loan.credit.minor >= 0
            assert all(state.is_paid for state in loan.installments)
        case NoLoan():
            raise AssertionError("the loan was booked")


def agree(bank: Bank) -> None:
    """Each account of the ledger holds what the loan says; the accrual rows sum up to the loan's own target."""
    ledger, target = bank.ledger, accrued_before(bank.loan, bank.today)
    assert sum(ledger.values()) == 0
    assert bank.accrued["interest"] == target.interest.minor
    assert bank.accrued["penalty"] == target.penalty.minor + target.compound.minor
    match bank.loan:
        case OpenLoan() as loan:
            owed = owed_in_full(loan, bank.today)
            assert ledger[accounts.LOAN] == outstanding(loan).minor
            assert ledger[accounts.INTEREST_RECEIVABLE] == owed.interest.minor
            assert ledger[accounts.PENALTY_RECEIVABLE] == owed.penalty.minor + owed.compound.minor
            assert ledger[accounts.HELD] == -loan.credit.minor
            assert ledger[accounts.ALLOWANCE] == -loan.provision.minor
        case SettledLoan() as loan:
            assert ledger[accounts.LOAN] == ledger[accounts.INTEREST_RECEIVABLE] == 0
            assert ledger[accounts.PENALTY_RECEIVABLE] == ledger[accounts.ALLOWANCE] == 0
            assert ledger[accounts.HELD] == -loan.credit.minor
        case WrittenOffLoan():
            assert ledger[accounts.LOAN] == ledger[accounts.INTEREST_RECEIVABLE] == 0
            assert ledger[accounts.PENALTY_RECEIVABLE] == ledger[accounts.IMPAIRED_LOAN] == 0
            assert ledger[accounts.ALLOWANCE] <= 0
        case NoLoan():
            raise AssertionError("the loan was booked")
