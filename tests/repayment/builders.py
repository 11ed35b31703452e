"""Loans of repayment with round figures, and commands with dull defaults.

The loan: 100,000 yuan for three months from 10 January 2026, interest only, 7.2 % ACT/360: 20 yuan a
day, so 620 on 10 February, 560 on 10 March, 620 and the principal on 10 April. Penalty uplift 50 %:
30 yuan a day on 100,000 overdue.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.repayment.domain import commands, events
from services.repayment.domain.loan import LoanAccount, OpenLoan
from services.repayment.domain.loan_account import loan_account
from shared.money import Money

LOAN = UUID("10000000-0000-0000-0000-000000000001")
CONTRACT = UUID("20000000-0000-0000-0000-000000000001")
APPLICATION = UUID("30000000-0000-0000-0000-000000000001")
BORROWER = UUID("40000000-0000-0000-0000-000000000001")
RECEIPT = UUID("50000000-0000-0000-0000-000000000001")
SECOND_RECEIPT = UUID("50000000-0000-0000-0000-000000000002")
PROPOSAL = UUID("60000000-0000-0000-0000-000000000001")
OTHER_PROPOSAL = UUID("60000000-0000-0000-0000-000000000002")
ORIGIN = events.LoanOrigin(contract_id=CONTRACT, application_id=APPLICATION, borrower_id=BORROWER)

DRAWN_ON = date(2026, 1, 10)
FIRST_DUE = date(2026, 2, 10)
SECOND_DUE = date(2026, 3, 10)
MATURITY = date(2026, 4, 10)


def yuan(amount: int | str) -> Money:
    return Money.of(amount)


# --- commands -----------------------------------------------------------------------------------------


def book(
    *,
    principal: int | str = 100_000,
    rate: str = "7.2",
    uplift: str = "50",
    term_months: int = 3,
    method: Any = "interest_only",
    day_count: Any = "ACT/360",
    on: date = DRAWN_ON,
    loan_id: UUID = LOAN,
    mode: Any = "self",
    floating: events.FloatingRate | None = None,
) -> commands.BookLoan:
    return commands.BookLoan(
        loan_id=loan_id,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        principal=yuan(principal),
        annual_rate_percent=Decimal(rate),
        penalty_uplift_percent=Decimal(uplift),
        term_months=term_months,
        repayment_method=method,
        day_count=day_count,
        disbursed_on=on,
        core_reference="CB-1",
        payment_mode=mode,
        floating=floating,
    )


def repay(
    amount: int | str | Money,
    on: date,
    *,
    receipt: UUID = RECEIPT,
    today: date | None = None,
    loan_id: UUID = LOAN,
) -> commands.ReceiveRepayment:
    return commands.ReceiveRepayment(
        loan_id=loan_id,
        receipt_id=receipt,
        amount=amount if isinstance(amount, Money) else yuan(amount),
        received_on=on,
        today=today or on,
    )


def pay_off(
    amount: int | str | Money, on: date, *, receipt: UUID = RECEIPT, loan_id: UUID = LOAN
) -> commands.PayOffLoan:
    return commands.PayOffLoan(
        loan_id=loan_id,
        receipt_id=receipt,
        amount=amount if isinstance(amount, Money) else yuan(amount),
        received_on=on,
        today=on,
    )


def age(as_of: date, *, loan_id: UUID = LOAN) -> commands.AgeLoan:
    return commands.AgeLoan(loan_id=loan_id, as_of=as_of)


def reclassify(classification: Any, rate: str, *, on: date) -> commands.ReclassifyLoan:
    return commands.ReclassifyLoan(
        loan_id=LOAN, classification=classification, provision_rate_percent=Decimal(rate), classified_on=on
    )


def write_off(on: date, *, proposal: UUID = PROPOSAL) -> commands.WriteOffLoan:
    return commands.WriteOffLoan(loan_id=LOAN, proposal_id=proposal, approved_on=on)


def recover(amount: int | str, on: date, *, receipt: UUID = SECOND_RECEIPT) -> commands.RecoverWrittenOff:
    return commands.RecoverWrittenOff(loan_id=LOAN, receipt_id=receipt, amount=yuan(amount), received_on=on, today=on)


# --- facts --------------------------------------------------------------------------------------------


def after(*asked: Any) -> tuple[Any, ...]:
    """The facts that these commands make, one after another, of an account that has none."""
    history: list[Any] = []
    state = loan_account.initial
    for command in asked:
        happened = loan_account.decide(command, state)
        state = loan_account.fold(happened, state)
        history.extend(happened)
    return tuple(history)


def account(*asked: Any) -> LoanAccount:
    """The account after these commands."""
    return loan_account.fold(after(*asked))


def open_account(*asked: Any) -> OpenLoan:
    loan = account(*asked)
    assert isinstance(loan, OpenLoan)
    return loan


def line(no: int, *, principal: int | str = 0, interest: int | str = 0) -> events.AllocationLine:
    return events.AllocationLine(installment_no=no, principal=yuan(principal), interest=yuan(interest))


def allocation(
    *,
    principal: int | str = 0,
    interest: int | str = 0,
    penalty: int | str = 0,
    compound: int | str = 0,
    lines: Sequence[events.AllocationLine] = (),
    penalty_accrued: int | str | None = None,
    compound_accrued: int | str | None = None,
    outstanding: int | str = 100_000,
    overdue: int | str = 0,
    days: int = 0,
    credit: int | str = 0,
    provision_change: int | str = 0,
) -> events.Allocation:
    """What accrued defaults to what was paid: nothing of it is left over."""
    return events.Allocation(
        principal=yuan(principal),
        interest=yuan(interest),
        penalty=yuan(penalty),
        compound=yuan(compound),
        lines=tuple(lines),
        penalty_accrued=yuan(penalty if penalty_accrued is None else penalty_accrued),
        compound_accrued=yuan(compound if compound_accrued is None else compound_accrued),
        outstanding_after=yuan(outstanding),
        overdue_after=yuan(overdue),
        days_past_due_after=days,
        credit_after=yuan(credit),
        provision_change=yuan(provision_change),
    )


def received(
    amount: int | str,
    on: date,
    applied: events.Allocation,
    *,
    unallocated: int | str = 0,
    receipt: UUID = RECEIPT,
) -> events.RepaymentReceived:
    return events.RepaymentReceived(
        loan_id=LOAN,
        origin=ORIGIN,
        receipt_id=receipt,
        amount=yuan(amount),
        unallocated=yuan(unallocated),
        allocation=applied,
        received_on=on,
    )


def credit_applied(amount: int | str, on: date, applied: events.Allocation) -> events.CreditApplied:
    return events.CreditApplied(loan_id=LOAN, origin=ORIGIN, amount=yuan(amount), allocation=applied, applied_on=on)


def billed(no: int, on: date, *, principal: int | str = 0, interest: int | str) -> events.InstallmentBilled:
    return events.InstallmentBilled(
        loan_id=LOAN,
        installment_no=no,
        due_on=on,
        principal=yuan(principal),
        interest=yuan(interest),
        billed_on=on,
    )


def fell_overdue(
    no: int,
    due_on: date,
    as_of: date,
    *,
    days: int,
    interest: int | str,
    principal: int | str = 0,
    penalty: int | str = 0,
    outstanding: int | str = 100_000,
) -> events.InstallmentFellOverdue:
    return events.InstallmentFellOverdue(
        loan_id=LOAN,
        origin=ORIGIN,
        installment_no=no,
        due_on=due_on,
        overdue_principal=yuan(principal),
        overdue_interest=yuan(interest),
        overdue_penalty=yuan(penalty),
        outstanding_principal=yuan(outstanding),
        days_past_due=days,
        as_of=as_of,
    )


def aged(
    days: int,
    as_of: date,
    *,
    interest: int | str,
    penalty: int | str,
    principal: int | str = 0,
    outstanding: int | str = 100_000,
) -> events.DelinquencyAged:
    return events.DelinquencyAged(
        loan_id=LOAN,
        origin=ORIGIN,
        days_past_due=days,
        overdue_principal=yuan(principal),
        overdue_interest=yuan(interest),
        overdue_penalty=yuan(penalty),
        outstanding_principal=yuan(outstanding),
        as_of=as_of,
    )


def cured(on: date) -> events.DelinquencyCured:
    return events.DelinquencyCured(loan_id=LOAN, origin=ORIGIN, cured_on=on)


def settled(
    on: date,
    *,
    early: bool = False,
    interest: int | str = 1800,
    penalty: int | str = 0,
    credit: int | str = 0,
) -> events.LoanSettled:
    return events.LoanSettled(
        loan_id=LOAN,
        origin=ORIGIN,
        settled_on=on,
        early=early,
        interest_charged=yuan(interest),
        penalty_charged=yuan(penalty),
        credit=yuan(credit),
    )
