"""One drawdown, from request to the end of its loan: a small state for each thing that can be known of it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, assert_never

from services.disbursement.domain.events import (
    DisbursementFailed,
    DrawdownCancelled,
    DrawdownRequested,
    DrawdownSettled,
    DrawdownWrittenOff,
    LoanDisbursed,
    PaymentInstructed,
    PaymentOutcomeUnknown,
    ResolutionConfirmed,
    ResolutionProposed,
)
from shared.messages import Personal

Status = Literal["requested", "cancelled", "instructed", "unknown", "failed", "disbursed", "settled", "written_off"]


@dataclass(frozen=True)
class Requested:
    """Waits for a second person. The limit is reserved."""

    status: ClassVar[Status] = "requested"
    request: DrawdownRequested


@dataclass(frozen=True)
class Cancelled:
    status: ClassVar[Status] = "cancelled"
    request: DrawdownRequested
    reason: Personal[str]


@dataclass(frozen=True)
class Instructed:
    """Released; core banking is being asked to pay. The limit is reserved."""

    status: ClassVar[Status] = "instructed"
    request: DrawdownRequested
    released_by: str
    instructed_on: date


@dataclass(frozen=True)
class OutcomeUnknown:
    """Core banking may have paid, or may still. The limit is reserved until someone knows."""

    status: ClassVar[Status] = "unknown"
    request: DrawdownRequested
    released_by: str
    instructed_on: date
    reason: str
    proposal: ResolutionProposed | None = None


@dataclass(frozen=True)
class Failed:
    status: ClassVar[Status] = "failed"
    request: DrawdownRequested
    released_by: str
    instructed_on: date
    reason: str


@dataclass(frozen=True)
class Disbursed:
    """Paid; its loan runs in repayment. The limit is drawn."""

    status: ClassVar[Status] = "disbursed"
    request: DrawdownRequested
    released_by: str
    disbursed_on: date
    core_reference: str


@dataclass(frozen=True)
class Settled:
    status: ClassVar[Status] = "settled"
    request: DrawdownRequested
    released_by: str
    disbursed_on: date
    core_reference: str


@dataclass(frozen=True)
class WrittenOff:
    status: ClassVar[Status] = "written_off"
    request: DrawdownRequested
    released_by: str
    disbursed_on: date
    core_reference: str


Reserving = Requested | Instructed | OutcomeUnknown
"""States that hold the limit without a loan yet."""

Drawn = Disbursed | Settled | WrittenOff
"""States that have used the limit up: a term loan gives nothing back."""

Drawdown = Reserving | Drawn | Cancelled | Failed

DrawdownEvent = (
    DrawdownCancelled
    | PaymentInstructed
    | PaymentOutcomeUnknown
    | ResolutionProposed
    | ResolutionConfirmed
    | LoanDisbursed
    | DisbursementFailed
    | DrawdownSettled
    | DrawdownWrittenOff
)


def evolve(drawdown: Drawdown, event: DrawdownEvent) -> Drawdown:
    request = drawdown.request
    match event:
        case DrawdownCancelled():
            return Cancelled(request, event.reason)
        case PaymentInstructed():
            return Instructed(request, event.released_by, event.instructed_on)
        case PaymentOutcomeUnknown():
            assert isinstance(drawdown, Instructed), "only an instructed payment has an outcome"
            return OutcomeUnknown(request, drawdown.released_by, drawdown.instructed_on, event.reason)
        case ResolutionProposed():
            assert isinstance(drawdown, OutcomeUnknown), "only an unknown outcome is resolved"
            return replace(drawdown, proposal=event)
        case ResolutionConfirmed():
            return drawdown  # the event recorded with it says what follows
        case LoanDisbursed():
            assert isinstance(drawdown, Instructed | OutcomeUnknown), "only an instructed payment is made"
            return Disbursed(request, drawdown.released_by, event.disbursed_on, event.core_reference)
        case DisbursementFailed():
            assert isinstance(drawdown, Instructed | OutcomeUnknown), "only an instructed payment fails"
            return Failed(request, drawdown.released_by, drawdown.instructed_on, event.reason)
        case DrawdownSettled() | DrawdownWrittenOff():
            assert isinstance(drawdown, Disbursed | WrittenOff), "only a disbursed loan ends"
            ended = Settled if isinstance(event, DrawdownSettled) else WrittenOff
            return ended(request, drawdown.released_by, drawdown.disbursed_on, drawdown.core_reference)
        case _:
            assert_never(event)
