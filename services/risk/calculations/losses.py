"""预期信用损失: over twelve months and over a loan's life, the stage that says which of them is booked."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.risk.calculations.grounds import NO_MONEY, Grounds, in_currency_of, money_shown
from services.risk.domain.expected_credit_loss import (
    Stage,
    amortised_cost_interest,
    expected_credit_loss,
    impairment_stage,
)
from services.risk.domain.fractions import HUNDRED, Share
from shared.http import RequestBody
from shared.money import Money, MoneyOrNil, MoneyText


class YearBody(RequestBody):
    """One year: what is owed at default, its PD, and what the borrower pays at its end."""

    exposure: MoneyOrNil
    pd_percent: Share
    payment: MoneyOrNil | None = None


class EclBody(RequestBody):
    """Year by year. An undrawn commitment counts with its conversion factor in the exposure of every year.

    The stage follows from days past due (more than 30: a rebuttable presumption), a significant rise of risk, or
    impairment. `survival_weighting`: PDs are conditional on having survived the years before.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "years": [
                        {"exposure": {"amount": "100000.00"}, "pd_percent": "3"},
                        {"exposure": {"amount": "52000.00"}, "pd_percent": "4"},
                    ],
                    "lgd_percent": "45",
                    "effective_rate_percent": "5.00",
                    "days_past_due": 31,
                }
            ]
        }
    )
    years: Annotated[tuple[YearBody, ...], Field(max_length=50)] = ()
    lgd_percent: Share = Decimal(60)
    effective_rate_percent: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)] = Decimal(0)
    survival_weighting: bool = False
    undrawn: MoneyOrNil = NO_MONEY
    conversion_percent: Share = Decimal(100)
    days_past_due: Annotated[int, Field(ge=0, le=100_000)] = 0
    risk_has_risen: bool = False
    presumption_rebutted: bool = False
    credit_impaired: bool = False


class EclView(BaseModel):
    """`booked` is the loss of twelve months in stage 1, of the whole life in stages 2 and 3."""

    stage: Stage
    marginal: list[MoneyText]
    twelve_months: MoneyText
    lifetime: MoneyText
    booked: MoneyText
    interest: list[MoneyText | None]


def ecl(body: EclBody, grounds: Grounds) -> EclView:
    """Sum of PD x LGD x EAD / (1 + effective rate) ^ t. Interest is the payment less what it repays, where told."""
    del grounds
    currency = body.years[0].exposure.currency if body.years else NO_MONEY.currency
    in_currency_of(currency, body)
    undrawn = body.undrawn.amount * body.conversion_percent / HUNDRED
    loss = expected_credit_loss(
        [year.exposure.amount + undrawn for year in body.years],
        [year.pd_percent for year in body.years],
        lgd_percent=body.lgd_percent,
        rate_percent=body.effective_rate_percent,
        survival_weighting=body.survival_weighting,
    )
    stage = impairment_stage(
        body.days_past_due,
        risk_has_risen=body.risk_has_risen,
        credit_impaired=body.credit_impaired,
        rebutted=body.presumption_rebutted,
    )
    return EclView(
        stage=stage,
        marginal=[money_shown(amount, currency) for amount in loss.marginal],
        twelve_months=money_shown(loss.twelve_months, currency),
        lifetime=money_shown(loss.lifetime, currency),
        booked=money_shown(loss.twelve_months if stage == 1 else loss.lifetime, currency),
        interest=_interest(body, currency),
    )


def _interest(body: EclBody, currency: str) -> list[Money | None]:
    payments = [None if year.payment is None else year.payment.amount for year in body.years]
    found = amortised_cost_interest([year.exposure.amount for year in body.years], payments)
    return [None if amount is None else money_shown(amount, currency) for amount in found]
