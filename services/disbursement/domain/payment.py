"""The payment of a drawdown: released by a second person, made once, known for sure in the end.

What core banking says arrives as a command without a caller, so nothing here refuses it: an answer that fits
is recorded, a repetition is nothing, and one that contradicts what is recorded is a fact of its own.
"""

from collections.abc import Sequence
from datetime import date

from services.disbursement.domain.commands import (
    CancelDrawdown,
    ConfirmPayment,
    ConfirmResolution,
    FailPayment,
    ProposeResolution,
    RecordOutcomeUnknown,
    ReleaseDrawdown,
)
from services.disbursement.domain.drawdown import (
    Cancelled,
    Disbursed,
    Drawdown,
    Failed,
    Instructed,
    OutcomeUnknown,
    Requested,
    Settled,
    WrittenOff,
)
from services.disbursement.domain.events import (
    DisbursementFailed,
    DrawdownCancelled,
    DrawdownRequested,
    FacilityEvent,
    FacilityTerms,
    LoanDisbursed,
    PaymentContradicted,
    PaymentInstructed,
    PaymentOutcome,
    PaymentOutcomeUnknown,
    ResolutionConfirmed,
    ResolutionProposed,
)
from shared.messages import Personal, Rejected


def release(command: ReleaseDrawdown, drawdown: Drawdown, terms: FacilityTerms) -> Sequence[FacilityEvent]:
    """Instruct the payment. Neither the requester nor an approver of the loan may release it (审贷分离)."""
    if not isinstance(drawdown, Requested):
        raise Rejected("drawdown_not_requested", f"the drawdown is {drawdown.status}: nothing to release")
    request = drawdown.request
    if command.released_by == request.requested_by:
        raise Rejected("four_eyes", "a second person must release what the first has requested")
    if command.released_by in terms.approved_by:
        raise Rejected("duties_not_separated", "whoever approved the loan may not release its money")
    if command.released_on > terms.available_until:
        raise Rejected("availability_ended", f"money could be released until {terms.available_until}")
    return [
        PaymentInstructed(
            contract_id=command.contract_id,
            drawdown_id=command.drawdown_id,
            amount=request.amount,
            payment_mode=request.payment_mode,
            borrower_account=request.borrower_account,
            payee=request.payee if request.payment_mode == "entrusted" else None,
            released_by=command.released_by,
            instructed_on=command.released_on,
        )
    ]


def cancel(command: CancelDrawdown, drawdown: Drawdown, terms: FacilityTerms) -> Sequence[FacilityEvent]:
    """Give the reservation back, as long as nobody has been told to pay."""
    if isinstance(drawdown, Cancelled):
        return []
    if not isinstance(drawdown, Requested):
        raise Rejected("drawdown_not_requested", f"the drawdown is {drawdown.status}: too late to cancel")
    return [
        DrawdownCancelled(
            contract_id=command.contract_id,
            drawdown_id=command.drawdown_id,
            amount=drawdown.request.amount,
            reason=Personal(subject_id=terms.borrower_id, value=command.reason),
            cancelled_by=command.cancelled_by,
            cancelled_on=command.cancelled_on,
        )
    ]


def confirm(command: ConfirmPayment, drawdown: Drawdown, terms: FacilityTerms) -> Sequence[FacilityEvent]:
    """Core banking has paid."""
    match drawdown:
        case Instructed() | OutcomeUnknown():
            return [disbursed(drawdown.request, terms, command.core_reference, drawdown.instructed_on)]
        case Disbursed() | Settled() | WrittenOff():
            same = drawdown.core_reference == command.core_reference
            return [] if same else [_contradiction(drawdown.request, "paid", command.core_reference)]
        case Failed():
            return [_contradiction(drawdown.request, "not_paid", command.core_reference)]
        case Requested() | Cancelled():
            raise _never_instructed(drawdown)


def fail(command: FailPayment, drawdown: Drawdown, terms: FacilityTerms) -> Sequence[FacilityEvent]:
    """Core banking has not paid and never will under this reference."""
    match drawdown:
        case Instructed() | OutcomeUnknown():
            return [failed(drawdown.request, terms, command.reason, drawdown.instructed_on)]
        case Failed():
            return []
        case Disbursed() | Settled() | WrittenOff():
            return [_contradiction(drawdown.request, "paid", None)]
        case Requested() | Cancelled():
            raise _never_instructed(drawdown)


def outcome_unknown(command: RecordOutcomeUnknown, drawdown: Drawdown) -> Sequence[FacilityEvent]:
    """Nobody knows whether core banking has paid. Whatever is known already is better than that."""
    match drawdown:
        case Instructed():
            request = drawdown.request
            return [
                PaymentOutcomeUnknown(
                    contract_id=command.contract_id,
                    drawdown_id=command.drawdown_id,
                    amount=request.amount,
                    account=_destination(request),
                    reason=command.reason,
                    instructed_on=drawdown.instructed_on,
                )
            ]
        case Requested() | Cancelled():
            raise _never_instructed(drawdown)
        case _:
            return []


def propose(command: ProposeResolution, drawdown: Drawdown, terms: FacilityTerms) -> Sequence[FacilityEvent]:
    """Say what became of the payment. A newer proposal takes the place of one that waits."""
    if not isinstance(drawdown, OutcomeUnknown):
        raise Rejected("outcome_known", f"the drawdown is {drawdown.status}: there is nothing to resolve")
    if command.outcome == "paid" and not command.core_reference:
        raise Rejected(
            "core_reference_required",
            "a payment said to be made has a reference in core banking",
            field="core_reference",
        )
    evidence = Personal(subject_id=terms.borrower_id, value=command.evidence)
    proposal = ResolutionProposed(**(dict(command) | {"evidence": evidence}))
    return [] if proposal == drawdown.proposal else [proposal]


def confirm_resolution(command: ConfirmResolution, drawdown: Drawdown, terms: FacilityTerms) -> Sequence[FacilityEvent]:
    """A second person confirms the very proposal that they have read, and it takes effect."""
    if not isinstance(drawdown, OutcomeUnknown):
        raise Rejected("outcome_known", f"the drawdown is {drawdown.status}: there is nothing to resolve")
    proposal = drawdown.proposal
    if proposal is None or proposal.proposal_id != command.proposal_id:
        raise Rejected("proposal_superseded", "this is not the proposal that waits; read it again", field="proposal_id")
    if command.confirmed_by == proposal.proposed_by:
        raise Rejected("four_eyes", "a second person must confirm what the first has proposed")
    confirmed = ResolutionConfirmed(**dict(command), outcome=proposal.outcome)
    if proposal.outcome == "paid":
        assert proposal.core_reference, "propose asks for it"
        follows: FacilityEvent = disbursed(drawdown.request, terms, proposal.core_reference, drawdown.instructed_on)
    else:
        follows = failed(drawdown.request, terms, "resolved_by_hand", command.confirmed_on)
    return [confirmed, follows]


def disbursed(
    request: DrawdownRequested, terms: FacilityTerms, core_reference: str, disbursed_on: date
) -> LoanDisbursed:
    return LoanDisbursed(
        contract_id=request.contract_id,
        drawdown_id=request.drawdown_id,
        principal=request.amount,
        terms=terms,
        payment_mode=request.payment_mode,
        core_reference=core_reference,
        disbursed_on=disbursed_on,
    )


def failed(request: DrawdownRequested, terms: FacilityTerms, reason: str, failed_on: date) -> DisbursementFailed:
    return DisbursementFailed(
        contract_id=request.contract_id,
        drawdown_id=request.drawdown_id,
        application_id=terms.application_id,
        amount=request.amount,
        reason=reason,
        failed_on=failed_on,
    )


def _destination(request: DrawdownRequested) -> Personal[str]:
    """The account on which the payment ends."""
    if request.payment_mode == "self":
        return request.borrower_account
    assert request.payee is not None, "entrusted payment has a payee"
    return request.payee.account


def _contradiction(
    request: DrawdownRequested, recorded: PaymentOutcome, core_reference: str | None
) -> PaymentContradicted:
    return PaymentContradicted(
        contract_id=request.contract_id,
        drawdown_id=request.drawdown_id,
        recorded=recorded,
        found="paid" if core_reference else "not_paid",
        core_reference=core_reference,
    )


def _never_instructed(drawdown: Drawdown) -> Rejected:
    return Rejected("payment_not_instructed", f"the drawdown is {drawdown.status}: nobody was asked to pay it")
