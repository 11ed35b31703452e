"""What has happened to a facility and its drawdowns. All are facts of one stream per contract."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.disbursement.domain.fund_use_events import FundUseEvent
from shared.messages import Event, Personal, Value
from shared.money import Money

PaymentMode = Literal["entrusted", "self"]
"""受托支付: through the borrower's account to the payee; 自主支付: to the borrower's account, who pays on."""

EntrustedBecause = Literal["new_relation_average_credit", "single_payment_above_border", "split_payments", "person"]
"""Which rule asks for entrusted payment; see `entrusted_payment`."""

Segment = Literal["company", "small_firm", "person", "supply_chain"]

PaymentOutcome = Literal["paid", "not_paid"]


AllocationOrder = tuple[Literal["cost", "compound", "penalty", "interest", "principal"], ...]


class AllocationTerms(Value):
    """还款冲销约定, as the contract tells it; repayment applies it."""

    order: AllocationOrder
    across: Literal["component", "installment"]
    non_performing_order: AllocationOrder | None = None


class FacilityTerms(Value):
    """What the contract says, as each drawdown under it becomes a loan.

    `available_until` is the last day on which money may be released. `approved_by` are the persons
    who asked for and who decided on the loan.
    """

    application_id: UUID
    borrower_id: UUID
    segment: Segment
    product_code: str
    limit: Money
    annual_rate_percent: Decimal
    penalty_uplift_percent: Decimal
    term_months: int
    repayment_method: Literal[
        "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
        "one_payment",
    ]  # fmt: skip
    day_count: Literal["30/360", "ACT/360"]
    available_until: date
    new_relation: bool
    average_credit: bool
    approved_by: tuple[str, ...] = ()
    allocation: AllocationTerms | None = Field(default=None, exclude_if=lambda told: told is None)


class Payee(Value):
    """Whom the borrower owes. Encrypted for companies too: a sole trader is a person under a firm's name."""

    name: Personal[str]
    account: Personal[str]
    bank: str


class FacilityOpened(Event):
    """额度启用: the contract is signed; up to the limit may be drawn."""

    contract_id: UUID
    terms: FacilityTerms
    opened_on: date


class DrawdownRequested(Event):
    """提款申请: `amount` is reserved from now on. `payee` may be known in self-payment too."""

    contract_id: UUID
    drawdown_id: UUID
    amount: Money
    payment_mode: PaymentMode
    entrusted_because: EntrustedBecause | None
    borrower_account: Personal[str]
    payee: Payee | None
    trade_contract: str | None
    business_use: bool
    requested_by: str
    requested_on: date


def _sealed_under_drawdown(data: dict[str, Any], prose: str) -> dict[str, str]:
    """Prose of a version that kept it in plain, as a personal field: nobody's key seals it, so the drawdown's id."""
    return {"subject_id": data["drawdown_id"], "value": prose}


def _reason_in_plain(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "reason": _sealed_under_drawdown(data, data["reason"])}


def _evidence_in_plain(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "evidence": _sealed_under_drawdown(data, data["evidence"])}


class DrawdownCancelled(Event):
    """The drawdown will not be released; its reservation is given back. Version 1 kept the reason in plain."""

    upcasters = (_reason_in_plain,)

    contract_id: UUID
    drawdown_id: UUID
    amount: Money
    reason: Personal[str]
    cancelled_by: str
    cancelled_on: date


class PaymentInstructed(Event):
    """放款审核通过: a second person has released the money. The drawdown's id is the payment's reference.

    `payee` is None in self-payment: the payment ends on the borrower's account.
    """

    contract_id: UUID
    drawdown_id: UUID
    amount: Money
    payment_mode: PaymentMode
    borrower_account: Personal[str]
    payee: Payee | None
    released_by: str
    instructed_on: date


class PaymentOutcomeUnknown(Event):
    """Core banking was asked to pay and did not say whether it did. The limit stays reserved.

    `account` is where the payment was to end, to recognise it by.
    """

    contract_id: UUID
    drawdown_id: UUID
    amount: Money
    account: Personal[str]
    reason: str
    instructed_on: date


class ResolutionProposed(Event):
    """A person says, with evidence, what became of a payment; a second person must confirm.

    Version 1 kept the evidence in plain.
    """

    upcasters = (_evidence_in_plain,)

    contract_id: UUID
    drawdown_id: UUID
    proposal_id: UUID
    outcome: PaymentOutcome
    core_reference: str | None
    evidence: Personal[str]
    proposed_by: str
    proposed_on: date


class ResolutionConfirmed(Event):
    """A second person has confirmed the proposal; what follows from it is recorded with it."""

    contract_id: UUID
    drawdown_id: UUID
    proposal_id: UUID
    outcome: PaymentOutcome
    confirmed_by: str
    confirmed_on: date


def _without_payment_mode(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "payment_mode": None}


class LoanDisbursed(Event):
    """放款: core banking has paid. One drawdown is one loan, under its id.

    `disbursed_on` is the business date of the instruction, which core banking takes as value date. Version 1 left
    the payment mode to the instruction.
    """

    upcasters = (_without_payment_mode,)

    contract_id: UUID
    drawdown_id: UUID
    principal: Money
    terms: FacilityTerms
    payment_mode: PaymentMode | None
    core_reference: str
    disbursed_on: date


class DisbursementFailed(Event):
    """Nothing was paid and nothing can be any more; the reservation is given back.

    `failed_on` is the business date of the instruction, or of the manual confirmation.
    """

    contract_id: UUID
    drawdown_id: UUID
    application_id: UUID
    amount: Money
    reason: str
    failed_on: date


class PaymentContradicted(Event):
    """Core banking says otherwise than what is recorded of a payment: money may be out without a loan.

    Nothing else follows from it by itself: people must look. Recorded once per drawdown.
    """

    contract_id: UUID
    drawdown_id: UUID
    recorded: PaymentOutcome
    found: PaymentOutcome
    core_reference: str | None


class DrawdownSettled(Event):
    """结清: the loan of this drawdown is paid back. What it drew is not restored (non-revolving)."""

    contract_id: UUID
    drawdown_id: UUID
    settled_on: date


class DrawdownWrittenOff(Event):
    """核销: the loan of this drawdown has left the balance sheet. What it drew is not restored."""

    contract_id: UUID
    drawdown_id: UUID
    written_off_on: date


class FacilityClosed(Event):
    """额度终止: no loan of it runs and nothing more can be drawn."""

    contract_id: UUID
    closed_on: date


FacilityEvent = (
    FacilityOpened
    | DrawdownRequested
    | DrawdownCancelled
    | PaymentInstructed
    | PaymentOutcomeUnknown
    | ResolutionProposed
    | ResolutionConfirmed
    | LoanDisbursed
    | DisbursementFailed
    | PaymentContradicted
    | DrawdownSettled
    | DrawdownWrittenOff
    | FacilityClosed
    | FundUseEvent
)
