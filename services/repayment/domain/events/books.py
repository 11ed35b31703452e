"""Facts of the books: a month is closed by two people, rows leave as a file."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.messages import Event, Value
from shared.money import Money

ExportContent = Literal["journal", "trial_balance", "sub_ledger", "loans", "accruals"]
ExportFormat = Literal["csv", "xlsx", "parquet"]


class ClosingBalance(Value):
    """What an account of one branch came to at the end of the period, debit less credit."""

    branch: str
    account: str
    balance: Money


class PeriodCloseProposed(Event):
    """结账提出: a person asks to close a month; `balances` are its income and expense, account by account.

    `profits`, in December: the year's profit by branch, which goes on to what is retained.
    """

    legal_entity: str
    proposal_id: UUID
    last_day: date
    balances: tuple[ClosingBalance, ...]
    profits: tuple[ClosingBalance, ...]
    proposed_by: str
    proposed_on: date


class PeriodCloseRejected(Event):
    """A second person, or the one who asked, has decided that the month stays open."""

    legal_entity: str
    proposal_id: UUID
    last_day: date
    rejected_by: str
    rejected_on: date


class PeriodClosed(Event):
    """结账: income and expense went to the profit of the year, for ever; nothing is posted into the month again."""

    legal_entity: str
    proposal_id: UUID
    last_day: date
    balances: tuple[ClosingBalance, ...]
    profits: tuple[ClosingBalance, ...]
    proposed_by: str
    approved_by: str
    closed_on: date


AccountingPeriodEvent = PeriodCloseProposed | PeriodCloseRejected | PeriodClosed


class ExportRequested(Event):
    """导出: a person takes rows of the books out as a file. `branches`: what he may see; None is the whole bank."""

    export_id: UUID
    content: ExportContent
    file_format: ExportFormat
    since: date
    until: date
    branches: tuple[str, ...] | None
    requested_by: str
    requested_on: date


class ExpectedLossBooked(Event):
    """预期信用损失入账: what a branch's loans are expected to lose above the specific provisions of their classes.

    `top_up` is what the books hold for it now, `top_up_change` more than before (negative: so much goes back).
    `undrawn_loss` is the same for what may still be drawn; None where it was not measured.
    """

    branch: str
    expected_loss: Money
    specific: Money
    top_up: Money
    top_up_change: Money
    undrawn_loss: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    undrawn_loss_change: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    measured_on: date


class CommitmentMoved(Event):
    """贷款承诺: what a contract still lets its borrower draw has moved by `change` to `undrawn`."""

    contract_id: UUID
    application_id: UUID | None = Field(default=None, exclude_if=lambda told: told is None)
    cause: Literal["signed", "drawn", "ended"]
    drawdown_id: UUID | None
    change: Money
    undrawn: Money
    moved_on: date
