"""All calculators of repayment by the name that the API and the command call them by."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from services.repayment.calculations import allocations, costs, day_counts, interests, payoffs, penalties, schedules
from services.repayment.calculations.grounds import Grounds
from services.repayment.calculations.terms import ScheduleBody
from shared.http import RequestBody


class Calculator(NamedTuple):
    """A request, and the pure function that answers it."""

    body: type[RequestBody]
    answer: Callable[[Any, Grounds], BaseModel]


CALCULATORS: Mapping[str, Calculator] = {
    "schedule": Calculator(ScheduleBody, schedules.schedule),
    "interest": Calculator(interests.InterestBody, interests.interest),
    "penalty": Calculator(penalties.PenaltyBody, penalties.penalty),
    "payoff": Calculator(payoffs.PayoffBody, payoffs.payoff),
    "allocation": Calculator(allocations.AllocationBody, allocations.allocation),
    "day-count": Calculator(day_counts.DayCountBody, day_counts.day_count),
    "effective-rate": Calculator(costs.EffectiveRateBody, costs.effective_rate),
}
