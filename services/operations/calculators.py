"""Every calculator of the services by its name, asked with JSON: the one way that the command and tests call them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from services.repayment import registry as repayment_registry
from services.repayment.calculations import catalogue as repayment
from services.repayment.calculations.grounds import Grounds as RepaymentGrounds
from services.risk import registry as risk_registry
from services.risk.calculations import catalogue as risk
from services.risk.calculations.grounds import Grounds as RiskGrounds
from shared.problem_details import field_problem, invalid


@dataclass(frozen=True)
class Calculator:
    """A request, the pure function that answers it, and what both stand on at a business date."""

    body: type[BaseModel]
    answer: Callable[[Any, Any], BaseModel]
    grounds: Callable[[date], Any]

    def of_json(self, given: Any, on: date) -> BaseModel:
        """The answer to a parsed JSON value; a Problem that names every wrong field."""
        try:
            body = self.body.model_validate(given)
        except ValidationError as error:
            raise invalid(*map(field_problem, error.errors(include_url=False))) from error
        return self.answer(body, self.grounds(on))

    @property
    def examples(self) -> Sequence[Any]:
        """Requests that are answered; of score and price one for each segment."""
        return self.body.model_config["json_schema_extra"]["examples"]  # type: ignore[index,return-value]

    @property
    def example(self) -> Any:
        """The first of them."""
        return self.examples[0]

    def example_of(self, segment: str) -> Any:
        """The example of a segment. LookupError where the calculator has none of it."""
        for one in self.examples:
            if one.get("applicant", one).get("segment") == segment:
                return one
        raise LookupError(segment)


def _risk_grounds(on: date) -> RiskGrounds:
    return RiskGrounds(risk_registry.library(), on)


def _repayment_grounds(on: date) -> RepaymentGrounds:
    return RepaymentGrounds(repayment_registry.calendars(), on)


CALCULATORS: Mapping[str, Calculator] = {
    **{name: Calculator(one.body, one.answer, _risk_grounds) for name, one in risk.CALCULATORS.items()},
    **{name: Calculator(one.body, one.answer, _repayment_grounds) for name, one in repayment.CALCULATORS.items()},
}
