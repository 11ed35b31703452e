"""The terms of a schedule as they are asked: when, how much, how it is repaid, and what banks differ in."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.repayment.calculations.grounds import Day, DayCountName, Lent, Owing, RatePercent
from services.repayment.domain.amortization import HeldInterest
from services.repayment.domain.installment import RepaymentMethod
from services.repayment.domain.periods import PartRule, Unit
from services.repayment.domain.rounding import ResidueIn, RoundingMode
from services.repayment.domain.schedule import TERM_MONTHS_MAX
from services.repayment.domain.working_days import Shift
from shared.http import RequestBody
from shared.money import PositiveMoney

Count = Annotated[int, Field(ge=1, le=TERM_MONTHS_MAX)]
Periods = Annotated[int, Field(ge=0, le=TERM_MONTHS_MAX)]


class EveryBody(RequestBody):
    """How far apart due dates are."""

    count: Annotated[int, Field(ge=1, le=366)] = 1
    unit: Unit = "months"


class DrawdownBody(RequestBody):
    """A further drawdown (分次提款): the instalment is worked out anew in its period."""

    on: Day
    amount: Lent


class GraceBody(RequestBody):
    """宽限期: periods without principal, with interest put off until they end, or free of interest."""

    principal_periods: Periods = 0
    interest_periods: Periods = 0
    interest_free_periods: Periods = 0
    held_interest: HeldInterest = "beside_instalment"


class RoundingBody(RequestBody):
    """尾差与舍入; half up to the fen with the residue in the last row unless told otherwise."""

    mode: RoundingMode = "half_up"
    instalment_mode: RoundingMode = "half_up"
    instalment_unit: PositiveMoney | None = None
    residue_in: ResidueIn = "last"
    smoothing: bool = False
    carry: bool = False
    period_rate_places: Annotated[int, Field(ge=4, le=20)] | None = None


class CalendarBody(RequestBody):
    """A working calendar of one's own, where none of the versions that ship is meant."""

    version: Annotated[str, Field(min_length=1, max_length=100)]
    holidays: Annotated[tuple[Day, ...], Field(max_length=5000)] = ()
    make_up_days: Annotated[tuple[Day, ...], Field(max_length=5000)] = ()


class ShiftBody(RequestBody):
    """节假日顺延: which way a due date moves, by which calendar, and whether interest runs for the shift."""

    shift: Shift = "following"
    calendar: Annotated[str, Field(max_length=100)] | CalendarBody = "cn_2026_1"
    interest_for_shift: bool = False


class FeeBody(RequestBody):
    """A charge that the borrower pays; with the drawdown unless its day is told."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    amount: PositiveMoney
    on: Day | None = None


class PrincipalBody(RequestBody):
    """A due date of a free plan, and the principal that falls due on it."""

    on: Day
    principal: Owing


class ScheduleBody(RequestBody):
    """The terms of a loan that may never be; drawn today unless `disbursed_on` is given.

    How long it runs is one of `term_months`, `number_of_instalments`, `instalment` (which is solved for their number)
    and `plan` (自由还款). `part_rule`: part of a 30/360 month is its real days / 360, or its share of the real month.
    """

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
    principal: Lent
    annual_rate_percent: RatePercent
    term_months: Count | None = None
    number_of_instalments: Count | None = None
    instalment: PositiveMoney | None = None
    plan: Annotated[tuple[PrincipalBody, ...], Field(max_length=TERM_MONTHS_MAX)] = ()
    repayment_method: RepaymentMethod | Literal["capitalised", "free"]
    day_count: DayCountName
    disbursed_on: Day | None = None
    every: EveryBody = EveryBody()
    first_due_on: Day | None = None
    due_day: Annotated[int, Field(ge=1, le=31)] | None = None
    further_drawdowns: Annotated[tuple[DrawdownBody, ...], Field(max_length=100)] = ()
    grace: GraceBody = GraceBody()
    rounding: RoundingBody = RoundingBody()
    part_rule: PartRule = "odd_days"
    due_dates: ShiftBody = ShiftBody(shift="none")
    fees: Annotated[tuple[FeeBody, ...], Field(max_length=100)] = ()
