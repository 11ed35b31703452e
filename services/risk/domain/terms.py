"""利率与额度: the price and the limit that an applicant of one grade gets, as the record keeps them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.risk.domain.credit_limit import Limit
from services.risk.domain.credit_policy import CostOfRisk, PriceBook
from services.risk.domain.decision_record import (
    ENGINE,
    CandidateRecord,
    Engine,
    LimitRecord,
    NeedRecord,
    PriceRecord,
    RiskPriceRecord,
)
from services.risk.domain.expected_credit_loss import expected_credit_loss
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.fractions import HUNDRED, NIL, ONE, clip, six_places
from services.risk.domain.irb_capital import capital_share
from services.risk.domain.limit_measurement import (
    LimitInputs,
    MeasuredLimit,
    MeasuredNeed,
    collateral_accepted,
    measured_limit,
)
from services.risk.domain.price import PublishedPrice, benchmark, published_price, step_bps
from services.risk.domain.risk_price import (
    CapitalTerms,
    RiskPrice,
    loss_given_default_percent,
    raroc_percent,
    risk_based_price,
)
from services.risk.domain.rulebook import Rulebook
from shared.money import MINOR_MAX, Money

AMOUNT_MAX = Decimal(MINOR_MAX) / HUNDRED


@dataclass(frozen=True)
class Terms:
    """What is offered, unrounded; `cycle_days` is None where no cycle could be computed.

    Records are made of it apart: whoever only compares decisions does without.
    """

    facts: ApplicationFacts
    rules: Rulebook
    accepted: Decimal
    pd_percent: Decimal
    lgd_percent: Decimal
    price: PublishedPrice
    risk_price: RiskPrice
    measured: MeasuredLimit

    @property
    def cycle_days(self) -> Decimal | None:
        return self.measured.need.cycle_days if self.measured.need else None

    @property
    def lowest(self) -> Limit:
        return self.measured.limit

    @property
    def limit_amount(self) -> Money:
        """The limit as it is recorded."""
        return Money.round_down(self.lowest.amount, self.facts.currency)

    @property
    def expected_loss(self) -> Money:
        """The twelve-month expected loss of the limit if drawn in full."""
        loss = expected_credit_loss(
            [self.lowest.amount],
            [self.pd_percent],
            lgd_percent=self.lgd_percent,
            rate_percent=self.price.annual_rate_percent,
        )
        return Money.round(loss.twelve_months, self.facts.currency)


def terms_for(
    facts: ApplicationFacts,
    rules: Rulebook,
    *,
    assessed_on: date,
    grade: str,
    pd_percent: Decimal,
) -> Terms:
    """Price by the grade, limit at that price, risk-based price by the PD itself."""
    accepted = collateral_accepted(facts, rules.collateral, rules.policy.limits[facts.segment])
    coverage = accepted / facts.requested_amount.amount
    lgd = loss_given_default_percent(
        coverage,
        unsecured_percent=_unsecured_percent(facts, rules),
        secured_percent=rules.policy.lgd.secured_percent,
    )
    price = price_for(rules, facts.segment, grade, facts.term_months, coverage, assessed_on)
    risk_price = risk_price_for(
        rules.price_book.cost, facts.segment, weight_class_of(facts), facts.term_months, pd_percent, lgd
    )
    inputs = LimitInputs(grade, pd_percent, lgd, price.annual_rate_percent, accepted)
    measured = measured_limit(facts, rules.policy, inputs)
    return Terms(facts, rules, accepted, pd_percent, lgd, price, risk_price, measured)


def weight_class_of(facts: ApplicationFacts) -> str:
    """The class of risk weight and VAT: a company's or a firm's size, or `person`."""
    return facts.size or facts.segment


def _unsecured_percent(facts: ApplicationFacts, rules: Rulebook) -> Decimal:
    """LGD of the part without security: what a guarantor stands for loses less, where policy says so."""
    lgd = rules.policy.lgd
    firm = facts.small_firm
    if firm is None or firm.guaranteed_percent is None or lgd.guaranteed_percent is None:
        return lgd.unsecured_percent
    part = clip(firm.guaranteed_percent, NIL, HUNDRED) / HUNDRED
    return lgd.unsecured_percent * (ONE - part) + lgd.guaranteed_percent * part


def price_for(
    rules: Rulebook, segment: Segment, grade: str, term_months: int, coverage: Decimal, on: date
) -> PublishedPrice:
    """The published price of a grade. ValueError before the first benchmark, KeyError for an unknown grade."""
    book: PriceBook = rules.price_book
    return published_price(
        benchmark(rules.benchmark.quotes, on, term_months, book.five_year_above_months),
        grade_bps=book.spreads[segment].grade_bps[grade],
        term_bps=step_bps(book.term_bps, Decimal(term_months)),
        collateral_bps=step_bps(book.collateral_bps, coverage),
        floor_percent=book.floor_percent,
        cap_percent=book.cap_percent,
    )


def risk_price_for(
    cost: CostOfRisk,
    segment: Segment,
    weight_class: str,
    term_months: int,
    pd_percent: Decimal,
    lgd_percent: Decimal,
) -> RiskPrice:
    """The risk-based price; `weight_class` is a company's size or `person`."""
    funding = cost.funding_percent(term_months)
    capital = (
        cost.risk_weight_percent[weight_class] * cost.capital_ratio_percent / HUNDRED
        if cost.capital_method == "risk_weight"
        else _irb_percent(pd_percent, lgd_percent, term_months)
    )
    return risk_based_price(
        funding_percent=funding,
        operating_percent=cost.operating_percent[segment],
        pd_percent=pd_percent,
        lgd_percent=lgd_percent,
        capital_percent=capital,
        terms=CapitalTerms(
            hurdle_percent=cost.hurdle_percent,
            tax_percent=cost.tax_percent,
            credit_percent=funding if cost.capital_credit else NIL,
            vat_percent=cost.vat_percent[weight_class],
        ),
    )


def _irb_percent(pd_percent: Decimal, lgd_percent: Decimal, term_months: int) -> Decimal:
    share = capital_share(float(pd_percent) / 100, float(lgd_percent) / 100, max(term_months / 12, 1.0), None)
    return six_places(share * 100)


def price_record(terms: Terms, engine: Engine = ENGINE) -> PriceRecord:
    """The published price as it is kept; engine 1 kept no floor."""
    price, floor_percent = terms.price, None if engine == "1" else terms.rules.price_book.floor_percent
    return PriceRecord(
        annual_rate_percent=price.annual_rate_percent.quantize(Decimal("0.0001")),
        benchmark_percent=price.benchmark_percent,
        benchmark_published_on=price.benchmark_published_on,
        grade_spread_bps=price.grade_spread_bps,
        term_spread_bps=price.term_spread_bps,
        collateral_spread_bps=price.collateral_spread_bps,
        spread_bps=price.spread_bps,
        bound=price.bound,
        floor_percent=floor_percent,
    )


def risk_price_record(terms: Terms) -> RiskPriceRecord:
    """RAROC of the published price net of VAT, and the twelve-month expected loss of the limit if drawn in full."""
    rules, risk, price, lgd_percent = terms.rules, terms.risk_price, terms.price, terms.lgd_percent
    cost = rules.price_book.cost
    vat = cost.vat_percent[weight_class_of(terms.facts)]
    raroc = raroc_percent(
        revenue=price.annual_rate_percent * HUNDRED / (HUNDRED + vat),
        operating=risk.operating_percent,
        funding=risk.funding_percent,
        expected_loss=risk.expected_loss_percent,
        capital=risk.capital_percent,
        credit=risk.capital_percent * risk.funding_percent / HUNDRED if cost.capital_credit else NIL,
        tax_percent=cost.tax_percent,
    )
    return RiskPriceRecord(
        rate_percent=six_places(risk.rate_percent),
        funding_percent=risk.funding_percent,
        operating_percent=risk.operating_percent,
        expected_loss_percent=six_places(risk.expected_loss_percent),
        capital_percent=six_places(risk.capital_percent),
        capital_charge_percent=six_places(risk.capital_charge_percent),
        vat_percent=six_places(risk.vat_percent),
        lgd_percent=six_places(lgd_percent),
        raroc_percent=six_places(raroc),
        expected_credit_loss=terms.expected_loss,
    )


def limit_record(terms: Terms) -> LimitRecord:
    """The limit as it is kept, with every candidate."""
    measured, accepted, rules, facts = terms.measured, terms.accepted, terms.rules, terms.facts
    need_policy = rules.policy.limits[facts.segment].need
    return LimitRecord(
        amount=terms.limit_amount,
        binding=measured.limit.binding,
        candidates=tuple(
            CandidateRecord(method=one.method, amount=_floor(one.amount, facts.currency))
            for one in measured.limit.candidates
        ),
        collateral_accepted=Money.round_down(_within(accepted), facts.currency),
        need=_need_record(measured.need, need_policy.method_version, need_policy.own_funds_method, facts.currency)
        if measured.need and need_policy
        else None,
    )


def _need_record(measured: MeasuredNeed, method: str, own_funds_method: str, currency: str) -> NeedRecord:
    need = measured.need
    return NeedRecord(
        method=method,
        own_funds_method=own_funds_method,
        own_funds=Money.round(_within(measured.own_funds), currency),
        growth_percent=measured.growth_percent,
        margin_percent=six_places(measured.margin * HUNDRED),
        cycle_days=None if measured.cycle_days is None else six_places(measured.cycle_days),
        turnover=six_places(need.turnover) if need else None,
        need=Money.round(_within(need.need), currency) if need else None,
        raw_limit=Money.round(_within(need.raw_limit), currency) if need else None,
    )


def _floor(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money.round_down(_within(amount), currency)


def _within(amount: Decimal) -> Decimal:
    """The amount, or the bound of what money can say: a measure beyond ten trillion binds nobody."""
    return clip(amount, -AMOUNT_MAX, AMOUNT_MAX)
