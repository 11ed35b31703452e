"""The bank's business date (会计日期): one stream, one open date at a time, never a day skipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never, get_args
from uuid import UUID

from services.repayment.domain.commands import BusinessDateCommand, CloseBusinessDate, OpenBusinessDate
from services.repayment.domain.events import BusinessDateClosed, BusinessDateEvent, BusinessDateOpened
from shared.decider import Decider
from shared.messages import Rejected

BUSINESS_DATE_ID = UUID("b5e1b9d4-7f53-5a57-8d3c-6a1f0d6f2c10")
"""The only business date there is."""


@dataclass(frozen=True)
class NotOpened:
    """The bank has not opened its first day."""


@dataclass(frozen=True)
class OpenDate:
    """The bank works on `on`; `opened_on` was its first day."""

    on: date
    opened_on: date


BusinessDate = NotOpened | OpenDate


def decide(command: BusinessDateCommand, business_date: BusinessDate) -> Sequence[BusinessDateEvent]:
    """Open the first day, or close the open one so that the next calendar day opens."""
    match command:
        case OpenBusinessDate():
            return open_first(command, business_date)
        case CloseBusinessDate():
            return close(command, business_date)
        case _:
            assert_never(command)


def open_first(command: OpenBusinessDate, business_date: BusinessDate) -> Sequence[BusinessDateEvent]:
    """Nothing when the bank opened with this day; Rejected when it opened with another."""
    match business_date:
        case NotOpened():
            return [BusinessDateOpened(opened_on=command.opened_on)]
        case OpenDate() if business_date.opened_on == command.opened_on:
            return []
        case OpenDate():
            raise Rejected("business_date_open", f"The bank works on {business_date.on} already.")


def close(command: CloseBusinessDate, business_date: BusinessDate) -> Sequence[BusinessDateEvent]:
    """Nothing when that day has been closed before; Rejected when it has not come yet."""
    match business_date:
        case NotOpened():
            raise Rejected("business_date_not_open", "Open the first business date before closing it.")
        case OpenDate() if command.closed_on < business_date.on:
            return []
        case OpenDate() if command.closed_on > business_date.on:
            raise Rejected("business_date_not_reached", f"The bank works on {business_date.on}.", field="closed_on")
        case OpenDate():
            next_day = business_date.on + timedelta(days=1)
            return [BusinessDateClosed(closed_on=command.closed_on, opened_on=next_day)]


def evolve(business_date: BusinessDate, event: BusinessDateEvent) -> BusinessDate:
    match event:
        case BusinessDateOpened():
            return OpenDate(event.opened_on, event.opened_on)
        case BusinessDateClosed():
            assert isinstance(business_date, OpenDate), "only an open date can have been closed"
            return OpenDate(event.opened_on, business_date.opened_on)
        case _:
            assert_never(event)


business_date = Decider[BusinessDate, BusinessDateCommand, BusinessDateEvent](
    category="business_date",
    stream_id=lambda _command: BUSINESS_DATE_ID,
    initial=NotOpened(),
    decide=decide,
    evolve=evolve,
    events=get_args(BusinessDateEvent),
)
