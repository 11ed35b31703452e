"""What may be asked of a facility. Every command names its contract: the facility's stream."""

from datetime import date
from uuid import UUID

from services.disbursement.domain.events import FacilityTerms, Payee, PaymentMode, PaymentOutcome
from services.disbursement.domain.fund_use_commands import FundUseCommand
from shared.messages import Command, Personal
from shared.money import Money


class OpenFacility(Command):
    contract_id: UUID
    terms: FacilityTerms
    opened_on: date


class RequestDrawdown(Command):
    """`business_use` matters for persons only: the loan pays for their trade, not for consumption."""

    contract_id: UUID
    drawdown_id: UUID
    amount: Money
    payment_mode: PaymentMode
    borrower_account: Personal[str]
    payee: Payee | None
    trade_contract: str | None
    business_use: bool
    requested_by: str
    requested_on: date


class CancelDrawdown(Command):
    contract_id: UUID
    drawdown_id: UUID
    reason: str
    cancelled_by: str
    cancelled_on: date


class ReleaseDrawdown(Command):
    contract_id: UUID
    drawdown_id: UUID
    released_by: str
    released_on: date


class ConfirmPayment(Command):
    """Core banking says that it has paid, under its own `core_reference`."""

    contract_id: UUID
    drawdown_id: UUID
    core_reference: str


class FailPayment(Command):
    """Core banking says that it has not paid, and that this payment can never happen any more."""

    contract_id: UUID
    drawdown_id: UUID
    reason: str


class RecordOutcomeUnknown(Command):
    contract_id: UUID
    drawdown_id: UUID
    reason: str


class ProposeResolution(Command):
    """`evidence` is a reference to what proves it; `core_reference` is required when paid."""

    contract_id: UUID
    drawdown_id: UUID
    proposal_id: UUID
    outcome: PaymentOutcome
    core_reference: str | None
    evidence: str
    proposed_by: str
    proposed_on: date


class ConfirmResolution(Command):
    contract_id: UUID
    drawdown_id: UUID
    proposal_id: UUID
    confirmed_by: str
    confirmed_on: date


class SettleDrawdown(Command):
    contract_id: UUID
    drawdown_id: UUID
    settled_on: date


class WriteOffDrawdown(Command):
    contract_id: UUID
    drawdown_id: UUID
    written_off_on: date


class CloseLapsedFacility(Command):
    """Business date `on` has begun: close the facility if nothing more can be drawn and no money is out."""

    contract_id: UUID
    on: date


DrawdownCommand = (
    CancelDrawdown
    | ReleaseDrawdown
    | ConfirmPayment
    | FailPayment
    | RecordOutcomeUnknown
    | ProposeResolution
    | ConfirmResolution
    | SettleDrawdown
    | WriteOffDrawdown
)

FacilityCommand = OpenFacility | RequestDrawdown | CloseLapsedFacility | DrawdownCommand | FundUseCommand
