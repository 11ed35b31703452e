"""Schedules the short way (快算): a plan without a special in it, in whole numbers, row for row as `amortize`.

Plain is what most loans are: one sum drawn at the start, no grace, rounding as in China, a convention that counts days
over a fixed year. A rate of a period is then days × rate over one denominator, and no fraction is ever made. Only the
instalment is an estimate first; where it comes near the middle between two fen, it is worked out as `amortize` does.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import expm1, log1p
from typing import NamedTuple

from services.repayment.domain.amortization import NO_GRACE, Plan, Shape, amortize, level_instalment
from services.repayment.domain.installment import Installment
from services.repayment.domain.periods import NAMED_BY_PERIOD, Period, years_of
from services.repayment.domain.rounding import CHINESE_ROUNDING, rounded
from shared.money import Money

YEAR_DAYS = {"30/360": 360, "ACT/360": 360, "ACT/364": 364, "ACT/365": 365}
"""Conventions that count days over a fixed year. A named period of 30/360 has whole days: a month thirty."""

PLAIN_SHAPES = frozenset({"equal_instalments", "equal_principal", "flat", "principal_last"})
ESTIMATE_ERROR = 1e-12
"""Of the instalment, relatively: some thousand times what the estimate of 360 rows can be off."""
SLACK = 1e-6


class Terms(NamedTuple):
    """A plain plan as numbers: the rate of period k is `rate` × `days[k]` / `per`, amounts are minor units."""

    shape: Shape
    principal: int
    rate: int
    per: int
    days: Sequence[int]


class Figures(NamedTuple):
    """What each row repays and earns, in minor units."""

    principal: list[int]
    interest: list[int]


def rows_of(plan: Plan) -> tuple[Installment, ...]:
    """The rows of any plan, as `amortize` has them; sooner where the plan is plain."""
    terms = terms_of(plan)
    if terms is None:
        return amortize(plan)
    rows, balance, currency = list[Installment](), terms.principal, plan.drawdowns[0].amount.currency
    for number, (period, repaid, earned) in enumerate(zip(plan.periods, *figures(terms), strict=True), start=1):
        row = Installment(
            no=number,
            starts_on=period.starts_on,
            due_on=period.due_on,
            balance=Money(balance, currency),
            principal=Money(repaid, currency),
            interest=Money(earned, currency),
        )
        rows.append(row)
        balance -= repaid
    return tuple(rows)


def terms_of(plan: Plan) -> Terms | None:
    """The plan as numbers; None where it is not plain."""
    if plan.shape not in PLAIN_SHAPES or plan.day_count not in YEAR_DAYS or len(plan.drawdowns) != 1:
        return None
    if plan.grace != NO_GRACE or plan.rounding != CHINESE_ROUNDING or plan.given or plan.instalment is not None:
        return None
    [drawn] = plan.drawdowns
    if drawn.on != plan.periods[0].starts_on or drawn.amount.minor <= 0 or plan.annual_rate_percent < 0:
        return None
    rate, part = plan.annual_rate_percent.as_integer_ratio()
    return Terms(
        plan.shape,
        drawn.amount.minor,
        rate,
        part * 100 * YEAR_DAYS[plan.day_count],
        _days(plan.periods, plan.day_count),
    )


def figures(terms: Terms) -> Figures:
    """The rows as whole numbers: interest half up on the balance, the residue in the last row."""
    shape, balance, rate, per, days = terms
    count, twice = len(days), 2 * per
    principal, interest = list[int](), list[int]()
    match shape:
        case "equal_instalments":
            level = _instalment(terms)
            for number in days[:-1]:
                earned = (2 * balance * rate * number + per) // twice
                repaid = level - earned
                repaid = min(repaid, balance) if repaid > 0 else 0
                principal.append(repaid)
                interest.append(earned)
                balance -= repaid
        case "principal_last":
            principal, interest = [0] * (count - 1), [(2 * balance * rate * one + per) // twice for one in days[:-1]]
        case _:
            share, lent, is_flat = _half_up(balance, count), balance, shape == "flat"
            for number in days[:-1]:
                interest.append((2 * (lent if is_flat else balance) * rate * number + per) // twice)
                repaid = min(share, balance)
                principal.append(repaid)
                balance -= repaid
    base = terms.principal if shape == "flat" else balance
    principal.append(balance)
    interest.append(_half_up(base * rate * days[-1], per))
    return Figures(principal, interest)


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _instalment(terms: Terms) -> int:
    """The level instalment half up, exactly as `amortize` rounds it."""
    _, principal, rate, per, days = terms
    if not rate:
        return _half_up(principal, len(days))
    first = days[0]
    if all(number == first for number in days):
        factor = rate * first / per
        estimate = principal * factor / -expm1(-len(days) * log1p(factor))
    else:
        growth, annuity = float(principal), 0.0
        for number in days:
            factor = 1 + rate * number / per
            growth, annuity = growth * factor, annuity * factor + 1
        estimate = growth / annuity
    whole = int(estimate + 0.5)
    return whole if is_sure(estimate) else exact_instalment(terms)


def is_sure(estimate: float) -> bool:
    """Whether nothing within the estimate's error is the middle between two minor units."""
    return abs(estimate % 1 - 0.5) > estimate * ESTIMATE_ERROR + SLACK


def exact_instalment(terms: Terms) -> int:
    """The instalment as `amortize` works it out, for where an estimate is not sure."""
    rates = [Fraction(terms.rate * number, terms.per) for number in terms.days]
    drawn = [terms.principal * (1 + rates[0]), *[Fraction(0)] * (len(rates) - 1)]
    growth, annuity = level_instalment(rates, 0, drawn)
    return rounded(Fraction(growth / annuity))


def _days(periods: Sequence[Period], day_count: str) -> list[int]:
    """The interest days of each period; a period that is a part of a year by its name has that part's days."""
    if day_count not in NAMED_BY_PERIOD:
        return [(one.ends_on - one.starts_on).days for one in periods]
    found, last, days = list[int](), None, 0
    for one in periods:
        if one.years is None or one.years is not last:  # regular periods share one fraction, which is slow to compare
            last, days = one.years, int(years_of(one, day_count) * YEAR_DAYS[day_count])
        found.append(days)
    return found
