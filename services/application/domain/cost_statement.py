"""The cost of a loan as the borrower must see it before signing (综合融资成本明示)."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise
from typing import Literal, NamedTuple

from services.application.domain.facts import DayCount, RepaymentMethod
from shared.dates import add_months
from shared.messages import Value
from shared.money import Money

HUNDREDTH = Decimal("0.01")
_BISECTIONS = 80
MONTH_DAYS = 30
SETTLED_TO = 20
QUARTER_MONTHS = 3
ON_THE_DRAWDOWN_DAY = frozenset({"equal_instalments", "equal_principal", "flat", "interest_only"})
"""Methods that are paid each month, on the drawdown's day of it."""


class Payment(NamedTuple):
    """What is paid on a day."""

    on: date
    amount: Money


class Charge(Value):
    """One thing the borrower pays for, and to whom; what is not listed may not be charged."""

    code: Literal["interest"]
    payee: Literal["lender"]
    amount: Money


class CostStatement(Value):
    """Every charge of a loan drawn in full on `drawn_on` and repaid as agreed, and the cost of default.

    `annualised_rate_percent` is the internal rate of return of the monthly payments, compounded to a year; by
    days of a year of 365 where payments are not monthly.
    `penalty_rate_percent` is what overdue principal costs a year.
    """

    drawn_on: date
    principal: Money
    charges: tuple[Charge, ...]
    total_payable: Money
    annualised_rate_percent: Decimal
    penalty_rate_percent: Decimal


def cost_statement(
    *,
    principal: Money,
    annual_rate_percent: Decimal,
    term_months: int,
    method: RepaymentMethod,
    day_count: DayCount,
    penalty_uplift_percent: Decimal,
    drawn_on: date,
) -> CostStatement:
    """The statement for a loan drawn in full on `drawn_on`.

    An estimate where days are counted: a drawdown on another day meets months of another length.
    Source: 民法典 670 and 中国人民银行公告〔2021〕第3号 (an annualised rate, by internal rate of return).
    """
    paid = payments_of(
        principal,
        annual_rate_percent=annual_rate_percent,
        term_months=term_months,
        method=method,
        day_count=day_count,
        drawn_on=drawn_on,
    )
    total = Money.sum((one.amount for one in paid), principal.currency)
    annualised = (
        annualised_rate_percent(principal, [one.amount for one in paid])
        if method in ON_THE_DRAWDOWN_DAY
        else annualised_by_days_percent(principal, drawn_on, paid)
    )
    return CostStatement(
        drawn_on=drawn_on,
        principal=principal,
        charges=(Charge(code="interest", payee="lender", amount=total - principal),),
        total_payable=total,
        annualised_rate_percent=annualised,
        penalty_rate_percent=penalty_rate_percent(annual_rate_percent, penalty_uplift_percent),
    )


def penalty_rate_percent(annual_rate_percent: Decimal, uplift_percent: Decimal) -> Decimal:
    """The yearly rate on overdue principal: the contract rate plus its uplift, to 4 places half up.

    Source: 银发〔2003〕251号.
    """
    return (annual_rate_percent * (100 + uplift_percent) / 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def payments_of(
    principal: Money,
    *,
    annual_rate_percent: Decimal,
    term_months: int,
    method: RepaymentMethod,
    day_count: DayCount,
    drawn_on: date,
) -> list[Payment]:
    """What is paid and when, rounded half up to the minor unit; the last payment takes the residue.

    A month counts 30 of 360 days, or its real days of 360; the day of drawdown counts, that of payment does not.
    Interest settled on the 20th counts that day and is paid on the 21st. Source: 银发〔2005〕129号 (daily rate =
    annual/360).
    """
    dates = _dates(method, term_months, drawn_on)
    days = [_days(day_count, start, end) for start, end in pairwise(dates)]
    if method in ON_THE_DRAWDOWN_DAY and day_count == "30/360":
        days = [MONTH_DAYS] * term_months
    level = _level_payment(principal, annual_rate_percent, days) if method == "equal_instalments" else None
    share = Money.round(principal.amount / term_months, principal.currency)
    balance, paid = principal, []
    for number, due_on in enumerate(dates[1:], start=1):
        base = principal if method == "flat" else balance
        interest = Money.round(base.amount * annual_rate_percent * days[number - 1] / 36000, principal.currency)
        if number == len(days):
            repaid = balance
        elif level is not None:
            repaid = max(Money(0, principal.currency), min(level - interest, balance))
        else:
            repaid = min(share, balance) if method in {"equal_principal", "flat"} else Money(0, principal.currency)
        paid.append(Payment(due_on, repaid + interest))
        balance -= repaid
    return paid


def monthly_payments(
    principal: Money,
    *,
    annual_rate_percent: Decimal,
    term_months: int,
    method: RepaymentMethod,
    day_count: DayCount,
    drawn_on: date,
) -> list[Money]:
    """The amounts of `payments_of`, for methods that are paid on the drawdown's day of each month."""
    paid = payments_of(
        principal,
        annual_rate_percent=annual_rate_percent,
        term_months=term_months,
        method=method,
        day_count=day_count,
        drawn_on=drawn_on,
    )
    return [one.amount for one in paid]


def annualised_rate_percent(principal: Money, payments: list[Money]) -> Decimal:
    """The internal rate of return of monthly `payments` for `principal`, compounded to a year, in percent.

    To 2 places half up. Payments that do not cover the principal have no rate: ValueError.
    """
    if Money.sum(payments, principal.currency) < principal:
        raise ValueError("the payments do not cover the principal")
    with localcontext(prec=34):
        low, high = Decimal(0), Decimal(10)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if _present_value(payments, middle) > principal.amount:
                low = middle
            else:
                high = middle
        return (((1 + low) ** 12 - 1) * 100).quantize(HUNDREDTH, ROUND_HALF_UP)


def annualised_by_days_percent(principal: Money, drawn_on: date, payments: list[Payment]) -> Decimal:
    """The yearly rate r with Σ payment / (1 + r) ^ (days / 365) = principal, in percent to 2 places half up."""
    days = [(one.on - drawn_on).days for one in payments]
    with localcontext(prec=34):
        low, high = Decimal(1), Decimal("1.01")
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            worth = sum((one.amount.amount / middle**day for one, day in zip(payments, days, strict=True)), Decimal(0))
            low, high = (middle, high) if worth > principal.amount else (low, middle)
        return ((low**365 - 1) * 100).quantize(HUNDREDTH, ROUND_HALF_UP)


def _present_value(payments: list[Money], monthly_rate: Decimal) -> Decimal:
    value = Decimal(0)
    for payment in reversed(payments):
        value = (value + payment.amount) / (1 + monthly_rate)
    return value


def _dates(method: RepaymentMethod, term_months: int, drawn_on: date) -> list[date]:
    """The drawdown and every due date."""
    matures_on = add_months(drawn_on, term_months)
    if method in ON_THE_DRAWDOWN_DAY:
        return [add_months(drawn_on, month) for month in range(term_months + 1)]
    if method == "one_payment":
        return [drawn_on, matures_on]
    firsts = [add_months(drawn_on.replace(day=1), month) for month in range(term_months + 1)]
    every = 1 if method == "interest_monthly" else QUARTER_MONTHS
    cuts = [first.replace(day=SETTLED_TO + 1) for first in firsts if first.month % every == 0]
    return [drawn_on, *(cut for cut in cuts if drawn_on < cut < matures_on), matures_on]


def _days(day_count: DayCount, start: date, end: date) -> int:
    """Interest days: real ones, or 30 for each whole month and the real odd ones."""
    if day_count != "30/360":
        return (end - start).days
    months = (end.year - start.year) * 12 + end.month - start.month
    months -= add_months(start, months) > end
    return months * MONTH_DAYS + (end - add_months(start, months)).days


def _level_payment(principal: Money, annual_rate_percent: Decimal, days: list[int]) -> Money:
    """E = P × Π(1+f) / F with F₁ = 1, F_k = F_(k−1) × (1+f_k) + 1: the annuity for unequal months."""
    growth, divisor = Decimal(1), Decimal(0)
    for number in days:
        factor = 1 + annual_rate_percent * number / 36000
        growth, divisor = growth * factor, divisor * factor + 1
    return Money.round(principal.amount * growth / divisor, principal.currency)
