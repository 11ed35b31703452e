"""The cost of a loan as the borrower must see it before signing (综合融资成本明示)."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise
from typing import Literal

from services.application.domain.facts import DayCount, RepaymentMethod
from shared.dates import add_months
from shared.messages import Value
from shared.money import Money

HUNDREDTH = Decimal("0.01")
_BISECTIONS = 80


class Charge(Value):
    """One thing the borrower pays for, and to whom; what is not listed may not be charged."""

    code: Literal["interest"]
    payee: Literal["lender"]
    amount: Money


class CostStatement(Value):
    """Every charge of a loan drawn in full on `drawn_on` and repaid as agreed, and the cost of default.

    `annualised_rate_percent` is the internal rate of return of the monthly payments, compounded to a year.
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
    """The statement for a loan drawn in full on `drawn_on`, with one payment a month.

    An estimate where days are counted: a drawdown on another day meets months of another length.
    Source: 民法典 670 and 中国人民银行公告〔2021〕第3号 (an annualised rate, by internal rate of return).
    """
    payments = monthly_payments(
        principal,
        annual_rate_percent=annual_rate_percent,
        term_months=term_months,
        method=method,
        day_count=day_count,
        drawn_on=drawn_on,
    )
    total = Money.sum(payments, principal.currency)
    return CostStatement(
        drawn_on=drawn_on,
        principal=principal,
        charges=(Charge(code="interest", payee="lender", amount=total - principal),),
        total_payable=total,
        annualised_rate_percent=annualised_rate_percent(principal, payments),
        penalty_rate_percent=penalty_rate_percent(annual_rate_percent, penalty_uplift_percent),
    )


def penalty_rate_percent(annual_rate_percent: Decimal, uplift_percent: Decimal) -> Decimal:
    """The yearly rate on overdue principal: the contract rate plus its uplift, to 4 places half up.

    Source: 银发〔2003〕251号.
    """
    return (annual_rate_percent * (100 + uplift_percent) / 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def monthly_payments(
    principal: Money,
    *,
    annual_rate_percent: Decimal,
    term_months: int,
    method: RepaymentMethod,
    day_count: DayCount,
    drawn_on: date,
) -> list[Money]:
    """What is paid each month, rounded half up to the minor unit; the last payment takes the residue.

    A month counts 30 of 360 days, or its real days of 360; the day of drawdown counts, that of payment does
    not. Source: 银发〔2005〕129号 (daily rate = annual/360).
    """
    factors = _period_factors(annual_rate_percent, term_months, day_count, drawn_on)
    level = _level_payment(principal, factors) if method == "equal_instalments" else None
    balance, payments = principal, []
    for factor in factors[:-1]:
        interest = Money.round(balance.amount * factor, principal.currency)
        payment = interest if level is None else level
        balance -= payment - interest
        payments.append(payment)
    return [*payments, balance + Money.round(balance.amount * factors[-1], principal.currency)]


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


def _present_value(payments: list[Money], monthly_rate: Decimal) -> Decimal:
    value = Decimal(0)
    for payment in reversed(payments):
        value = (value + payment.amount) / (1 + monthly_rate)
    return value


def _period_factors(
    annual_rate_percent: Decimal, term_months: int, day_count: DayCount, drawn_on: date
) -> list[Decimal]:
    if day_count == "30/360":
        return [annual_rate_percent / 1200] * term_months
    days = [add_months(drawn_on, month) for month in range(term_months + 1)]
    return [annual_rate_percent * (end - start).days / 36000 for start, end in pairwise(days)]


def _level_payment(principal: Money, factors: list[Decimal]) -> Money:
    """E = P × Π(1+f) / F with F₁ = 1, F_k = F_(k−1) × (1+f_k) + 1: the annuity for unequal months."""
    growth, divisor = Decimal(1), Decimal(0)
    for factor in factors:
        growth *= 1 + factor
        divisor = divisor * (1 + factor) + 1
    return Money.round(principal.amount * growth / divisor, principal.currency)
