"""Calculations that need no loan: they change nothing and ask nothing of the database."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, ConfigDict, Field

from services.repayment.domain.day_count import DayCount
from services.repayment.domain.schedule import TERM_MONTHS_MAX, RepaymentMethod, repayment_schedule
from services.repayment.routes.account_answers import Schedule, schedule_body
from shared.http import RequestBody, Today
from shared.money import MINOR_MAX, Money, PositiveMoney

router = APIRouter(prefix="/v1/calculations", tags=["calculations"])

RatePercent = Annotated[Decimal, Field(ge=0, le=100, max_digits=9, decimal_places=6)]


def _lendable(principal: Money) -> Money:
    if principal.minor > MINOR_MAX // 100:
        raise ValueError("no loan is that large")
    return principal


class Terms(RequestBody):
    """The terms of a loan that may never be; drawn today unless `disbursed_on` is given."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "principal": {"amount": "120000.00"},
                    "annual_rate_percent": "4.35",
                    "term_months": 12,
                    "repayment_method": "equal_instalments",
                    "day_count": "30/360",
                }
            ]
        }
    )
    principal: Annotated[PositiveMoney, AfterValidator(_lendable)]
    annual_rate_percent: RatePercent
    term_months: int = Field(ge=1, le=TERM_MONTHS_MAX)
    repayment_method: RepaymentMethod
    day_count: DayCount
    disbursed_on: date | None = Field(default=None, ge=date(1990, 1, 1), le=date(2100, 1, 1))


@router.post("/schedule")
async def calculate_schedule(body: Terms, today: Today) -> Schedule:
    """The repayment schedule of these terms."""
    rows = repayment_schedule(
        principal=body.principal,
        annual_rate_percent=body.annual_rate_percent,
        term_months=body.term_months,
        method=body.repayment_method,
        day_count=body.day_count,
        disbursed_on=body.disbursed_on or today,
    )
    return schedule_body(rows)
