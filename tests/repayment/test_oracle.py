"""The same figures by others: QuantLib for day counts and dates, numpy-financial for annuities and returns."""

import math
import warnings
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy_financial as npf
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.repayment.domain.day_count import DAY_COUNTS, icma_years, isda_european_days
from services.repayment.domain.effective_rate import Flow, annual_effective_rate, period_rate
from services.repayment.domain.periods import regular_periods
from services.repayment.domain.schedule import equal_instalment, instalments_needed
from services.repayment.domain.working_days import WorkingCalendar
from shared.dates import add_months
from shared.money import Money

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what SWIG makes has no module of its own
    import QuantLib as ql  # noqa: N813  (its own short name)

pytestmark = pytest.mark.slow  # some seconds of random dates

DAYS = st.dates(date(1995, 1, 1), date(2060, 1, 1))
MONTH_ENDS = st.builds(
    lambda year, month: add_months(date(year, 1, 31), month, anchor_day=31), st.integers(1995, 2059), st.integers(0, 11)
)
ANY = DAYS | MONTH_ENDS

SAME: dict[str, Any] = {
    "30/360 bond basis": ql.Thirty360(ql.Thirty360.BondBasis),
    "30/360 US": ql.Thirty360(ql.Thirty360.USA),
    "30/360 NASD": ql.Thirty360(ql.Thirty360.NASD),
    "30E/360": ql.Thirty360(ql.Thirty360.European),
    "30E/360 ISDA": ql.Thirty360(ql.Thirty360.German),
    "30/365": ql.Thirty365(),
    "ACT/360": ql.Actual360(),
    "ACT/364": ql.Actual364(),
    "ACT/365": ql.Actual365Fixed(),
    "ACT/ACT ISDA": ql.ActualActual(ql.ActualActual.ISDA),
}


def theirs(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def ours(day: Any) -> date:
    return date(day.year(), day.month(), day.dayOfMonth())


@pytest.mark.parametrize("name", SAME)
@given(ends=st.tuples(ANY, ANY))
def test_days_and_years_are_quantlibs(name: str, ends: tuple[date, date]) -> None:
    start, end = sorted(ends)
    convention = DAY_COUNTS[name]
    assert convention.days(start, end) == SAME[name].dayCount(theirs(start), theirs(end))
    assert float(convention.years(start, end)) == pytest.approx(
        SAME[name].yearFraction(theirs(start), theirs(end)), abs=1e-9
    )


@given(ends=st.tuples(ANY, ANY))
def test_a_maturity_at_the_end_of_february_is_quantlibs(ends: tuple[date, date]) -> None:
    start, end = sorted(ends)
    oracle = ql.Thirty360(ql.Thirty360.ISDA, theirs(end))
    assert isda_european_days(start, end, matures_on=end) == oracle.dayCount(theirs(start), theirs(end))


@given(start=DAYS, months=st.sampled_from([1, 3, 6, 12]), part=st.integers(1, 27))
def test_icma_parts_of_a_regular_period_are_quantlibs(start: date, months: int, part: int) -> None:
    start = start.replace(day=min(start.day, 28))
    end = add_months(start, months)
    inside = end - timedelta(days=part)
    oracle = ql.ActualActual(ql.ActualActual.ISMA)
    wanted = oracle.yearFraction(theirs(inside), theirs(end), theirs(start), theirs(end))
    assert float(icma_years(inside, end, months=months)) == pytest.approx(wanted, abs=1e-12)


@given(start=DAYS, months=st.integers(1, 120))
def test_due_dates_are_quantlibs(start: date, months: int) -> None:
    due = [period.ends_on for period in regular_periods(start, months)]
    assert due == [ours(theirs(start) + ql.Period(number, ql.Months)) for number in range(1, months + 1)]


@given(
    day=st.dates(date(2024, 1, 1), date(2025, 12, 1)),
    shift=st.sampled_from(["following", "modified_following", "preceding"]),
)
def test_shifts_are_quantlibs(day: date, shift: Any) -> None:
    closed = {date(2024, 5, number) for number in range(1, 6)} | {date(2025, 1, 1), date(2024, 9, 30)}
    bespoke = ql.BespokeCalendar("test")
    bespoke.addWeekend(ql.Saturday)
    bespoke.addWeekend(ql.Sunday)
    for one in closed:
        bespoke.addHoliday(theirs(one))
    rule = {"following": ql.Following, "modified_following": ql.ModifiedFollowing, "preceding": ql.Preceding}[shift]
    assert WorkingCalendar("test", frozenset(closed)).shifted(day, shift) == ours(bespoke.adjust(theirs(day), rule))


@given(principal=st.integers(100_00, 10**10), rate=st.decimals("0.01", 36, places=4), months=st.integers(1, 360))
def test_the_instalment_is_the_annuity(principal: int, rate: Decimal, months: int) -> None:
    found = equal_instalment(Money(principal), rate, [Fraction(1, 12)] * months)
    assert float(found.amount) == pytest.approx(-npf.pmt(float(rate) / 1200, months, principal / 100), abs=0.0051)


@given(principal=st.integers(1_000, 10**7), rate=st.decimals("0.1", 24, places=2), part=st.integers(11, 1000))
def test_the_number_of_instalments_is_that_of_the_annuity(principal: int, rate: Decimal, part: int) -> None:
    instalment = Money.round(Decimal(principal) * rate / 1200 + Decimal(principal) * part / 10_000)
    wanted = float(npf.nper(float(rate) / 1200, -float(instalment.amount), principal))
    assume(abs(wanted - round(wanted)) > 1e-6 and wanted < 360)
    assert instalments_needed(Money.of(principal), rate, instalment) == math.ceil(wanted)


@given(net=st.integers(1_000, 10**6), payment=st.integers(20, 10**4), count=st.integers(2, 120))
def test_the_rate_of_a_period_is_the_internal_rate_of_return(net: int, payment: int, count: int) -> None:
    rate = period_rate([Decimal(net), *[Decimal(-payment)] * count])
    assert npf.npv(float(rate), [net, *[-payment] * count]) == pytest.approx(0, abs=1e-6 * net)


@given(rate=st.floats(0.001, 0.9), days=st.lists(st.integers(1, 3000), min_size=1, max_size=20, unique=True))
def test_the_yearly_rate_is_the_one_that_payments_were_made_with(rate: float, days: list[int]) -> None:
    start = date(2020, 1, 1)
    flows = [Flow(start + timedelta(days=one), Decimal(-1000 * (1 + rate) ** (one / 365))) for one in days]
    flows.append(Flow(start, Decimal(1000 * len(days))))
    assert float(annual_effective_rate(flows)) == pytest.approx(rate, abs=1e-9)
