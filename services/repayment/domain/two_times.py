"""A loan in two times (双时态): what was so on a day, and what was known of it at an instant.

A payment that is posted today and dated back to last week was so last week, and was not known then. What was so is a
beginning of the stream, and can be folded: a fact of a loan does not go back before an earlier one's day. Only after a
reversal may money be dated back before it; that is shown from the reversal on, as the account then was put right.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from shared.event_store import Recorded

_SO_FROM = (
    "received_on", "applied_on", "accepted_on", "settled_on", "billed_on", "as_of", "cured_on", "classified_on",
    "written_off_on", "refused_on", "disbursed_on", "decided_on", "changed_on", "reversed_on", "refunded_on",
)  # fmt: skip
"""The fields in which facts say from which day on they are so."""


def so_from(recorded: Recorded[Any]) -> date:
    """The day from which a fact is so; one that names no such day is so from the business date of its posting."""
    days = (getattr(recorded.event, name, None) for name in _SO_FROM)
    return next((day for day in days if day is not None), recorded.meta.business_date)


def as_it_was(
    past: Sequence[Recorded[Any]], on: date | None = None, known_at: datetime | None = None
) -> list[Recorded[Any]]:
    """The facts that were so at the end of the day `on`, of those that were known at `known_at`; None: no bound."""
    known = takewhile(lambda one: known_at is None or one.at <= known_at, past)
    return list(takewhile(lambda one: on is None or so_from(one) <= on, known))
