"""What a correction means for a loan account: it copies what the fact carries, and runs no rule."""

from dataclasses import replace
from typing import assert_never

from services.repayment.domain.desk import Pending
from services.repayment.domain.events.corrections import (
    CorrectionDeclined,
    CreditRefunded,
    RecoveryReversed,
    RefundProposed,
    RepaymentReversed,
    ReversalProposed,
    RowAfter,
)
from services.repayment.domain.loan import (
    BookedLoan,
    InstallmentState,
    OpenLoan,
    RateStep,
    SettledLoan,
    WrittenOffLoan,
)
from services.repayment.domain.receipts import Receipt, Receipts

Correction = (
    ReversalProposed | RefundProposed | CorrectionDeclined | CreditRefunded | RepaymentReversed | RecoveryReversed
)


def corrected(loan: BookedLoan, event: Correction) -> BookedLoan:
    """The account after `event`."""
    match event:
        case ReversalProposed():
            pending = Pending(event.receipt_id, event.amount, event.because, event.proposed_by)
            return replace(loan, desk=loan.desk.with_pending(event.proposal_id, pending))
        case RefundProposed():
            pending = Pending(None, event.amount, event.because, event.proposed_by)
            return replace(loan, desk=loan.desk.with_pending(event.proposal_id, pending))
        case CorrectionDeclined():
            return replace(loan, desk=loan.desk.without(event.proposal_id))
        case CreditRefunded():
            assert isinstance(loan, OpenLoan | SettledLoan), "a written-off loan holds nothing"
            refunded = replace(loan, credit=event.credit_after, desk=loan.desk.without(event.proposal_id))
            if isinstance(refunded, OpenLoan):
                return replace(refunded, last_event_on=max(refunded.last_event_on, event.refunded_on))
            return refunded
        case RepaymentReversed():
            assert isinstance(loan, OpenLoan | SettledLoan), "a repayment of a written-off loan is not reversed"
            return _reversed(loan, event)
        case RecoveryReversed():
            assert isinstance(loan, WrittenOffLoan), "only a written-off loan is recovered"
            return replace(
                loan,
                claim_principal=event.claim_principal_after,
                claim_interest=event.claim_interest_after,
                claim_penalty=event.claim_penalty_after,
                receipts={one: kept for one, kept in loan.receipts.items() if one != event.receipt_id},
                desk=loan.desk.with_reversed(event.proposal_id, event.receipt_id, event.reversed_on),
            )
        case _:
            assert_never(event)


def _reversed(loan: OpenLoan | SettledLoan, event: RepaymentReversed) -> BookedLoan:
    receipts = _receipts(loan.receipts, event)
    desk = loan.desk.with_reversed(event.proposal_id, event.receipt_id, event.reversed_on)
    changes = replace(loan.changes, maturity_on=event.maturity_on) if event.maturity_on else loan.changes
    if event.settled is not None:
        return SettledLoan(
            terms=loan.terms,
            installments=_rows(event.settled.rows),
            settled_on=event.settled.settled_on,
            early=event.settled.early,
            credit=event.settled.credit,
            interest_charged=event.settled.interest_charged,
            penalty_charged=event.settled.penalty_charged,
            receipts=receipts,
            proposals_refused=loan.proposals_refused,
            desk=desk,
            changes=changes,
        )
    assert event.account is not None, "what is not settled is open"
    after = {name: getattr(event.account, name) for name in type(event.account).model_fields}
    after["installments"] = _rows(after.pop("rows"))
    after["rates"] = tuple(RateStep(one.from_on, one.percent, one.penalty_percent) for one in after["rates"])
    if isinstance(loan, OpenLoan):
        return replace(loan, **after, receipts=receipts, desk=desk, changes=changes)
    return OpenLoan(
        terms=loan.terms,
        **after,
        receipts=receipts,
        proposals_refused=loan.proposals_refused,
        desk=desk,
        changes=changes,
    )


def _rows(rows: tuple[RowAfter, ...]) -> tuple[InstallmentState, ...]:
    return tuple(
        InstallmentState(one.row, one.principal_paid, one.interest_paid, one.billed, one.fell_overdue) for one in rows
    )


def _receipts(before: Receipts, event: RepaymentReversed) -> Receipts:
    after = {one: kept for one, kept in before.items() if one != event.receipt_id}
    for one in event.receipts:
        known: Receipt = after[one.receipt_id]
        after[one.receipt_id] = replace(
            known,
            principal=one.principal,
            interest=one.interest,
            penalty=one.penalty,
            unallocated=one.unallocated,
        )
    return after
