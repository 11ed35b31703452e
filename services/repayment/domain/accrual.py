"""Accrual to a cumulative target (计提): what a loan has earned before a date follows from its state.

A night's accrual is target(tomorrow) - target(today), so a missed, repeated or dated-back day corrects
itself, and the daily rows sum up to what the borrower is charged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from services.repayment.domain.day_count import actual_days, months_and_odd_days
from services.repayment.domain.installment import Stretch
from services.repayment.domain.penalty import PastDue, compound_interest, penalty_interest
from shared.money import Money

MONTH_DAYS_MAX = 31


@dataclass(frozen=True)
class AccrualRow:
    """One instalment as accrual sees it: its period, its interest, and what of it is unpaid."""

    starts_on: date
    due_on: date
    balance: Money
    interest: Money
    unpaid_principal: Money
    unpaid_interest: Money
    stretches: tuple[Stretch, ...] = ()
    adjustment: Money | None = None


@dataclass(frozen=True)
class AccrualBasis:
    """All that the accrual of one open loan depends on.

    `interest_before` is the interest of instalments that are over and paid, `rows` are the others.
    `annual_rate_percent` is what the loan was booked with: rows at another rate have stretches that say so.
    Penalty and compound interest were last settled (rounded) at `settled_on` and run on from there. `flat_on` is
    what was lent, where interest runs on that whatever is left (等本等息).
    """

    annual_rate_percent: Decimal
    penalty_rate_percent: Decimal
    interest_before: Money
    rows: tuple[AccrualRow, ...]
    penalty_settled: Money
    compound_settled: Money
    settled_on: date
    day_count: str
    flat_on: Money | None = None


@dataclass(frozen=True)
class Accrued:
    """Lifelong totals before a date: normal interest, penalty interest, compound interest."""

    interest: Money
    penalty: Money
    compound: Money


def accrued(basis: AccrualBasis, until: date) -> Accrued:
    """What the loan has earned before `until`: the day `until` itself does not count.

    Each of the three is rounded half up once: interest per period, the other two per settlement.
    """
    currency = basis.interest_before.currency
    past_due = [PastDue(row.due_on, row.unpaid_principal, row.unpaid_interest) for row in basis.rows]
    rate, since = basis.penalty_rate_percent, basis.settled_on
    penalty = penalty_interest(past_due, rate, since, until)
    compound = compound_interest(past_due, rate, since, until)
    return Accrued(
        interest=Money.sum((_interest(row, basis, until) for row in basis.rows), currency) + basis.interest_before,
        penalty=basis.penalty_settled + Money.round(penalty, currency),
        compound=basis.compound_settled + Money.round(compound, currency),
    )


def _interest(row: AccrualRow, basis: AccrualBasis, until: date) -> Money:
    """What has accrued of a row before `until`: the exact sum of its stretches, rounded half up once.

    Never more than the row's own interest. An adjustment is there as soon as the row has begun.
    """
    if until >= row.due_on:
        return row.interest
    if until <= row.starts_on:
        return Money(0, row.interest.currency)
    whole = Stretch(
        starts_on=row.starts_on,
        balance=basis.flat_on or row.balance,
        annual_rate_percent=basis.annual_rate_percent,
    )
    product = rate_days(row.stretches or (whole,), row.starts_on, row.due_on, until, basis.day_count)
    part = Money.round(product / 36000, row.interest.currency)
    return min(part + row.adjustment if row.adjustment else part, row.interest)


def rate_days(stretches: Sequence[Stretch], starts_on: date, due_on: date, until: date, day_count: str) -> Decimal:
    """Σ balance × rate in percent × days before `until`, over the stretches of a row: exact."""
    days = partial(elapsed_days, starts_on, due_on, day_count)
    ends = [*(one.starts_on for one in stretches[1:]), until]
    return sum(
        (
            one.balance.amount * one.annual_rate_percent * (days(min(end, until)) - days(one.starts_on))
            for one, end in zip(stretches, ends, strict=True)
            if one.starts_on < until
        ),
        Decimal(0),
    )


def elapsed_days(starts_on: date, due_on: date, day_count: str, until: date) -> int:
    """Interest days of a row before `until`, which lies in it.

    Odd days are real days at annual/360 in either convention; whole months of a period that is longer than one have
    30 days each under 30/360. Source: 银发〔2005〕129号.
    """
    in_months = day_count == "30/360" and actual_days(starts_on, due_on) > MONTH_DAYS_MAX
    return (months_and_odd_days if in_months else actual_days)(starts_on, until)
