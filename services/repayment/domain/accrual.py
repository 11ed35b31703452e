"""Accrual to a cumulative target (计提): what a loan has earned before a date follows from its state.

A night's accrual is target(tomorrow) - target(today), so a missed, repeated or dated-back day corrects
itself, and the daily rows sum up to what the borrower is charged.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.repayment.domain.day_count import actual_days, months_and_odd_days
from services.repayment.domain.interest import interest_for_days
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


@dataclass(frozen=True)
class AccrualBasis:
    """All that the accrual of one open loan depends on.

    `interest_before` is the interest of instalments that are over and paid, `rows` are the others.
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
    """What has accrued of a row before `until`: never more than the row's own interest.

    Odd days are real days at annual/360 in either convention; whole months of a period that is longer than one have
    30 days each under 30/360. Source: 银发〔2005〕129号.
    """
    if until >= row.due_on:
        return row.interest
    if until <= row.starts_on:
        return Money(0, row.interest.currency)
    in_months = basis.day_count == "30/360" and actual_days(row.starts_on, row.due_on) > MONTH_DAYS_MAX
    days = (months_and_odd_days if in_months else actual_days)(row.starts_on, until)
    part = interest_for_days(basis.flat_on or row.balance, basis.annual_rate_percent, days)
    return min(part, row.interest)
