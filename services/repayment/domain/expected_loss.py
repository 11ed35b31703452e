"""预期信用损失准备: by branch and currency, what the expected loss is above the specific provisions.

The specific provision follows each loan's class and principal by itself. What risk measures is booked on top, as a
whole for a branch, from one measurement to the next: so the higher of both is held for every loan.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from services.repayment.domain.events.books import ExpectedLossBooked
from shared.decider import Decider
from shared.messages import Command
from shared.money import Money

_ALLOWANCES = UUID("d1b7c1a4-6a8e-5b8e-9a0d-1d3f0e5c7b92")


class BookExpectedLoss(Command):
    """Bring what is held on top to `top_up`, as risk measured it on `measured_on`."""

    branch: str
    expected_loss: Money
    specific: Money
    top_up: Money
    measured_on: date


def allowance_id(branch: str, currency: str) -> UUID:
    """The id of a branch's stream in a currency."""
    return uuid5(_ALLOWANCES, f"{branch}/{currency}")


def decide(command: BookExpectedLoss, last: ExpectedLossBooked | None) -> Sequence[ExpectedLossBooked]:
    """The change to what is held; nothing for a measurement that was booked, or older than the last."""
    held = last.top_up if last else Money(0, command.top_up.currency)
    booked = ExpectedLossBooked(**dict(command), top_up_change=command.top_up - held)
    if last is not None:
        same = booked.model_copy(update={"top_up_change": last.top_up_change}) == last
        if same or command.measured_on < last.measured_on:
            return []
    return [booked]


expected_loss = Decider[ExpectedLossBooked | None, BookExpectedLoss, ExpectedLossBooked](
    category="expected_loss",
    stream_id=lambda command: allowance_id(command.branch, command.top_up.currency),
    initial=None,
    decide=decide,
    evolve=lambda _last, event: event,
    events=(ExpectedLossBooked,),
)
