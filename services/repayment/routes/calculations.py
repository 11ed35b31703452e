"""试算: calculations that need no loan. They change nothing and ask nothing of the database but the business date.

They are plain functions, so that a large one is worked out in a thread and the service goes on answering.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.repayment import registry
from services.repayment.calculations.allocations import AllocationBody, AllocationView, allocation
from services.repayment.calculations.costs import EffectiveRateBody, EffectiveRateView, effective_rate
from services.repayment.calculations.day_counts import DayCountBody, DayCountView, day_count
from services.repayment.calculations.grounds import Grounds
from services.repayment.calculations.interests import InterestBody, InterestView, interest
from services.repayment.calculations.payoffs import PayoffBody, PayoffView, payoff
from services.repayment.calculations.penalties import PenaltyBody, PenaltyView, penalty
from services.repayment.calculations.schedules import CalculatedSchedule, schedule
from services.repayment.calculations.terms import ScheduleBody
from shared.http import Today

router = APIRouter(prefix="/v1/calculations", tags=["calculations"])


async def _grounds(today: Today) -> Grounds:
    return Grounds(registry.calendars(), today)


Grounded = Annotated[Grounds, Depends(_grounds)]


@router.post("/schedule")
def calculate_schedule(body: ScheduleBody, grounds: Grounded) -> CalculatedSchedule:
    """还款计划 of these terms by any method, to the fen, with what it costs a year."""
    return schedule(body, grounds)


@router.post("/interest")
def calculate_interest(body: InterestBody, grounds: Grounded) -> InterestView:
    """计息 by the product sum or per loan, at a fixed rate or LPR with resets."""
    return interest(body, grounds)


@router.post("/penalty")
def calculate_penalty(body: PenaltyBody, grounds: Grounded) -> PenaltyView:
    """罚息 on overdue or misused principal, the heavier only, and 复利 on unpaid interest."""
    return penalty(body, grounds)


@router.post("/payoff")
def calculate_payoff(body: PayoffBody, grounds: Grounded) -> PayoffView:
    """提前结清 on a day of the current period."""
    return payoff(body, grounds)


@router.post("/allocation")
def calculate_allocation(body: AllocationBody, grounds: Grounded) -> AllocationView:
    """还款冲销: the legal order (民法典 560, 561) or another, over one loan's debts or several claims."""
    return allocation(body, grounds)


@router.post("/day-count")
def calculate_day_count(body: DayCountBody, grounds: Grounded) -> DayCountView:
    """计息天数 by a named convention."""
    return day_count(body, grounds)


@router.post("/effective-rate")
def calculate_effective_rate(body: EffectiveRateBody, grounds: Grounded) -> EffectiveRateView:
    """实际利率 of equal-distance payments, and how the discount is earned over them."""
    return effective_rate(body, grounds)
