"""An account, and what is owed of it, in the words of the fact that a reversal makes."""

from collections.abc import Iterable
from datetime import date

from services.repayment.domain.events.corrections import (
    AccountAfter,
    OverdueAfter,
    RateAfter,
    ReceiptAfter,
    RepaymentReversed,
    RowAfter,
    SettledAfter,
)
from services.repayment.domain.events.payments import LoanPrepaid
from services.repayment.domain.loan import InstallmentState, OpenLoan, SettledLoan, days_past_due, past_due
from shared.messages import Event
from shared.money import Money


def paid_of(loan: OpenLoan | SettledLoan, part: str) -> Money:
    return Money.sum((getattr(state, f"{part}_paid") for state in loan.installments), loan.terms.principal.currency)


def provision_of(loan: OpenLoan | SettledLoan) -> Money:
    return loan.provision if isinstance(loan, OpenLoan) else Money(0, loan.terms.principal.currency)


def moved(before: OpenLoan | SettledLoan, after: OpenLoan | SettledLoan) -> tuple[ReceiptAfter, ...]:
    return tuple(
        ReceiptAfter(
            receipt_id=one,
            principal=now.principal,
            interest=now.interest,
            penalty=now.penalty,
            unallocated=now.unallocated,
        )
        for one, now in after.receipts.items()
        if before.receipts[one] != now
    )


def fees_of(past: Iterable[Event], currency: str) -> Money:
    """What these facts have taken in fees."""
    fees = (
        one.fee if isinstance(one, LoanPrepaid) else one.fee_returned
        for one in past
        if isinstance(one, LoanPrepaid | RepaymentReversed)
    )
    return Money.sum(fees, currency)


def overdue_of(loan: OpenLoan | SettledLoan, on: date) -> OverdueAfter | None:
    if not isinstance(loan, OpenLoan) or not days_past_due(loan, on):
        return None
    owed = past_due(loan, on)
    oldest = next(state.row for state in loan.installments if not state.is_paid and state.row.due_on < on)
    return OverdueAfter(
        installment_no=oldest.no,
        due_on=oldest.due_on,
        principal=owed.principal,
        interest=owed.interest,
        penalty=owed.penalty + owed.compound,
    )


def _rows(states: Iterable[InstallmentState]) -> tuple[RowAfter, ...]:
    return tuple(
        RowAfter(
            row=state.row,
            principal_paid=state.principal_paid,
            interest_paid=state.interest_paid,
            billed=state.billed,
            fell_overdue=state.fell_overdue,
        )
        for state in states
    )


def account_of(loan: OpenLoan, number: int) -> AccountAfter:
    same = {name: getattr(loan, name) for name in AccountAfter.model_fields if hasattr(loan, name)}
    rates = tuple(
        RateAfter(from_on=one.from_on, percent=one.percent, penalty_percent=one.penalty_percent) for one in loan.rates
    )
    return AccountAfter(**{**same, "rows": _rows(loan.installments), "rates": rates, "schedule_number": number})


def settled_of(loan: SettledLoan) -> SettledAfter:
    same = {name: getattr(loan, name) for name in SettledAfter.model_fields if hasattr(loan, name)}
    return SettledAfter(**{**same, "rows": _rows(loan.installments)})
