"""Proposed and decided changes as the API shows them: what is owed when, before and after."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.repayment.domain.change_decisions import terms_changed
from services.repayment.domain.change_terms import ChangeKind
from services.repayment.domain.changed_schedule import maturity_of
from services.repayment.domain.commands import DecideLoanChange
from services.repayment.domain.loan import LoanAccount, OpenLoan, outstanding, past_due
from services.repayment.domain.loan_evolution import evolve
from services.repayment.routes.account_answers import Schedule, schedule_of_loan
from services.repayment.routes.loan_answers import Amounts, amounts
from shared.money import MoneyText


class ChangedSide(BaseModel):
    """The loan on one side of a change. `penalty` and `compound` of what is past due stay whatever the plan."""

    maturity_on: date
    outstanding: MoneyText
    past_due: Amounts
    schedule: Schedule


class LoanChange(BaseModel):
    """A proposal, and the loan before and after it, as of the business date.

    `restructured`: the debtor is in difficulty, so risk will observe the loan and class it special mention at best.
    """

    loan_id: UUID
    proposal_id: UUID
    kind: ChangeKind
    status: Literal["proposed"] = "proposed"
    proposed_by: str
    proposed_on: date
    restructured: bool
    before: ChangedSide
    after: ChangedSide


class ChangeDecision(BaseModel):
    """A decided proposal; `before` and `after` are the same where it was rejected."""

    loan_id: UUID
    proposal_id: UUID
    status: Literal["approved", "rejected"]
    decided_by: str
    decided_on: date
    before: ChangedSide
    after: ChangedSide


class ChangeRow(BaseModel):
    """A proposal in a list."""

    loan_id: UUID
    proposal_id: UUID
    kind: ChangeKind
    status: Literal["proposed", "approved", "rejected", "lapsed"]
    proposed_by: str
    proposed_on: date
    decided_by: str | None
    decided_on: date | None
    maturity_on: date | None
    restructured: bool | None


class ChangeRows(BaseModel):
    """A page of proposals."""

    items: list[ChangeRow]
    next: str | None


def change_row(row: dict[str, Any]) -> ChangeRow:
    return ChangeRow(**row)


def proposed_change(loan: LoanAccount, on: date) -> LoanChange:
    """What waits, with the fact that an approval would make today."""
    assert isinstance(loan, OpenLoan), "only an open loan has a proposal"
    pending = loan.changes.pending
    assert pending is not None, "it was proposed just now"
    fact = terms_changed(loan, pending, on, pending.proposed_by, "")
    return LoanChange(
        loan_id=loan.terms.loan_id,
        proposal_id=pending.proposal_id,
        kind=pending.terms.kind,
        proposed_by=pending.proposed_by,
        proposed_on=pending.proposed_on,
        restructured=fact.restructured,
        before=_side(loan, on),
        after=_side(evolve(loan, fact), on),
    )


def decided_change(command: DecideLoanChange, before: LoanAccount, after: LoanAccount) -> ChangeDecision:
    return ChangeDecision(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        status="approved" if command.approve else "rejected",
        decided_by=command.decided_by,
        decided_on=command.decided_on,
        before=_side(before, command.decided_on),
        after=_side(after, command.decided_on),
    )


def side_of(loan: LoanAccount, on: date) -> ChangedSide | None:
    """One side of a change; None where the loan is not open then."""
    return _side(loan, on) if isinstance(loan, OpenLoan) else None


def _side(loan: LoanAccount, on: date) -> ChangedSide:
    assert isinstance(loan, OpenLoan), "only an open loan is changed"
    return ChangedSide(
        maturity_on=maturity_of(loan),
        outstanding=outstanding(loan),
        past_due=amounts(past_due(loan, on)),
        schedule=schedule_of_loan(loan, on),
    )
