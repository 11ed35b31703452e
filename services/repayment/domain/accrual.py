"""Accrual to a cumulative target (计提): what a loan has earned before a date follows from its state.

A night's accrual is target(tomorrow) - target(today), so a missed, repeated or dated-back day corrects
itself, and the daily rows sum up to what the borrower is charged.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.repayment.domain.interest import interest_of_part
from services.repayment.domain.penalty import PastDue, compound_interest, penalty_interest
from shared.money import Money


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
    Penalty and compound interest were last settled (rounded) at `settled_on` and run on from there.
    """

    annual_rate_percent: Decimal
    penalty_rate_percent: Decimal
    interest_before: Money
    rows: tuple[AccrualRow, ...]
    penalty_settled: Money
    compound_settled: Money
    settled_on: date


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
        interest=Money.sum((_interest(row, basis.annual_rate_percent, until) for row in basis.rows), currency)
        + basis.interest_before,
        penalty=basis.penalty_settled + Money.round(penalty, currency),
        compound=basis.compound_settled + Money.round(compound, currency),
    )


def _interest(row: AccrualRow, annual_rate_percent: Decimal, until: date) -> Money:
    if until >= row.due_on:
        return row.interest
    if until <= row.starts_on:
        return Money(0, row.interest.currency)
    return interest_of_part(row.balance, annual_rate_percent, row.starts_on, until, row.interest)
