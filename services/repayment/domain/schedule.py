"""Repayment schedules (还款计划): monthly, month-end anchored, the residue in the last row."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from services.repayment.domain.day_count import DAY_COUNTS, DayCount
from services.repayment.domain.interest import interest_for_days
from shared.dates import add_months
from shared.messages import Value
from shared.money import Money

RepaymentMethod = Literal["equal_instalments", "interest_only"]
"""等额本息; 按期付息到期还本."""

TERM_MONTHS_MAX = 360


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


def repayment_schedule(
    *,
    principal: Money,
    annual_rate_percent: Decimal,
    term_months: int,
    method: RepaymentMethod,
    day_count: DayCount,
    disbursed_on: date,
) -> tuple[Installment, ...]:
    """The rows of a loan drawn on `disbursed_on`, one a month.

    Due dates keep the drawdown's day of the month (31 January, 28 February, 31 March). Interest is
    rounded half up in each row; the last row repays what is left. Under 30/360 a month is 30 days of
    360, under ACT/360 its real days. ValueError when principal or term is not positive, the term is
    above 360 months or the rate is negative.
    """
    if principal.minor <= 0:
        raise ValueError("principal must be positive")
    if not 1 <= term_months <= TERM_MONTHS_MAX:
        raise ValueError(f"term must be between 1 and {TERM_MONTHS_MAX} months")
    if annual_rate_percent < 0:
        raise ValueError("annual rate must not be negative")
    dates = _due_dates(disbursed_on, term_months)
    days = [_period_days(day_count, start, end) for start, end in pairwise(dates)]
    instalment = (
        equal_instalment(principal, annual_rate_percent, days)
        if method == "equal_instalments"
        else Money(0, principal.currency)
    )
    rows: list[Installment] = []
    balance = principal
    for no, (starts_on, due_on) in enumerate(pairwise(dates), start=1):
        interest = interest_for_days(balance, annual_rate_percent, days[no - 1])
        repaid = balance if no == term_months else _clamped(instalment - interest, balance)
        rows.append(
            Installment(
                no=no,
                starts_on=starts_on,
                due_on=due_on,
                balance=balance,
                principal=repaid,
                interest=interest,
            )
        )
        balance -= repaid
    return tuple(rows)


def equal_instalment(principal: Money, annual_rate_percent: Decimal, period_days: list[int]) -> Money:
    """The instalment E = P × Π(1 + f_k) / F with F_1 = 1, F_k = F_(k-1) × (1 + f_k) + 1, rounded half up.

    f_k = annual rate × days_k / 360. With equal periods this is the annuity P × f / (1 - (1 + f)^-n).
    """
    growth, annuity = Decimal(1), Decimal(0)
    for days in period_days:
        factor = 1 + annual_rate_percent * days / 36000
        growth *= factor
        annuity = annuity * factor + 1
    return Money.round(principal.amount * growth / annuity, principal.currency)


def _due_dates(disbursed_on: date, term_months: int) -> list[date]:
    return [
        disbursed_on,
        *(add_months(disbursed_on, month, anchor_day=disbursed_on.day) for month in range(1, term_months + 1)),
    ]


def _period_days(day_count: DayCount, starts_on: date, due_on: date) -> int:
    """A repayment month has 30 interest days under 30/360, also from 31 January to 28 February."""
    return 30 if day_count == "30/360" else DAY_COUNTS[day_count].days(starts_on, due_on)


def _clamped(amount: Money, balance: Money) -> Money:
    """Between nil and what is left: an instalment of a few fen must not repay more than the loan."""
    return max(Money(0, amount.currency), min(amount, balance))
