"""One chunk of the nightly accrual (计提批次): a stream of one event, so a repeated night adds nothing."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from services.repayment.domain.commands import AccrueInterest
from services.repayment.domain.events import InterestAccrued
from shared.decider import Decider

_BATCHES = UUID("7d0c8a0e-4d0b-5c53-9a55-0f4f4a2f7c61")


def accrual_batch_id(accrued_on: date, chunk: int) -> UUID:
    """The id of the batch of a chunk of a night: the same whoever asks, however often."""
    return uuid5(_BATCHES, f"{accrued_on}/{chunk}")


def decide(command: AccrueInterest, recorded: bool) -> Sequence[InterestAccrued]:
    """The batch, once; nothing where no loan of the chunk accrued anything."""
    if recorded or not command.lines:
        return []
    return [
        InterestAccrued(
            accrued_on=command.accrued_on,
            chunk=command.chunk,
            currency=command.currency,
            lines=command.lines,
        )
    ]


accrual_batch = Decider[bool, AccrueInterest, InterestAccrued](
    category="accrual_batch",
    stream_id=lambda command: command.batch_id,
    initial=False,
    decide=decide,
    evolve=lambda _recorded, _event: True,
    events=(InterestAccrued,),
)
