"""The bank's business date as each service keeps it, from the end of day that repayment announces."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.bus import topic
from shared.contracts.repayment import BusinessDateClosed

PRODUCER = BusinessDateClosed.producer
TOPIC = topic(BusinessDateClosed)


def opened_by(data: Mapping[str, Any]) -> date:
    """The date that an announced close opened."""
    return BusinessDateClosed.model_validate(data).opened_on


async def current(connection: Any) -> date | None:
    """The business date, or None before the first close was heard."""
    opened_on: date | None = await connection.fetchval("select opened_on from business_date")
    return opened_on


async def advance(connection: Any, opened_on: date) -> None:
    """Move the business date on; never back, so hearing a close twice or late changes nothing."""
    await connection.execute(
        "insert into business_date(opened_on) values ($1)"
        " on conflict (one) do update set opened_on = greatest(business_date.opened_on, excluded.opened_on)",
        opened_on,
    )


async def unswept(connection: Any) -> date | None:
    """The business date if the service has not yet done what it does when the date moves."""
    opened_on: date | None = await connection.fetchval(
        "select opened_on from business_date where swept_on is distinct from opened_on"
    )
    return opened_on


async def swept(connection: Any, on: date) -> None:
    """Note that what the service does when the date moves has been done for `on`."""
    await connection.execute("update business_date set swept_on = greatest(swept_on, $1)", on)
