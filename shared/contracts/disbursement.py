"""What the disbursement service announces."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.application import AllocationTerms
from shared.messages import IntegrationEvent
from shared.money import MoneyText


class _Announced(IntegrationEvent):
    producer: ClassVar[str] = "disbursement"


class LoanDisbursed(_Announced):
    """放款: core banking has confirmed the payment. One drawdown is one loan: `loan_id` is the drawdown's id.

    `payment_mode`: `entrusted`, the money went through the borrower's account to his payee; `self`, it stays there
    for him to pay with. `retail`: lent to a person. `limit`: what may be owed under the contract at most. A rate
    linked to the LPR tells tenor, spread and when it is reset. None where it was announced before
    this was told. `allocation`: None where it is the legal order.
    """

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    principal: MoneyText
    annual_rate_percent: Decimal
    penalty_uplift_percent: Decimal
    term_months: int
    repayment_method: Literal[
        "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
        "one_payment",
    ]  # fmt: skip
    day_count: Literal["30/360", "ACT/360"]
    disbursed_on: date
    core_reference: str
    payment_mode: Literal["entrusted", "self"] | None = None
    retail: bool | None = None
    limit: MoneyText | None = None
    lpr_tenor: Literal["1Y", "5Y"] | None = None
    spread_bps: Decimal | None = None
    reset_rule: Literal[
        "none", "anniversary", "january", "quarterly", "monthly", "calendar_quarter", "calendar_month"
    ] | None = None  # fmt: skip
    principal_grace_periods: int | None = None
    first_due_on: date | None = None
    principal_by_row: tuple[MoneyText, ...] | None = None
    allocation: AllocationTerms | None = None


class DisbursementFailed(_Announced):
    """Core banking refused the payment, or it was found not to have happened; nothing was paid."""

    loan_id: UUID
    contract_id: UUID
    application_id: UUID
    amount: MoneyText
    reason: str
    failed_on: date


class FacilityClosed(_Announced):
    """额度终止: no loan of the contract runs and nothing more can be drawn."""

    contract_id: UUID
    closed_on: date


class FundsMisused(_Announced):
    """挪用: a second person has confirmed that this much of a loan was spent on what it was not lent for."""

    loan_id: UUID
    contract_id: UUID
    misused: MoneyText
    misused_from: date
    confirmed_by: str
    confirmed_on: date
