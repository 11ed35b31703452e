"""Facts about a debtor: the bank's claims on him, what they demand of one another, and how he pays."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.early_warning import Severity, WarningKind
from shared.messages import Event, Personal
from shared.money import Money


class ClaimTakenOn(Event):
    """A loan was paid out to the debtor. `floor` is what his other claims demand of it at that moment.

    `retail` and the contract's `limit` are None where the payout was announced without.
    """

    borrower_id: UUID
    loan_id: UUID
    application_id: UUID
    principal: Money
    annual_rate_percent: Decimal
    repayment_method: str
    term_months: int
    retail: bool | None = Field(default=None, exclude_if=lambda told: told is None)
    limit: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    floor: AssetClass
    taken_on: date


class ClaimMeasured(Event):
    """What is still owed of a loan's principal, and how many days something of it is past due."""

    borrower_id: UUID
    loan_id: UUID
    outstanding: Money
    days_past_due: int
    measured_on: date


class ClaimClassified(Event):
    """The class that one of the claims has by itself."""

    borrower_id: UUID
    loan_id: UUID
    own: AssetClass
    classified_on: date


class ClaimEnded(Event):
    """Paid in full or written off: no claim in the books any more."""

    borrower_id: UUID
    loan_id: UUID
    written_off: bool
    ended_on: date


class ClaimReturned(Event):
    """A claim that was paid is owed again, for its last receipt was taken back. `floor`: see `ClaimTakenOn`."""

    borrower_id: UUID
    loan_id: UUID
    outstanding: Money
    days_past_due: int
    floor: AssetClass
    returned_on: date


class ClaimRecovered(Event):
    """Money came in for a claim that had been written off; it went back to the allowance that had borne it."""

    borrower_id: UUID
    loan_id: UUID
    receipt_id: UUID
    amount: Money
    recovered_on: date


class DebtorFloorMoved(Event):
    """交叉违约: what the claims together demand of each has moved, or which of them it is that demand it.

    `loan_ids` are those in the books. The only one of `non_performing` is not pulled down by itself.
    """

    borrower_id: UUID
    floor: AssetClass
    previous: AssetClass
    non_performing: tuple[UUID, ...]
    loan_ids: tuple[UUID, ...]
    moved_on: date


class EarlyWarningRaised(Event):
    """预警: a rule of the post-loan policy has found something. `measured` and `border` in the unit of the kind."""

    borrower_id: UUID
    warning_id: UUID
    kind: WarningKind
    severity: Severity
    measured: Decimal
    border: Decimal
    loan_id: UUID | None
    policy_version: str
    raised_on: date


class EarlyWarningAcknowledged(Event):
    """An officer has taken it up."""

    borrower_id: UUID
    warning_id: UUID
    note: Personal[str]
    acknowledged_by: str
    acknowledged_on: date


class EarlyWarningClosed(Event):
    """It has been looked into: what was found."""

    borrower_id: UUID
    warning_id: UUID
    finding: Personal[str]
    closed_by: str
    closed_on: date


DebtorEvent = (
    ClaimTakenOn
    | ClaimMeasured
    | ClaimClassified
    | ClaimEnded
    | ClaimReturned
    | ClaimRecovered
    | DebtorFloorMoved
    | EarlyWarningRaised
    | EarlyWarningAcknowledged
    | EarlyWarningClosed
)
