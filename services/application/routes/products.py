"""贷款产品: what is offered on a day, and on which terms."""

from datetime import date
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.application.domain.loan_product import AllocationTerms, LoanProduct, products_on
from shared.dates import Day
from shared.http import Today
from shared.money import MoneyText

router = APIRouter(prefix="/v1/products", tags=["products"])


class ProductView(BaseModel):
    """The terms that an applicant may know; the bank's authorities and floors are not among them."""

    code: str
    version: int
    name_zh: str
    name_en: str
    segment: str
    company_sizes: tuple[str, ...]
    currency: str
    amount_min: MoneyText
    amount_max: MoneyText
    term_months_min: int
    term_months_max: int
    repayment_methods: tuple[str, ...]
    day_count: str
    penalty_uplift_percent: Decimal
    offer_valid_days: int
    available_months: int
    effective_from: date
    effective_until: date | None
    allocation: AllocationTerms | None = Field(description="None: the legal order (民法典 561)")


class ProductList(BaseModel):
    items: list[ProductView]


@router.get("")
async def list_products(today: Today, on: Day | None = None) -> ProductList:
    """What is offered on a day, by default today."""
    return ProductList(items=[_view(product) for product in products_on(on or today)])


def _view(product: LoanProduct) -> ProductView:
    return ProductView(**{name: getattr(product, name) for name in ProductView.model_fields})
