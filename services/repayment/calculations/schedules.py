"""还款计划: the rows of any method, with grace, broken periods, further drawdowns, shifts, fees, and what it costs."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from pydantic import BaseModel

from services.repayment.calculations.grounds import Grounds, as_refusal, one_currency
from services.repayment.calculations.terms import CalendarBody, EveryBody, PrincipalBody, ScheduleBody, ShiftBody
from services.repayment.domain.amortization import Drawdown, Grace, Plan
from services.repayment.domain.effective_rate import Flow, annual_effective_rate, nominal_percent, period_rate
from services.repayment.domain.installment import Installment
from services.repayment.domain.periods import WEEK_DAYS, YEAR_MONTHS, Period, regular_periods, shifted_periods
from services.repayment.domain.plain_schedule import rows_of
from services.repayment.domain.rounding import Rounding, to_places
from services.repayment.domain.schedule import instalments_needed, periods_of, shape_of
from services.repayment.domain.working_days import WorkingCalendar
from shared.money import Money, MoneyText
from shared.problem_details import refused

ON_THE_TERM = frozenset({"interest_monthly", "interest_quarterly", "one_payment"})
RATE_PLACES = 6
YEAR_DAYS = 365


class CalculatedRow(BaseModel):
    """One instalment: interest runs on `balance` from `starts_on` (included) to `ends_on` (excluded)."""

    no: int
    starts_on: date
    ends_on: date
    due_on: date
    balance: MoneyText
    principal: MoneyText
    interest: MoneyText
    total: MoneyText
    balance_after: MoneyText


class CalculatedSchedule(BaseModel):
    """The rows and what they cost a year with fees, in percent to 6 places.

    `nominal_rate_percent` is the IRR of a period times the periods of a year, where all periods are alike;
    `effective_rate_percent` the XIRR on days / 365.
    """

    items: list[CalculatedRow]
    total_principal: MoneyText
    total_interest: MoneyText
    total_fees: MoneyText
    nominal_rate_percent: Decimal | None
    effective_rate_percent: Decimal | None
    calendar: str | None


def schedule(body: ScheduleBody, grounds: Grounds) -> CalculatedSchedule:
    """The schedule of these terms. What no schedule can be is refused by its field."""
    currency = one_currency(
        [
            ("principal", body.principal),
            ("instalment", body.instalment),
            ("rounding.instalment_unit", body.rounding.instalment_unit),
            *((f"further_drawdowns.{no}.amount", one.amount) for no, one in enumerate(body.further_drawdowns)),
            *((f"fees.{no}.amount", one.amount) for no, one in enumerate(body.fees)),
            *((f"plan.{no}.principal", one.principal) for no, one in enumerate(body.plan)),
        ]
    )
    drawn_on = body.disbursed_on or grounds.today
    calendar = _calendar(body.due_dates, grounds)
    with as_refusal("first_due_on"):
        periods = _periods(body, drawn_on)
    with as_refusal("due_dates"):
        shifted = shifted_periods(
            periods, calendar, body.due_dates.shift, interest_for_shift=body.due_dates.interest_for_shift
        )
    drawdowns = [
        Drawdown(drawn_on, body.principal),
        *(Drawdown(one.on, one.amount) for one in body.further_drawdowns),
    ]
    with as_refusal(_suspect(body)):
        rows = rows_of(_plan(body, shifted, drawdowns))
    return _answer(body, shifted, rows, drawdowns, currency, calendar.version)


def _periods(body: ScheduleBody, drawn_on: date) -> list[Period]:
    method, told = body.repayment_method, [body.term_months, body.number_of_instalments, body.instalment, body.plan]
    if sum(one not in (None, ()) for one in told) != 1:
        raise refused(
            "term_months", "one_of", "tell term_months, number_of_instalments, instalment or plan: one of them"
        )
    if method in ON_THE_TERM or method == "free":
        needed = "plan" if method == "free" else "term_months"
        if not getattr(body, needed):
            raise refused(needed, "missing", f"{method} needs it")
        if method == "free":
            return _planned(body.plan, drawn_on)
        return periods_of(method, drawn_on, body.term_months or 1)  # type: ignore[arg-type]
    if body.plan:
        raise refused("plan", "free_only", "only the method free has a plan")
    return regular_periods(
        drawn_on,
        _count(body),
        every=body.every.count,
        unit=body.every.unit,
        first_due_on=body.first_due_on,
        due_day=body.due_day,
    )


def _planned(plan: Sequence[PrincipalBody], drawn_on: date) -> list[Period]:
    days = [drawn_on, *(one.on for one in plan)]
    if sorted(set(days)) != days:
        raise refused("plan", "in_order", "due dates of a plan follow the drawdown and one another")
    return [Period(start, end, end) for start, end in pairwise(days)]


def _count(body: ScheduleBody) -> int:
    if body.number_of_instalments is not None:
        return body.number_of_instalments
    every = body.every
    if every.unit != "months":
        raise refused("number_of_instalments", "missing", "periods of weeks or days are counted")
    if body.instalment is not None:
        with as_refusal("instalment"):
            return instalments_needed(body.principal, body.annual_rate_percent, body.instalment, every.count)
    assert body.term_months is not None, "one of them was told"
    count, rest = divmod(body.term_months, every.count)
    if rest:
        raise refused("term_months", "multiple_of", f"a term is a whole number of {every.count} months")
    return count


def _plan(body: ScheduleBody, periods: Sequence[Period], drawdowns: Sequence[Drawdown]) -> Plan:
    unit = body.rounding.instalment_unit
    method = body.repayment_method
    return Plan(
        shape="given" if method == "free" else "capitalised" if method == "capitalised" else shape_of(method),
        periods=periods,
        drawdowns=drawdowns,
        annual_rate_percent=body.annual_rate_percent,
        day_count=body.day_count,
        rounding=Rounding(
            **body.rounding.model_dump(exclude={"instalment_unit"}), instalment_unit=unit.minor if unit else 1
        ),
        grace=Grace(**body.grace.model_dump()),
        part_rule=body.part_rule,
        given={no: one.principal for no, one in enumerate(body.plan, start=1)} if body.plan else None,
        instalment=body.instalment,
    )


def _suspect(body: ScheduleBody) -> str:
    """The field to name where a plan cannot be: the rarest of what was told."""
    if body.plan:
        return "plan"
    if body.further_drawdowns:
        return "further_drawdowns"
    return "rounding.residue_in" if body.rounding.residue_in == "first" else "grace"


def _calendar(told: ShiftBody, grounds: Grounds) -> WorkingCalendar:
    if isinstance(told.calendar, CalendarBody):
        own = told.calendar
        return WorkingCalendar(own.version, frozenset(own.holidays), frozenset(own.make_up_days))
    if told.calendar not in grounds.calendars:
        raise refused("due_dates.calendar", "enum", f"one of {', '.join(grounds.calendars)}")
    return grounds.calendars[told.calendar]


def _answer(
    body: ScheduleBody,
    periods: Sequence[Period],
    rows: Sequence[Installment],
    drawdowns: Sequence[Drawdown],
    currency: str,
    calendar: str,
) -> CalculatedSchedule:
    nominal, effective = _cost(body, rows, drawdowns)
    return CalculatedSchedule(
        items=[
            CalculatedRow(
                **dict(row),
                ends_on=period.ends_on,
                total=row.total,
                balance_after=row.balance - row.principal,
            )
            for row, period in zip(rows, periods, strict=True)
        ],
        total_principal=Money.sum((row.principal for row in rows), currency),
        total_interest=Money.sum((row.interest for row in rows), currency),
        total_fees=Money.sum((fee.amount for fee in body.fees), currency),
        nominal_rate_percent=nominal,
        effective_rate_percent=effective,
        calendar=None if body.due_dates.shift == "none" else calendar,
    )


def _cost(
    body: ScheduleBody, rows: Sequence[Installment], drawdowns: Sequence[Drawdown]
) -> tuple[Decimal | None, Decimal | None]:
    """(nominal, effective) rate in percent; None where there is none: fees as large as the loan, periods unlike."""
    first = drawdowns[0].on
    flows = [
        *(Flow(one.on, one.amount.amount) for one in drawdowns),
        *(Flow(fee.on or first, -fee.amount.amount) for fee in body.fees),
        *(Flow(row.due_on, -row.total.amount) for row in rows),
    ]
    try:
        effective = _percent(annual_effective_rate(flows) * 100)
        alike = not body.further_drawdowns and body.first_due_on is None and all(not fee.on for fee in body.fees)
        if not alike or body.repayment_method in {*ON_THE_TERM, "free"}:
            return None, effective
        net = body.principal.amount - sum((fee.amount.amount for fee in body.fees), Decimal(0))
        rate = period_rate([net, *(-row.total.amount for row in rows)])
    except ValueError:
        return None, None
    return _percent(nominal_percent(rate, _periods_a_year(body.every))), effective


def _periods_a_year(every: EveryBody) -> Decimal:
    units = {"months": Fraction(YEAR_MONTHS), "weeks": Fraction(YEAR_DAYS, WEEK_DAYS), "days": Fraction(YEAR_DAYS)}[
        every.unit
    ]
    return to_places(units / every.count, 12)


def _percent(rate: Decimal) -> Decimal:
    return to_places(Fraction(rate), RATE_PLACES)
