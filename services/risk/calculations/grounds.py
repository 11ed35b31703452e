"""What every calculation may stand on, and how it refuses: a problem that names the line and the rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from services.risk.domain.facts import Segment
from services.risk.domain.fractions import HUNDRED
from services.risk.domain.rulebook import Rulebook
from services.risk.registry import Library
from shared.money import MINOR_MAX, Money
from shared.problem_details import Problem, refused

Percent = Annotated[Decimal, Field(ge=-1000, le=1000, decimal_places=6)]
PdPercent = Annotated[Decimal, Field(gt=0, lt=100, decimal_places=6)]
Cover = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)]
TermMonths = Annotated[int, Field(ge=1, le=360)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
NO_MONEY = Money(0)


@dataclass(frozen=True)
class Grounds:
    """The models and policy at hand, and the business date."""

    library: Library
    today: date

    def rules(self, segment: Segment, on: date | None = None) -> Rulebook:
        """What is in force for the segment on `on` (today where none is named); 422 where nothing is."""
        try:
            return self.library.in_force(segment, on or self.today)
        except LookupError as error:
            raise refused("on", "in_force", str(error)) from error


def in_currency_of(currency: str, body: BaseModel, where: str = "") -> None:
    """422 unless every amount below `body` is in `currency`."""
    for name, value in body:
        _check_currency(currency, value, f"{where}{name}")


def _check_currency(currency: str, value: object, where: str) -> None:
    if isinstance(value, Money) and value is not NO_MONEY and value.currency != currency:
        raise refused(where, "one_currency", f"all amounts of one calculation are in {currency}")
    if isinstance(value, BaseModel):
        in_currency_of(currency, value, f"{where}.")
    if isinstance(value, tuple):
        for number, one in enumerate(value):
            _check_currency(currency, one, f"{where}.{number}")


def money_shown(amount: Decimal, currency: str) -> Money:
    """The amount, half up; 422 for one beyond ten trillion, which only impossible figures give."""
    if abs(amount) * HUNDRED > MINOR_MAX:
        raise Problem(422, "invalid-request", "These figures give an amount that no money can say.")
    return Money.round(amount, currency)


def one_of(field: str, name: str, known: Mapping[str, object]) -> None:
    """422 unless `name` is a key of `known`."""
    if name not in known:
        raise refused(field, "enum", f"one of {', '.join(known)}")
