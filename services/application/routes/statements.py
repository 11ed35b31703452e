"""What an applicant states, as requests give it and answers show it: amounts as text, derived figures optional."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.application.domain.facts import (
    BureauConsent,
    BureauFacts,
    CollateralFacts,
    CompanyFacts,
    CompanySize,
    EvidenceFacts,
    PersonFacts,
    SmallFirmFacts,
    StatementFacts,
    SupplyChainFacts,
)
from services.application.routes.texts import CollateralClass, Count, Industry, Percent, Reference, Years
from shared.dates import Day
from shared.http import RequestBody
from shared.money import Money, MoneyOrNil, MoneyText

NIL = Money(0)
Share = Annotated[Percent, Field(ge=0, le=100)]


class Statement(RequestBody):
    """One year's statements. Where long-term liabilities or equity are left out, they are what remains."""

    year: Annotated[int, Field(strict=True, ge=1990, le=2200)]
    revenue: MoneyOrNil
    cost_of_sales: MoneyOrNil
    operating_profit: MoneyText
    net_profit: MoneyText
    interest_expense: MoneyOrNil = NIL
    depreciation: MoneyOrNil = NIL
    cash: MoneyOrNil
    receivables: MoneyOrNil
    inventory: MoneyOrNil
    prepayments: MoneyOrNil = NIL
    current_assets: MoneyOrNil
    total_assets: MoneyOrNil
    payables: MoneyOrNil
    advance_receipts: MoneyOrNil = NIL
    current_liabilities: MoneyOrNil
    long_term_liabilities: MoneyOrNil | None = None
    total_liabilities: MoneyOrNil
    equity: MoneyText | None = None

    @model_validator(mode="after")
    def _is_of_one_currency(self) -> Self:
        if len({value.currency for _, value in self if isinstance(value, Money)}) > 1:
            raise ValueError("a statement is in one currency")
        return self

    def facts(self) -> StatementFacts:
        derived = {
            "long_term_liabilities": self.total_liabilities - self.current_liabilities,
            "equity": self.total_assets - self.total_liabilities,
        }
        given = {name: value for name, value in self if value is not None}
        return StatementFacts(**(derived | given))


class Company(RequestBody):
    """A company's facts. Working-capital loans are those of all banks; other funding is what else it can use."""

    size: CompanySize
    industry: Industry
    years_in_business: Years
    previous: Statement
    latest: Statement
    revenue_growth_forecast_percent: Percent
    existing_working_capital_loans: MoneyOrNil
    other_funding: MoneyOrNil = NIL
    largest_customer_share_percent: Share | None = None
    audited: bool | None = None

    def facts(self) -> CompanyFacts:
        given = {name: getattr(self, name) for name in CompanyFacts.model_fields}
        return CompanyFacts(**(given | {"previous": self.previous.facts(), "latest": self.latest.facts()}))

    @classmethod
    def of(cls, facts: CompanyFacts) -> "Company":
        """As it was taken in, whatever the rules for new requests are by now."""
        statements = {
            "previous": Statement.model_construct(**dict(facts.previous)),
            "latest": Statement.model_construct(**dict(facts.latest)),
        }
        return cls.model_construct(**(dict(facts) | statements))


class Person(RequestBody):
    """A person's facts; the age follows from the resident identity number. Income and expenses are a month's."""

    monthly_income: MoneyOrNil
    monthly_expenses: MoneyOrNil
    assets: MoneyOrNil
    debts: MoneyOrNil
    seniority_years: Annotated[int, Field(strict=True, ge=0, le=80)]
    job: Literal["fixed", "partime", "freelance", "others"]
    home: Literal["owner", "rent", "parents", "private", "other", "ignore"]

    def facts(self, age: int) -> PersonFacts:
        given = {name: getattr(self, name) for name in PersonFacts.model_fields if name != "age"}
        return PersonFacts(**given, age=age)


class StatedPerson(Person):
    """A person's facts with the age on the day of the application."""

    age: int

    @classmethod
    def of(cls, facts: PersonFacts) -> "StatedPerson":
        """As it was taken in."""
        return cls.model_construct(**dict(facts))


class Bureau(RequestBody):
    """What credit bureau and courts say, as declared; what is left out is unknown, which is not the same as nil."""

    overdue_count_24_months: Count | None = None
    worst_days_past_due: Count | None = None
    has_unpaid_default: bool | None = None
    court_cases_open: Count | None = None

    def facts(self) -> BureauFacts:
        return BureauFacts(**dict(self))

    @classmethod
    def of(cls, facts: BureauFacts) -> "Bureau":
        """As it was taken in."""
        return cls.model_construct(**dict(facts))


class SmallFirm(RequestBody):
    """A small firm without statements. Turnover is of the last twelve months: show two sources of it, better three.

    What is left out is unknown, and never helps. `owner` is the person behind the firm.
    """

    size: Literal["micro", "small"]
    industry: Industry
    years_in_business: Years
    employees: Count | None = None
    turnover_by_account: MoneyOrNil | None = None
    turnover_by_tax: MoneyOrNil | None = None
    turnover_by_invoices: MoneyOrNil | None = None
    existing_loans: MoneyOrNil
    guaranteed_percent: Share | None = None
    owner: Bureau = Bureau()

    def facts(self) -> SmallFirmFacts:
        given = {name: getattr(self, name) for name in SmallFirmFacts.model_fields}
        return SmallFirmFacts(**(given | {"owner": self.owner.facts()}))

    @classmethod
    def of(cls, facts: SmallFirmFacts) -> "SmallFirm":
        """As it was taken in."""
        return cls.model_construct(**(dict(facts) | {"owner": Bureau.of(facts.owner)}))


class SupplyChain(RequestBody):
    """What a supplier sells to an anchor; `dilution_percent` is what returns and disputes took of its invoices."""

    anchor_grade: Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"] | None = None
    confirmed_receivables: MoneyOrNil | None = None
    dilution_percent: Share | None = None
    anchor_sales_share_percent: Share | None = None
    notice_given: bool | None = None
    assigned: bool | None = None

    def facts(self) -> SupplyChainFacts:
        return SupplyChainFacts(**dict(self))

    @classmethod
    def of(cls, facts: SupplyChainFacts) -> "SupplyChain":
        """As it was taken in."""
        return cls.model_construct(**dict(facts))


class Consent(RequestBody):
    """征信授权: the borrower's consent that the bank asks the credit bureau, by the reference of the signed paper."""

    reference: Annotated[Reference, Field(examples=["ZX-2026-000123"])]
    given_on: Day
    valid_until: Day

    def facts(self) -> BureauConsent:
        return BureauConsent(**dict(self))

    @classmethod
    def of(cls, facts: BureauConsent) -> "Consent":
        """As it was taken in."""
        return cls.model_construct(**dict(facts))


class Collateral(RequestBody):
    """One item of security."""

    collateral_class: CollateralClass
    value: MoneyOrNil
    prior_liens: MoneyOrNil = NIL

    def facts(self) -> CollateralFacts:
        return CollateralFacts(**dict(self))

    @classmethod
    def of(cls, facts: CollateralFacts) -> "Collateral":
        """As it was taken in."""
        return cls.model_construct(**dict(facts))


class Evidence(RequestBody):
    """A contract or an invoice that the loan would pay, and what other loans finance of it already."""

    kind: Literal["contract", "invoice"]
    amount: MoneyOrNil
    financed: MoneyOrNil = NIL

    def facts(self) -> EvidenceFacts:
        return EvidenceFacts(**dict(self))

    @classmethod
    def of(cls, facts: EvidenceFacts) -> "Evidence":
        """As it was taken in."""
        return cls.model_construct(**dict(facts))
