"""The states of a loan account, and what can be asked of them on a date. No state here can lie."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from services.repayment.domain.accrual import AccrualBasis, AccrualRow, Accrued, accrued
from services.repayment.domain.allocation import Debt
from services.repayment.domain.day_count import actual_days
from services.repayment.domain.desk import Desk
from services.repayment.domain.events import AccountChangeProposed, Classification, LoanBooked
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan_changes import LoanChanges
from services.repayment.domain.receipts import Receipts
from shared.money import Money


@dataclass(frozen=True)
class InstallmentState:
    """One row of the schedule and what has been paid of it."""

    row: Installment
    principal_paid: Money
    interest_paid: Money
    billed: bool = False
    fell_overdue: bool = False
    interest_waived: Money | None = None

    @property
    def unpaid_principal(self) -> Money:
        return self.row.principal - self.principal_paid

    @property
    def unpaid_interest(self) -> Money:
        unpaid = self.row.interest - self.interest_paid
        return unpaid - self.interest_waived if self.interest_waived else unpaid

    @property
    def is_paid(self) -> bool:
        return not self.unpaid_principal and not self.unpaid_interest


@dataclass(frozen=True)
class RateStep:
    """What the loan pays from `from_on` on, in percent a year; the penalty rate is after its uplift."""

    from_on: date
    percent: Decimal
    penalty_percent: Decimal


@dataclass(frozen=True)
class NoLoan:
    """Nothing has been booked."""


@dataclass(frozen=True)
class OpenLoan:
    """A loan in the books. `credit` is held for what falls due next; no payment before `last_event_on`.

    `rates` is never empty: the first is what was booked, the last what is paid now.
    """

    terms: LoanBooked
    installments: tuple[InstallmentState, ...]
    last_event_on: date
    credit: Money
    penalty_settled: Money
    compound_settled: Money
    penalty_paid: Money
    compound_paid: Money
    settled_on: date
    provision: Money
    rates: tuple[RateStep, ...]
    schedule_number: int = 1
    next_reset_on: date | None = None
    penalty_waived: Money | None = None
    compound_waived: Money | None = None
    changes_proposed: Mapping[UUID, AccountChangeProposed] = field(default_factory=dict)
    changes_decided: frozenset[UUID] = frozenset()
    provision_rate_percent: Decimal = Decimal(0)
    classification: Classification = "normal"
    delinquent: bool = False
    days_past_due: int = 0
    receipts: Receipts = field(default_factory=dict)
    proposals_refused: frozenset[UUID] = frozenset()
    desk: Desk = field(default_factory=Desk)
    changes: LoanChanges = field(default_factory=LoanChanges)

    @property
    def penalty_uplift_percent(self) -> Decimal:
        """As agreed; of a loan booked before it was told, what its two rates say, to a hundredth of a percent."""
        told, rate = self.terms.penalty_uplift_percent, self.terms.annual_rate_percent
        if told is not None:
            return told
        ratio = self.terms.penalty_rate_percent / rate if rate else Decimal(1)
        return (100 * ratio - 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class SettledLoan:
    """Nothing is owed any more; `credit` belongs to the payer."""

    terms: LoanBooked
    installments: tuple[InstallmentState, ...]
    settled_on: date
    early: bool
    credit: Money
    interest_charged: Money
    penalty_charged: Money
    receipts: Receipts
    proposals_refused: frozenset[UUID]
    desk: Desk = field(default_factory=Desk)
    changes: LoanChanges = field(default_factory=LoanChanges)


@dataclass(frozen=True)
class WrittenOffLoan:
    """Off the balance sheet, still owed (账销案存): the three claims are what remains of it.

    Nothing more accrues in the books after the write-off.
    """

    terms: LoanBooked
    installments: tuple[InstallmentState, ...]
    proposal_id: UUID
    written_off_on: date
    last_event_on: date
    claim_principal: Money
    claim_interest: Money
    claim_penalty: Money
    interest_charged: Money
    penalty_charged: Money
    receipts: Receipts
    proposals_refused: frozenset[UUID]
    desk: Desk = field(default_factory=Desk)
    changes: LoanChanges = field(default_factory=LoanChanges)


BookedLoan = OpenLoan | SettledLoan | WrittenOffLoan
LoanAccount = NoLoan | BookedLoan


@dataclass(frozen=True)
class Owed:
    """What is unpaid on a date, by component."""

    principal: Money
    interest: Money
    penalty: Money
    compound: Money

    @property
    def total(self) -> Money:
        return self.principal + self.interest + self.penalty + self.compound


def outstanding(loan: OpenLoan) -> Money:
    """Principal not yet repaid, due or not."""
    return _total(loan, (state.unpaid_principal for state in loan.installments))


def accrual_basis(loan: OpenLoan) -> AccrualBasis:
    rows = tuple(
        AccrualRow(
            starts_on=state.row.starts_on,
            due_on=state.row.due_on,
            balance=state.row.balance,
            interest=state.row.interest,
            unpaid_principal=state.unpaid_principal,
            unpaid_interest=state.unpaid_interest,
            stretches=state.row.stretches,
            adjustment=state.row.adjustment,
        )
        for state in loan.installments
    )
    return AccrualBasis(
        annual_rate_percent=loan.terms.annual_rate_percent,
        penalty_rate_percent=loan.rates[-1].penalty_percent,
        interest_before=_nil(loan),
        rows=rows,
        penalty_settled=loan.penalty_settled,
        compound_settled=loan.compound_settled,
        settled_on=loan.settled_on,
        day_count=loan.terms.day_count,
        flat_on=loan.terms.principal if loan.terms.repayment_method == "flat" else None,
    )


def accrued_before(loan: LoanAccount, until: date) -> Accrued:
    """Lifelong interest, penalty and compound interest earned before `until`; fixed once the loan is closed.

    A closed loan's `penalty` includes its compound interest.
    """
    match loan:
        case OpenLoan():
            return accrued(accrual_basis(loan), until)
        case SettledLoan() | WrittenOffLoan():
            return Accrued(loan.interest_charged, loan.penalty_charged, _nil(loan))
        case NoLoan():
            return Accrued(Money(0), Money(0), Money(0))


def owed_in_full(loan: OpenLoan, on: date) -> Owed:
    """Everything that would clear the loan on `on`: principal, and interest for the real time (民法典 677)."""
    earned = accrued_before(loan, on)
    done_with = _total(loan, (state.row.interest - state.unpaid_interest for state in loan.installments))
    return Owed(
        principal=outstanding(loan),
        interest=earned.interest - done_with,
        penalty=_left(earned.penalty, loan.penalty_paid, loan.penalty_waived),
        compound=_left(earned.compound, loan.compound_paid, loan.compound_waived),
    )


def past_due(loan: OpenLoan, on: date) -> Owed:
    """What should have been paid before `on`. An instalment due on `on` itself is not past due."""
    late = [state for state in loan.installments if state.row.due_on < on]
    earned = accrued_before(loan, on)
    return Owed(
        principal=_total(loan, (state.unpaid_principal for state in late)),
        interest=_total(loan, (state.unpaid_interest for state in late)),
        penalty=_left(earned.penalty, loan.penalty_paid, loan.penalty_waived),
        compound=_left(earned.compound, loan.compound_paid, loan.compound_waived),
    )


def days_past_due(loan: OpenLoan, on: date) -> int:
    """Days since the oldest unpaid due date: the day after it is 1; 0 when nothing is past due."""
    return max(
        (
            actual_days(state.row.due_on, on)
            for state in loan.installments
            if not state.is_paid and state.row.due_on < on
        ),
        default=0,
    )


def debts_due(loan: OpenLoan, on: date) -> list[Debt]:
    """What a payment on `on` can discharge: instalments due up to and including `on`, penalty, compound.

    Penalty and compound interest are of the loan as a whole; they stand with the oldest instalment that is unpaid.
    """
    owed = past_due(loan, on)
    unpaid = (state.row.due_on for state in loan.installments if state.row.due_on <= on and not state.is_paid)
    since = min(unpaid, default=loan.terms.disbursed_on)
    late = [Debt("compound", since, owed.compound), Debt("penalty", since, owed.penalty)]
    for state in loan.installments:
        row = state.row
        if row.due_on <= on:
            late.append(Debt("interest", row.due_on, state.unpaid_interest, row.no))
            late.append(Debt("principal", row.due_on, state.unpaid_principal, row.no))
    return late


def _left(accrued_: Money, paid: Money, waived: Money | None) -> Money:
    return accrued_ - paid - waived if waived else accrued_ - paid


def specific_provision(outstanding_principal: Money, rate_percent: Decimal) -> Money:
    """Outstanding principal × rate of the class, half up (专项准备: 关注 2, 次级 25, 可疑 50, 损失 100 %)."""
    return Money.round(outstanding_principal.amount * rate_percent / 100, outstanding_principal.currency)


def _nil(loan: OpenLoan | SettledLoan | WrittenOffLoan) -> Money:
    return Money(0, loan.terms.principal.currency)


def _total(loan: OpenLoan, amounts: Iterable[Money]) -> Money:
    return Money.sum(amounts, loan.terms.principal.currency)
