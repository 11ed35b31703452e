"""合理性校验: figures that cannot be true, each with the line it stands in and the rule that it breaks."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.risk.domain.facts import (
    ApplicationFacts,
    Bureau,
    CollateralItem,
    Company,
    Person,
    SmallFirm,
    Statement,
    SupplyChain,
)
from shared.money import Money

BALANCE_TOLERANCE = Decimal(1)
"""Whole currency units by which a balance sheet may fail to balance: lines are often rounded to the yuan."""
STATEMENT_AGE_YEARS_MAX = 2
WORKING_AGE_MIN = 16
"""Nobody is employed before that age (劳动法 15)."""
AGE_MAX = 120

INDUSTRIES = frozenset(
    {
        "accommodation", "agriculture", "business_services", "catering", "construction", "culture_and_sports",
        "education", "finance", "health", "information_technology", "local_government_financing", "manufacturing",
        "mining", "mining_of_coal", "personal_services", "public_facilities", "real_estate", "retail",
        "technical_services", "transport", "utilities", "wholesale",
    }
)  # fmt: skip
"""The codes in which applications give a company's industry."""

MAY_BE_NEGATIVE = frozenset({"operating_profit", "net_profit", "equity"})
PARTS: dict[str, tuple[str, ...]] = {
    "current_assets": ("cash", "receivables", "inventory", "prepayments"),
    "total_assets": ("current_assets",),
    "current_liabilities": ("payables", "advance_receipts"),
    "total_liabilities": ("current_liabilities", "long_term_liabilities"),
}
"""Which lines are parts of a line; together they are never more than it."""


@dataclass(frozen=True)
class Implausible:
    line: str
    rule: str
    detail: str


def implausible(facts: ApplicationFacts, collateral_classes: Iterable[str], on: date) -> tuple[Implausible, ...]:
    """Everything that cannot be true of the facts as they are told on `on`."""
    found = list(_request(facts))
    found += _collateral(facts.collateral, frozenset(collateral_classes))
    if facts.company is not None:
        found += _company(facts.company, on)
    if facts.person is not None:
        found += _person(facts.person)
    if facts.small_firm is not None:
        found += _small_firm(facts.small_firm)
    if facts.supply_chain is not None:
        found += _supply_chain(facts.supply_chain)
    found += _bureau(facts.bureau, "bureau")
    return tuple(found)


def _bureau(bureau: Bureau, where: str) -> Iterator[Implausible]:
    for name, count in bureau:
        if count is not None and count < 0:
            yield Implausible(f"{where}.{name}", "not_negative", "it is counted from nil")


def _request(facts: ApplicationFacts) -> Iterator[Implausible]:
    if len(facts.currencies()) > 1:
        yield Implausible("requested_amount", "one_currency", "all amounts of an application are in one currency")
    if facts.requested_amount.minor <= 0:
        yield Implausible("requested_amount", "positive", "a loan is asked for")
    if facts.term_months <= 0:
        yield Implausible("term_months", "positive", "a loan runs for a month at least")


def _collateral(items: tuple[CollateralItem, ...], classes: frozenset[str]) -> Iterator[Implausible]:
    for number, item in enumerate(items):
        where = f"collateral.{number}"
        if item.collateral_class not in classes:
            yield Implausible(f"{where}.collateral_class", "listed", f"one of {', '.join(sorted(classes))}")
        yield from _negative(where, {"value": item.value, "prior_liens": item.prior_liens})


def _negative(where: str, amounts: dict[str, Money]) -> Iterator[Implausible]:
    for name, amount in amounts.items():
        if amount.minor < 0:
            yield Implausible(f"{where}.{name}", "not_negative", "it cannot be less than nil")


def _company(company: Company, on: date) -> Iterator[Implausible]:
    yield from _firm(company, "company")
    yield from _shares("company", {"largest_customer_share_percent": company.largest_customer_share_percent})
    if company.revenue_growth_forecast_percent < -100:  # noqa: PLR2004  (percent)
        yield Implausible("company.revenue_growth_forecast_percent", "share", "no more than all revenue can be lost")
    loans = {name: getattr(company, name) for name in ("existing_working_capital_loans", "other_funding")}
    yield from _negative("company", loans)
    if company.previous.year != company.latest.year - 1:
        yield Implausible("company.previous.year", "consecutive", "the previous statement is of the year before")
    if company.latest.year > on.year:
        yield Implausible("company.latest.year", "not_future", f"on {on} that year had not begun")
    if company.latest.year < on.year - STATEMENT_AGE_YEARS_MAX:
        yield Implausible("company.latest.year", "recent", f"at most {STATEMENT_AGE_YEARS_MAX} years old on {on}")
    if len({money.currency for one in (company.latest, company.previous) for money in _lines(one).values()}) == 1:
        yield from _statement(company.latest, "company.latest")
        yield from _statement(company.previous, "company.previous")


def _firm(firm: Company | SmallFirm, where: str) -> Iterator[Implausible]:
    if firm.industry not in INDUSTRIES:
        yield Implausible(f"{where}.industry", "listed", f"one of {', '.join(sorted(INDUSTRIES))}")
    if firm.years_in_business < 0:
        yield Implausible(f"{where}.years_in_business", "not_negative", "it cannot be less than nil")


def _shares(where: str, shares: dict[str, Decimal | None]) -> Iterator[Implausible]:
    for name, value in shares.items():
        if value is not None and not 0 <= value <= 100:  # noqa: PLR2004  (percent)
            yield Implausible(f"{where}.{name}", "share", "a share is between 0 and 100 percent")


def _small_firm(firm: SmallFirm) -> Iterator[Implausible]:
    yield from _firm(firm, "small_firm")
    if firm.employees is not None and firm.employees < 0:
        yield Implausible("small_firm.employees", "not_negative", "it is counted from nil")
    yield from _shares("small_firm", {"guaranteed_percent": firm.guaranteed_percent})
    yield from _negative("small_firm", {name: value for name, value in firm if isinstance(value, Money)})
    yield from _bureau(firm.owner, "small_firm.owner")


def _supply_chain(chain: SupplyChain) -> Iterator[Implausible]:
    names = ("dilution_percent", "anchor_sales_share_percent")
    yield from _shares("supply_chain", {name: getattr(chain, name) for name in names})
    if chain.confirmed_receivables is not None:
        yield from _negative("supply_chain", {"confirmed_receivables": chain.confirmed_receivables})


def _lines(statement: Statement) -> dict[str, Money]:
    return {name: value for name, value in statement if isinstance(value, Money)}


def _statement(statement: Statement, where: str) -> Iterator[Implausible]:
    """It balances within the tolerance, a part is within its whole, and no margin is above all revenue."""
    lines = _lines(statement)
    yield from _negative(where, {name: amount for name, amount in lines.items() if name not in MAY_BE_NEGATIVE})
    apart = statement.total_assets - statement.total_liabilities - statement.equity
    if abs(apart.amount) > BALANCE_TOLERANCE:
        detail = f"total assets are total liabilities and equity, within {BALANCE_TOLERANCE}; they differ by {apart}"
        yield Implausible(f"{where}.total_assets", "balances", detail)
    for whole, parts in PARTS.items():
        together = Money.sum((lines[part] for part in parts), lines[whole].currency)
        if together > lines[whole]:
            yield Implausible(f"{where}.{whole}", "covers_its_parts", f"it is less than {' + '.join(parts)}")
    for name in ("operating_profit", "net_profit"):
        if lines[name] > statement.revenue and lines[name].minor > 0:
            yield Implausible(f"{where}.{name}", "margin", "a profit is not more than the revenue it is made of")


def _person(person: Person) -> Iterator[Implausible]:
    yield from _negative("person", {name: value for name, value in person if isinstance(value, Money)})
    bounds: tuple[tuple[str, Callable[[Person], bool], str], ...] = (
        ("age", lambda one: 0 <= one.age <= AGE_MAX, f"from 0 to {AGE_MAX} years"),
        (
            "seniority_years",
            lambda one: 0 <= one.seniority_years <= max(one.age - WORKING_AGE_MIN, 0),
            f"no longer than since the age of {WORKING_AGE_MIN}",
        ),
    )
    for name, holds, detail in bounds:
        if not holds(person):
            yield Implausible(f"person.{name}", "possible", detail)
