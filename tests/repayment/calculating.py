"""Repayment's calculators, asked with JSON: the answer as JSON, or a problem that names every wrong field."""

from datetime import date
from typing import Any

from pydantic import ValidationError

from services.repayment import registry
from services.repayment.calculations.catalogue import CALCULATORS
from services.repayment.calculations.grounds import Grounds
from shared.problem_details import field_problem, invalid

TODAY = date(2026, 3, 2)


def calculated(name: str, request: Any) -> dict[str, Any]:
    calculator = CALCULATORS[name]
    try:
        body = calculator.body.model_validate(request)
    except ValidationError as error:
        raise invalid(*map(field_problem, error.errors())) from error
    return calculator.answer(body, Grounds(registry.calendars(), TODAY)).model_dump(mode="json")


def example_of(name: str) -> Any:
    return CALCULATORS[name].body.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index]
