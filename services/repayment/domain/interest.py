"""Normal interest (利息): per loan for a span of days, by the product sum of daily balances, and part of a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from services.repayment.domain.day_count import DAY_COUNTS, actual_days
from services.repayment.domain.rate_timeline import RateFrom, rate_on
from services.repayment.domain.rounding import RoundingMode, rounded
from shared.money import Money


@dataclass(frozen=True)
class BalanceChange:
    """From `on` the balance is higher by `amount`: a drawdown; or lower where it is negative: a repayment."""

    on: date
    amount: Money


@dataclass(frozen=True)
class Stretch:
    """Days over which balance and rate stand still, `until` excluded."""

    since: date
    until: date
    balance: Money
    annual_rate_percent: Decimal

    @property
    def product(self) -> Decimal:
        """积数: balance × days, in yuan-days."""
        return self.balance.amount * actual_days(self.since, self.until)


def simple_interest(
    principal: Money, annual_rate_percent: Decimal, day_count: str, start_on: date, end_on: date
) -> Money:
    """Interest from `start_on` (included) to `end_on` (excluded), rounded half up once.

    The drawdown day counts, the repayment day does not. `day_count` is a name in `DAY_COUNTS`; under 30/360 this
    is the per-loan method (逐笔计息). ValueError when `end_on` precedes `start_on`. Source: 银发〔2005〕129号.
    """
    if end_on < start_on:
        raise ValueError("interest cannot end before it starts")
    return interest_for_years(principal, annual_rate_percent, DAY_COUNTS[day_count].years(start_on, end_on))


def interest_for_years(
    principal: Money, annual_rate_percent: Decimal, years: Fraction, mode: RoundingMode = "half_up"
) -> Money:
    """Principal × rate × an exact part of a year, rounded once to the minor unit."""
    return Money(rounded(principal.minor * Fraction(annual_rate_percent) / 100 * years, mode), principal.currency)


def interest_for_days(principal: Money, annual_rate_percent: Decimal, days: int, year_days: int = 360) -> Money:
    """Principal × rate × days / year, divided once and rounded half up once to the minor unit."""
    product = principal.amount * annual_rate_percent * days
    return Money.round(product / (100 * year_days), principal.currency)


def stretches(
    changes: Sequence[BalanceChange], rates: Sequence[RateFrom], start_on: date, end_on: date
) -> list[Stretch]:
    """The days from `start_on` to `end_on` (excluded), cut where the balance or the rate changes.

    ValueError when a repayment exceeds what is drawn.
    """
    cuts = {start_on, end_on, *(one.on for one in changes), *(one.from_on for one in rates)}
    days = sorted(day for day in cuts if start_on <= day <= end_on)
    found = []
    for since, until in pairwise(days):
        balance = Money.sum((one.amount for one in changes if one.on <= since), changes[0].amount.currency)
        if balance.minor < 0:
            raise ValueError(f"more is repaid by {since} than was drawn")
        found.append(Stretch(since, until, balance, rate_on(rates, since)))
    return found


def product_sum_interest(parts: Sequence[Stretch], day_count: str = "ACT/360", mode: RoundingMode = "half_up") -> Money:
    """积数计息: Σ balance × days × rate / year, rounded once for the settlement. Source: 银发〔2005〕129号."""
    currency = parts[0].balance.currency if parts else "CNY"
    exact = sum(
        (
            part.balance.minor
            * Fraction(part.annual_rate_percent)
            / 100
            * DAY_COUNTS[day_count].years(part.since, part.until)
            for part in parts
        ),
        Fraction(0),
    )
    return Money(rounded(exact, mode), currency)


def available_credit(limit: Money, changes: Sequence[BalanceChange], on: date) -> Money:
    """随借随还: what may still be drawn on a day, the limit less what is drawn and not repaid by then."""
    return limit - Money.sum((one.amount for one in changes if one.on <= on), limit.currency)
