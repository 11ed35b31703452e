"""定价: what a grade pays by the published table and by its own risk; what a rate earns on capital (RAROC)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.risk.calculations.grounds import (
    Cover,
    Grounds,
    Name,
    PdPercent,
    Percent,
    TermMonths,
    one_of,
)
from services.risk.domain.facts import Segment
from services.risk.domain.fractions import HUNDRED, NIL, Share, six_places
from services.risk.domain.irb_capital import CNY_TEN_MILLIONS, EUR_MILLIONS, capital_share
from services.risk.domain.price import below_floor
from services.risk.domain.risk_price import (
    CapitalTerms,
    loss_given_default_percent,
    raroc_percent,
    risk_based_price,
)
from services.risk.domain.terms import price_for, risk_price_for
from shared.dates import Day
from shared.http import RequestBody
from shared.problem_details import refused

Rate = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)]


LPR_SINCE = date(2019, 8, 20)
"""中国人民银行公告〔2019〕第 15 号: the first day of the reformed LPR."""


class PriceBody(RequestBody):
    """Grade and terms; PD defaults to the grade's reference, LGD follows from the coverage by security.

    `on`: the day whose benchmark and price book count, today where none is named. `offered_rate_percent`: a rate
    that somebody wants to give, to learn whose authority it needs.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"segment": "company", "size": "small", "grade": "R4", "term_months": 12, "coverage": "0.5"},
                {"segment": "small_firm", "size": "micro", "grade": "R5", "term_months": 12},
                {"segment": "person", "grade": "R3", "term_months": 24},
                {"segment": "supply_chain", "size": "small", "grade": "R3", "term_months": 6},
            ]
        }
    )
    segment: Segment
    size: Literal["micro", "small", "medium", "large"] | None = None
    grade: Name
    term_months: TermMonths
    coverage: Cover = Decimal(0)
    pd_percent: PdPercent | None = None
    on: Day | None = None
    offered_rate_percent: Rate | None = None

    @model_validator(mode="after")
    def _companies_have_a_size(self) -> Self:
        if (self.segment == "person") != (self.size is None):
            raise ValueError("a company or a firm has a size, a person has none")
        return self


class PriceView(BaseModel):
    """The published rate by component in basis points, beside the risk-based rate by component in percent.

    `authority`: who may grant the offered rate (without one: the published rate). Below the floor or below what the
    risk costs it is the next level.
    """

    annual_rate_percent: Decimal
    benchmark_percent: Decimal
    benchmark_published_on: date
    grade_spread_bps: int
    term_spread_bps: int
    collateral_spread_bps: int
    spread_bps: int
    bound: str | None
    floor_percent: Decimal
    cap_percent: Decimal
    authority: Literal["approver", "senior_approver"]
    risk_based_rate_percent: Decimal
    funding_percent: Decimal
    operating_percent: Decimal
    expected_loss_percent: Decimal
    capital_percent: Decimal
    capital_charge_percent: Decimal
    vat_percent: Decimal
    lgd_percent: Decimal
    price_book_version: str


def price(body: PriceBody, grounds: Grounds) -> PriceView:
    """What a grade pays on the day, by the published table and by its own risk."""
    day = body.on or grounds.today
    if day < LPR_SINCE:
        raise refused("on", "benchmark_known", f"LPR is the average of quotes, as prices follow it, since {LPR_SINCE}")
    rules = grounds.rules(body.segment, day)
    book = rules.price_book
    references = book.spreads[body.segment].reference_pd_percent
    one_of("grade", body.grade, references)
    try:
        published = price_for(rules, body.segment, body.grade, body.term_months, body.coverage, day)
    except ValueError as error:
        raise refused("on", "benchmark_known", str(error)) from error
    lgd = loss_given_default_percent(
        body.coverage,
        unsecured_percent=rules.policy.lgd.unsecured_percent,
        secured_percent=rules.policy.lgd.secured_percent,
    )
    pd_percent = body.pd_percent or references[body.grade]
    risk = risk_price_for(book.cost, body.segment, body.size or body.segment, body.term_months, pd_percent, lgd)
    offered = published.annual_rate_percent if body.offered_rate_percent is None else body.offered_rate_percent
    return PriceView(
        annual_rate_percent=published.annual_rate_percent,
        benchmark_percent=published.benchmark_percent,
        benchmark_published_on=published.benchmark_published_on,
        grade_spread_bps=published.grade_spread_bps,
        term_spread_bps=published.term_spread_bps,
        collateral_spread_bps=published.collateral_spread_bps,
        spread_bps=published.spread_bps,
        bound=published.bound,
        floor_percent=book.floor_percent,
        cap_percent=book.cap_percent,
        authority="senior_approver" if below_floor(offered, book.floor_percent, risk.rate_percent) else "approver",
        risk_based_rate_percent=six_places(risk.rate_percent),
        funding_percent=risk.funding_percent,
        operating_percent=risk.operating_percent,
        expected_loss_percent=six_places(risk.expected_loss_percent),
        capital_percent=six_places(risk.capital_percent),
        capital_charge_percent=six_places(risk.capital_charge_percent),
        vat_percent=six_places(risk.vat_percent),
        lgd_percent=six_places(lgd),
        price_book_version=book.version,
    )


class CapitalBody(RequestBody):
    """Capital per unit of exposure: given, by risk weight, or by the internal-ratings formula (CRE31).

    A smaller company's correlation is lower: `sales_size` are its annual sales, from 3 to 30 in tens of millions of
    yuan, or from 5 to 50 in millions of euros.
    """

    method: Literal["given", "risk_weight", "internal_ratings"]
    percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=6)] | None = None
    risk_weight_percent: Annotated[Decimal, Field(gt=0, le=1250, decimal_places=6)] = Decimal(75)
    ratio_percent: Annotated[Decimal, Field(gt=0, le=100, decimal_places=6)] = Decimal("10.5")
    maturity_years: Annotated[Decimal, Field(ge=1, le=5, decimal_places=6)] = Decimal(1)
    sales_size: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6)] | None = None
    sales_unit: Literal["cny_ten_millions", "eur_millions"] = "cny_ten_millions"


class RarocBody(RequestBody):
    """Costs in percent of the loan. What sources do differently has a name, with the default in use in China.

    `tax_percent` 25 (some examples are before tax: 0); `vat_percent` 6 on interest (0 for exempt small firms);
    `capital_credit_percent` what the capital itself earns, the funding rate where it is not given (0: no credit);
    `expected_loss` PD x LGD, or the exact break-even of one year.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "annual_rate_percent": "6.00",
                    "funding_percent": "2.20",
                    "operating_percent": "0.80",
                    "pd_percent": "1.4",
                    "lgd_percent": "60",
                    "capital": {"method": "risk_weight", "risk_weight_percent": "75"},
                    "hurdle_percent": "12",
                    "vat_percent": "0",
                }
            ]
        }
    )
    annual_rate_percent: Rate | None = None
    funding_percent: Percent
    operating_percent: Percent
    pd_percent: PdPercent
    lgd_percent: Share
    capital: CapitalBody
    hurdle_percent: Percent = Decimal(12)
    tax_percent: Annotated[Decimal, Field(ge=0, lt=100, decimal_places=6)] = Decimal(25)
    capital_credit_percent: Percent | None = None
    vat_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)] = Decimal(6)
    expected_loss: Literal["pd_lgd", "break_even"] = "pd_lgd"


class RarocView(BaseModel):
    """The rate that earns the hurdle exactly, by component; and, of a given rate, what it earns.

    Percent of the loan, RAROC in percent of capital.
    """

    risk_based_rate_percent: Decimal
    expected_loss_percent: Decimal
    capital_percent: Decimal
    capital_charge_percent: Decimal
    capital_credit_percent: Decimal
    vat_percent: Decimal
    revenue_percent: Decimal | None
    profit_after_tax_percent: Decimal | None
    raroc_percent: Decimal | None
    earns_the_hurdle: bool | None


def raroc(body: RarocBody, grounds: Grounds) -> RarocView:
    """RAROC of a rate, and the rate at which RAROC is the hurdle: one is the other's inverse, exactly."""
    del grounds
    capital = _capital_percent(body)
    credit = body.funding_percent if body.capital_credit_percent is None else body.capital_credit_percent
    wanted = risk_based_price(
        funding_percent=body.funding_percent,
        operating_percent=body.operating_percent,
        pd_percent=body.pd_percent,
        lgd_percent=body.lgd_percent,
        capital_percent=capital,
        terms=CapitalTerms(body.hurdle_percent, body.tax_percent, credit, body.vat_percent),
        break_even=body.expected_loss == "break_even",
    )
    revenue = earned = None
    if body.annual_rate_percent is not None:
        revenue = body.annual_rate_percent * HUNDRED / (HUNDRED + body.vat_percent)
        earned = raroc_percent(
            revenue=revenue,
            operating=body.operating_percent,
            funding=body.funding_percent,
            expected_loss=wanted.expected_loss_percent,
            capital=capital,
            credit=capital * credit / HUNDRED,
            tax_percent=body.tax_percent,
        )
    return RarocView(
        risk_based_rate_percent=six_places(wanted.rate_percent),
        expected_loss_percent=six_places(wanted.expected_loss_percent),
        capital_percent=six_places(capital),
        capital_charge_percent=six_places(wanted.capital_charge_percent),
        capital_credit_percent=six_places(capital * credit / HUNDRED),
        vat_percent=six_places(wanted.vat_percent),
        revenue_percent=None if revenue is None else six_places(revenue),
        profit_after_tax_percent=None if earned is None else six_places(earned * capital / HUNDRED),
        raroc_percent=None if earned is None else six_places(earned),
        earns_the_hurdle=None if earned is None else six_places(earned) >= body.hurdle_percent,
    )


def _capital_percent(body: RarocBody) -> Decimal:
    capital = body.capital
    match capital.method:
        case "given":
            if capital.percent is None:
                raise refused("capital.percent", "missing", "a given capital is a percentage of the loan")
            return capital.percent
        case "risk_weight":
            return capital.risk_weight_percent * capital.ratio_percent / HUNDRED
        case "internal_ratings":
            share = capital_share(
                float(body.pd_percent) / 100,
                float(body.lgd_percent) / 100,
                float(capital.maturity_years),
                None if capital.sales_size is None else float(capital.sales_size),
                CNY_TEN_MILLIONS if capital.sales_unit == "cny_ten_millions" else EUR_MILLIONS,
            )
            if share <= NIL:
                raise refused("lgd_percent", "needs_capital", "without a loss there is no capital to earn on")
            return six_places(share * 100)
