"""额度测算: by sales, by security, and the lowest of all measures with the caps of law and policy."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.risk.calculations.grounds import (
    NO_MONEY,
    Cover,
    Grounds,
    Name,
    TermMonths,
    in_currency_of,
    money_shown,
    one_of,
)
from services.risk.domain.collateral_value import accepted_value, collateral_shortfall, loan_to_value_percent
from services.risk.domain.credit_limit import Candidate, lowest_of, purpose_limit, room_below
from services.risk.domain.facts import RepaymentMethod, Segment
from services.risk.domain.fractions import HUNDRED, NIL, Share, six_places
from services.risk.domain.repayment_capacity import largest_debt, yearly_service_per_yuan
from services.risk.domain.sales_ratio import sales_ratio_limit
from shared.http import RequestBody
from shared.money import MoneyOrNil, MoneyText, PositiveMoney
from shared.problem_details import refused


class SalesBody(RequestBody):
    """Annual revenue (of a person: income) and the ratio, given or the policy's for a grade."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "annual_revenue": {"amount": "20000000.00"},
                    "ratio_percent": "25",
                    "existing_working_capital_loans": {"amount": "1000000.00"},
                }
            ]
        }
    )
    annual_revenue: MoneyOrNil
    ratio_percent: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)] | None = None
    segment: Segment = "company"
    grade: Name | None = None
    existing_working_capital_loans: MoneyOrNil = NO_MONEY


class SalesView(BaseModel):
    """The limit, not below nil; `raw_limit` is what the formula gave; the policy is that whose ratio served."""

    limit: MoneyText
    raw_limit: MoneyText
    ratio_percent: Decimal
    policy_version: str | None


def sales_limit(body: SalesBody, grounds: Grounds) -> SalesView:
    """Revenue x ratio - existing loans. No rule publishes a ratio: by default it is policy's, by grade."""
    in_currency_of(body.annual_revenue.currency, body)
    ratio, version = body.ratio_percent, None
    if ratio is None:
        policy = grounds.rules(body.segment).policy
        ratios = policy.limits[body.segment].sales_ratio
        one_of("grade", body.grade or "", ratios)
        ratio, version = ratios[body.grade or ""] * HUNDRED, policy.version
    revenue, existing = body.annual_revenue.amount, body.existing_working_capital_loans.amount
    return SalesView(
        limit=money_shown(sales_ratio_limit(revenue, ratio / HUNDRED, existing), body.annual_revenue.currency),
        raw_limit=money_shown(revenue * ratio / HUNDRED - existing, body.annual_revenue.currency),
        ratio_percent=six_places(ratio),
        policy_version=version,
    )


class CollateralItemBody(RequestBody):
    collateral_class: Name
    value: MoneyOrNil
    prior_liens: MoneyOrNil = NO_MONEY


class CollateralBody(RequestBody):
    """Security by class, in one currency. `rates_percent` are the caller's own haircuts in place of the table in force.

    A class outside the table in force is refused; outside the caller's own it counts nothing.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "collateral": [
                        {
                            "collateral_class": "residential",
                            "value": {"amount": "5000000.00"},
                            "prior_liens": {"amount": "1200000.00"},
                        },
                        {"collateral_class": "receivables", "value": {"amount": "2000000.00"}},
                    ],
                    "outstanding": {"amount": "2500000.00"},
                }
            ]
        }
    )
    collateral: Annotated[tuple[CollateralItemBody, ...], Field(min_length=1, max_length=50)]
    rates_percent: dict[Name, Share] | None = None
    outstanding: MoneyOrNil | None = None


class AcceptedCollateral(BaseModel):
    collateral_class: str
    accepted: MoneyText


class CollateralView(BaseModel):
    """What the security is worth; with a debt, its share of that and what is lacking."""

    accepted: list[AcceptedCollateral]
    total: MoneyText
    loan_to_value_percent: Decimal | None
    shortfall: MoneyText | None
    collateral_table_version: str | None


def collateral_limit(body: CollateralBody, grounds: Grounds) -> CollateralView:
    """抵押率: value x rate of its class - prior liens, not below nil, item by item."""
    currency = body.collateral[0].value.currency
    in_currency_of(currency, body)
    if body.rates_percent is None:
        accepted, version = _by_table(body.collateral, grounds)
    else:
        rates, version = {name: rate / HUNDRED for name, rate in body.rates_percent.items()}, None
        accepted = [_accepted(one, rates) for one in body.collateral]
    total, debt = sum(accepted, NIL), body.outstanding
    ratio = loan_to_value_percent(debt.amount, total) if debt is not None else None
    return CollateralView(
        accepted=[
            AcceptedCollateral(collateral_class=one.collateral_class, accepted=money_shown(amount, currency))
            for one, amount in zip(body.collateral, accepted, strict=True)
        ],
        total=money_shown(total, currency),
        loan_to_value_percent=None if ratio is None else six_places(ratio),
        shortfall=None if debt is None else money_shown(collateral_shortfall(debt.amount, total), currency),
        collateral_table_version=version,
    )


def _by_table(items: tuple[CollateralItemBody, ...], grounds: Grounds) -> tuple[list[Decimal], str]:
    table = grounds.rules("company").collateral
    for number, one in enumerate(items):
        one_of(f"collateral.{number}.collateral_class", one.collateral_class, table.classes)
    return [_accepted(one, table.rates) for one in items], table.version


def _accepted(item: CollateralItemBody, rates: dict[str, Decimal]) -> Decimal:
    return accepted_value(item.collateral_class, item.value.amount, item.prior_liens.amount, rates)


class CandidateBody(RequestBody):
    method: Name
    amount: MoneyOrNil | None


class CapBody(RequestBody):
    """A share of the bank's capital that one name may owe, beside what it owes already."""

    capital: PositiveMoney
    percent: Share
    existing: MoneyOrNil = NO_MONEY


class ConcentrationBody(RequestBody):
    """By law 10 % of net capital to one borrower; 15 % of tier 1 capital to a customer, 20 % to its group."""

    single_borrower: CapBody | None = None
    single_customer: CapBody | None = None
    group: CapBody | None = None


class PurposeBody(RequestBody):
    """Contracts and invoices that the loan would pay, and what of them is financed already."""

    evidenced: MoneyOrNil
    financed: MoneyOrNil = NO_MONEY
    share_percent: Share = Decimal(100)


class RepaymentBody(RequestBody):
    """The yearly cash for debt service, and the loan whose service it must cover."""

    cash_available: MoneyText
    existing_yearly_service: MoneyOrNil = NO_MONEY
    annual_rate_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)]
    term_months: TermMonths
    repayment_method: RepaymentMethod = "interest_only"
    bullet_share: Annotated[Decimal, Field(gt=0, le=1, decimal_places=6)] = Decimal(1)
    cover_min: Annotated[Cover, Field(gt=0)] = Decimal("1.2")


class LimitBody(RequestBody):
    """Measures to compare; security is valued by the collateral table in force and joins them as `collateral`.

    Caps, purpose and repayment capacity join them too, where they are given.
    """

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
    candidates: Annotated[tuple[CandidateBody, ...], Field(max_length=50)] = ()
    collateral: Annotated[tuple[CollateralItemBody, ...], Field(max_length=50)] = ()
    concentration: ConcentrationBody = ConcentrationBody()
    purpose: PurposeBody | None = None
    repayment_capacity: RepaymentBody | None = None
    round_down_to: PositiveMoney

    @model_validator(mode="after")
    def _is_in_one_currency(self) -> Self:
        amounts = [one.amount for one in self.candidates if one.amount is not None]
        amounts += [money for one in self.collateral for money in (one.value, one.prior_liens)]
        if any(money.currency != self.round_down_to.currency for money in amounts if money is not NO_MONEY):
            raise ValueError("all amounts must be in the currency of round_down_to")
        return self


class CandidateView(BaseModel):
    method: str
    amount: MoneyText | None


class LimitView(BaseModel):
    limit: MoneyText
    binding: str
    candidates: list[CandidateView]
    collateral: list[AcceptedCollateral]
    collateral_table_version: str


def lowest_limit(body: LimitBody, grounds: Grounds) -> LimitView:
    """孰低法: the lowest of the measures, rounded down, and the one that binds."""
    currency = body.round_down_to.currency
    in_currency_of(currency, body)
    accepted, version = _by_table(body.collateral, grounds)
    candidates = [
        Candidate(one.method, one.amount.amount if one.amount is not None else None) for one in body.candidates
    ]
    if accepted:
        candidates.append(Candidate("collateral", sum(accepted, NIL)))
    candidates += _measured(body)
    if not candidates:
        raise refused("candidates", "missing", "give at least one measure to compare")
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
        collateral_table_version=version,
    )


def _measured(body: LimitBody) -> Iterator[Candidate]:
    """Caps, purpose and repayment capacity, of those that are given."""
    for method, cap in body.concentration:
        if cap is not None:
            yield Candidate(method, room_below(cap.capital.amount, cap.existing.amount, cap.percent))
    if (purpose := body.purpose) is not None:
        share = purpose.share_percent / HUNDRED
        yield Candidate("purpose", purpose_limit(purpose.evidenced.amount, purpose.financed.amount, share))
    if (capacity := body.repayment_capacity) is not None:
        per_yuan = yearly_service_per_yuan(
            capacity.annual_rate_percent, capacity.term_months, capacity.repayment_method, capacity.bullet_share
        )
        cash, existing = capacity.cash_available.amount, capacity.existing_yearly_service.amount
        yield Candidate("repayment_capacity", largest_debt(cash, existing, per_yuan, capacity.cover_min))
