"""授信政策: what the bank wants, as versioned data: documents that are typed here and never edited once they served.

Amounts are in whole currency units of the policy's currency; rates in percent, spreads in basis points.
"""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from services.risk.domain.expert_flags import ExpertFlag, require_bounded
from services.risk.domain.facts import Segment
from services.risk.domain.master_scale import Grade
from services.risk.domain.own_funds import OwnFundsMethod
from services.risk.domain.price import BenchmarkQuote, Step
from shared.messages import Value

ByGrade = dict[str, Decimal]


class Document(Value):
    """A version of one kind of policy data, in force from `effective_from` until a later one is."""

    version: str
    effective_from: date


class AutomaticApproval(Value):
    """What may be approved without a person: borrower sizes (empty: all), worst grade, largest request.

    Source: automatic approval is for small, micro and personal loans under a cap only; medium and large
    companies get a recommendation (审贷分离).
    """

    sizes: tuple[str, ...]
    worst_grade: str
    cap: Decimal
    cap_by_grade: ByGrade


class NeedMeasurement(Value):
    """Choices in measuring a company's working-capital need."""

    method_version: str
    own_funds_method: OwnFundsMethod
    growth_cap_percent: Decimal
    growth_cap_by_industry_percent: dict[str, Decimal]


class ReceivablesAdvance(Value):
    """应收账款融资比例 of an anchor's confirmed receivables, by the anchor's grade."""

    advance_percent: ByGrade
    dilution_percent_max: Decimal
    without_notice_percent: Decimal = Field(ge=0, le=100)


class ProfitMargin(Value):
    """What a firm without statements is taken to keep of its turnover, before interest."""

    percent: Decimal
    by_industry_percent: dict[str, Decimal]

    def of(self, industry: str) -> Decimal:
        return self.by_industry_percent.get(industry, self.percent)


class LimitPolicy(Value):
    """The measures of a segment's limit. `sales_ratio` is of annual revenue, of a person of annual income.

    `unevidenced_maximum` is what may be lent without contracts or invoices: so that showing none never pays.
    """

    unit: Decimal
    product_maximum: Decimal
    sales_ratio: ByGrade
    unsecured_ceiling: ByGrade
    debt_service_cover_min: Decimal
    assumed_rate_percent: Decimal
    bullet_share: Decimal
    expected_loss_budget: Decimal
    net_assets_multiple: Decimal | None = None
    need: NeedMeasurement | None = None
    margin: ProfitMargin | None = None
    receivables: ReceivablesAdvance | None = None
    unevidenced_maximum: Decimal | None = None


class Concentration(Value):
    """Caps of law on one name. Those on tier 1 capital are measured where the policy tells it.

    10 % of net capital to a borrower (商业银行法 39); of tier 1 capital 15 % to a customer that is no bank, 20 % to a
    group of connected ones (商业银行大额风险暴露管理办法, as generally known). Of the contracts and invoices shown, a
    loan may pay `evidence_share_percent`.
    """

    bank_net_capital: Decimal
    single_borrower_percent: Decimal
    tier_one_capital: Decimal | None = None
    single_customer_percent: Decimal = Decimal(15)
    group_percent: Decimal = Decimal(20)
    evidence_share_percent: Decimal = Decimal(100)


class LossGivenDefault(Value):
    unsecured_percent: Decimal
    secured_percent: Decimal
    guaranteed_percent: Decimal | None = None
    """Of the part that a guarantor stands for; None where the policy sees no difference."""


class CreditPolicy(Document):
    kind: Literal["credit_policy"] = "credit_policy"
    currency: str
    central_tendency_percent: dict[Segment, Decimal]
    pd_floor_percent: Decimal
    master_scale: tuple[Grade, ...]
    disagreement_grades: int
    mandatory: dict[Segment, tuple[str, ...]]
    automatic: dict[Segment, AutomaticApproval]
    limits: dict[Segment, LimitPolicy]
    concentration: Concentration
    lgd: LossGivenDefault
    expert_flags: dict[Segment, tuple[ExpertFlag, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _flags_are_bounded(self) -> "CreditPolicy":
        for flags in self.expert_flags.values():
            require_bounded(flags)
        return self

    @model_validator(mode="after")
    def _grades_are_known(self) -> "CreditPolicy":
        grades = {grade.grade for grade in self.master_scale}
        starts = [grade.pd_from_percent for grade in self.master_scale]
        if starts != sorted(set(starts)) or starts[0] != 0:
            raise ValueError("master scale must start at nil and rise")
        for limits in self.limits.values():
            if set(limits.sales_ratio) != grades or set(limits.unsecured_ceiling) != grades:
                raise ValueError("every grade needs a sales ratio and an unsecured ceiling")
        return self


class CollateralClass(Value):
    zh: str
    rate: Decimal = Field(ge=0, le=1)


class CollateralTable(Document):
    """抵押率 by class: the share of the appraised value that is accepted."""

    kind: Literal["collateral"] = "collateral"
    classes: dict[str, CollateralClass]

    @cached_property
    def rates(self) -> dict[str, Decimal]:
        return {name: entry.rate for name, entry in self.classes.items()}


class BenchmarkTable(Document):
    """LPR as published, by day of publication."""

    kind: Literal["benchmark"] = "benchmark"
    quotes: tuple[BenchmarkQuote, ...]


class FundingStep(Value):
    """FTP for terms from `from_months` (included) up to the next step's."""

    from_months: int
    percent: Decimal


class CostOfRisk(Value):
    """Parameters of the risk-based price. `capital_credit`: held capital earns the funding rate."""

    funding: tuple[FundingStep, ...]
    operating_percent: dict[Segment, Decimal]
    capital_method: Literal["risk_weight", "internal_ratings"]
    risk_weight_percent: dict[str, Decimal]
    capital_ratio_percent: Decimal
    hurdle_percent: Decimal
    tax_percent: Decimal
    capital_credit: bool
    vat_percent: dict[str, Decimal]

    def funding_percent(self, term_months: int) -> Decimal:
        return next(step.percent for step in reversed(self.funding) if term_months >= step.from_months)


class PublishedSpreads(Value):
    """The published table of the risk-based price: one spread per grade, against the benchmark it was set at."""

    set_at_benchmark_percent: Decimal
    reference_lgd_percent: Decimal
    reference_pd_percent: ByGrade
    grade_bps: dict[str, int]


class PriceBook(Document):
    kind: Literal["price_book"] = "price_book"
    floor_percent: Decimal
    cap_percent: Decimal
    five_year_above_months: int
    spreads: dict[Segment, PublishedSpreads]
    term_bps: tuple[Step, ...]
    collateral_bps: tuple[Step, ...]
    cost: CostOfRisk
