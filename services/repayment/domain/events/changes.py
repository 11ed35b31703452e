"""Facts of changed terms: proposed by one person, approved or rejected by another, and what came of it."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from services.repayment.domain.change_terms import ChangeTerms, PlanMethod
from services.repayment.domain.events.parts import AllocationLine, LoanFact, LoanOrigin, ScheduleVersion
from shared.messages import Personal
from shared.money import Money


class LoanChangeProposed(LoanFact):
    """变更申请: one person proposes other terms, for a reason; `guarantor_consent`: where the guarantor's paper is."""

    proposal_id: UUID
    terms: ChangeTerms
    reason: Personal[str]
    guarantor_consent: Personal[str] | None
    proposed_by: str
    proposed_on: date


class LoanChangeRejected(LoanFact):
    """A second person has decided that the terms stay as they are."""

    proposal_id: UUID
    reason: Personal[str]
    proposed_by: str
    rejected_by: str
    rejected_on: date


class TermsChanged(LoanFact):
    """What a second person has approved, and what is owed when after it.

    `first_due_on` is the first due date of what is new, `annual_rate_percent` what its rows pay, `next_reset_on` when a
    floating rate is set next. `restructured`: the debtor is in difficulty (重组). `overdue`, with `overdue_penalty`, is
    past due after it, for `days_past_due` days.
    """

    origin: LoanOrigin
    proposal_id: UUID
    schedule: ScheduleVersion
    maturity_on: date
    previous_maturity_on: date
    annual_rate_percent: Decimal
    first_due_on: date
    repayment_period_months: int
    next_reset_on: date | None = Field(default=None, exclude_if=lambda told: told is None)
    restructured: bool
    outstanding: Money
    overdue: Money
    overdue_penalty: Money
    days_past_due: int
    reason: Personal[str]
    proposed_by: str
    approved_by: str
    changed_on: date


class LoanExtended(TermsChanged):
    """展期: by `months`, and by `extended_months` with all extensions before."""

    months: int
    extended_months: int
    operation_normal: bool


class LoanRenewed(TermsChanged):
    """无还本续贷: nothing is repaid, nothing is paid out; the money stays for `months` more."""

    months: int


class LoanRescheduled(TermsChanged):
    """调整还款计划, 重组: another plan for all that is owed, at `penalty_rate_percent` where it is not kept.

    `capitalised` of the unpaid interest, by instalment, and of penalty and compound interest became principal; what
    did not stays due. Both have run up to the day to `penalty_accrued` and `compound_accrued` over the loan's life.
    """

    method: PlanMethod
    penalty_rate_percent: Decimal
    capitalised: tuple[AllocationLine, ...]
    capitalised_penalty: Money
    capitalised_compound: Money
    penalty_accrued: Money
    compound_accrued: Money
    provision_change: Money

    @property
    def capitalised_interest(self) -> Money:
        """Of the instalments, without penalty and compound interest."""
        return Money.sum((line.interest for line in self.capitalised), self.outstanding.currency)
