"""流动资金贷款需求量 of figures that a person gives, by the annex's formula, with what sources do differently named."""

from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.risk.calculations.grounds import NO_MONEY, Grounds, Percent, in_currency_of, money_shown
from services.risk.domain.fractions import HUNDRED, six_places
from services.risk.domain.own_funds import OwnFundsMethod, free_cash, long_term_capital
from services.risk.domain.working_capital_need import (
    TURNED_OVER_BY,
    Balances,
    Flow,
    Need,
    TurnoverDays,
    average,
    turnover_days,
    working_capital_need,
)
from shared.http import RequestBody
from shared.money import Money, MoneyOrNil, MoneyText, PositiveMoney
from shared.problem_details import refused

Days = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=6)]


class BalancesBody(RequestBody):
    """Balances of the items that turn over: one day's, or the year's average."""

    inventory: MoneyOrNil
    receivables: MoneyOrNil
    payables: MoneyOrNil
    prepayments: MoneyOrNil = NO_MONEY
    advance_receipts: MoneyOrNil = NO_MONEY

    def amounts(self) -> Balances:
        return Balances(**{name: money.amount for name, money in self})


class DaysBody(RequestBody):
    """Turnover days, where they are measured already."""

    inventory: Days
    receivables: Days
    payables: Days
    prepayments: Days = Decimal(0)
    advance_receipts: Days = Decimal(0)


class BasisBody(RequestBody):
    """Which yearly flow turns each balance over. The defaults are the annex's."""

    inventory: Flow = "cost"
    receivables: Flow = "revenue"
    payables: Flow = "cost"
    prepayments: Flow = "cost"
    advance_receipts: Flow = "revenue"


class OwnFundsBody(RequestBody):
    """The figures of either method: net assets and long-term items, or cash and the deposits for acceptances."""

    method: OwnFundsMethod
    net_assets: MoneyText | None = None
    long_term_liabilities: MoneyOrNil | None = None
    long_term_assets: MoneyOrNil | None = None
    cash: MoneyOrNil | None = None
    acceptance_deposits: MoneyOrNil = NO_MONEY

    def amount(self) -> Decimal:
        """By the method; 422 naming a figure that it needs and nobody gave."""
        if self.method == "free_cash":
            return free_cash(self._given("cash"), self.acceptance_deposits.amount)
        return long_term_capital(*map(self._given, ("net_assets", "long_term_liabilities", "long_term_assets")))

    def _given(self, name: str) -> Decimal:
        value: Money | None = getattr(self, name)
        if value is None:
            raise refused(f"own_funds_by.{name}", "missing", f"{self.method} needs it")
        return value.amount


class NeedBody(RequestBody):
    """Last year's figures, in the currency of `revenue`; percentages of revenue and of growth as forecast.

    The balances as `opening` and `closing`, or `average_balances`, or measured `turnover_days`. `own_funds` as an
    amount, or `own_funds_by` one of the methods in use.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revenue": {"amount": "20000000.00"},
                    "cost_of_sales": {"amount": "18400000.00"},
                    "opening": {
                        "inventory": {"amount": "3000000.00"},
                        "receivables": {"amount": "4000000.00"},
                        "payables": {"amount": "2000000.00"},
                        "prepayments": {"amount": "250000.00"},
                        "advance_receipts": {"amount": "500000.00"},
                    },
                    "closing": {
                        "inventory": {"amount": "3200000.00"},
                        "receivables": {"amount": "4200000.00"},
                        "payables": {"amount": "2100000.00"},
                        "prepayments": {"amount": "260000.00"},
                        "advance_receipts": {"amount": "560000.00"},
                    },
                    "margin_percent": "8",
                    "growth_percent": "10",
                    "own_funds": {"amount": "800000.00"},
                    "existing_working_capital_loans": {"amount": "1000000.00"},
                    "other_channels": {"amount": "0.00"},
                }
            ]
        }
    )
    revenue: PositiveMoney
    cost_of_sales: MoneyOrNil | None = None
    opening: BalancesBody | None = None
    closing: BalancesBody | None = None
    average_balances: BalancesBody | None = None
    turnover_days: DaysBody | None = None
    basis: BasisBody = BasisBody()
    year_days: Annotated[int, Field(ge=360, le=366)] = 360
    margin_percent: Percent
    growth_percent: Percent
    growth_cap_percent: Percent | None = None
    own_funds: MoneyText | None = None
    own_funds_by: OwnFundsBody | None = None
    existing_working_capital_loans: MoneyOrNil = NO_MONEY
    other_channels: MoneyOrNil = NO_MONEY


class ItemTurnover(BaseModel):
    """How often an item turns over in a year and how many days it holds; no times where nothing is held."""

    times: Decimal | None
    days: Decimal


class NeedView(BaseModel):
    """The measurement. Where nothing turns over in a positive cycle a person must measure: `reason` says why."""

    manual_measurement: bool
    reason: Literal["cash_cycle_not_positive", "nothing_turns_over"] | None
    cycle_days: Decimal | None
    inventory_days: Decimal | None
    receivable_days: Decimal | None
    payable_days: Decimal | None
    prepayment_days: Decimal | None
    advance_receipt_days: Decimal | None
    items: dict[str, ItemTurnover]
    turnover: Decimal | None
    growth_percent: Decimal
    own_funds: MoneyText
    own_funds_method: str
    need: MoneyText | None
    raw_limit: MoneyText | None
    new_limit: MoneyText | None


def need(body: NeedBody, grounds: Grounds) -> NeedView:
    """Unrounded inside, to the fen at the end, half up. Growth counts up to its cap."""
    del grounds
    currency = body.revenue.currency
    in_currency_of(currency, body)
    days, own = _days(body), _own_funds(body)
    cap = body.growth_cap_percent
    growth = body.growth_percent if cap is None else min(body.growth_percent, cap)
    measured = _measured(body, days, growth, own) if days else None
    return NeedView(
        manual_measurement=measured is None,
        reason=None if measured else "cash_cycle_not_positive" if days else "nothing_turns_over",
        cycle_days=six_places(days.cycle) if days else None,
        inventory_days=six_places(days.inventory) if days else None,
        receivable_days=six_places(days.receivables) if days else None,
        payable_days=six_places(days.payables) if days else None,
        prepayment_days=six_places(days.prepayments) if days else None,
        advance_receipt_days=six_places(days.advance_receipts) if days else None,
        items=_items(days, body.year_days) if days else {},
        growth_percent=growth,
        own_funds=money_shown(own, currency),
        own_funds_method=body.own_funds_by.method if body.own_funds_by else "given",
        turnover=None if measured is None else six_places(measured.turnover),
        need=None if measured is None else money_shown(measured.need, currency),
        raw_limit=None if measured is None else money_shown(measured.raw_limit, currency),
        new_limit=None if measured is None else money_shown(measured.new_limit, currency),
    )


def _measured(body: NeedBody, days: TurnoverDays, growth: Decimal, own: Decimal) -> Need | None:
    return working_capital_need(
        days,
        revenue=body.revenue.amount,
        margin=body.margin_percent / HUNDRED,
        growth=growth / HUNDRED,
        own_funds=own,
        existing_loans=body.existing_working_capital_loans.amount,
        other_channels=body.other_channels.amount,
        year_days=Decimal(body.year_days),
    )


def _days(body: NeedBody) -> TurnoverDays | None:
    ways = ("turnover_days", "average_balances", "opening")
    given = [name for name in ways if getattr(body, name) is not None]
    if len(given) != 1 or (body.opening is None) != (body.closing is None):
        raise refused("opening", "one_of", "give opening and closing, or average_balances, or turnover_days")
    if body.turnover_days:
        return TurnoverDays(**dict(body.turnover_days))
    if body.cost_of_sales is None:
        raise refused("cost_of_sales", "missing", "balances turn over against it")
    return turnover_days(
        _balances(body),
        body.revenue.amount,
        body.cost_of_sales.amount,
        year_days=Decimal(body.year_days),
        turned_over_by={name: getattr(body.basis, name) for name in TURNED_OVER_BY},
    )


def _balances(body: NeedBody) -> Balances:
    if body.opening is not None and body.closing is not None:
        return average(body.opening.amounts(), body.closing.amounts())
    assert body.average_balances is not None, "one of the ways was given"
    return body.average_balances.amounts()


def _own_funds(body: NeedBody) -> Decimal:
    if body.own_funds is not None and body.own_funds_by is None:
        return body.own_funds.amount
    if body.own_funds_by is not None and body.own_funds is None:
        return body.own_funds_by.amount()
    raise refused("own_funds", "one_of", "give own_funds, or own_funds_by a method")


def _items(days: TurnoverDays, year_days: int) -> dict[str, ItemTurnover]:
    held = {item.name: getattr(days, item.name) for item in fields(days)}
    return {
        name: ItemTurnover(times=six_places(year_days / value) if value else None, days=six_places(value))
        for name, value in held.items()
    }
