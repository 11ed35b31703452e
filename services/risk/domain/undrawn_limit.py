"""未提用额度: one stream per contract: what may still be drawn, as the books keep it; it may be lost as well."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from shared.decider import Decider
from shared.messages import Command, Event
from shared.money import Money


class NoteUndrawn(Command):
    """The books say what may still be drawn. `application_id` is None where they do not know whose limit it is."""

    contract_id: UUID
    application_id: UUID | None
    undrawn: Money
    moved_on: date


class UndrawnLimitMoved(Event):
    """What may still be drawn under a contract, from `moved_on` on."""

    contract_id: UUID
    application_id: UUID | None
    undrawn: Money
    moved_on: date


def decide(command: NoteUndrawn, last: UndrawnLimitMoved | None) -> Sequence[UndrawnLimitMoved]:
    """The new limit; nothing where it is the one that was told last."""
    moved = UndrawnLimitMoved(**dict(command))
    return [] if moved == last else [moved]


undrawn_limit = Decider[UndrawnLimitMoved | None, NoteUndrawn, UndrawnLimitMoved](
    category="undrawn_limit",
    stream_id=lambda command: command.contract_id,
    initial=None,
    decide=decide,
    evolve=lambda _last, event: event,
    events=(UndrawnLimitMoved,),
)
