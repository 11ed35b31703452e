"""减值计量: what the loans of one branch and currency are expected to lose, as measured on a day."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from services.risk.domain.events import ProvisionMeasured, StageLoss
from services.risk.domain.provisioning_policy import Booking
from shared.decider import Decider
from shared.messages import Command
from shared.money import Money

_GROUPS = UUID("8e0d5b52-3f7c-5d0e-8f4b-2f6f0c7d9a15")


class MeasureProvision(Command):
    """Take down what was measured of a branch's loans in one currency. `top_up`: see `ProvisionMeasured`."""

    branch: str
    stages: tuple[StageLoss, ...]
    specific: Money
    top_up: Money
    undrawn: Money
    undrawn_loss: Money
    booking: Booking
    measured_on: date


def group_id(branch: str, currency: str) -> UUID:
    """The id of a branch's stream in a currency."""
    return uuid5(_GROUPS, f"{branch}/{currency}")


def decide(command: MeasureProvision, last: ProvisionMeasured | None) -> Sequence[ProvisionMeasured]:
    """The measurement; nothing for one that was taken down already, or that is older than the last."""
    measured = ProvisionMeasured(**dict(command))
    if last is not None and (last == measured or measured.measured_on < last.measured_on):
        return []
    return [measured]


loss_measurement = Decider[ProvisionMeasured | None, MeasureProvision, ProvisionMeasured](
    category="loss_measurement",
    stream_id=lambda command: group_id(command.branch, command.specific.currency),
    initial=None,
    decide=decide,
    evolve=lambda _last, event: event,
    events=(ProvisionMeasured,),
)
