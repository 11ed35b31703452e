"""Schedules of many loans at once (批量排期): the figures of plain plans in 64-bit columns, row for row as `amortize`.

All loans of a batch share a shape and a convention. A step is one period of every loan that still has one, so loans are
sorted by their term. Products that 64 bits do not hold are worked out in floating point to the nearest whole number and
put right by their remainder, which 64 bits do hold however often the product has run over.

It stands on numpy, which a service does without: who calls it has numpy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from services.repayment.domain.amortization import Shape
from services.repayment.domain.plain_schedule import (
    ESTIMATE_ERROR,
    PLAIN_SHAPES,
    SLACK,
    YEAR_DAYS,
    Terms,
    exact_instalment,
)
from services.repayment.domain.schedule import TERM_MONTHS_MAX

Column = np.ndarray[Any, np.dtype[Any]]

PRINCIPAL_MAX = 10**13
"""Minor units; a hundred thousand million yuan. Above it the nearest whole number is no longer sure."""
RATE_SCALE = 10**6
"""Rates are in millionths of a percent."""
RATE_MAX = 100 * RATE_SCALE
MONTH_DAYS = 30


@dataclass(frozen=True)
class LoanColumns:
    """Loans drawn in one sum and repaid monthly on the drawdown's day: a column for each term, a place for each loan.

    `principal` in minor units, `rate` in millionths of a percent a year, `months` from 1 to 360; `drawn_on` as
    datetime64[D] where the convention counts real days.
    """

    principal: Column
    rate: Column
    months: Column
    drawn_on: Column | None = None


@dataclass(frozen=True)
class ScheduleColumns:
    """What is repaid and earned: `principal[k, i]` and `interest[k, i]` of the k-th row of loan i, then nil."""

    principal: Column
    interest: Column


def schedules(loans: LoanColumns, shape: Shape, day_count: str) -> ScheduleColumns:
    """The figures of every loan. ValueError where a loan or the shape cannot be worked out so."""
    _check(loans, shape, day_count)
    order = np.argsort(-loans.months, kind="stable")
    lent, rate, months = (
        np.ascontiguousarray(one[order], np.int64) for one in (loans.principal, loans.rate, loans.months)
    )
    per = 100 * RATE_SCALE * YEAR_DAYS[day_count]
    days = None if day_count == "30/360" else _days(loans, order)
    count = np.searchsorted(-months, -np.arange(1, months[0] + 1), side="right")  # loans that have a k-th row
    level = _levels(shape, lent, rate, months, days, per)
    shape_of_answer = (int(months[0]), len(lent))
    principal, interest = np.zeros(shape_of_answer, np.int64), np.zeros(shape_of_answer, np.int64)
    balance = lent.copy()
    for number, alive in enumerate(count):
        open_now, base = balance[:alive], (lent if shape == "flat" else balance)[:alive]
        factor = rate[:alive] * (MONTH_DAYS if days is None else days[number, :alive])
        earned = _half_up_product(base, factor, per)
        repaid = _repaid(shape, open_now, earned, level[:alive])
        last = count[number + 1] if number + 1 < len(count) else 0
        repaid[last:] = open_now[last:]
        principal[number, :alive], interest[number, :alive] = repaid, earned
        balance[:alive] -= repaid
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return ScheduleColumns(principal[:, back], interest[:, back])


def _check(loans: LoanColumns, shape: Shape, day_count: str) -> None:
    if shape not in PLAIN_SHAPES or day_count not in YEAR_DAYS:
        raise ValueError(f"no batch of {shape} over {day_count}")
    if day_count != "30/360" and loans.drawn_on is None:
        raise ValueError(f"{day_count} counts days from a drawdown")
    bounds = ((loans.principal, 1, PRINCIPAL_MAX), (loans.rate, 0, RATE_MAX), (loans.months, 1, TERM_MONTHS_MAX))
    if any(len(column) == 0 or column.min() < least or column.max() > most for column, least, most in bounds):
        raise ValueError("a loan of the batch is outside its bounds")


def _repaid(shape: Shape, balance: Column, earned: Column, level: Column) -> Column:
    match shape:
        case "equal_instalments":
            repaid: Column = np.clip(level - earned, 0, balance)
            return repaid
        case "principal_last":
            return np.zeros_like(balance)
        case _:
            return np.minimum(level, balance)


def _half_up_product(base: Column, factor: Column, per: int) -> Column:
    """Products over `per`, half up: near by floating point, exact by the remainder, which wraps to what it is."""
    near = np.rint(base.astype(np.float64) * factor / per).astype(np.int64)
    twice = 2 * (base * factor - near * per)
    near += twice >= per
    near -= twice < -per
    return near


def _levels(shape: Shape, lent: Column, rate: Column, months: Column, days: Column | None, per: int) -> Column:
    """The equal instalment, or the equal portion of principal, of each loan."""
    if shape == "principal_last":
        return np.zeros_like(lent)
    shares: Column = (2 * lent + months) // (2 * months)
    if shape != "equal_instalments":
        return shares
    estimate = _estimates(lent, rate, months, days, per)
    level = np.floor(estimate + 0.5).astype(np.int64)
    unsure = np.abs(estimate % 1 - 0.5) <= estimate * ESTIMATE_ERROR + SLACK
    level[rate == 0] = shares[rate == 0]
    for place in np.flatnonzero(unsure & (rate > 0)):
        own = [MONTH_DAYS] * int(months[place]) if days is None else [int(one) for one in days[: months[place], place]]
        level[place] = exact_instalment(Terms(shape, int(lent[place]), int(rate[place]), per, own))
    return level


def _estimates(lent: Column, rate: Column, months: Column, days: Column | None, per: int) -> Column:
    if days is None:
        factor = np.where(rate == 0, 1, rate) * MONTH_DAYS / per  # whatever, where there is none
        estimate: Column = lent * factor / -np.expm1(-months * np.log1p(factor))
        return estimate
    growth, annuity = lent.astype(np.float64), np.zeros(len(lent))
    for number in range(int(months[0])):
        alive = np.searchsorted(-months, -(number + 1), side="right")
        factor = 1 + rate[:alive] * days[number, :alive] / per
        growth[:alive] *= factor
        annuity[:alive] = annuity[:alive] * factor + 1
    return growth / annuity


def _days(loans: LoanColumns, order: Column) -> Column:
    """The real days of each period: due dates keep the drawdown's day of the month, or a shorter month's last."""
    assert loans.drawn_on is not None
    drawn_on = loans.drawn_on[order].astype("datetime64[D]")
    dates = list(_due_dates(drawn_on, int(loans.months.max())))
    return np.stack([(end - start).astype(np.int64) for start, end in pairwise(dates)])


def _due_dates(drawn_on: Column, months_max: int) -> Iterator[Column]:
    month = drawn_on.astype("datetime64[M]")
    place = (drawn_on - month.astype("datetime64[D]")).astype(np.int64)
    for number in range(months_max + 1):
        first = (month + number).astype("datetime64[D]")
        length = ((month + number + 1).astype("datetime64[D]") - first).astype(np.int64)
        yield first + np.minimum(place, length - 1)
