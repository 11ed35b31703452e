"""A company's financial ratios, as the score models were trained on them. Money in, six places out.

Ratios against a nil denominator follow one convention each, stated below; where nothing can be
said the ratio is None, which the policy treats as a missing item, never as a neutral one.
"""

from decimal import Decimal

from services.risk.domain.facts import Statement
from services.risk.domain.fractions import HUNDRED, NIL, clip, share, six_places
from shared.money import Money

COVER_LOW, COVER_HIGH = Decimal(-10), Decimal(50)
"""Interest cover and profit to liabilities are clipped to these, as in the training data."""
LIQUIDITY_HIGH = Decimal(1000)
"""Liquidity ratios stop here, also where there are no current liabilities at all."""
DAYS_HIGH = Decimal(36500)

Ratios = dict[str, Decimal | None]


def financial_ratios(latest: Statement, previous: Statement) -> Ratios:
    """The ratios of the latest year; growth against the previous one."""
    revenue, assets = latest.revenue.amount, latest.total_assets.amount
    return {
        "quick_ratio": _liquidity(latest.current_assets - latest.inventory, latest.current_liabilities),
        "cash_ratio": _liquidity(latest.cash, latest.current_liabilities),
        "current_ratio": _liquidity(latest.current_assets, latest.current_liabilities),
        "debt_to_assets": share(latest.total_liabilities.amount, assets),
        "roa": share(latest.net_profit.amount, assets),
        "net_margin": share(latest.net_profit.amount, revenue),
        "asset_turnover": share(revenue, assets),
        "receivable_days": receivable_days(latest),
        "interest_cover": interest_cover(latest),
        "profit_to_liab": profit_to_liabilities(latest),
        "sales_growth_percent": sales_growth_percent(latest, previous),
    }


def _liquidity(cover: Money, current_liabilities: Money) -> Decimal:
    """Cover / current liabilities. Without current liabilities: the highest ratio, or nil without cover."""
    if not current_liabilities:
        return six_places(LIQUIDITY_HIGH if cover.minor > 0 else NIL)
    return six_places(min(cover.amount / current_liabilities.amount, LIQUIDITY_HIGH))


def receivable_days(statement: Statement) -> Decimal | None:
    """365 x receivables / revenue, at most a hundred years. None without revenue."""
    if statement.revenue.minor <= 0:
        return None
    return six_places(min(365 * statement.receivables.amount / statement.revenue.amount, DAYS_HIGH))


def interest_cover(statement: Statement) -> Decimal:
    """EBIT / interest expense from -10 to 50. Without interest: 50 if EBIT is not negative, else -10."""
    ebit, interest = statement.operating_profit.amount, statement.interest_expense.amount
    if not interest:
        return six_places(COVER_HIGH if ebit >= 0 else COVER_LOW)
    return six_places(clip(ebit / interest, COVER_LOW, COVER_HIGH))


def profit_to_liabilities(statement: Statement) -> Decimal:
    """Net profit / total liabilities from -10 to 50. Without liabilities: 50 or, after a loss, -10."""
    profit, liabilities = statement.net_profit.amount, statement.total_liabilities.amount
    if not liabilities:
        return six_places(COVER_HIGH if profit >= 0 else COVER_LOW)
    return six_places(clip(profit / liabilities, COVER_LOW, COVER_HIGH))


def sales_growth_percent(latest: Statement, previous: Statement) -> Decimal | None:
    """Latest revenue over the previous year's, in percent of it. None without previous revenue."""
    grown = share((latest.revenue - previous.revenue).amount, previous.revenue.amount)
    return None if grown is None else six_places(grown * HUNDRED)
