"""试算: the lowest-of and the price for numbers that a person gives. Nothing is kept, nothing is decided."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.risk.domain.collateral_value import accepted_value
from services.risk.domain.credit_limit import Candidate, lowest_of
from services.risk.domain.facts import Segment
from services.risk.domain.fractions import six_places
from services.risk.domain.risk_price import loss_given_default_percent
from services.risk.domain.terms import price_for, risk_price_for
from services.risk.routes.views import LoadedLibrary, money_shown
from shared.http import RequestBody, Today
from shared.money import MoneyOrNil, MoneyText, PositiveMoney
from shared.problem_details import FieldProblem, Problem

router = APIRouter(prefix="/calculations")

TermMonths = Annotated[int, Field(ge=1, le=360)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class CandidateBody(RequestBody):
    method: Name
    amount: MoneyOrNil | None


class CollateralBody(RequestBody):
    collateral_class: Name
    value: MoneyOrNil
    prior_liens: MoneyOrNil


class LimitBody(RequestBody):
    """Measures to compare; security is valued by the collateral table in force and joins them as `collateral`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "candidates": [
                        {"method": "working_capital_need", "amount": {"amount": "23876.40"}},
                        {"method": "net_assets", "amount": {"amount": "30000.00"}},
                    ],
                    "collateral": [
                        {
                            "collateral_class": "residential",
                            "value": {"amount": "32000.00"},
                            "prior_liens": {"amount": "1000.00"},
                        }
                    ],
                    "round_down_to": {"amount": "100.00"},
                }
            ]
        }
    )
    candidates: Annotated[tuple[CandidateBody, ...], Field(max_length=50)]
    collateral: Annotated[tuple[CollateralBody, ...], Field(max_length=50)] = ()
    round_down_to: PositiveMoney

    @model_validator(mode="after")
    def _is_in_one_currency(self) -> Self:
        amounts = [one.amount for one in self.candidates if one.amount is not None]
        amounts += [money for one in self.collateral for money in (one.value, one.prior_liens)]
        if any(money.currency != self.round_down_to.currency for money in amounts):
            raise ValueError("all amounts must be in the currency of round_down_to")
        return self


class AcceptedCollateral(BaseModel):
    collateral_class: str
    accepted: MoneyText


class CandidateView(BaseModel):
    method: str
    amount: MoneyText | None


class LimitView(BaseModel):
    limit: MoneyText
    binding: str
    candidates: list[CandidateView]
    collateral: list[AcceptedCollateral]
    collateral_table_version: str


@router.post("/limit")
async def calculate_limit(body: LimitBody, library: LoadedLibrary, today: Today) -> LimitView:
    """孰低法: the lowest of the measures, rounded down, and the one that binds."""
    currency, table = body.round_down_to.currency, library.in_force("company", today).collateral
    accepted = [
        accepted_value(one.collateral_class, one.value.amount, one.prior_liens.amount, table.rates)
        for one in body.collateral
    ]
    candidates = [Candidate(one.method, one.amount.amount if one.amount else None) for one in body.candidates]
    if accepted:
        candidates.append(Candidate("collateral", sum(accepted, Decimal(0))))
    limit = lowest_of(candidates, body.round_down_to.amount)
    return LimitView(
        limit=money_shown(limit.amount, currency),
        binding=limit.binding,
        candidates=[
            CandidateView(method=one.method, amount=None if one.amount is None else money_shown(one.amount, currency))
            for one in limit.candidates
        ],
        collateral=[
            AcceptedCollateral(collateral_class=one.collateral_class, accepted=money_shown(amount, currency))
            for one, amount in zip(body.collateral, accepted, strict=True)
        ],
        collateral_table_version=table.version,
    )


class PriceBody(RequestBody):
    """Grade and terms; PD defaults to the grade's reference, LGD follows from the coverage by security."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"segment": "company", "size": "small", "grade": "R4", "term_months": 12, "coverage": "0.5"}]
        }
    )
    segment: Segment
    size: Literal["micro", "small", "medium", "large"] | None = None
    grade: Name
    term_months: TermMonths
    coverage: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)] = Decimal(0)
    pd_percent: Annotated[Decimal, Field(gt=0, lt=100, decimal_places=6)] | None = None

    @model_validator(mode="after")
    def _companies_have_a_size(self) -> Self:
        if (self.segment == "company") != (self.size is not None):
            raise ValueError("a company has a size, a person has none")
        return self


class PriceView(BaseModel):
    """The published rate by component in basis points, beside the risk-based rate by component in percent."""

    annual_rate_percent: Decimal
    benchmark_percent: Decimal
    grade_spread_bps: int
    term_spread_bps: int
    collateral_spread_bps: int
    spread_bps: int
    bound: str | None
    risk_based_rate_percent: Decimal
    funding_percent: Decimal
    operating_percent: Decimal
    expected_loss_percent: Decimal
    capital_charge_percent: Decimal
    vat_percent: Decimal
    lgd_percent: Decimal
    price_book_version: str


@router.post("/price")
async def calculate_price(body: PriceBody, library: LoadedLibrary, today: Today) -> PriceView:
    """What a grade would pay today, by the published table and by its own risk."""
    rules = library.in_force(body.segment, today)
    references = rules.price_book.spreads[body.segment].reference_pd_percent
    if body.grade not in references:
        known = FieldProblem(field="grade", rule="enum", detail=f"one of {', '.join(references)}")
        raise Problem(422, "invalid-request", "Correct: grade", errors=[known])
    price = price_for(rules, body.segment, body.grade, body.term_months, body.coverage, today)
    lgd = loss_given_default_percent(
        body.coverage,
        unsecured_percent=rules.policy.lgd.unsecured_percent,
        secured_percent=rules.policy.lgd.secured_percent,
    )
    pd_percent = body.pd_percent or references[body.grade]
    weight_class = body.size or body.segment
    risk = risk_price_for(rules.price_book.cost, body.segment, weight_class, body.term_months, pd_percent, lgd)
    return PriceView(
        annual_rate_percent=price.annual_rate_percent,
        benchmark_percent=price.benchmark_percent,
        grade_spread_bps=price.grade_spread_bps,
        term_spread_bps=price.term_spread_bps,
        collateral_spread_bps=price.collateral_spread_bps,
        spread_bps=price.spread_bps,
        bound=price.bound,
        risk_based_rate_percent=six_places(risk.rate_percent),
        funding_percent=risk.funding_percent,
        operating_percent=risk.operating_percent,
        expected_loss_percent=six_places(risk.expected_loss_percent),
        capital_charge_percent=six_places(risk.capital_charge_percent),
        vat_percent=six_places(risk.vat_percent),
        lgd_percent=six_places(lgd),
        price_book_version=rules.price_book.version,
    )
