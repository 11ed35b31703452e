"""What the passing of time and a payment do to an open loan: bill, pay, fall overdue, age, cure, settle.

Each function returns the facts in order; later ones are decided on the state after the earlier ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from services.repayment.domain.allocation import AS_THE_LAW, Share, allocate, share_of
from services.repayment.domain.events import (
    Allocation,
    AllocationLine,
    CreditApplied,
    DelinquencyAged,
    DelinquencyCured,
    InstallmentBilled,
    InstallmentFellOverdue,
    LoanAccountEvent,
    LoanSettled,
    LprRate,
)
from services.repayment.domain.loan import (
    InstallmentState,
    LoanAccount,
    OpenLoan,
    accrued_before,
    days_past_due,
    debts_due,
    outstanding,
    owed_in_full,
    past_due,
    specific_provision,
)
from services.repayment.domain.loan_evolution import evolve, paid_installments
from services.repayment.domain.rate_resets import rate_reset
from shared.money import Money

DELINQUENCY_BORDERS = (1, 31, 61, 91, 181, 271, 361)
"""First days of the bands that classification (关注, 次级, 可疑, 损失) and collection work by."""


@dataclass
class Unfolding:
    """The facts of one decision so far, and the account after them."""

    loan: LoanAccount
    events: list[LoanAccountEvent] = field(default_factory=list)

    def record(self, event: LoanAccountEvent) -> None:
        self.events.append(event)
        self.loan = evolve(self.loan, event)


def age(unfolding: Unfolding, as_of: date, lpr: Sequence[LprRate] = ()) -> None:
    """Bring the account to the beginning of `as_of`; nothing when it is there already.

    The rate is reset on its days where the LPR is told: the night tells it, so nobody else has to.
    """
    loan = unfolding.loan
    if not isinstance(loan, OpenLoan):
        return
    days_before = loan.days_past_due
    while lpr and (on := _open(unfolding).next_reset_on) and on <= as_of:
        _bill_until(unfolding, on)
        unfolding.record(rate_reset(_open(unfolding), on, lpr))
    _bill_until(unfolding, as_of)
    settle_if_paid(unfolding, as_of)
    if isinstance(unfolding.loan, OpenLoan):
        _fall_overdue(unfolding, as_of)
        _cross_border(unfolding, as_of, days_before)


def _bill_until(unfolding: Unfolding, as_of: date) -> None:
    for state in _open(unfolding).installments:
        if state.row.due_on <= as_of and not state.billed:
            _bill(unfolding, state)


def _bill(unfolding: Unfolding, state: InstallmentState) -> None:
    """Bill one instalment and pay it, as of its due date, with money that is held."""
    loan = _open(unfolding)
    unfolding.record(
        InstallmentBilled(
            loan_id=loan.terms.loan_id,
            installment_no=state.row.no,
            due_on=state.row.due_on,
            principal=state.row.principal,
            interest=state.row.interest,
            billed_on=state.row.due_on,
        )
    )
    if loan.credit:
        apply_credit(unfolding, state.row.due_on)


def apply_credit(unfolding: Unfolding, on: date) -> None:
    """Pay what is due on `on` with money held from an earlier overpayment."""
    loan = _open(unfolding)
    allocation = allocation_of(loan, loan.credit, on)
    used = loan.credit - allocation.credit_after
    if used:
        unfolding.record(
            CreditApplied(
                loan_id=loan.terms.loan_id,
                origin=loan.terms.origin,
                amount=used,
                allocation=allocation,
                applied_on=on,
            )
        )


def _fall_overdue(unfolding: Unfolding, as_of: date) -> None:
    loan = _open(unfolding)
    owed, days = past_due(loan, as_of), days_past_due(loan, as_of)
    for state in loan.installments:
        if state.row.due_on < as_of and not state.is_paid and not state.fell_overdue:
            unfolding.record(
                InstallmentFellOverdue(
                    loan_id=loan.terms.loan_id,
                    origin=loan.terms.origin,
                    installment_no=state.row.no,
                    due_on=state.row.due_on,
                    overdue_principal=owed.principal,
                    overdue_interest=owed.interest,
                    overdue_penalty=owed.penalty + owed.compound,
                    outstanding_principal=outstanding(loan),
                    days_past_due=days,
                    as_of=as_of,
                )
            )


def _cross_border(unfolding: Unfolding, as_of: date, days_before: int) -> None:
    loan = _open(unfolding)
    days = days_past_due(loan, as_of)
    if band(days) > band(days_before):
        owed = past_due(loan, as_of)
        unfolding.record(
            DelinquencyAged(
                loan_id=loan.terms.loan_id,
                origin=loan.terms.origin,
                days_past_due=days,
                overdue_principal=owed.principal,
                overdue_interest=owed.interest,
                overdue_penalty=owed.penalty + owed.compound,
                outstanding_principal=outstanding(loan),
                as_of=as_of,
            )
        )


def band(days: int) -> int:
    """How many borders `days` past due has reached."""
    return sum(border <= days for border in DELINQUENCY_BORDERS)


def cure_if_paid(unfolding: Unfolding, on: date) -> None:
    loan = _open(unfolding)
    if loan.delinquent and not past_due(loan, on).total:
        unfolding.record(DelinquencyCured(loan_id=loan.terms.loan_id, origin=loan.terms.origin, cured_on=on))


def settle_if_paid(unfolding: Unfolding, on: date) -> None:
    loan = _open(unfolding)
    if owed_in_full(loan, on).total or not all(state.is_paid for state in loan.installments):
        return
    earned = accrued_before(loan, on)
    unfolding.record(
        LoanSettled(
            loan_id=loan.terms.loan_id,
            origin=loan.terms.origin,
            settled_on=on,
            early=on < (loan.changes.maturity_on or loan.terms.maturity_on),
            interest_charged=earned.interest,
            penalty_charged=earned.penalty + earned.compound,
            credit=loan.credit,
        )
    )


def allocation_of(loan: OpenLoan, amount: Money, on: date, *, held_before: Money | None = None) -> Allocation:
    """`amount` applied to what is due on `on`, as agreed; what is left is held, on top of `held_before`."""
    agreed = loan.terms.allocation or AS_THE_LAW
    shares, rest = allocate(amount, debts_due(loan, on), agreed.order_in(loan.classification), agreed.across)
    currency = amount.currency
    lines = _lines(shares, currency)
    penalty, compound = share_of(shares, "penalty", currency), share_of(shares, "compound", currency)
    earned = accrued_before(loan, on)
    paid = replace(
        loan,
        installments=paid_installments(loan, lines),
        penalty_settled=earned.penalty,
        compound_settled=earned.compound,
        penalty_paid=loan.penalty_paid + penalty,
        compound_paid=loan.compound_paid + compound,
        settled_on=on,
    )
    provision = specific_provision(outstanding(paid), loan.provision_rate_percent)
    return Allocation(
        principal=share_of(shares, "principal", currency),
        interest=share_of(shares, "interest", currency),
        penalty=penalty,
        compound=compound,
        lines=lines,
        penalty_accrued=earned.penalty,
        compound_accrued=earned.compound,
        outstanding_after=outstanding(paid),
        overdue_after=past_due(paid, on).total,
        days_past_due_after=days_past_due(paid, on),
        credit_after=rest if held_before is None else held_before + rest,
        provision_change=provision - loan.provision,
    )


def _lines(shares: Iterable[Share], currency: str) -> tuple[AllocationLine, ...]:
    nil = Money(0, currency)
    lines: dict[int, AllocationLine] = {}
    for share in shares:
        no = share.debt.installment_no
        if no is None:
            continue
        line = lines.get(no, AllocationLine(installment_no=no, principal=nil, interest=nil))
        if share.debt.component == "principal":
            line = AllocationLine(installment_no=no, principal=share.amount, interest=line.interest)
        else:
            line = AllocationLine(installment_no=no, principal=line.principal, interest=share.amount)
        lines[no] = line
    return tuple(lines[no] for no in sorted(lines))


def _open(unfolding: Unfolding) -> OpenLoan:
    assert isinstance(unfolding.loan, OpenLoan), "the account was closed by an earlier fact"
    return unfolding.loan
