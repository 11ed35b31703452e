"""What an applicant states and what others say of him: the measures of risk, never who he is."""

from datetime import date
from decimal import Decimal
from typing import Literal

from shared.messages import Value
from shared.money import Money

Segment = Literal["company", "small_firm", "person", "supply_chain"]
"""客群 of an application, by its product: it says which facts are asked for."""

BorrowerKind = Literal["company", "person"]
"""Who borrows: a small firm and a supplier are companies too."""

CompanySize = Literal["micro", "small", "medium", "large"]
"""微型、小型、中型、大型 of the statistical standard; the size decides which product is open."""

RepaymentMethod = Literal[
    "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
    "one_payment",
]  # fmt: skip
"""等额本息; 等额本金; 等本等息; 按期付息到期还本 monthly on the drawdown's day, on the 20th, on a quarter's 20th;
利随本清."""

DayCount = Literal["30/360", "ACT/360"]


class StatementFacts(Value):
    """One year's financial statements of a company: flows of the year, balances at its end."""

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


class CompanyFacts(Value):
    """A company as its risk is measured. Growth is the forecast for the coming year.

    `industry` is a code of `INDUSTRIES`; applications taken in before there was a list may hold another word.
    """

    size: CompanySize
    industry: str
    years_in_business: int
    previous: StatementFacts
    latest: StatementFacts
    revenue_growth_forecast_percent: Decimal
    existing_working_capital_loans: Money
    other_funding: Money
    largest_customer_share_percent: Decimal | None = None
    audited: bool | None = None


class PersonFacts(Value):
    """A person as his risk is measured. Income and expenses are of one month, assets and debts of today."""

    age: int
    monthly_income: Money
    monthly_expenses: Money
    assets: Money
    debts: Money
    seniority_years: int
    job: Literal["fixed", "partime", "freelance", "others"]
    home: Literal["owner", "rent", "parents", "private", "other", "ignore"]


class BureauFacts(Value):
    """What the credit bureau and the courts say; None means nobody was asked or nothing is known."""

    overdue_count_24_months: int | None = None
    worst_days_past_due: int | None = None
    has_unpaid_default: bool | None = None
    court_cases_open: int | None = None


class BureauConsent(Value):
    """征信授权: the borrower lets the bank ask the credit bureau, from a day to a day (inclusive).

    `reference` finds the signed paper; it says nothing of who signed.
    """

    reference: str
    given_on: date
    valid_until: date


class SmallFirmFacts(Value):
    """A small firm without audited statements: turnover of twelve months by source, None where it was not shown.

    `owner` is what the bureau says of the person behind it; `guaranteed_percent` what a guarantor stands for.
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
    owner: BureauFacts = BureauFacts()


class SupplyChainFacts(Value):
    """What a supplier sells to an anchor (核心企业): claims it has confirmed, and what was done with them."""

    anchor_grade: Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"] | None = None
    confirmed_receivables: Money | None = None
    dilution_percent: Decimal | None = None
    anchor_sales_share_percent: Decimal | None = None
    notice_given: bool | None = None
    assigned: bool | None = None


class CollateralFacts(Value):
    """One item of security: class of the collateral policy, appraised value, liens that rank before ours."""

    collateral_class: str
    value: Money
    prior_liens: Money


class EvidenceFacts(Value):
    """A contract or an invoice that the loan would pay, and what other loans finance of it."""

    kind: Literal["contract", "invoice"]
    amount: Money
    financed: Money


class Reason(Value):
    """Why an outcome is what it is: a stable code, in both languages."""

    code: str
    zh: str
    en: str
