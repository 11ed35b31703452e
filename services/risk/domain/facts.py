"""The snapshot of an application that an assessment stands on: what was known, and nothing about who it is."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.risk.domain.source_answers import BureauConsent, SourceAnswer
from shared.messages import Value
from shared.money import Money

Segment = Literal["company", "small_firm", "person", "supply_chain"]
"""客群: a company with two years of statements; a small firm without; a person; a supplier of an anchor (核心企业)."""

PARTS_OF_SEGMENT: Mapping[Segment, tuple[str, ...]] = {
    "company": ("company",),
    "small_firm": ("small_firm",),
    "person": ("person",),
    "supply_chain": ("company", "supply_chain"),
}
"""Which parts of the facts an application of the segment has; the others are not told."""

AnchorGrade = Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"]
RepaymentMethod = Literal[
    "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
    "one_payment",
]  # fmt: skip
"""等额本息; 等额本金; 等本等息; 按期付息到期还本 monthly on the drawdown's day, on the 20th, on a quarter's 20th;
利随本清."""


class Statement(Value):
    """One year's financial statements: flows of the year, balances at its end.

    `operating_profit` is before interest (EBIT); `long_term_liabilities` and `current_liabilities`
    are parts of `total_liabilities`.
    """

    year: int
    revenue: Money
    cost_of_sales: Money
    operating_profit: Money
    net_profit: Money
    interest_expense: Money
    depreciation: Money
    cash: Money
    receivables: Money
    inventory: Money
    prepayments: Money
    current_assets: Money
    total_assets: Money
    payables: Money
    advance_receipts: Money
    current_liabilities: Money
    long_term_liabilities: Money
    total_liabilities: Money
    equity: Money


class Company(Value):
    size: Literal["micro", "small", "medium", "large"]
    industry: str
    years_in_business: int
    previous: Statement
    latest: Statement
    revenue_growth_forecast_percent: Decimal
    existing_working_capital_loans: Money
    other_funding: Money
    largest_customer_share_percent: Decimal | None = None
    audited: bool | None = None


class Person(Value):
    age: int
    monthly_income: Money
    monthly_expenses: Money
    assets: Money
    debts: Money
    seniority_years: int
    job: Literal["fixed", "partime", "freelance", "others"]
    home: Literal["owner", "rent", "parents", "private", "other", "ignore"]


class Bureau(Value):
    """What the credit bureau and the courts say; None means nobody was asked or nothing is known."""

    overdue_count_24_months: int | None = None
    worst_days_past_due: int | None = None
    has_unpaid_default: bool | None = None
    court_cases_open: int | None = None


class SmallFirm(Value):
    """小微企业 without audited statements; the turnovers are of the last twelve months, None where not shown.

    `owner` is what the credit bureau says of the person behind the firm; `guaranteed_percent` the part of the loan
    that a guarantor stands for (0: none).
    """

    size: Literal["micro", "small"]
    industry: str
    years_in_business: int
    employees: int | None = None
    turnover_by_account: Money | None = None
    turnover_by_tax: Money | None = None
    turnover_by_invoices: Money | None = None
    existing_loans: Money
    guaranteed_percent: Decimal | None = None
    owner: Bureau = Bureau()


class SupplyChain(Value):
    """供应链: what the supplier sells to an anchor (核心企业), whose grade is the bank's own.

    `dilution_percent` is what returns, discounts and disputes took of twelve months' invoices; `notice_given` (通知)
    and `assigned` (转让登记) say what was done with the claims.
    """

    anchor_grade: AnchorGrade | None = None
    confirmed_receivables: Money | None = None
    dilution_percent: Decimal | None = None
    anchor_sales_share_percent: Decimal | None = None
    notice_given: bool | None = None
    assigned: bool | None = None


class CollateralItem(Value):
    """One item of security: its class in the collateral table, appraised value, liens that rank before ours."""

    collateral_class: str
    value: Money
    prior_liens: Money


class Evidence(Value):
    """A contract or an invoice that the loan would pay, and what other loans finance of it."""

    kind: Literal["contract", "invoice"]
    amount: Money
    financed: Money


class ApplicationFacts(Value):
    """受理 snapshot: the parts that `segment` has are set, and only those.

    `other_exposure` is what the borrower has or asks for elsewhere with the bank, `group_exposure` what those connected
    with him have. `sources` are those that were asked, with their answers; the bureau only under `bureau_consent`.
    What was not told is not stored, so a snapshot of before there was such a thing stays as it is.
    """

    application_id: UUID
    borrower_id: UUID
    segment: Segment
    product_code: str
    requested_amount: Money
    term_months: int
    repayment_method: RepaymentMethod
    purpose: str
    submitted_on: date
    company: Company | None = None
    person: Person | None = None
    small_firm: SmallFirm | None = Field(default=None, exclude_if=lambda told: told is None)
    supply_chain: SupplyChain | None = Field(default=None, exclude_if=lambda told: told is None)
    bureau: Bureau
    collateral: tuple[CollateralItem, ...] = ()
    evidence: tuple[Evidence, ...] = Field(default=(), exclude_if=lambda told: not told)
    other_exposure: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    group_exposure: Money | None = Field(default=None, exclude_if=lambda told: told is None)
    bureau_consent: BureauConsent | None = Field(default=None, exclude_if=lambda told: told is None)
    sources: tuple[SourceAnswer, ...] = Field(default=(), exclude_if=lambda told: not told)

    @property
    def currency(self) -> str:
        return self.requested_amount.currency

    @property
    def size(self) -> str | None:
        """The size of a company or a small firm."""
        firm = self.company or self.small_firm
        return firm.size if firm else None

    @property
    def has_its_parts(self) -> bool:
        """Whether it tells what its segment has, and nothing of another."""
        parts = ("company", "small_firm", "person", "supply_chain")
        return {one for one in parts if getattr(self, one) is not None} == {*PARTS_OF_SEGMENT[self.segment]}

    def currencies(self) -> frozenset[str]:
        """The currencies of every amount in the snapshot; an assessment needs exactly one."""
        return frozenset(money.currency for money in _amounts(self))


def _amounts(value: Value) -> Iterator[Money]:
    for _, field in value:
        parts = field if isinstance(field, tuple) else (field,)
        for part in parts:
            if isinstance(part, Money):
                yield part
            elif isinstance(part, Value):
                yield from _amounts(part)
