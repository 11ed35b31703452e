"""预期信用损失准备: by branch and currency, what the expected loss is above or below the specific provisions.

The specific provision follows each loan's class and principal by itself. What risk measures brings the whole of a
branch to its expected loss, from one measurement to the next; for what may still be drawn there is a provision of its
own (预计负债). How the one is set against the other is risk's policy, and the result is in its measurement.
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
    """Bring what is held on top to `top_up`, and for what is undrawn to `undrawn_loss`, as of `measured_on`."""

    branch: str
    expected_loss: Money
    specific: Money
    top_up: Money
    undrawn_loss: Money | None
    measured_on: date


def allowance_id(branch: str, currency: str) -> UUID:
    """The id of a branch's stream in a currency."""
    return uuid5(_ALLOWANCES, f"{branch}/{currency}")


def decide(command: BookExpectedLoss, last: ExpectedLossBooked | None) -> Sequence[ExpectedLossBooked]:
    """The change to what is held; nothing for a measurement that was booked, or older than the last."""
    nil = Money(0, command.top_up.currency)
    held, undrawn_held = (last.top_up, last.undrawn_loss or nil) if last else (nil, nil)
    if last is not None and (_as_told(last) == command or command.measured_on < last.measured_on):
        return []
    undrawn_change = (command.undrawn_loss or nil) - undrawn_held
    return [
        ExpectedLossBooked(
            **dict(command), top_up_change=command.top_up - held, undrawn_loss_change=undrawn_change or None
        )
    ]


def _as_told(booked: ExpectedLossBooked) -> BookExpectedLoss:
    return BookExpectedLoss(**{name: getattr(booked, name) for name in BookExpectedLoss.model_fields})


expected_loss = Decider[ExpectedLossBooked | None, BookExpectedLoss, ExpectedLossBooked](
    category="expected_loss",
    stream_id=lambda command: allowance_id(command.branch, command.top_up.currency),
    initial=None,
    decide=decide,
    evolve=lambda _last, event: event,
    events=(ExpectedLossBooked,),
)
