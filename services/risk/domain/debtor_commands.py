"""What the bank's books, and a claim's class, say of a debtor. All come from the bus or from an effect."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.risk.domain.asset_class import AssetClass
from shared.messages import Command
from shared.money import Money


class TakeOnClaim(Command):
    """A loan was paid out."""

    borrower_id: UUID
    loan_id: UUID
    application_id: UUID
    principal: Money
    annual_rate_percent: Decimal
    repayment_method: str
    term_months: int
    retail: bool | None
    limit: Money | None
    taken_on: date


class MeasureClaim(Command):
    """What is owed of a loan's principal after money came in, or as it fell behind; None where only the days are."""

    borrower_id: UUID
    loan_id: UUID
    outstanding: Money | None
    days_past_due: int
    as_of: date


class ClassifyClaim(Command):
    """The class that the loan has by itself."""

    borrower_id: UUID
    loan_id: UUID
    own: AssetClass
    as_of: date


class EndClaim(Command):
    """Paid in full, or written off."""

    borrower_id: UUID
    loan_id: UUID
    written_off: bool
    ended_on: date


class RecordRecovery(Command):
    """Money came in for a written-off loan."""

    borrower_id: UUID
    loan_id: UUID
    receipt_id: UUID
    amount: Money
    received_on: date


DebtorCommand = TakeOnClaim | MeasureClaim | ClassifyClaim | EndClaim | RecordRecovery
