"""All calculators by the name that the API and the command call them by."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from services.risk.calculations import limits, losses, need, prices, provisions, quality, scores
from services.risk.calculations.grounds import Grounds
from shared.http import RequestBody


class Calculator(NamedTuple):
    """A request, and the pure function that answers it."""

    body: type[RequestBody]
    answer: Callable[[Any, Grounds], BaseModel]


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
