"""Facts of the rate: reset to the LPR, changed by two persons; and what was proposed to be changed in an account."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.repayment.domain.events.parts import AllocationLine, LoanFact, LoanOrigin, ScheduleVersion
from services.repayment.domain.rate_timeline import LprTenor, ResetRule
from shared.messages import Event, Value
from shared.money import Money


class FloatingRate(Value):
    """浮动利率: the LPR of a tenor plus `spread_bps`, set anew by a rule of resets."""

    tenor: LprTenor
    spread_bps: Decimal
    reset: ResetRule


class LprRate(Value):
    """One publication of the LPR, in force from `published_on`; both in percent a year."""

    published_on: date
    one_year_percent: Decimal
    five_years_percent: Decimal


class Repricing(Value):
    """What a new rate makes of a loan: it is paid from `from_on` on.

    `penalty_accrued` and `compound_accrued` are the totals up to `settled_on`, from where both run on at the new
    penalty rate. `adjustment` is the difference of rows that had been billed already: it went into the interest of
    the row that runs, and what could not be taken off there is the fact's `credit_change`: it is held for the payer.
    """

    from_on: date
    annual_rate_percent: Decimal
    penalty_rate_percent: Decimal
    penalty_accrued: Money
    compound_accrued: Money
    settled_on: date
    adjustment: Money


class RateReset(LoanFact):
    """重定价: the rate was set anew from the LPR known on `reset_on`.

    Without `repricing` and `schedule` the rate stayed what it was.
    """

    origin: LoanOrigin
    reset_on: date
    lpr_percent: Decimal
    next_reset_on: date | None
    decided_on: date
    repricing: Repricing | None
    schedule: ScheduleVersion | None
    credit_change: Money


class RateTerms(Value):
    """A rate to be paid from a day on."""

    kind: Literal["rate"] = "rate"
    annual_rate_percent: Decimal
    from_on: date


class WaiverTerms(Value):
    """减免: interest that is due, penalty and compound interest that the bank does without."""

    kind: Literal["waiver"] = "waiver"
    interest: Money
    penalty: Money
    compound: Money


AccountChange = RateTerms | WaiverTerms


class AccountChangeProposed(LoanFact):
    """A person asks for a change of an account; another one has to approve it."""

    proposal_id: UUID
    change: AccountChange = Field(discriminator="kind")
    reason: str
    proposed_by: str
    proposed_on: date


class AccountChangeRejected(LoanFact):
    """The proposal was turned down; `reason` says why."""

    proposal_id: UUID
    reason: str
    rejected_by: str
    rejected_on: date


class RateChanged(LoanFact):
    """利率变更: a rate that two persons agreed on with the borrower."""

    origin: LoanOrigin
    proposal_id: UUID
    proposed_by: str
    approved_by: str
    decided_on: date
    repricing: Repricing
    schedule: ScheduleVersion
    credit_change: Money


class ChargesWaived(LoanFact):
    """息费减免: two persons let the borrower off what had accrued; by instalment, what of its interest.

    `penalty_accrued` and `compound_accrued` are the totals of the loan's life up to the day, from where both run on.
    """

    origin: LoanOrigin
    proposal_id: UUID
    proposed_by: str
    approved_by: str
    decided_on: date
    interest: Money
    penalty: Money
    compound: Money
    lines: tuple[AllocationLine, ...]
    penalty_accrued: Money
    compound_accrued: Money
    days_past_due_after: int


class LprProposed(Event):
    """A publication of the LPR was typed in; another person has to compare it with the source."""

    proposal_id: UUID
    rate: LprRate
    proposed_by: str
    proposed_on: date


class LprPublished(Event):
    """The publication counts from its day on."""

    proposal_id: UUID
    rate: LprRate
    proposed_by: str
    approved_by: str
    approved_on: date


class LprRejected(Event):
    """The publication was not as typed in."""

    proposal_id: UUID
    reason: str
    rejected_by: str
    rejected_on: date


LprEvent = LprProposed | LprPublished | LprRejected
