"""试算: what a person may compute for figures of his own. Nothing is kept, nothing is decided."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.risk.calculations.grounds import Grounds
from services.risk.calculations.limits import (
    CollateralBody,
    CollateralView,
    LimitBody,
    LimitView,
    SalesBody,
    SalesView,
    collateral_limit,
    lowest_limit,
    sales_limit,
)
from services.risk.calculations.losses import EclBody, EclView, ecl
from services.risk.calculations.need import NeedBody, NeedView, need
from services.risk.calculations.prices import PriceBody, PriceView, RarocBody, RarocView, price, raroc
from services.risk.calculations.provisions import ProvisionBody, ProvisionView, provision
from services.risk.calculations.quality import ClassificationBody, ClassificationView, classification
from services.risk.calculations.scores import ScoreBody, ScoreView, score
from services.risk.routes.views import LoadedLibrary
from shared.http import Today

router = APIRouter(prefix="/calculations")


async def _grounds(library: LoadedLibrary, today: Today) -> Grounds:
    return Grounds(library, today)


Grounded = Annotated[Grounds, Depends(_grounds)]


@router.post("/working-capital-need")
async def calculate_working_capital_need(body: NeedBody, grounds: Grounded) -> NeedView:
    """流动资金贷款需求量 by the annex's formula; rounded to the fen at the end, half up."""
    return need(body, grounds)


@router.post("/sales-limit")
async def calculate_sales_limit(body: SalesBody, grounds: Grounded) -> SalesView:
    """销售额比例法: a share of annual revenue, less the working-capital loans of all banks."""
    return sales_limit(body, grounds)


@router.post("/collateral-limit")
async def calculate_collateral_limit(body: CollateralBody, grounds: Grounded) -> CollateralView:
    """抵押率: what security is worth by its class after prior liens; with a debt, LTV and shortfall."""
    return collateral_limit(body, grounds)


@router.post("/limit")
async def calculate_limit(body: LimitBody, grounds: Grounded) -> LimitView:
    """孰低法: the lowest of the measures, rounded down, and the one that binds."""
    return lowest_limit(body, grounds)


@router.post("/score")
async def calculate_score(body: ScoreBody, grounds: Grounded) -> ScoreView:
    """评分: an applicant's score with its reasons, by the models and policy of the day; or a part of one."""
    return score(body, grounds)


@router.post("/price")
async def calculate_price(body: PriceBody, grounds: Grounded) -> PriceView:
    """定价: what a grade pays on a day, by the published table and by its own risk."""
    return price(body, grounds)


@router.post("/raroc")
async def calculate_raroc(body: RarocBody, grounds: Grounded) -> RarocView:
    """RAROC of a rate, and the rate that earns the hurdle exactly."""
    return raroc(body, grounds)


@router.post("/classification")
async def calculate_classification(body: ClassificationBody, grounds: Grounded) -> ClassificationView:
    """五级分类: the worst floor of all rules, with every rule that demands something."""
    return classification(body, grounds)


@router.post("/provision")
async def calculate_provision(body: ProvisionBody, grounds: Grounded) -> ProvisionView:
    """贷款损失准备: specific by class, general, what the supervisor requires, and when interest is income."""
    return provision(body, grounds)


@router.post("/ecl")
async def calculate_ecl(body: EclBody, grounds: Grounded) -> EclView:
    """预期信用损失: of twelve months and of the whole life, and which of them the stage books."""
    return ecl(body, grounds)
