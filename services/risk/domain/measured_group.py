"""What is measured of the loans and undrawn limits of one branch in one currency, summed up."""

from dataclasses import dataclass, field
from datetime import date

from services.risk.domain.events import StageLoss
from services.risk.domain.expected_credit_loss import Stage
from services.risk.domain.loss_measurement import MeasureProvision
from services.risk.domain.provisioning_policy import Booking
from shared.money import Money


@dataclass
class MeasuredGroup:
    """Sums in minor units; `stages`: loans, outstanding and expected loss of each."""

    branch: str
    currency: str
    booking: Booking
    specific: int = 0
    top_up: int = 0
    undrawn: int = 0
    undrawn_loss: int = 0
    stages: dict[Stage, list[int]] = field(default_factory=dict)

    def add(self, stage: Stage, outstanding: Money, expected_loss: Money, specific: Money) -> None:
        """One more loan: what is held beside its own specific provision makes the expected loss, or the higher."""
        sums = self.stages.setdefault(stage, [0, 0, 0])
        for n, more in enumerate((1, outstanding.minor, expected_loss.minor)):
            sums[n] += more
        self.specific += specific.minor
        beside = expected_loss.minor - specific.minor
        self.top_up += beside if self.booking == "expected_loss" else max(beside, 0)

    def add_limit(self, undrawn: Money, expected_loss: Money) -> None:
        """One more limit that may still be drawn."""
        self.undrawn += undrawn.minor
        self.undrawn_loss += expected_loss.minor

    @property
    def is_empty(self) -> bool:
        """Nothing is owed and nothing may be drawn."""
        return not self.stages and not self.undrawn

    def measurement(self, on: date) -> MeasureProvision:
        """The command that takes it down."""
        return MeasureProvision(
            branch=self.branch,
            stages=tuple(
                StageLoss(stage=stage, loans=loans, outstanding=self._money(owed), expected_loss=self._money(lost))
                for stage, (loans, owed, lost) in sorted(self.stages.items())
            ),
            specific=self._money(self.specific),
            top_up=self._money(self.top_up),
            undrawn=self._money(self.undrawn),
            undrawn_loss=self._money(self.undrawn_loss),
            booking=self.booking,
            measured_on=on,
        )

    def _money(self, minor: int) -> Money:
        return Money(minor, self.currency)
