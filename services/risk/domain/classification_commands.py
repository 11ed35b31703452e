"""What people, and a debtor's other loans, ask of a loan's class."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.risk.domain.asset_class import AssetClass
from services.risk.domain.classification_events import Sign
from shared.messages import Command


class NoteSign(Command):
    """A person has found a sign that demands a worse class."""

    loan_id: UUID
    sign: Sign
    expected_loss_percent: Decimal | None
    reason: str
    noted_by: str
    noted_on: date


class ProposeClass(Command):
    """A person would set a class: worse at once, better once a second person has approved."""

    loan_id: UUID
    proposal_id: UUID
    classification: AssetClass
    reason: str
    proposed_by: str
    proposed_on: date


class DecideImprovement(Command):
    """The second person approves or rejects a proposed improvement."""

    loan_id: UUID
    proposal_id: UUID
    approve: bool
    reason: str
    decided_by: str
    decided_on: date


class RestructureLoan(Command):
    """The terms were eased because the debtor is in difficulty; the new plan first falls due on `first_due_on`."""

    loan_id: UUID
    first_due_on: date
    repayment_period_months: int
    reason: str
    restructured_by: str
    restructured_on: date


class ApplyDebtorFloor(Command):
    """The debtor's other loans demand at least `floor` of this one."""

    loan_id: UUID
    floor: AssetClass
    as_of: date


class FollowChangedTerms(Command):
    """The loan account has changed when the loan is repaid; `days_past_due` is what is left of it after that."""

    loan_id: UUID
    borrower_id: UUID
    proposal_id: UUID
    maturity_on: date
    extended: bool
    operation_normal: bool
    restructured: bool
    first_due_on: date
    repayment_period_months: int
    days_past_due: int
    approved_by: str
    changed_on: date


ClassByOthersCommand = NoteSign | ProposeClass | DecideImprovement | RestructureLoan | ApplyDebtorFloor
