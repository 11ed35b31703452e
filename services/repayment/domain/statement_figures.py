"""The figures of each paper, from the facts of a loan in their order: a paper of some facts is always the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from services.repayment.domain.events import (
    ChargesWaived,
    EarlyRepaymentAccepted,
    InstallmentBilled,
    LoanAccountEvent,
    LoanBooked,
    LoanPrepaid,
    LoanSettled,
    LoanWrittenOff,
    RateChanged,
    RateReset,
    StatementKind,
)
from services.repayment.domain.loan import (
    BookedLoan,
    LoanAccount,
    NoLoan,
    OpenLoan,
    SettledLoan,
    WrittenOffLoan,
    outstanding,
    past_due,
)
from services.repayment.domain.loan_evolution import evolve
from services.repayment.domain.schedule_versions import schedule_versions
from services.repayment.domain.statement import (
    AccountPaper,
    Movement,
    SchedulePaper,
    SettlementPaper,
    Subject,
    subject_of,
)
from shared.messages import Rejected
from shared.money import Money

NOTED = (EarlyRepaymentAccepted, LoanPrepaid, RateReset, RateChanged, ChargesWaived, LoanSettled, LoanWrittenOff)
"""Facts that an account statement tells although no money of the borrower's moves."""
ADJUSTS = (RateReset, RateChanged)
"""Facts that change what is held for the payer although nobody has paid."""
LENDS = (LoanBooked,)
"""Facts by which money went out to the borrower."""


class Posted(NamedTuple):
    """A fact of a loan and the business date on which it was recorded."""

    on: date
    event: LoanAccountEvent


@dataclass(frozen=True)
class Asked:
    """Which paper: a period for an account statement (whole life unless told), a version for a schedule."""

    kind: StatementKind
    issued_on: date
    from_on: date | None = None
    until_on: date | None = None
    schedule_version: int | None = None


def paper_of(
    posted: Sequence[Posted], asked: Asked, *, legal_entity: str, branch: str
) -> SchedulePaper | AccountPaper | SettlementPaper:
    """The paper that these facts give.

    Rejected for a settlement of what is not settled, a version that there is not, a period that ends before it
    begins or has not ended by the day of issue.
    """
    loan = _folded(posted)
    subject = subject_of(loan, legal_entity=legal_entity, branch=branch)
    match asked.kind:
        case "schedule":
            return _schedule(posted, asked, subject)
        case "account":
            return _account(posted, asked, subject)
        case "settlement":
            return _settlement(loan, asked, subject)


def movements(posted: Sequence[Posted]) -> list[Movement]:
    """What each fact moved, from how the account stood before it and after it; facts that moved nothing are left out.

    So a fact of any kind, also one that takes back another, is told by what it did.
    """
    first, lines = posted[0].event, list[Movement]()
    assert isinstance(first, LoanBooked), "a loan begins when it is booked"
    before = _Standing.nil(first.principal.currency)
    state: LoanAccount = NoLoan()
    for on, event in posted:
        state = evolve(state, event)
        after = before.then(state)
        line = _movement(on, event, before, after)
        if isinstance(event, NOTED) or any((line.drawn, line.received, line.principal, line.held, line.billed)):
            lines.append(line)
        before = after
    return lines


@dataclass(frozen=True)
class _Standing:
    """Principal owed, what has been paid in interest and in penalty with compound so far, and what is held.

    `claim` is what is left of interest and penalty once the loan has been written off.
    """

    balance: Money
    interest: Money
    penalty: Money
    held: Money
    claim: tuple[Money, Money] | None = None

    @classmethod
    def nil(cls, currency: str) -> "_Standing":
        zero = Money(0, currency)
        return cls(zero, zero, zero, zero)

    def then(self, loan: LoanAccount) -> "_Standing":
        """How it stands once the account is `loan`."""
        match loan:
            case OpenLoan():
                interest = Money.sum((one.interest_paid for one in loan.installments), self.balance.currency)
                return _Standing(outstanding(loan), interest, loan.penalty_paid + loan.compound_paid, loan.credit)
            case SettledLoan():
                return replace(self, held=loan.credit)
            case WrittenOffLoan():
                left = loan.claim_interest, loan.claim_penalty
                interest, penalty = self.claim or left
                return replace(
                    self,
                    balance=loan.claim_principal,
                    interest=self.interest + (interest - left[0]),
                    penalty=self.penalty + (penalty - left[1]),
                    claim=left,
                )
            case NoLoan():
                return self


def _movement(on: date, event: LoanAccountEvent, before: _Standing, after: _Standing) -> Movement:
    nil = Money(0, before.balance.currency)
    repaid, interest = before.balance - after.balance, after.interest - before.interest
    penalty, held = after.penalty - before.penalty, after.held - before.held
    lends = isinstance(event, LENDS)
    return Movement(
        on=on,
        fact=type(event).__name__,
        drawn=-repaid if lends else nil,
        received=nil if lends or isinstance(event, ADJUSTS) else repaid + interest + penalty + held,
        principal=nil if lends else repaid,
        interest=interest,
        penalty=penalty,
        held=held,
        billed=_billed(event, nil),
        balance=after.balance,
    )


def _billed(event: LoanAccountEvent, nil: Money) -> Money:
    match event:
        case InstallmentBilled():
            return event.principal + event.interest
        case ChargesWaived():
            return -(event.interest + event.penalty + event.compound)
        case _:
            return nil


def _schedule(posted: Sequence[Posted], asked: Asked, subject: Subject) -> SchedulePaper:
    versions = schedule_versions(one.event for one in posted)
    number = asked.schedule_version or len(versions)
    if not 1 <= number <= len(versions):
        raise Rejected("no_such_version", f"The schedule has versions 1 to {len(versions)}.", field="schedule_version")
    return SchedulePaper(
        subject=subject,
        issued_on=asked.issued_on,
        version=number,
        is_current=number == len(versions),
        rows=versions[number - 1].installments,
    )


def _account(posted: Sequence[Posted], asked: Asked, subject: Subject) -> AccountPaper:
    until = asked.until_on or asked.issued_on
    start = asked.from_on or min(subject.disbursed_on, until)
    if until > asked.issued_on:
        raise Rejected("not_in_future", f"The period may end on {asked.issued_on} at the latest.", field="until_on")
    if start > until:
        raise Rejected("period_without_days", "The period ends before it begins.", field="until_on")
    known = [one for one in posted if one.on <= until]
    lines = movements(known) if known else []
    nil = Money(0, subject.principal.currency)
    earlier = [line for line in lines if line.on < start]
    loan = _folded(known) if known else None
    return AccountPaper(
        subject=subject,
        issued_on=asked.issued_on,
        from_on=start,
        until_on=until,
        opening=earlier[-1].balance if earlier else nil,
        movements=tuple(line for line in lines if line.on >= start),
        closing=lines[-1].balance if lines else nil,
        held=Money.sum((line.held for line in lines), nil.currency),
        past_due=past_due(loan, until).total if isinstance(loan, OpenLoan) else nil,
    )


def _settlement(loan: BookedLoan, asked: Asked, subject: Subject) -> SettlementPaper:
    if not isinstance(loan, SettledLoan):
        raise Rejected("loan_not_settled", "Only a settled loan has a certificate of settlement.", field="kind")
    return SettlementPaper(
        subject=subject,
        issued_on=asked.issued_on,
        settled_on=loan.settled_on,
        early=loan.early,
        interest_charged=loan.interest_charged,
        penalty_charged=loan.penalty_charged,
    )


def _folded(posted: Sequence[Posted]) -> BookedLoan:
    state: LoanAccount = NoLoan()
    for one in posted:
        state = evolve(state, one.event)
    assert not isinstance(state, NoLoan), "a stream with facts is a booked loan"
    return state
