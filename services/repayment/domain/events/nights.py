"""Facts of the nightly accrual and of the business date."""

from datetime import date
from uuid import UUID

from shared.messages import Event, Value
from shared.money import Money


class AccrualLine(Value):
    """What one loan accrued since its last accrual, in minor units; `penalty_minor` includes compound interest.

    Negative where too much had been booked, because a payment was dated back.
    """

    loan_id: UUID
    interest_minor: int
    penalty_minor: int


class InterestAccrued(Event):
    """计提: one chunk of the nightly accrual, of one branch and currency, `accrued_on` included."""

    accrued_on: date
    chunk: int
    currency: str
    lines: tuple[AccrualLine, ...]

    @property
    def interest(self) -> Money:
        return Money(sum(line.interest_minor for line in self.lines), self.currency)

    @property
    def penalty(self) -> Money:
        return Money(sum(line.penalty_minor for line in self.lines), self.currency)


class BusinessDateOpened(Event):
    """开业: the first business date of the bank."""

    opened_on: date


class BusinessDateClosed(Event):
    """日终: end of day was run for `closed_on`; the bank now works on `opened_on`, the next calendar day."""

    closed_on: date
    opened_on: date
