"""What every calculation may stand on, the kinds of figures that it is asked, and how a rule's refusal is shown."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from services.repayment.domain.rate_timeline import RateFrom, ResetRule, floating_rates
from services.repayment.domain.working_days import WorkingCalendar
from shared.dates import ISO
from shared.http import RequestBody
from shared.money import MINOR_MAX, Money, MoneyOrNil, PositiveMoney
from shared.problem_details import refused

LOANS_MAX = 100
"""No loan is larger than a hundredth of what money can say, so that its interest can be said too."""


def _lendable(amount: Money) -> Money:
    if amount.minor > MINOR_MAX // LOANS_MAX:
        raise ValueError("no loan is that large")
    return amount


Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 1, 1)), ISO]
RatePercent = Annotated[Decimal, Field(ge=0, le=100, max_digits=9, decimal_places=6)]
UpliftPercent = Annotated[Decimal, Field(ge=0, le=1000, max_digits=9, decimal_places=6)]
Lent = Annotated[PositiveMoney, AfterValidator(_lendable)]
Owing = Annotated[MoneyOrNil, AfterValidator(_lendable)]
NO_MONEY = Money(0)
DayCountName = Literal[
    "30/360", "30/360 bond basis", "30/360 US", "30/360 NASD", "30E/360", "30E/360 ISDA", "30/365",
    "ACT/360", "ACT/364", "ACT/365", "ACT/365L", "ACT/ACT ISDA", "ACT/ACT last day", "ACT/ACT ICMA",
]  # fmt: skip


@dataclass(frozen=True)
class Grounds:
    """The working calendars at hand, and the business date."""

    calendars: Mapping[str, WorkingCalendar]
    today: date


class RateBody(RequestBody):
    """A rate in percent a year, in force from a day on."""

    from_on: Day
    percent: RatePercent


class FloatingBody(RequestBody):
    """浮动利率: LPR known on a reset day, plus the spread in basis points; from `priced_on`."""

    lpr: Annotated[tuple[RateBody, ...], Field(min_length=1, max_length=600)]
    spread_bps: Annotated[Decimal, Field(ge=-2000, le=5000, decimal_places=4)] = Decimal(0)
    reset: ResetRule = "none"
    priced_on: Day

    def rates(self, until: date) -> list[RateFrom]:
        """What is paid until a day; 422 where no LPR was known when the loan was priced."""
        lpr = [RateFrom(one.from_on, one.percent) for one in self.lpr]
        with as_refusal("floating"):
            return floating_rates(lpr, self.spread_bps, self.reset, self.priced_on, until)


@contextmanager
def as_refusal(field: str) -> Iterator[None]:
    """What a rule cannot do with these figures is a 422 of the field."""
    try:
        yield
    except ValueError as error:
        raise refused(field, "impossible", str(error)) from error


def one_currency(amounts: Iterable[tuple[str, Money | None]]) -> str:
    """The currency of all that is named; nil of none counts for nothing. 422 naming the first that differs."""
    currency = None
    for field, amount in amounts:
        if amount is None or amount is NO_MONEY:
            continue
        currency = currency or amount.currency
        if amount.currency != currency:
            raise refused(field, "one_currency", f"all amounts of one calculation are in {currency}")
    return currency or NO_MONEY.currency


def in_currency(amount: Money, currency: str) -> Money:
    """Nil that was left out, in the currency of the rest."""
    return Money(0, currency) if amount is NO_MONEY else amount
