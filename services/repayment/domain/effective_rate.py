"""Effective rates (实际利率): what a loan costs a year with its fees, and how fees are spread over its life.

Solved in decimals of 34 digits by halving until the rate is known to better than 10⁻¹⁸ of a period or a day; shown
rates are rounded half up from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from services.repayment.domain.day_count import actual_days
from shared.money import Money

DIGITS = 34
HALVINGS = 90
FACTOR_MAX = Decimal(1000)
YEAR_DAYS = 365
ONE = Decimal(1)


@dataclass(frozen=True)
class Flow:
    """Money on a day as the borrower sees it: received is positive, paid is negative."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class SpreadRow:
    """One payment of an effective-interest table: what of the discount it earns, and what is left of both."""

    no: int
    payment: Money
    earned: Money
    balance: Money
    discount_left: Money


def period_rate(flows: Sequence[Decimal]) -> Decimal:
    """IRR: the rate of one period at which flows at equal distances are worth nothing now, as a fraction.

    ValueError when they have no such rate: nothing is received, or nothing is paid.
    """
    return _growth([(number, amount) for number, amount in enumerate(flows)]) - ONE


def annual_effective_rate(flows: Sequence[Flow]) -> Decimal:
    """XIRR: the yearly rate r with Σ amount / (1 + r)^(days / 365) = 0, as a fraction. ValueError as above."""
    first = min(one.on for one in flows)
    daily = _growth([(actual_days(first, one.on), one.amount) for one in flows])
    with localcontext(prec=DIGITS):
        return daily**YEAR_DAYS - ONE


def nominal_percent(rate: Decimal, periods_a_year: Decimal) -> Decimal:
    """The rate of a period times the periods of a year (名义年利率, APR), in percent."""
    return rate * periods_a_year * 100


def effective_percent(rate: Decimal, periods_a_year: Decimal) -> Decimal:
    """(1 + rate of a period) ^ periods a year - 1 (实际年利率), in percent."""
    with localcontext(prec=DIGITS):
        return ((1 + rate) ** periods_a_year - 1) * 100


def spread(net: Money, payments: Sequence[Money], rate: Decimal) -> list[SpreadRow]:
    """Amortised cost at the effective rate: each payment first pays what the balance has earned (CAS 22).

    Balance and earnings are rounded half up from exact ones; the last payment earns what is left of the discount
    (payments less `net`), so that it is earned in full.
    """
    left, balance, rows = Money.sum(payments, net.currency) - net, net.amount, []
    for no, payment in enumerate(payments, start=1):
        exact = balance * rate
        balance += exact - payment.amount
        earned = Money.round(exact, net.currency) if no < len(payments) else left
        left -= earned
        rows.append(SpreadRow(no, payment, earned, Money.round(balance, net.currency), left))
    return rows


def _growth(flows: Sequence[tuple[int, Decimal]]) -> Decimal:
    """1 + the rate of one step, between none of it and a thousandfold."""
    merged: dict[int, Decimal] = {}
    for step, amount in flows:
        merged[step] = merged.get(step, Decimal(0)) + amount
    dated = sorted(merged.items())
    if len({amount > 0 for _, amount in dated if amount}) != 2:  # noqa: PLR2004  (received and paid)
        raise ValueError("without money received and money paid there is no effective rate")
    with localcontext(prec=DIGITS):
        low, high = ONE / FACTOR_MAX, FACTOR_MAX
        lowest = _worth(dated, low) > 0
        if lowest == (_worth(dated, high) > 0):
            raise ValueError("these payments have no effective rate")
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if (_worth(dated, middle) > 0) == lowest:
                low = middle
            else:
                high = middle
        return (low + high) / 2


def _worth(flows: Sequence[tuple[int, Decimal]], growth: Decimal) -> Decimal:
    """The value of all flows at the last of them: Horner's scheme over the steps between."""
    total, before = Decimal(0), flows[0][0]
    for step, amount in flows:
        total, before = total * growth ** (step - before) + amount, step
    return total
