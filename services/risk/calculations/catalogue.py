"""All calculators by the name that the API and the command call them by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from services.risk.calculations import limits, losses, need, prices, provisions, quality, scores
from services.risk.calculations.grounds import Grounds, refused_lines
from shared.http import RequestBody
from shared.problem_details import FieldProblem


@dataclass(frozen=True)
class Calculator:
    """A request, and the pure function that answers it."""

    body: type[RequestBody]
    answer: Callable[[Any, Grounds], BaseModel]

    def of_json(self, given: Any, grounds: Grounds) -> BaseModel:
        """The answer to a parsed JSON value; a Problem that names every wrong line."""
        try:
            body = self.body.model_validate(given)
        except ValidationError as error:
            raise refused_lines([_line(one) for one in error.errors(include_url=False)]) from error
        return self.answer(body, grounds)

    @property
    def example(self) -> Any:
        """A request that is answered."""
        return self.body.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index]


def _line(error: Any) -> FieldProblem:
    return FieldProblem(
        field=".".join(str(part) for part in error["loc"]) or "body", rule=error["type"], detail=error["msg"]
    )


CALCULATORS: Mapping[str, Calculator] = {
    "working-capital-need": Calculator(need.NeedBody, need.need),
    "sales-limit": Calculator(limits.SalesBody, limits.sales_limit),
    "collateral-limit": Calculator(limits.CollateralBody, limits.collateral_limit),
    "limit": Calculator(limits.LimitBody, limits.lowest_limit),
    "score": Calculator(scores.ScoreBody, scores.score),
    "price": Calculator(prices.PriceBody, prices.price),
    "raroc": Calculator(prices.RarocBody, prices.raroc),
    "classification": Calculator(quality.ClassificationBody, quality.classification),
    "provision": Calculator(provisions.ProvisionBody, provisions.provision),
    "ecl": Calculator(losses.EclBody, losses.ecl),
}
