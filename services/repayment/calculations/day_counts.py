"""计息天数: interest days between two dates by a named convention, and the exact part of a year that they are."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.repayment.calculations.grounds import Day, DayCountName, Grounds
from services.repayment.domain.day_count import DAY_COUNTS, icma_years, isda_european_days
from services.repayment.domain.periods import YEAR_DAYS
from services.repayment.domain.rounding import to_places
from shared.http import RequestBody
from shared.problem_details import refused

PLACES = 12


class DayCountBody(RequestBody):
    """From `start_on` (included) to `end_on` (excluded).

    `matures_on` is for 30E/360 ISDA, which keeps the end of February of a maturity; `period_months` is the regular
    period of ACT/ACT ICMA.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"day_count": "ACT/ACT ISDA", "start_on": "2023-12-12", "end_on": "2024-01-12"}]
        }
    )
    day_count: DayCountName
    start_on: Day
    end_on: Day
    matures_on: Day | None = None
    period_months: Annotated[int, Field(ge=1, le=12)] = 12


class DayCountView(BaseModel):
    """Days by the convention; years to twelve places, half up, and exactly as a fraction."""

    days: int
    actual_days: int
    years: Decimal
    numerator: int
    denominator: int


def day_count(body: DayCountBody, grounds: Grounds) -> DayCountView:
    """The first date counts, the last does not (算头不算尾)."""
    del grounds
    if body.end_on < body.start_on:
        raise refused("end_on", "after_start", "the end does not precede the start")
    convention = DAY_COUNTS[body.day_count]
    days, years = convention.days(body.start_on, body.end_on), convention.years(body.start_on, body.end_on)
    if body.day_count == "30E/360 ISDA":
        days = isda_european_days(body.start_on, body.end_on, matures_on=body.matures_on)
        years = Fraction(days, YEAR_DAYS)
    if body.day_count == "ACT/ACT ICMA":
        years = icma_years(body.start_on, body.end_on, months=body.period_months)
    return DayCountView(
        days=days,
        actual_days=(body.end_on - body.start_on).days,
        years=to_places(years, PLACES),
        numerator=years.numerator,
        denominator=years.denominator,
    )
