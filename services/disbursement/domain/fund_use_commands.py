"""What may be asked about the use of money that was paid out. Each names the contract: the facility's stream."""

from datetime import date
from uuid import UUID

from services.disbursement.domain.fund_use_events import FundPayment, FundUseOutcome
from shared.messages import Command
from shared.money import Money


class ReportFundUse(Command):
    contract_id: UUID
    drawdown_id: UUID
    report_id: UUID
    payments: tuple[FundPayment, ...]
    reported_by: str
    reported_on: date


class CheckFundUse(Command):
    """`evidence` says where the proof lies. `misused` and `misused_from` belong to a finding of misuse alone."""

    contract_id: UUID
    drawdown_id: UUID
    finding_id: UUID
    outcome: FundUseOutcome
    misused: Money | None
    misused_from: date | None
    evidence: str
    checked_by: str
    checked_on: date


class ConfirmMisuse(Command):
    contract_id: UUID
    drawdown_id: UUID
    finding_id: UUID
    confirmed_by: str
    confirmed_on: date


class DismissMisuse(Command):
    contract_id: UUID
    drawdown_id: UUID
    finding_id: UUID
    reason: str
    dismissed_by: str
    dismissed_on: date


FundUseCommand = ReportFundUse | CheckFundUse | ConfirmMisuse | DismissMisuse
