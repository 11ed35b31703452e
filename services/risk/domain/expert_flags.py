"""专家规则: what policy lets a single fact add to the log-odds, within bounds that keep the model in charge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from services.risk.domain.fractions import NIL
from shared.messages import Value

FLAG_MAX, SUM_MAX = Decimal("0.7"), Decimal("1.0")
"""Log-odds: of one flag, and of all that point one way."""


class ExpertFlag(Value):
    """`feature` `operator` `number` → `log_odds` more. Bounds are exclusive.

    What is missing raises no flag that would help, and every one that would not.
    """

    code: str
    feature: str
    operator: Literal["above", "below"]
    number: Decimal
    log_odds: Decimal
    zh: str
    en: str

    @model_validator(mode="after")
    def _is_bounded(self) -> "ExpertFlag":
        if not 0 < abs(self.log_odds) <= FLAG_MAX:
            raise ValueError(f"{self.code}: a flag adds at most {FLAG_MAX} to the log-odds, and not nothing")
        return self

    @property
    def best(self) -> Decimal:
        """What it adds for the best applicant."""
        return min(self.log_odds, NIL)

    def is_raised(self, value: Decimal | str | None) -> bool:
        if not isinstance(value, Decimal):
            return self.log_odds > 0
        return value > self.number if self.operator == "above" else value < self.number


@dataclass(frozen=True)
class Flagged:
    """A flag with what it added: nothing where it was not raised."""

    flag: ExpertFlag
    added: Decimal

    @property
    def above_best(self) -> float:
        return float(self.added - self.flag.best)


def require_bounded(flags: Sequence[ExpertFlag]) -> None:
    """ValueError where all that help, or all that do not, could add more than 1.0 together."""
    for sign in (-1, 1):
        together = sum((abs(one.log_odds) for one in flags if one.log_odds * sign > 0), NIL)
        if together > SUM_MAX:
            raise ValueError(f"expert flags that point one way add at most {SUM_MAX} together, not {together}")


def raised(flags: Sequence[ExpertFlag], features: dict[str, Decimal | str | None]) -> Iterator[Flagged]:
    """Every flag of the segment, raised or not."""
    for flag in flags:
        yield Flagged(flag, flag.log_odds if flag.is_raised(features.get(flag.feature)) else NIL)
