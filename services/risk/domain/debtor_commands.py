"""What is told of a debtor: by the bank's books, by a claim's class, and by people who watch him."""

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


class ReturnClaim(Command):
    """The receipt that paid the loan off was taken back: this is owed again."""

    borrower_id: UUID
    loan_id: UUID
    outstanding: Money
    days_past_due: int
    as_of: date


class RecordRecovery(Command):
    """Money came in for a written-off loan."""

    borrower_id: UUID
    loan_id: UUID
    receipt_id: UUID
    amount: Money
    received_on: date


class ReportLitigation(Command):
    """Open court cases, as an application or a person told."""

    borrower_id: UUID
    cases: int
    reported_on: date


class ReportTurnover(Command):
    """Turnover of two periods of the same length, in one currency."""

    borrower_id: UUID
    before: Money
    now: Money
    reported_on: date


class ReportCovenant(Command):
    """A covenant tested: what was measured, and the bound that it must keep to."""

    borrower_id: UUID
    actual: Decimal
    bound: Decimal
    at_least: bool
    reported_on: date


class ReportConcern(Command):
    """An inspection of a loan found cause for concern."""

    borrower_id: UUID
    loan_id: UUID
    reported_on: date


class AcknowledgeWarning(Command):
    borrower_id: UUID
    warning_id: UUID
    note: str
    acknowledged_by: str
    acknowledged_on: date


class CloseWarning(Command):
    borrower_id: UUID
    warning_id: UUID
    finding: str
    closed_by: str
    closed_on: date


ClaimCommand = TakeOnClaim | MeasureClaim | ClassifyClaim | EndClaim | ReturnClaim | RecordRecovery
Report = ReportLitigation | ReportTurnover | ReportCovenant | ReportConcern
WatchCommand = Report | AcknowledgeWarning | CloseWarning
DebtorCommand = ClaimCommand | WatchCommand
