"""What the application service announces."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from shared.messages import IntegrationEvent, Value
from shared.money import MoneyText

Segment = Literal["company", "small_firm", "person", "supply_chain"]


class _Announced(IntegrationEvent):
    producer: ClassVar[str] = "application"


class StatementFacts(Value):
    """One year's financial statements of a company: flows of the year, balances at its end."""

    year: int
    revenue: MoneyText
    cost_of_sales: MoneyText
    operating_profit: MoneyText
    net_profit: MoneyText
    interest_expense: MoneyText
    depreciation: MoneyText
    cash: MoneyText
    receivables: MoneyText
    inventory: MoneyText
    prepayments: MoneyText
    current_assets: MoneyText
    total_assets: MoneyText
    payables: MoneyText
    advance_receipts: MoneyText
    current_liabilities: MoneyText
    long_term_liabilities: MoneyText
    total_liabilities: MoneyText
    equity: MoneyText


class CompanyFacts(Value):
    """A company as its risk is measured: no name, no number."""

    size: Literal["micro", "small", "medium", "large"]
    industry: str
    years_in_business: int
    previous: StatementFacts
    latest: StatementFacts
    revenue_growth_forecast_percent: Decimal
    existing_working_capital_loans: MoneyText
    other_funding: MoneyText
    largest_customer_share_percent: Decimal | None = None
    audited: bool | None = None


class PersonFacts(Value):
    """A person as its risk is measured: no name, no number, no marital status."""

    age: int
    monthly_income: MoneyText
    monthly_expenses: MoneyText
    assets: MoneyText
    debts: MoneyText
    seniority_years: int
    job: Literal["fixed", "partime", "freelance", "others"]
    home: Literal["owner", "rent", "parents", "private", "other", "ignore"]


class BureauFacts(Value):
    """What the credit bureau and the courts say; None means nobody was asked or nothing is known."""

    overdue_count_24_months: int | None = None
    worst_days_past_due: int | None = None
    has_unpaid_default: bool | None = None
    court_cases_open: int | None = None


class SmallFirmFacts(Value):
    """A small firm without audited statements: turnover of twelve months by source, None where it was not shown.

    `owner` is what the bureau says of the person behind it; `guaranteed_percent` what a guarantor stands for.
    """

    size: Literal["micro", "small"]
    industry: str
    years_in_business: int
    employees: int | None = None
    turnover_by_account: MoneyText | None = None
    turnover_by_tax: MoneyText | None = None
    turnover_by_invoices: MoneyText | None = None
    existing_loans: MoneyText
    guaranteed_percent: Decimal | None = None
    owner: BureauFacts = BureauFacts()


class SupplyChainFacts(Value):
    """What a supplier sells to an anchor (核心企业): claims it has confirmed, and what was done with them."""

    anchor_grade: Literal["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"] | None = None
    confirmed_receivables: MoneyText | None = None
    dilution_percent: Decimal | None = None
    anchor_sales_share_percent: Decimal | None = None
    notice_given: bool | None = None
    assigned: bool | None = None


class BureauConsent(Value):
    """The borrower lets the bank ask the credit bureau, from a day to a day (inclusive)."""

    reference: str
    given_on: date
    valid_until: date


class CollateralFacts(Value):
    """One item of security: class of the collateral policy, appraised value, liens that rank before ours."""

    collateral_class: str
    value: MoneyText
    prior_liens: MoneyText


class EvidenceFacts(Value):
    """A contract or an invoice that the loan would pay, and what other loans finance of it."""

    kind: Literal["contract", "invoice"]
    amount: MoneyText
    financed: MoneyText


class ApplicationSubmitted(_Announced):
    """受理: an application is complete and waits for assessment; of the four parts those are set that its segment has.

    `other_exposure` is what the borrower has or asks for elsewhere with the bank, `group_exposure` what those connected
    with him have; None where nobody told. Without a valid `bureau_consent` the credit bureau is not asked.
    """

    application_id: UUID
    borrower_id: UUID
    segment: Segment
    product_code: str
    requested_amount: MoneyText
    term_months: int
    repayment_method: Literal[
        "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
        "one_payment",
    ]  # fmt: skip
    purpose: str
    submitted_on: date
    company: CompanyFacts | None = None
    person: PersonFacts | None = None
    bureau: BureauFacts
    collateral: tuple[CollateralFacts, ...] = ()
    evidence: tuple[EvidenceFacts, ...] = ()
    other_exposure: MoneyText | None = None
    group_exposure: MoneyText | None = None
    bureau_consent: BureauConsent | None = None
    small_firm: SmallFirmFacts | None = None
    supply_chain: SupplyChainFacts | None = None


class ApplicationDecided(_Announced):
    """审批结论: approved or declined, by policy alone (`automatic`) or by people, who may differ from what risk said.

    People may still decide after an automatic refusal; theirs is the last word.
    """

    application_id: UUID
    decision: Literal["approve", "decline"]
    automatic: bool
    decided_on: date


AllocationOrder = tuple[Literal["cost", "compound", "penalty", "interest", "principal"], ...]


class AllocationTerms(Value):
    """还款冲销约定: the order in which money discharges what is due, a component or an instalment after the other.

    `non_performing_order` holds while the class is substandard or worse; None: the order stays.
    """

    order: AllocationOrder
    across: Literal["component", "installment"]
    non_performing_order: AllocationOrder | None = None


class ContractSigned(_Announced):
    """签约: both have signed; the borrower may draw up to `limit` until `available_until` (inclusive).

    `approved_by` are the persons who asked for and who decided on the loan; none of them may release its
    money (审贷分离). `allocation`: None where the order of allocation is the legal one (民法典 561).
    """

    contract_id: UUID
    application_id: UUID
    borrower_id: UUID
    segment: Segment
    product_code: str
    limit: MoneyText
    annual_rate_percent: Decimal
    penalty_uplift_percent: Decimal
    term_months: int
    repayment_method: Literal[
        "equal_instalments", "equal_principal", "flat", "interest_only", "interest_monthly", "interest_quarterly",
        "one_payment",
    ]  # fmt: skip
    day_count: Literal["30/360", "ACT/360"]
    signed_on: date
    available_until: date
    new_relation: bool
    average_credit: bool
    approved_by: tuple[str, ...] = ()
    allocation: AllocationTerms | None = None
