"""Facts of lending: the loan that is booked."""

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from services.repayment.domain.allocation import AllocationTerms
from services.repayment.domain.day_count import DayCount
from services.repayment.domain.events.parts import LoanFact, LoanOrigin, PaymentMode
from services.repayment.domain.events.rates import FloatingRate
from services.repayment.domain.installment import Installment, RepaymentMethod
from shared.money import Money


def _without_payment_mode(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "payment_mode": None}


class LoanBooked(LoanFact):
    """建账: the money is out and the schedule fixed. `penalty_rate_percent` is the rate after uplift, to 4 places.

    `floating` and the day of its first reset where the rate is linked to the LPR; the uplift, where it was told.
    `allocation`: the order in which money is applied, where the contract does not leave it to the law.

    Version 1 was not told the payment mode: its journal ends on the borrower's account.
    """

    upcasters = (_without_payment_mode,)

    origin: LoanOrigin
    principal: Money
    annual_rate_percent: Decimal
    penalty_rate_percent: Decimal
    term_months: int
    repayment_method: RepaymentMethod
    day_count: DayCount
    disbursed_on: date
    maturity_on: date
    installments: tuple[Installment, ...]
    core_reference: str
    payment_mode: PaymentMode | None
    penalty_uplift_percent: Decimal | None = Field(default=None, exclude_if=lambda told: told is None)
    floating: FloatingRate | None = Field(default=None, exclude_if=lambda told: told is None)
    next_reset_on: date | None = Field(default=None, exclude_if=lambda told: told is None)
    allocation: AllocationTerms | None = Field(default=None, exclude_if=lambda told: told is None)
