"""Receiving money (还款): a receipt against what is due, and early full repayment (提前结清)."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from services.repayment.domain.ageing import (
    Unfolding,
    age,
    allocation_of,
    cure_if_paid,
    settle_if_paid,
)
from services.repayment.domain.commands import PayOffLoan, PrepayLoan, ReceiveRepayment, RecoverWrittenOff
from services.repayment.domain.events import (
    EarlyRepaymentAccepted,
    LoanAccountEvent,
    RepaymentReceived,
)
from services.repayment.domain.installment import Installment
from services.repayment.domain.loan import (
    BookedLoan,
    LoanAccount,
    NoLoan,
    OpenLoan,
    SettledLoan,
    WrittenOffLoan,
    accrued_before,
    owed_in_full,
)
from services.repayment.domain.money_rules import RULES
from shared.messages import Rejected
from shared.money import Money

Payment = ReceiveRepayment | PayOffLoan | PrepayLoan | RecoverWrittenOff


def receive(command: ReceiveRepayment, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Apply a receipt to what is due and hold the rest. The same receipt is applied once.

    What is held of money that was dated back pays what has fallen due since, on its day.
    """
    if repeated(command, loan):
        return []
    unfolding = brought_up_to(command, loan)
    apply_receipt(unfolding, command.receipt_id, command.amount, command.received_on)
    for state in loan.installments:
        if command.received_on < state.row.due_on <= command.today and _holds_money(unfolding.loan):
            age(unfolding, state.row.due_on)
    return unfolding.events


def pay_off(command: PayOffLoan, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Settle the loan early with exactly what is owed on the day: interest for the real time (民法典 677)."""
    if repeated(command, loan):
        return []
    unfolding = brought_up_to(command, loan)
    on, account = command.received_on, open_account(unfolding)
    due = payoff_amount(account, on)
    if command.amount != due:
        raise Rejected("payoff_amount_differs", f"Exactly {due} pays the loan off on {on}.", field="amount")
    if any(state.row.due_on > on for state in account.installments):
        unfolding.record(_early_repayment(account, on))
        age(unfolding, on)
    if command.amount:
        apply_receipt(unfolding, command.receipt_id, command.amount, on)
    return unfolding.events


def _holds_money(loan: LoanAccount) -> bool:
    return isinstance(loan, OpenLoan) and bool(loan.credit)


def payoff_amount(loan: OpenLoan, on: date) -> Money:
    """Everything owed on `on` less the credit balance, never below nil."""
    return max(owed_in_full(loan, on).total - loan.credit, Money(0, loan.credit.currency))


def repeated(command: Payment, loan: BookedLoan) -> bool:
    """Whether this receipt has been applied before. Rejected when it then had another amount."""
    if (on := loan.desk.reversed_on.get(command.receipt_id)) is not None:
        raise Rejected(
            "receipt_reversed",
            f"This receipt was reversed on {on}: post the money under a new reference.",
            field="receipt_id",
        )
    known = loan.receipts.get(command.receipt_id)
    if known is not None and known.amount != command.amount:
        raise Rejected(
            "receipt_used",
            f"This receipt was applied on {known.received_on} with {known.amount}.",
            field="amount",
        )
    return known is not None


def check_payment(command: Payment, loan: OpenLoan | WrittenOffLoan) -> None:
    """Refuse nothing and less, another currency, a day still to come, and a day before the loan's last event.

    Only a pay-off may be of nothing: what is held may already be all that is owed.
    """
    currency = loan.terms.principal.currency
    if command.amount.minor < (0 if isinstance(command, PayOffLoan) else 1):
        raise Rejected("amount_not_positive", "Money received is more than nothing.", field="amount")
    if command.amount.currency != currency:
        raise Rejected("currency_differs", f"This loan is kept in {currency}.", field="amount")
    if command.received_on > command.today:
        raise Rejected("received_in_future", f"The business date is {command.today}.", field="received_on")
    if command.received_on < loan.last_event_on:
        raise Rejected(
            "received_before_last_event",
            f"The last event of this loan was on {loan.last_event_on}; money cannot be dated back before it.",
            field="received_on",
        )
    earliest = command.today - timedelta(days=RULES.backdating_days_max)
    if command.received_on < earliest:
        raise Rejected(
            "dated_back_too_far",
            f"On {command.today} money cannot be dated back before {earliest}: those days are closed for it.",
            field="received_on",
        )


def brought_up_to(command: ReceiveRepayment | PayOffLoan | PrepayLoan, loan: BookedLoan) -> Unfolding:
    """The open account at the day of the payment, with all that time has done to it by then."""
    unfolding = Unfolding(_still_open(loan))
    check_payment(command, open_account(unfolding))
    age(unfolding, command.received_on)
    _still_open(unfolding.loan)
    return unfolding


def _still_open(loan: LoanAccount) -> OpenLoan:
    match loan:
        case NoLoan():
            raise AssertionError("a payment meets a booked loan")
        case SettledLoan():
            raise Rejected(
                "loan_settled",
                f"The loan was settled on {loan.settled_on} and owes nothing: return the money to the payer.",
            )
        case WrittenOffLoan():
            raise Rejected(
                "loan_written_off",
                f"The loan was written off on {loan.written_off_on}: post the money as a recovery.",
            )
        case OpenLoan():
            return loan


def apply_receipt(unfolding: Unfolding, receipt_id: UUID, amount: Money, on: date) -> None:
    """Money that has come in, to what is due on its day; the rest is held."""
    loan = open_account(unfolding)
    allocation = allocation_of(loan, amount, on, held_before=loan.credit)
    unfolding.record(
        RepaymentReceived(
            loan_id=loan.terms.loan_id,
            origin=loan.terms.origin,
            receipt_id=receipt_id,
            amount=amount,
            unallocated=allocation.credit_after - loan.credit,
            allocation=allocation,
            received_on=on,
        )
    )
    cure_if_paid(unfolding, on)
    settle_if_paid(unfolding, on)


def _early_repayment(loan: OpenLoan, on: date) -> EarlyRepaymentAccepted:
    """The rows not yet due become one that is due on `on`, with the interest that has accrued."""
    kept = [state.row for state in loan.installments if state.row.due_on <= on]
    rest = [state.row for state in loan.installments if state.row.due_on > on]
    earned = accrued_before(loan, on).interest
    interest = earned - Money.sum((row.interest for row in kept), earned.currency)
    last = Installment(
        no=rest[0].no,
        starts_on=rest[0].starts_on,
        due_on=on,
        balance=rest[0].balance,
        principal=rest[0].balance,
        interest=interest,
    )
    scheduled = Money.sum((row.interest for row in rest), earned.currency)
    return EarlyRepaymentAccepted(
        loan_id=loan.terms.loan_id,
        installments=(*kept, last),
        interest_saved=scheduled - interest,
        accepted_on=on,
    )


def open_account(unfolding: Unfolding) -> OpenLoan:
    assert isinstance(unfolding.loan, OpenLoan), "the account was closed by an earlier fact"
    return unfolding.loan
