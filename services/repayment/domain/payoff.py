"""Pay-off (提前结清) of any loan on a day: what is unpaid, and interest for the real time (民法典 677)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from services.repayment.domain.interest import interest_for_years
from services.repayment.domain.periods import PartRule, Period, years_from
from shared.money import Money

InterestUntil = Literal["payoff_day", "period_end"]
"""Interest for the real time, or for the whole current period where the contract says so."""


@dataclass(frozen=True)
class PayoffTotal:
    """What clears a loan on a day; `interest` is the unpaid interest and that of the current period."""

    principal: Money
    interest: Money
    penalty: Money
    compound: Money
    fees: Money
    credit: Money

    @property
    def total(self) -> Money:
        """Everything less what is held for the payer, never below nil."""
        owed = self.principal + self.interest + self.penalty + self.compound + self.fees
        return max(owed - self.credit, Money(0, owed.currency))


def interest_to_payoff(
    balance: Money,
    annual_rate_percent: Decimal,
    period: Period,
    paid_on: date,
    *,
    day_count: str,
    until: InterestUntil = "payoff_day",
    part_rule: PartRule = "odd_days",
) -> Money:
    """Interest of the current period on `balance`, half up once: the day of the pay-off does not count.

    ValueError when the day lies outside the period.
    """
    if not period.starts_on <= paid_on <= period.ends_on:
        raise ValueError("the pay-off lies in the period")
    end_on = period.ends_on if until == "period_end" else paid_on
    years = years_from(period, period.starts_on, end_on, day_count, part_rule)
    return interest_for_years(balance, annual_rate_percent, years)
