"""Repayment schedules (还款计划) of the methods that are lent: the periods of a method, and its rows over them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.repayment.domain.amortization import Drawdown, Grace, Plan, Shape, level_instalment
from services.repayment.domain.day_count import DayCount
from services.repayment.domain.installment import Installment, RepaymentMethod, SchedulePlan
from services.repayment.domain.periods import YEAR_MONTHS, Period, regular_periods, settlement_periods
from services.repayment.domain.plain_schedule import rows_of
from shared.dates import add_months
from shared.money import Money

TERM_MONTHS_MAX = 360
AS_THE_METHOD = SchedulePlan()

_SHAPES: dict[str, Shape] = {
    "equal_instalments": "equal_instalments", "equal_principal": "equal_principal", "flat": "flat",
}  # fmt: skip


def repayment_schedule(
    *,
    principal: Money,
    annual_rate_percent: Decimal,
    term_months: int,
    method: RepaymentMethod,
    day_count: DayCount,
    disbursed_on: date,
    agreed: SchedulePlan = AS_THE_METHOD,
) -> tuple[Installment, ...]:
    """The rows of a loan drawn in one sum on `disbursed_on`.

    Due dates keep the drawdown's day of the month (31 January, 28 February, 31 March). Interest is
    rounded half up in each row; the last row repays what is left. Under 30/360 a month is 30 days of
    360, under ACT/360 its real days. ValueError when principal or term is not positive, the term is
    above 360 months or the rate is negative, and for an agreed plan that does not suit the method or the principal.
    """
    if principal.minor <= 0:
        raise ValueError("principal must be positive")
    if not 1 <= term_months <= TERM_MONTHS_MAX:
        raise ValueError(f"term must be between 1 and {TERM_MONTHS_MAX} months")
    if annual_rate_percent < 0:
        raise ValueError("annual rate must not be negative")
    _check_agreed(agreed, method)
    periods = periods_of(method, disbursed_on, term_months, agreed.first_due_on)
    if agreed.principal_by_row and len(agreed.principal_by_row) != len(periods):
        raise ValueError(f"a free plan of this term says the principal of {len(periods)} rows")
    plan = Plan(
        shape=shape_of(method),
        periods=periods,
        drawdowns=[Drawdown(disbursed_on, principal)],
        annual_rate_percent=annual_rate_percent,
        day_count=day_count,
        grace=Grace(principal_periods=agreed.principal_grace_periods),
        given=dict(enumerate(agreed.principal_by_row, start=1)) or None,
    )
    return rows_of(plan)


def _check_agreed(agreed: SchedulePlan, method: RepaymentMethod) -> None:
    if agreed.principal_grace_periods < 0:
        raise ValueError("a grace has no less than no periods")
    if agreed.principal_grace_periods and method not in _SHAPES:
        raise ValueError("only a method that repays principal in every row can begin with a grace")
    if agreed.first_due_on and method not in {*_SHAPES, "interest_only"}:
        raise ValueError("the first due date of this method follows from its calendar")
    if agreed.principal_by_row and method != "interest_only":
        raise ValueError("a free plan says the principal itself: its method is interest_only")


def shape_of(method: RepaymentMethod) -> Shape:
    """How the rows of a method share the principal."""
    return _SHAPES.get(method, "principal_last")


def periods_of(
    method: RepaymentMethod, disbursed_on: date, term_months: int, first_due_on: date | None = None
) -> list[Period]:
    """The interest periods of a method over whole months from the drawdown."""
    matures_on = add_months(disbursed_on, term_months)
    match method:
        case "interest_monthly":
            return settlement_periods(disbursed_on, matures_on, 1)
        case "interest_quarterly":
            return settlement_periods(disbursed_on, matures_on, 3)
        case "one_payment":
            return [Period(disbursed_on, matures_on, matures_on, Fraction(term_months, YEAR_MONTHS))]
        case _:
            return regular_periods(disbursed_on, term_months, first_due_on=first_due_on)


def equal_instalment(principal: Money, annual_rate_percent: Decimal, years: Sequence[Fraction]) -> Money:
    """The instalment that repays the principal in periods of these parts of a year, half up to the fen."""
    rate = Fraction(annual_rate_percent) / 100
    growth, annuity = level_instalment([rate * part for part in years], Fraction(principal.amount))
    return Money.round(growth / annuity, principal.currency)


def instalments_needed(principal: Money, annual_rate_percent: Decimal, instalment: Money, every_months: int = 1) -> int:
    """How many instalments of this amount repay the principal, the last one perhaps smaller.

    ValueError when an instalment does not exceed the first period's interest, or 360 of them are not enough.
    """
    rate = annual_rate_percent * every_months / (100 * YEAR_MONTHS)
    balance, number = principal.amount, 0
    if instalment.amount <= balance * rate:
        raise ValueError("instalment must exceed the first period's interest")
    while balance > 0:
        balance, number = balance * (1 + rate) - instalment.amount, number + 1
        if number > TERM_MONTHS_MAX:
            raise ValueError(f"{TERM_MONTHS_MAX} instalments do not repay it")
    return number
