"""One row of a repayment schedule (还款计划的一期), and the methods that loans are lent by."""

from datetime import date
from typing import Literal

from shared.messages import Value
from shared.money import Money

RepaymentMethod = Literal[
    "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
    "one_payment",
]  # fmt: skip
"""等额本息; 等额本金; 等本等息; 按期付息到期还本 monthly on the drawdown's day, on the 20th, on a quarter's 20th;
利随本清."""


class Installment(Value):
    """One row: `interest` runs on `balance` from `starts_on` (included) to `due_on` (excluded)."""

    no: int
    starts_on: date
    due_on: date
    balance: Money
    principal: Money
    interest: Money

    @property
    def total(self) -> Money:
        return self.principal + self.interest
