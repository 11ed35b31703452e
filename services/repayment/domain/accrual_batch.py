"""One chunk of the night (计提批次): a stream of its own that is written once, so a repeated night adds nothing."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from services.repayment.domain.commands import AccrueInterest
from services.repayment.domain.events import InstallmentsBilled, InterestAccrued
from shared.decider import Decider

_BATCHES = UUID("7d0c8a0e-4d0b-5c53-9a55-0f4f4a2f7c61")


def accrual_batch_id(accrued_on: date, chunk: int | UUID) -> UUID:
    """The id of the batch of a chunk of a night, or of one loan by itself: the same whoever asks, however often."""
    return uuid5(_BATCHES, f"{accrued_on}/{chunk}")


def decide(command: AccrueInterest, recorded: bool) -> Sequence[InterestAccrued | InstallmentsBilled]:
    """The batch, once; nothing where no loan of the chunk accrued anything and none falls due."""
    if recorded:
        return []
    facts: list[InterestAccrued | InstallmentsBilled] = []
    if command.lines.count:
        accrued = InterestAccrued(
            accrued_on=command.accrued_on, chunk=command.chunk, currency=command.currency, lines=command.lines
        )
        facts.append(accrued)
    if command.billed:
        billed = InstallmentsBilled(
            billed_on=command.billed_on,
            chunk=command.chunk,
            count=command.billed,
            loan_ids=command.billed_loan_ids,
            installment_nos=command.billed_nos,
        )
        facts.append(billed)
    return facts


accrual_batch = Decider[bool, AccrueInterest, InterestAccrued | InstallmentsBilled](
    category="accrual_batch",
    stream_id=lambda command: command.batch_id,
    initial=False,
    decide=decide,
    evolve=lambda _recorded, _event: True,
    events=(InterestAccrued, InstallmentsBilled),
)
