"""What followed a receipt, done again without it: other receipts, classes, refunds, and day by day what time does.

Parts repaid early are repaid early again. A pay-off that followed was of another amount then, so its
money is taken as a plain receipt. What cannot be done again (a change of the rate or of the terms)
is refused by name.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from services.repayment.domain.ageing import Unfolding, age
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
    WriteOffRefused,
)
from services.repayment.domain.loan import (
    LoanAccount,
    NoLoan,
    OpenLoan,
    SettledLoan,
    outstanding,
    specific_provision,
)
from services.repayment.domain.loan_evolution import evolve
from services.repayment.domain.prepayment import Prepayment, apply_prepayment
from services.repayment.domain.repayments import apply_receipt
from shared.messages import Event, Rejected

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
    unfolding = Unfolding(folded(kept))
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


def folded(past: Iterable[Event]) -> LoanAccount:
    loan: LoanAccount = NoLoan()
    for fact in past:
        loan = evolve(loan, cast("LoanAccountEvent", fact))  # its stream holds no other
    return loan
