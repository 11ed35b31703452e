"""受理: what an application must satisfy to be taken in."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from services.application.domain.code_lists import COLLATERAL_CLASSES, INDUSTRIES
from services.application.domain.commands import SubmitApplication
from services.application.domain.events import ApplicationSubmitted
from services.application.domain.facts import (
    BureauConsent,
    CompanyFacts,
    PersonFacts,
    Segment,
    SmallFirmFacts,
    StatementFacts,
)
from services.application.domain.loan_product import LoanProduct, product_on
from services.application.domain.use_of_funds import is_forbidden
from shared.messages import Rejected, Value
from shared.money import Money

STATEMENT_AGE_YEARS_MAX = 2
BALANCE_TOLERANCE = Decimal(1)
"""Whole currency units by which a balance sheet may fail to balance: lines are often rounded to the yuan."""
WORKING_AGE_MIN = 16
"""Nobody is employed before that age (劳动法 15)."""

PARTS: Mapping[Segment, tuple[str, ...]] = {
    "company": ("company",),
    "small_firm": ("small_firm",),
    "person": ("person",),
    "supply_chain": ("company", "supply_chain"),
}
"""Which parts an application of a segment tells, and no others."""


def submit(command: SubmitApplication) -> ApplicationSubmitted:
    """Take the application in under the terms in force that day, or say which rule it breaks."""
    product = product_on(command.product_code, command.submitted_on)
    _check_borrower(command, product)
    _check_request(command, product)
    if command.bureau_consent:
        _check_consent(command.bureau_consent, command.submitted_on)
    if command.company:
        _check_company(command.company, product, command.submitted_on)
    if command.person:
        _check_person(command.person, product)
    if command.small_firm:
        _check_size(command.small_firm, product, "small_firm")
    if command.supply_chain:
        _check_receivables(command)
    return ApplicationSubmitted(
        application_id=command.application_id,
        borrower_id=command.borrower_id,
        segment=product.segment,
        product_code=product.code,
        product_version=product.version,
        requested_amount=command.requested_amount,
        term_months=command.term_months,
        repayment_method=command.repayment_method,
        purpose=command.purpose,
        company=command.company,
        person=command.person,
        small_firm=command.small_firm,
        supply_chain=command.supply_chain,
        bureau=command.bureau,
        collateral=command.collateral,
        evidence=command.evidence,
        other_exposure=command.other_exposure,
        group_exposure=command.group_exposure,
        bureau_consent=command.bureau_consent,
        submitted_by=command.submitted_by,
        submitted_on=command.submitted_on,
    )


def _check_borrower(command: SubmitApplication, product: LoanProduct) -> None:
    if command.borrower_segment != product.borrower_kind:
        raise Rejected(
            "product_of_other_segment",
            f"{product.code} is for a {product.borrower_kind}, the borrower is a {command.borrower_segment}",
            field="product_code",
        )
    wanted = PARTS[product.segment]
    for name in ("company", "person", "small_firm", "supply_chain"):
        if (getattr(command, name) is not None) != (name in wanted):
            raise Rejected(
                "facts_of_segment",
                f"{product.code} asks for {' and '.join(wanted)}, and only for that",
                field=name if name in wanted else wanted[0],
            )


def _check_request(command: SubmitApplication, product: LoanProduct) -> None:
    for name, money in _amounts(command, ""):
        if money.currency != product.currency:
            raise Rejected("currency_not_offered", f"{product.code} is lent in {product.currency}", field=name)
    if not product.amount_min <= command.requested_amount <= product.amount_max:
        raise Rejected(
            "amount_outside_product",
            f"{product.code} is lent from {product.amount_min} to {product.amount_max}",
            field="requested_amount",
        )
    if not product.term_months_min <= command.term_months <= product.term_months_max:
        raise Rejected(
            "term_outside_product",
            f"{product.code} runs from {product.term_months_min} to {product.term_months_max} months",
            field="term_months",
        )
    if command.repayment_method not in product.repayment_methods:
        raise Rejected(
            "method_not_offered",
            f"{product.code} is repaid by {' or '.join(product.repayment_methods)}",
            field="repayment_method",
        )
    if is_forbidden(command.purpose):
        raise Rejected(
            "purpose_forbidden",
            "it may not pay for dividends, financial or fixed assets, equity or real estate",
            field="purpose",
        )
    for number, item in enumerate(command.collateral):
        if item.collateral_class not in COLLATERAL_CLASSES:
            raise Rejected(
                "collateral_class_unlisted",
                f"security is one of {', '.join(COLLATERAL_CLASSES)}",
                field=f"collateral.{number}.collateral_class",
            )


def _check_consent(consent: BureauConsent, day: date) -> None:
    """One that has ended may be handed in: risk then does not ask the bureau, and says so."""
    if not consent.given_on <= day:
        raise Rejected("consent_not_given_yet", f"on {day} it had not been given", field="bureau_consent.given_on")
    if consent.valid_until < consent.given_on:
        raise Rejected("consent_never_valid", "it ends before it begins", field="bureau_consent.valid_until")


def _check_size(firm: CompanyFacts | SmallFirmFacts, product: LoanProduct, where: str) -> None:
    if firm.size not in product.company_sizes:
        raise Rejected(
            "company_too_large",
            f"{product.code} is for companies of size {' or '.join(product.company_sizes)}",
            field=f"{where}.size",
        )
    if firm.industry not in INDUSTRIES:
        raise Rejected("industry_unlisted", f"an industry is one of {', '.join(INDUSTRIES)}", field=f"{where}.industry")


def _check_receivables(command: SubmitApplication) -> None:
    """A claim secures a loan once: as a confirmed receivable of the supply chain, not as security beside it."""
    for number, item in enumerate(command.collateral):
        if item.collateral_class == "receivables":
            raise Rejected(
                "receivables_counted_twice",
                "claims on the anchor are told once, in supply_chain",
                field=f"collateral.{number}.collateral_class",
            )


def _check_company(company: CompanyFacts, product: LoanProduct, day: date) -> None:
    _check_size(company, product, "company")
    if company.previous.year != company.latest.year - 1:
        raise Rejected(
            "statements_not_consecutive", "the previous statement is of the year before the latest",
            field="company.previous.year",
        )  # fmt: skip
    if not day.year - STATEMENT_AGE_YEARS_MAX <= company.latest.year <= day.year:
        raise Rejected(
            "statement_of_wrong_year",
            f"on {day} the latest statement is of {day.year - STATEMENT_AGE_YEARS_MAX} to {day.year}",
            field="company.latest.year",
        )
    _check_balance(company.latest, "company.latest")
    _check_balance(company.previous, "company.previous")


def _check_balance(statement: StatementFacts, where: str) -> None:
    """A balance sheet balances within the tolerance, a part is within its whole, a profit within its revenue."""
    apart = statement.total_assets - statement.total_liabilities - statement.equity
    if abs(apart.amount) > BALANCE_TOLERANCE:
        raise Rejected(
            "statement_unbalanced",
            f"total assets are total liabilities and equity, within {BALANCE_TOLERANCE}; they differ by {apart}",
            field=f"{where}.total_assets",
        )
    for name in ("operating_profit", "net_profit"):
        profit: Money = getattr(statement, name)
        if profit.minor > 0 and profit > statement.revenue:
            raise Rejected(
                "margin_above_revenue",
                "a profit is not more than the revenue it is made of",
                field=f"{where}.{name}",
            )
    current = Money.sum((statement.cash, statement.receivables, statement.inventory, statement.prepayments))
    parts = (
        ("current_assets", current, statement.current_assets),
        ("total_assets", statement.current_assets, statement.total_assets),
        (
            "current_liabilities",
            statement.payables + statement.advance_receipts,
            statement.current_liabilities,
        ),
        ("total_liabilities", statement.current_liabilities, statement.total_liabilities),
        (
            "total_liabilities",
            statement.current_liabilities + statement.long_term_liabilities,
            statement.total_liabilities,
        ),
    )
    for name, part, whole in parts:
        if part > whole:
            raise Rejected("statement_unbalanced", f"{name} is less than its parts", field=f"{where}.{name}")


def _check_person(person: PersonFacts, product: LoanProduct) -> None:
    """Full capacity to act begins at 18 (民法典 17, 18); a product may ask for more. Work begins at 16."""
    if product.age_min is not None and person.age < product.age_min:
        raise Rejected("below_age", f"{product.code} is for persons from {product.age_min} years", field="person")
    if person.seniority_years > max(person.age - WORKING_AGE_MIN, 0):
        raise Rejected(
            "seniority_above_age",
            f"at {person.age} nobody has worked longer than since the age of {WORKING_AGE_MIN}",
            field="person.seniority_years",
        )


def _amounts(value: Value | SubmitApplication, path: str) -> Iterator[tuple[str, Money]]:
    """Every amount inside a message, with the path of its field."""
    for name, part in value:
        where = f"{path}{name}"
        if isinstance(part, Money):
            yield where, part
        elif isinstance(part, Value):
            yield from _amounts(part, f"{where}.")
        elif isinstance(part, tuple):
            for number, item in enumerate(part):
                yield from _amounts(item, f"{where}.{number}.")
