"""试算: the working-capital need of figures that a person gives. Nothing is kept, nothing is decided."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.risk.domain.fractions import HUNDRED, six_places
from services.risk.domain.working_capital_need import Balances, Need, average, turnover_days, working_capital_need
from services.risk.routes.views import money_shown
from shared.http import RequestBody
from shared.money import MoneyOrNil, MoneyText, PositiveMoney

router = APIRouter(prefix="/calculations")

Percent = Annotated[Decimal, Field(ge=-1000, le=1000, decimal_places=6)]


class BalancesBody(RequestBody):
    """Balances of the items that turn over, on one day."""

    inventory: MoneyOrNil
    receivables: MoneyOrNil
    payables: MoneyOrNil
    prepayments: MoneyOrNil
    advance_receipts: MoneyOrNil

    def amounts(self) -> Balances:
        return Balances(**{name: money.amount for name, money in self})


class NeedBody(RequestBody):
    """Last year's figures. Amounts are in the currency of `revenue`; percentages of revenue and growth as forecast."""

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
    cost_of_sales: MoneyOrNil
    opening: BalancesBody
    closing: BalancesBody
    margin_percent: Percent
    growth_percent: Percent
    own_funds: MoneyText
    existing_working_capital_loans: MoneyOrNil
    other_channels: MoneyOrNil


class NeedView(BaseModel):
    """The measurement. Where the cycle is not positive a person must measure, and there is no result."""

    manual_measurement: bool
    cycle_days: Decimal | None
    inventory_days: Decimal | None
    receivable_days: Decimal | None
    payable_days: Decimal | None
    prepayment_days: Decimal | None
    advance_receipt_days: Decimal | None
    turnover: Decimal | None
    need: MoneyText | None
    raw_limit: MoneyText | None
    new_limit: MoneyText | None


@router.post("/working-capital-need")
async def calculate_working_capital_need(body: NeedBody) -> NeedView:
    """流动资金贷款需求量 by the annex's formula; rounded to the fen at the end, half up."""
    currency = body.revenue.currency
    revenue, cost = body.revenue.amount, body.cost_of_sales.amount
    days = turnover_days(average(body.opening.amounts(), body.closing.amounts()), revenue, cost)
    need: Need | None = None
    if days is not None:
        need = working_capital_need(
            days,
            revenue=revenue,
            margin=body.margin_percent / HUNDRED,
            growth=body.growth_percent / HUNDRED,
            own_funds=body.own_funds.amount,
            existing_loans=body.existing_working_capital_loans.amount,
            other_channels=body.other_channels.amount,
        )
    return NeedView(
        manual_measurement=need is None,
        cycle_days=six_places(days.cycle) if days else None,
        inventory_days=six_places(days.inventory) if days else None,
        receivable_days=six_places(days.receivables) if days else None,
        payable_days=six_places(days.payables) if days else None,
        prepayment_days=six_places(days.prepayments) if days else None,
        advance_receipt_days=six_places(days.advance_receipts) if days else None,
        turnover=six_places(need.turnover) if need else None,
        need=money_shown(need.need, currency) if need else None,
        raw_limit=money_shown(need.raw_limit, currency) if need else None,
        new_limit=money_shown(need.new_limit, currency) if need else None,
    )
