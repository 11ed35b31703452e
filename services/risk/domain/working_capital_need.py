"""流动资金贷款需求量: how much working capital a company needs, and how much of it a new loan may cover.

Source: 流动资金贷款管理办法 (国家金融监督管理总局令 2024 年第 2 号), annex on measuring the need.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal

from services.risk.domain.fractions import NIL, ONE

YEAR_DAYS = Decimal(360)
"""The annex counts 360 days; some banks measure with 365."""

Flow = Literal["revenue", "cost"]
TURNED_OVER_BY: Mapping[str, Flow] = {
    "inventory": "cost",
    "receivables": "revenue",
    "payables": "cost",
    "prepayments": "cost",
    "advance_receipts": "revenue",
}
"""The yearly flow that turns each balance over, by the annex; some sources take revenue for all."""


@dataclass(frozen=True)
class TurnoverDays:
    """How many days' worth of sales or cost each balance holds."""

    inventory: Decimal
    receivables: Decimal
    payables: Decimal
    prepayments: Decimal
    advance_receipts: Decimal

    @property
    def cycle(self) -> Decimal:
        """Days from paying for goods to being paid for them; may be nil or negative."""
        return self.inventory + self.receivables - self.payables + self.prepayments - self.advance_receipts


@dataclass(frozen=True)
class Balances:
    """Balances of the items that turn over, in yuan: one day's, or the year's average."""

    inventory: Decimal
    receivables: Decimal
    payables: Decimal
    prepayments: Decimal
    advance_receipts: Decimal


_ITEMS = tuple(item.name for item in fields(Balances))


@dataclass(frozen=True)
class Need:
    """The measurement, unrounded, in yuan. `raw_limit` may be negative; `new_limit` is then nil."""

    days: TurnoverDays
    turnover: Decimal
    need: Decimal
    raw_limit: Decimal

    @property
    def new_limit(self) -> Decimal:
        return max(self.raw_limit, NIL)


def average(opening: Balances, closing: Balances) -> Balances:
    """The mean of the opening and the closing balance of each item."""
    return Balances(
        inventory=(opening.inventory + closing.inventory) / 2,
        receivables=(opening.receivables + closing.receivables) / 2,
        payables=(opening.payables + closing.payables) / 2,
        prepayments=(opening.prepayments + closing.prepayments) / 2,
        advance_receipts=(opening.advance_receipts + closing.advance_receipts) / 2,
    )


def turnover_days(
    balances: Balances,
    revenue: Decimal,
    cost: Decimal,
    *,
    year_days: Decimal = YEAR_DAYS,
    turned_over_by: Mapping[str, Flow] = TURNED_OVER_BY,
) -> TurnoverDays | None:
    """360 / (yearly flow / average balance): receivables and advances over revenue, the others over cost.

    A nil balance is nil days. None when a balance stands against a flow that is not positive:
    then nothing turns over and a person must measure.
    """
    flows: dict[Flow, Decimal] = {"revenue": revenue, "cost": cost}
    days = []
    for name in _ITEMS:
        balance, flow = getattr(balances, name), flows[turned_over_by[name]]
        if balance and flow <= 0:
            return None
        days.append(year_days * balance / flow if balance else NIL)
    return TurnoverDays(*days)


def working_capital_need(
    days: TurnoverDays,
    *,
    revenue: Decimal,
    margin: Decimal,
    growth: Decimal,
    own_funds: Decimal,
    existing_loans: Decimal,
    other_channels: Decimal,
    year_days: Decimal = YEAR_DAYS,
) -> Need | None:
    """营运资金量 and 新增流动资金贷款额度, unrounded. Amounts in yuan, `margin` and `growth` as fractions.

    need = last year's revenue x (1 - margin) x (1 + growth) / (days of the year / cycle);
    raw limit = need - own funds - working-capital loans of all banks - other channels.
    None when the cycle is not positive: the formula must not be applied, a person measures.
    """
    if days.cycle <= 0:
        return None
    turnover = year_days / days.cycle
    need = revenue * (ONE - margin) * (ONE + growth) / turnover
    return Need(days, turnover, need, need - own_funds - existing_loans - other_channels)
