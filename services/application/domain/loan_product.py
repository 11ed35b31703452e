"""Loan products (贷款产品): terms as versioned, effective-dated data. A version in use is never edited."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, Self, get_args

from pydantic import model_validator

from services.application.domain.facts import BorrowerKind, CompanySize, DayCount, RepaymentMethod, Segment
from shared.messages import Rejected, Value
from shared.money import Money

OVERDUE_UPLIFT_PERCENT = (Decimal(30), Decimal(50))
"""Penalty interest on overdue principal: the contract rate plus 30 to 50 percent of it, both included.

Source: 银发〔2003〕251号.
"""

TERM_MONTHS_MAX = 36
TERM_MONTHS_MAX_LONG_RECOVERY = 60


def term_months_max(*, long_cash_recovery: bool) -> int:
    """The longest lawful term: 3 years in principle, 5 where the firm's cash comes back slowly.

    Source: 流动资金贷款管理办法 (2024) and the regulator's answers to questions of 2024-02-02.
    """
    return TERM_MONTHS_MAX_LONG_RECOVERY if long_cash_recovery else TERM_MONTHS_MAX


def is_lawful_overdue_uplift(percent: Decimal) -> bool:
    """Whether an uplift for overdue principal lies in the lawful range."""
    low, high = OVERDUE_UPLIFT_PERCENT
    return low <= percent <= high


Component = Literal["cost", "compound", "penalty", "interest", "principal"]
COMPONENTS: tuple[Component, ...] = get_args(Component)


class AllocationTerms(Value):
    """还款冲销约定: the order in which money discharges what is due, a component or an instalment after the other.

    `non_performing_order` holds while the class is substandard or worse; None: the order stays.
    """

    order: tuple[Component, ...] = COMPONENTS
    across: Literal["component", "installment"] = "component"
    non_performing_order: tuple[Component, ...] | None = None

    def names_each_component_once(self) -> bool:
        """What is left out would never be paid."""
        orders = (self.order, self.non_performing_order or self.order)
        return all(sorted(order) == sorted(COMPONENTS) for order in orders)


class LoanProduct(Value):
    """One version of a product, in force from `effective_from` until the day before `effective_until`.

    Up to `automatic_approval_max` of approved money per borrower a machine may approve alone; None: never
    (small, micro and personal products only). Above `senior_approval_above` a senior approver must decide.
    `rate_floor_percent` is the lowest rate anybody may grant. `cost_cap_percent` bounds the annualised cost
    and the penalty rate (民法典 680; the default of 24 % a year is the bank's). A five-C score below
    `average_credit_below` makes the borrower's credit 一般, so that payments are entrusted. `allocation`: the order in
    which money discharges what is due; None: the legal one.
    """

    code: str
    version: int
    effective_from: date
    effective_until: date | None = None
    name_zh: str
    name_en: str
    segment: Segment
    company_sizes: tuple[CompanySize, ...] = ()
    age_min: int | None = None
    currency: str = "CNY"
    amount_min: Money
    amount_max: Money
    term_months_min: int
    term_months_max: int
    long_cash_recovery: bool = False
    repayment_methods: tuple[RepaymentMethod, ...]
    day_count: DayCount
    automatic_approval_max: Money | None
    senior_approval_above: Money
    rate_floor_percent: Decimal
    cost_cap_percent: Decimal = Decimal(24)
    penalty_uplift_percent: Decimal = Decimal(50)
    average_credit_below: Decimal = Decimal(75)
    offer_valid_days: int
    available_months: int
    allocation: AllocationTerms | None = None

    @model_validator(mode="after")
    def _is_lawful(self) -> Self:
        if not is_lawful_overdue_uplift(self.penalty_uplift_percent):
            raise ValueError("penalty_uplift_percent must be from 30 to 50 (银发〔2003〕251号)")
        if self.term_months_max > term_months_max(long_cash_recovery=self.long_cash_recovery):
            raise ValueError("term_months_max is longer than working-capital loans may run")
        is_small = self.segment == "person" or set(self.company_sizes) <= {"micro", "small"}
        if self.automatic_approval_max is not None and not is_small:
            raise ValueError("only small, micro and personal products may be approved by a machine alone")
        if not self.amount_min <= self.amount_max or not 1 <= self.term_months_min <= self.term_months_max:
            raise ValueError("a minimum is above its maximum")
        if self.allocation is not None and not self.allocation.names_each_component_once():
            raise ValueError("an order of allocation names each component once")
        return self

    @property
    def borrower_kind(self) -> BorrowerKind:
        """Who may ask for it."""
        return "person" if self.segment == "person" else "company"

    def is_effective(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)


_ALL_SIZES: tuple[CompanySize, ...] = ("micro", "small", "medium", "large")

_WORKING_CAPITAL = LoanProduct(
    code="wc-term",
    version=1,
    effective_from=date(2020, 1, 1),
    effective_until=date(2027, 1, 1),
    name_zh="流动资金贷款",
    name_en="Company working-capital loan",
    segment="company",
    company_sizes=_ALL_SIZES,
    amount_min=Money.of(100_000),
    amount_max=Money.of(50_000_000),
    term_months_min=3,
    term_months_max=36,
    repayment_methods=(
        "interest_only",
        "equal_instalments",
        "interest_quarterly",
        "interest_monthly",
        "equal_principal",
        "one_payment",
    ),
    day_count="ACT/360",
    automatic_approval_max=None,
    senior_approval_above=Money.of(5_000_000),
    rate_floor_percent=Decimal("2.8"),
    offer_valid_days=30,
    available_months=12,
)

PRODUCTS = (
    _WORKING_CAPITAL,
    # From 2027 on, principal comes first once such a loan is non-performing (收回本金优先, the bank's decision).
    _WORKING_CAPITAL.model_copy(
        update={
            "version": 2,
            "effective_from": date(2027, 1, 1),
            "effective_until": None,
            "allocation": AllocationTerms(
                non_performing_order=("cost", "principal", "interest", "penalty", "compound"),
            ),
        }
    ),
    LoanProduct(
        code="micro-fast",
        version=1,
        effective_from=date(2020, 1, 1),
        name_zh="小微快贷",
        name_en="Fast loan for small and micro companies",
        segment="company",
        company_sizes=("micro", "small"),
        amount_min=Money.of(10_000),
        amount_max=Money.of(3_000_000),
        term_months_min=1,
        term_months_max=24,
        repayment_methods=("equal_instalments", "interest_only", "equal_principal", "interest_monthly", "one_payment"),
        day_count="30/360",
        automatic_approval_max=Money.of(1_000_000),
        senior_approval_above=Money.of(2_000_000),
        rate_floor_percent=Decimal("3.0"),
        offer_valid_days=15,
        available_months=6,
    ),
    LoanProduct(
        code="personal-business",
        version=1,
        effective_from=date(2020, 1, 1),
        name_zh="个人经营贷",
        name_en="Personal business loan",
        segment="person",
        age_min=18,
        amount_min=Money.of(5_000),
        amount_max=Money.of(1_000_000),
        term_months_min=1,
        term_months_max=36,
        repayment_methods=("equal_instalments", "interest_only", "equal_principal", "flat", "one_payment"),
        day_count="30/360",
        automatic_approval_max=Money.of(300_000),
        senior_approval_above=Money.of(500_000),
        rate_floor_percent=Decimal("3.2"),
        offer_valid_days=15,
        available_months=3,
    ),
    LoanProduct(
        code="small-firm-fast",
        version=1,
        effective_from=date(2020, 1, 1),
        name_zh="小微税票快贷",
        name_en="Fast loan for small firms without statements",
        segment="small_firm",
        company_sizes=("micro", "small"),
        amount_min=Money.of(10_000),
        amount_max=Money.of(3_000_000),
        term_months_min=1,
        term_months_max=36,
        repayment_methods=("equal_instalments", "interest_only"),
        day_count="30/360",
        automatic_approval_max=Money.of(500_000),
        senior_approval_above=Money.of(1_000_000),
        rate_floor_percent=Decimal("3.2"),
        offer_valid_days=15,
        available_months=6,
    ),
    LoanProduct(
        code="supply-chain",
        version=1,
        effective_from=date(2020, 1, 1),
        name_zh="供应链应收账款贷",
        name_en="Supply-chain loan on confirmed receivables",
        segment="supply_chain",
        company_sizes=_ALL_SIZES,
        amount_min=Money.of(50_000),
        amount_max=Money.of(30_000_000),
        term_months_min=1,
        term_months_max=12,
        repayment_methods=("interest_only",),
        day_count="ACT/360",
        automatic_approval_max=None,
        senior_approval_above=Money.of(5_000_000),
        rate_floor_percent=Decimal("2.8"),
        offer_valid_days=30,
        available_months=6,
    ),
)


def products_on(day: date, products: Sequence[LoanProduct] = PRODUCTS) -> list[LoanProduct]:
    """The versions in force on `day`."""
    return [product for product in products if product.is_effective(day)]


def product_on(code: str, day: date, products: Sequence[LoanProduct] = PRODUCTS) -> LoanProduct:
    """The version of `code` in force on `day`; Rejected when there is none."""
    for product in products_on(day, products):
        if product.code == code:
            return product
    offered = ", ".join(product.code for product in products_on(day, products)) or "none"
    raise Rejected("product_not_offered", f"not offered on {day}; offered are: {offered}", field="product_code")


def suited_product(
    segment: Segment, size: CompanySize | None, amount: Money, day: date, products: Sequence[LoanProduct] = PRODUCTS
) -> LoanProduct:
    """The narrowest product for such a borrower that lends as much as `amount`, or else the widest for him."""
    open_to = [
        product
        for product in products_on(day, products)
        if product.segment == segment and (size is None or size in product.company_sizes)
    ]
    if not open_to:
        raise Rejected("product_not_offered", f"nothing is offered to a {segment} on {day}", field="product_code")
    by_reach = sorted(open_to, key=lambda product: product.amount_max.minor)
    return next((product for product in by_reach if amount.minor <= product.amount_max.minor), by_reach[-1])


def product_version(code: str, version: int, products: Sequence[LoanProduct] = PRODUCTS) -> LoanProduct:
    """The terms under which an application was made, whatever is in force now."""
    return next(product for product in products if (product.code, product.version) == (code, version))
