"""导出: who took what out of the books as a file. It is recorded before the first byte leaves."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.repayment.domain.events.books import ExportContent, ExportFormat, ExportRequested
from shared.decider import Decider
from shared.messages import Command, Rejected


class RequestExport(Command):
    """Take out the rows from `since` to `until`, both included."""

    export_id: UUID
    content: ExportContent
    file_format: ExportFormat
    since: date
    until: date
    branches: tuple[str, ...] | None
    requested_by: str
    requested_on: date


def decide(command: RequestExport, known: ExportRequested | None) -> Sequence[ExportRequested]:
    """The record of it, once. Rejected for days that end before they begin, or that have not come."""
    if known is not None:
        return []
    if command.since > command.until:
        raise Rejected("days_reversed", f"the days end on {command.until}", field="since")
    if command.until > command.requested_on:
        raise Rejected("day_in_future", f"the bank works on {command.requested_on}", field="until")
    return [ExportRequested(**dict(command))]


export = Decider[ExportRequested | None, RequestExport, ExportRequested](
    category="export",
    stream_id=lambda command: command.export_id,
    initial=None,
    decide=decide,
    evolve=lambda _known, event: event,
    events=(ExportRequested,),
)
