"""Reversal of a receipt (冲正): the account as if it had never come, by doing again what followed.

The fact carries the account that this comes to. What cannot be done again (a write-off, a change of the rate or of
the terms) is refused by name: it has to be undone first.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from services.repayment.domain.changed_schedule import maturity_of
from services.repayment.domain.correction_commands import ProposeReversal, ReverseReceipt
from services.repayment.domain.desk import second_person
from services.repayment.domain.events import (
    LoanAccountEvent,
    RecoveryReversed,
    RepaymentReversed,
    ReversalProposed,
    ScheduleVersion,
    WrittenOffLoanRecovered,
)
from services.repayment.domain.loan import (
    BookedLoan,
    LoanAccount,
    OpenLoan,
    SettledLoan,
    WrittenOffLoan,
    days_past_due,
    outstanding,
)
from services.repayment.domain.loan_evolution import evolve
from services.repayment.domain.money_rules import RULES
from services.repayment.domain.replayed_account import folded, replayed
from services.repayment.domain.reversal_parts import (
    account_of,
    fees_of,
    moved,
    overdue_of,
    paid_of,
    provision_of,
    settled_of,
)
from services.repayment.domain.schedule_versions import schedule_versions
from shared.messages import Rejected
from shared.money import Money

_ASIDE = ("desk", "proposals_refused", "changes_proposed", "changes_decided", "changes", "schedule_number")
"""What stays as it is while the money is put right."""


def propose_reversal(command: ProposeReversal, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """A first person's word; the same proposal once."""
    if command.proposal_id in loan.desk.pending:
        return []
    amount = _reversible(loan, command.receipt_id, command.today)
    if any(pending.receipt_id == command.receipt_id for pending in loan.desk.pending.values()):
        raise Rejected("proposal_open", "Its reversal has been proposed: decide on that first.", field="receipt_id")
    return [
        ReversalProposed(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            receipt_id=command.receipt_id,
            amount=amount,
            because=command.because,
            proposed_by=command.proposed_by,
            proposed_on=command.today,
        )
    ]


def reverse(command: ReverseReceipt, loan: BookedLoan) -> Sequence[LoanAccountEvent]:
    """Take a receipt back upon a second person's word. Rejected when the loan has changed since `past` was read."""
    pending = second_person(loan.desk, command.proposal_id, command.approved_by, reversal=True)
    assert pending.receipt_id is not None, "it is a reversal"
    _reversible(loan, pending.receipt_id, command.today)
    if folded(command.past) != loan:
        raise Rejected("loan_changed", "Something happened to the loan just now: ask again.")
    if isinstance(loan, WrittenOffLoan):
        return [_recovery_reversed(command, loan, pending.receipt_id)]
    without = {pending.receipt_id, *loan.desk.reversed_on}
    after, anew = replayed(command.past, without, command.today)
    fact = _reversal(command, loan, pending.receipt_id, after)
    fees = fees_of(anew, loan.terms.principal.currency) - fees_of(command.past, loan.terms.principal.currency)
    return [fact.model_copy(update={"fee_change": fees}) if fees else fact]


def _reversible(loan: BookedLoan, receipt_id: UUID, today: date) -> Money:
    """The receipt's amount. Rejected for what is no receipt of the loan, was reversed, or is too old."""
    if receipt_id in loan.desk.reversed_on:
        on = loan.desk.reversed_on[receipt_id]
        raise Rejected(
            "receipt_reversed",
            f"This receipt was reversed on {on}; a reversal is not reversed: post the money under a new reference.",
            field="receipt_id",
        )
    receipt = loan.receipts.get(receipt_id)
    if receipt is None:
        raise Rejected("receipt_unknown", "No such receipt was posted to this loan.", field="receipt_id")
    earliest = today - timedelta(days=RULES.reversal_days_max)
    if receipt.received_on < earliest:
        raise Rejected(
            "receipt_too_old",
            f"On {today} only receipts from {earliest} on are reversed; this one is of {receipt.received_on}.",
            field="receipt_id",
        )
    return receipt.amount


def _recovery_reversed(command: ReverseReceipt, loan: WrittenOffLoan, receipt_id: UUID) -> RecoveryReversed:
    receipt, pending = loan.receipts[receipt_id], loan.desk.pending[command.proposal_id]
    if not any(isinstance(one, WrittenOffLoanRecovered) and one.receipt_id == receipt_id for one in command.past):
        raise Rejected(
            "loan_written_off",
            f"The loan was written off on {loan.written_off_on} with this repayment in it: it stays.",
            field="receipt_id",
        )
    return RecoveryReversed(
        loan_id=command.loan_id,
        origin=loan.terms.origin,
        proposal_id=command.proposal_id,
        receipt_id=receipt_id,
        amount=receipt.amount,
        principal=-receipt.principal,
        interest=-receipt.interest,
        penalty=-receipt.penalty,
        claim_principal_after=loan.claim_principal + receipt.principal,
        claim_interest_after=loan.claim_interest + receipt.interest,
        claim_penalty_after=loan.claim_penalty + receipt.penalty,
        because=pending.because,
        proposed_by=pending.proposed_by,
        approved_by=command.approved_by,
        reversed_on=command.today,
    )


def _reversal(
    command: ReverseReceipt, loan: OpenLoan | SettledLoan, receipt_id: UUID, after: OpenLoan | SettledLoan
) -> RepaymentReversed:
    """The fact, which must lead to exactly `after`; Rejected when another change has left what it cannot carry."""
    pending, amount = loan.desk.pending[command.proposal_id], loan.receipts[receipt_id].amount
    principal, interest = (paid_of(after, part) - paid_of(loan, part) for part in ("principal", "interest"))
    unallocated = after.credit - loan.credit
    versions = schedule_versions(command.past)
    rows = tuple(state.row for state in after.installments)
    changed = rows != tuple(state.row for state in loan.installments)
    schedule = ScheduleVersion(number=len(versions) + 1, cause="reversal", decided_on=command.today, installments=rows)
    number = len(versions) + changed
    fact = RepaymentReversed(
        loan_id=command.loan_id,
        origin=loan.terms.origin,
        proposal_id=command.proposal_id,
        receipt_id=receipt_id,
        amount=amount,
        principal=principal,
        interest=interest,
        penalty=-amount - principal - interest - unallocated,
        unallocated=unallocated,
        provision_change=provision_of(after) - provision_of(loan),
        account=account_of(after, number) if isinstance(after, OpenLoan) else None,
        settled=settled_of(after) if isinstance(after, SettledLoan) else None,
        schedule=schedule if changed else None,
        receipts=moved(loan, after),
        reopened=isinstance(loan, SettledLoan) and isinstance(after, OpenLoan),
        outstanding_after=outstanding(after) if isinstance(after, OpenLoan) else Money(0, amount.currency),
        overdue=overdue_of(after, command.today),
        days_past_due_after=days_past_due(after, command.today) if isinstance(after, OpenLoan) else 0,
        maturity_on=None if maturity_of(after) == maturity_of(loan) else maturity_of(after),
        because=pending.because,
        proposed_by=pending.proposed_by,
        approved_by=command.approved_by,
        reversed_on=command.today,
    )
    _require_exact(evolve(loan, fact), after)
    return fact


def _require_exact(reached: LoanAccount, wanted: OpenLoan | SettledLoan) -> None:
    assert isinstance(reached, OpenLoan | SettledLoan), "a reversal leaves the loan in the books"
    kept = {name: getattr(reached, name) for name in _ASIDE if hasattr(reached, name)}
    if type(reached) is not type(wanted) or reached != replace(wanted, **kept):
        raise Rejected("later_fact_hinders", "The loan has been changed in a way that a reversal cannot carry.")
