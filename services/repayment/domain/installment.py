"""One row of a repayment schedule (还款计划的一期), and the methods that loans are lent by."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from shared.messages import Value
from shared.money import Money

RepaymentMethod = Literal[
    "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
    "one_payment",
]  # fmt: skip
"""等额本息; 等额本金; 等本等息; 按期付息到期还本 monthly on the drawdown's day, on the 20th, on a quarter's 20th;
利随本清."""


class Stretch(Value):
    """计息段: interest runs on `balance` at this rate from `starts_on` to the next stretch or the due date."""

    starts_on: date
    balance: Money
    annual_rate_percent: Decimal


class SchedulePlan(Value):
    """What a contract agrees on beside its method.

    Rows without principal at the beginning, a first due date of its own (首期不规则), or each row's principal
    (自由还款计划).
    """

    principal_grace_periods: int = 0
    first_due_on: date | None = None
    principal_by_row: tuple[Money, ...] = ()


class Installment(Value):
    """One row: `interest` runs on `balance` from `starts_on` (included) to `due_on` (excluded).

    Where balance or rate are not one all the while, or not what the loan was booked with, `stretches` say what they
    are. `adjustment` is the part of `interest` that makes up for earlier rows, after a change that was dated back:
    negative where too much had been charged.
    """

    no: int
    starts_on: date
    due_on: date
    balance: Money
    principal: Money
    interest: Money
    stretches: tuple[Stretch, ...] = Field(default=(), exclude_if=lambda told: not told)
    adjustment: Money | None = Field(default=None, exclude_if=lambda told: told is None)

    @property
    def total(self) -> Money:
        return self.principal + self.interest
