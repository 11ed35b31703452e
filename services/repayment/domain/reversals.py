"""Reversal of a receipt (冲正): the account as if it had never come, by doing again what followed.

What followed is done again on the account without the receipt: other receipts, classes, refunds, and day by day what
time does. The fact carries the account that this comes to. A pay-off that followed was of another amount then, so its
money is taken as a plain receipt. What cannot be done again (a write-off, a change of the schedule or
of the terms) is refused by name: it has to be undone first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from services.repayment.domain.ageing import Unfolding, age
from services.repayment.domain.changed_schedule import maturity_of
from services.repayment.domain.correction_commands import ProposeReversal, ReverseReceipt
from services.repayment.domain.desk import second_person
from services.repayment.domain.events import (
    AccountChangeProposed,
    AccountChangeRejected,
    CorrectionDeclined,
    CreditApplied,
    CreditRefunded,
    DelinquencyAged,
    DelinquencyCured,
    EarlyRepaymentAccepted,
    InstallmentBilled,
    InstallmentFellOverdue,
    Keeps,
    LoanAccountEvent,
    LoanChangeProposed,
    LoanChangeRejected,
    LoanPrepaid,
    LoanReclassified,
    LoanSettled,
    RecoveryReversed,
    RefundProposed,
    RepaymentReceived,
    RepaymentReversed,
    ReversalProposed,
    ScheduleVersion,
    WriteOffRefused,
    WrittenOffLoanRecovered,
)
from services.repayment.domain.loan import (
    BookedLoan,
    LoanAccount,
    NoLoan,
    OpenLoan,
    SettledLoan,
    WrittenOffLoan,
    days_past_due,
    outstanding,
    specific_provision,
)
from services.repayment.domain.loan_evolution import evolve
from services.repayment.domain.money_rules import RULES
from services.repayment.domain.prepayment import Prepayment, apply_prepayment
from services.repayment.domain.repayments import apply_receipt
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
from shared.messages import Event, Rejected
from shared.money import Money

ONE_DAY = timedelta(days=1)
_DONE_BY_TIME = (
    InstallmentBilled, CreditApplied, InstallmentFellOverdue, DelinquencyAged, DelinquencyCured, LoanSettled,
    EarlyRepaymentAccepted, LoanPrepaid,
)  # fmt: skip
"""What time and the receipts do to the account: not done again but done anew."""
_OF_THE_DESK = (
    ReversalProposed, RefundProposed, CorrectionDeclined, RepaymentReversed, RecoveryReversed, WriteOffRefused,
    AccountChangeProposed, AccountChangeRejected, LoanChangeProposed, LoanChangeRejected,
)  # fmt: skip
"""What people have asked and decided: it stays, and moves nothing."""


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
    if _folded(command.past) != loan:
        raise Rejected("loan_changed", "Something happened to the loan just now: ask again.")
    if isinstance(loan, WrittenOffLoan):
        return [_recovery_reversed(command, loan, pending.receipt_id)]
    without = {pending.receipt_id, *loan.desk.reversed_on}
    after, anew = replayed(command.past, without, command.today)
    fact = _reversal(command, loan, pending.receipt_id, after)
    fees = fees_of(anew, loan.terms.principal.currency) - fees_of(command.past, loan.terms.principal.currency)
    return [fact.model_copy(update={"fee_change": fees}) if fees else fact]


def replayed(
    past: Sequence[Event], without: Collection[UUID], today: date
) -> tuple[OpenLoan | SettledLoan, Sequence[Event]]:
    """The account on `today` as if the receipts `without` had never come, and the facts that lead to it.

    Rejected by name for what hinders it.
    """
    start = next(n for n, fact in enumerate(past) if getattr(fact, "receipt_id", None) in without)
    paid_off = [n for n, fact in enumerate(past[:start]) if isinstance(fact, EarlyRepaymentAccepted)]
    first = past[start]
    assert isinstance(first, RepaymentReceived | LoanPrepaid), "a receipt of an account in the books"
    day = first.received_on if isinstance(first, RepaymentReceived) else first.accepted_on
    kept = past[: min([start, *paid_off])]
    unfolding = Unfolding(_folded(kept))
    keeps = {fact.receipt_id: fact.keeps for fact in past[start:] if isinstance(fact, LoanPrepaid)}
    for fact in past[start:]:
        if getattr(fact, "receipt_id", None) not in without:
            day = _again(unfolding, fact, keeps, day)
    _pass(unfolding, day, today)
    loan = unfolding.loan
    assert isinstance(loan, OpenLoan | SettledLoan), "what followed has left it in the books"
    return loan, (*kept, *unfolding.events)


def _again(unfolding: Unfolding, fact: Event, keeps: Mapping[UUID, Keeps], day: date) -> date:
    """Do again what `fact` says that somebody did, on its day; the day that the account has come to.

    `keeps` are the receipts by which a part was repaid early.
    """
    match fact:
        case RepaymentReceived():
            day = _pass(unfolding, day, fact.received_on)
            _received_again(unfolding, fact, keeps.get(fact.receipt_id))
        case LoanReclassified():
            day = _pass(unfolding, day, fact.classified_on)
            if isinstance(loan := unfolding.loan, OpenLoan):
                unfolding.record(_reclassified(fact, loan))
        case CreditRefunded():
            day = _pass(unfolding, day, fact.refunded_on)
            loan = unfolding.loan
            if not isinstance(loan, OpenLoan | SettledLoan) or loan.credit < fact.amount:
                raise _hindered(fact, f"{fact.amount} of it went back to the borrower")
            unfolding.record(fact.model_copy(update={"credit_after": loan.credit - fact.amount}))
        case _ if isinstance(fact, (*_DONE_BY_TIME, *_OF_THE_DESK)):
            pass
        case _:
            raise _hindered(fact, "undo it first")
    return day


def _received_again(unfolding: Unfolding, fact: RepaymentReceived, keeps: Keeps | None) -> None:
    if not isinstance(unfolding.loan, OpenLoan):
        raise _hindered(fact, "the loan would have been settled before it")
    if keeps is None:
        apply_receipt(unfolding, fact.receipt_id, fact.amount, fact.received_on)
        return
    try:
        apply_prepayment(unfolding, Prepayment(fact.receipt_id, fact.amount, keeps, fact.received_on))
    except Rejected as refused:
        raise _hindered(fact, f"a part could not have been repaid early: {refused.detail}") from refused


def _hindered(fact: Event, why: str) -> Rejected:
    detail = f"What followed cannot be done again without the receipt: {type(fact).__name__}, {why}."
    return Rejected("later_fact_hinders", detail, field="receipt_id")


def _pass(unfolding: Unfolding, day: date, until: date) -> date:
    """Let the days after `day` go by, up to and including the beginning of `until`."""
    while day < until:
        day += ONE_DAY
        age(unfolding, day)
    return day


def _reclassified(fact: LoanReclassified, loan: OpenLoan) -> LoanReclassified:
    """The class as it was given, and the provision for what is outstanding now."""
    provision = specific_provision(outstanding(loan), fact.provision_rate_percent)
    return fact.model_copy(update={"provision": provision, "provision_change": provision - loan.provision})


def _folded(past: Iterable[Event]) -> LoanAccount:
    loan: LoanAccount = NoLoan()
    for fact in past:
        loan = evolve(loan, cast("LoanAccountEvent", fact))  # its stream holds no other
    return loan


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
