"""What a breach costs (违约计息): penalty on overdue and on misused principal, compound interest on unpaid interest.

Pure figures for any amounts, days and rates; what a loan account accrues each night is in `penalty.py`.
Source: 银发〔2003〕251号.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from services.repayment.domain.day_count import DAY_COUNTS, actual_days
from services.repayment.domain.penalty import heavier_uplift_percent, penalty_rate_percent
from services.repayment.domain.rate_timeline import RateFrom, rate_on
from services.repayment.domain.rounding import rounded
from shared.money import Money

CompoundRate = Literal["penalty", "contract"]


@dataclass(frozen=True)
class Breach:
    """An amount in breach: overdue from a day, misused from a day, or both, with the uplift of each.

    Nothing is charged for the first `grace_days` after `overdue_from`.
    """

    amount: Money
    overdue_from: date | None = None
    misused_from: date | None = None
    overdue_uplift_percent: Decimal = Decimal(50)
    misuse_uplift_percent: Decimal = Decimal(100)
    grace_days: int = 0


@dataclass(frozen=True)
class Charge:
    """What one stretch of days costs, `until` excluded; unrounded, in minor units."""

    since: date
    until: date
    amount: Money
    rate_percent: Decimal
    uplift_percent: Decimal
    exact: Fraction

    @property
    def days(self) -> int:
        return actual_days(self.since, self.until)


@dataclass(frozen=True)
class Paid:
    """A payment of a part of the amount in breach: it does not bear interest from that day."""

    on: date
    amount: Money


def charges(
    breach: Breach, rates: Sequence[RateFrom], paid: Sequence[Paid], until: date, day_count: str = "ACT/360"
) -> list[list[Charge]]:
    """The stretches of a breach, in a list per settlement: each payment settles, and `until` does.

    Overdue and misused at once bears the heavier uplift only (择其重，不能并处). A floating contract rate moves the
    penalty rate with it. ValueError when more is paid than is in breach.
    """
    starts = [day for day in (_overdue_from(breach), breach.misused_from) if day is not None]
    if not starts:
        return []
    cuts = sorted({min(starts), *(one.on for one in paid), until} | {*starts, *(one.from_on for one in rates)})
    days = [day for day in cuts if min(starts) <= day <= until]
    settled: list[list[Charge]] = [[]]
    for since, to in pairwise(days):
        left = breach.amount - Money.sum((one.amount for one in paid if one.on <= since), breach.amount.currency)
        if left.minor < 0:
            raise ValueError(f"more is paid by {since} than is in breach")
        uplift = _uplift(breach, since)
        rate = penalty_rate_percent(rate_on(rates, since), uplift)
        if left:
            settled[-1].append(Charge(since, to, left, rate, uplift, _exact(left, rate, since, to, day_count)))
        if any(one.on == to for one in paid):
            settled.append([])
    return [one for one in settled if one]


def compound_charges(
    interest: Money,
    due_on: date,
    rates: Sequence[RateFrom],
    until: date,
    *,
    paid: Sequence[Paid] = (),
    uplift_percent: Decimal = Decimal(50),
    bears: CompoundRate = "penalty",
    matures_on: date | None = None,
    day_count: str = "ACT/360",
) -> list[list[Charge]]:
    """复利 on unpaid interest from its due date: at the penalty rate, or the contract's until maturity."""
    at_contract_until = min(max(matures_on or until, due_on), until) if bears == "contract" else due_on
    spans = [(due_on, at_contract_until, Decimal(0)), (at_contract_until, until, uplift_percent)]
    found = []
    for since, to, uplift in spans:
        before = Money.sum((one.amount for one in paid if one.on <= since), interest.currency)
        breach = Breach(interest - before, overdue_from=since, overdue_uplift_percent=uplift)
        found += charges(breach, rates, [one for one in paid if one.on > since], to, day_count)
    return found


def settled_total(settlements: Sequence[Sequence[Charge]], currency: str) -> Money:
    """Each settlement rounded half up once, and their sum."""
    return Money.sum((settlement_amount(one) for one in settlements), currency)


def settlement_amount(parts: Sequence[Charge]) -> Money:
    exact = sum((part.exact for part in parts), Fraction(0))
    return Money(rounded(exact), parts[0].amount.currency)


def _overdue_from(breach: Breach) -> date | None:
    return breach.overdue_from + timedelta(days=breach.grace_days) if breach.overdue_from else None


def _uplift(breach: Breach, day: date) -> Decimal:
    overdue = _overdue_from(breach)
    return heavier_uplift_percent(
        *([breach.overdue_uplift_percent] if overdue is not None and overdue <= day else []),
        *([breach.misuse_uplift_percent] if breach.misused_from is not None and breach.misused_from <= day else []),
    )


def _exact(amount: Money, rate_percent: Decimal, since: date, until: date, day_count: str) -> Fraction:
    return amount.minor * Fraction(rate_percent) / 100 * DAY_COUNTS[day_count].years(since, until)
