"""授信额度测算: every measure of how much may be lent to an applicant, as the policy wants them taken."""

from dataclasses import dataclass
from decimal import Decimal

from services.risk.domain.collateral_value import accepted_total
from services.risk.domain.credit_limit import (
    Candidate,
    Limit,
    lowest_of,
    purpose_limit,
    room_below,
    single_borrower_room,
)
from services.risk.domain.credit_policy import CollateralTable, CreditPolicy, LimitPolicy, NeedMeasurement
from services.risk.domain.facts import ApplicationFacts, Company, Person, SmallFirm, Statement
from services.risk.domain.fractions import HUNDRED, NIL, share
from services.risk.domain.own_funds import own_funds
from services.risk.domain.proven_turnover import turnover_of
from services.risk.domain.receivables_advance import receivables_advance
from services.risk.domain.repayment_capacity import (
    MONTHS,
    company_cash_available,
    largest_debt,
    person_cash_available,
    yearly_service_per_yuan,
)
from services.risk.domain.sales_ratio import sales_ratio_limit
from services.risk.domain.working_capital_need import (
    Balances,
    Need,
    average,
    turnover_days,
    working_capital_need,
)


@dataclass(frozen=True)
class MeasuredNeed:
    """The working-capital need with its inputs; `need` is None where a person must measure."""

    need: Need | None
    cycle_days: Decimal | None
    own_funds: Decimal
    growth_percent: Decimal
    margin: Decimal


@dataclass(frozen=True)
class LimitInputs:
    """What grade, price and loss say about an applicant; rates and PD in percent."""

    grade: str
    pd_percent: Decimal
    lgd_percent: Decimal
    annual_rate_percent: Decimal
    collateral_accepted: Decimal


@dataclass(frozen=True)
class MeasuredLimit:
    limit: Limit
    need: MeasuredNeed | None


def collateral_accepted(facts: ApplicationFacts, table: CollateralTable, policy: LimitPolicy) -> Decimal:
    """The accepted value of all security offered, in yuan; of a supplier with what its claims on the anchor bear."""
    return accepted_total(facts.collateral, table.rates) + advance_of(facts, policy)


def advance_of(facts: ApplicationFacts, policy: LimitPolicy) -> Decimal:
    """What may be advanced on confirmed receivables, in yuan; nil outside the supply chain."""
    if facts.supply_chain is None or policy.receivables is None:
        return NIL
    return receivables_advance(facts.supply_chain, policy.receivables)


def firm_cash_available(firm: SmallFirm, policy: LimitPolicy) -> Decimal:
    """Proven turnover x the policy's margin of the industry, in yuan a year; nil where no turnover is proven."""
    margin = policy.margin.of(firm.industry) if policy.margin is not None else NIL
    return (turnover_of(firm) or NIL) * margin / HUNDRED


def existing_yearly_service(facts: ApplicationFacts, policy: LimitPolicy) -> Decimal:
    """What the applicant pays in a year on debts it has, in yuan.

    A company: last year's interest, and of its working-capital loans the share that profit must
    repay; a small firm: interest at the assumed rate instead. A person's expenses hold his payments already.
    """
    if facts.small_firm is not None:
        existing = facts.small_firm.existing_loans.amount
        return existing * (policy.assumed_rate_percent / HUNDRED + policy.bullet_share)
    if facts.company is None:
        return NIL
    loans = facts.company.existing_working_capital_loans.amount
    return facts.company.latest.interest_expense.amount + policy.bullet_share * loans


def requested_yearly_service(facts: ApplicationFacts, policy: LimitPolicy) -> Decimal:
    """Principal and interest of the loan asked for, due within a year at the policy's assumed rate, in yuan.

    The assumed rate breaks the circle of cover, grade and price.
    """
    per_yuan = yearly_service_per_yuan(
        policy.assumed_rate_percent, facts.term_months, facts.repayment_method, policy.bullet_share
    )
    return facts.requested_amount.amount * per_yuan


def measured_need(company: Company, policy: NeedMeasurement) -> MeasuredNeed:
    """The company's need by the annex's formula, with the policy's choices.

    The forecast growth counts up to the industry's cap; the margin is EBIT over revenue.
    """
    latest = company.latest
    revenue, cost = latest.revenue.amount, latest.cost_of_sales.amount
    cap = policy.growth_cap_by_industry_percent.get(company.industry, policy.growth_cap_percent)
    growth = min(company.revenue_growth_forecast_percent, cap)
    margin = share(latest.operating_profit.amount, revenue) or NIL
    own = own_funds(latest, policy.own_funds_method)
    days = turnover_days(average(_balances(company.previous), _balances(latest)), revenue, cost)
    if days is None:
        return MeasuredNeed(None, None, own, growth, margin)
    need = working_capital_need(
        days,
        revenue=revenue,
        margin=margin,
        growth=growth / HUNDRED,
        own_funds=own,
        existing_loans=company.existing_working_capital_loans.amount,
        other_channels=company.other_funding.amount,
    )
    return MeasuredNeed(need, days.cycle, own, growth, margin)


def _balances(statement: Statement) -> Balances:
    return Balances(
        inventory=statement.inventory.amount,
        receivables=statement.receivables.amount,
        payables=statement.payables.amount,
        prepayments=statement.prepayments.amount,
        advance_receipts=statement.advance_receipts.amount,
    )


def measured_limit(facts: ApplicationFacts, policy: CreditPolicy, inputs: LimitInputs) -> MeasuredLimit:
    """The lowest of all measures that the applicant's segment has.

    In a currency other than the policy's, measures by amounts of the policy give no result.
    """
    limits = policy.limits[facts.segment]
    is_covered = facts.currency == policy.currency
    need = measured_need(facts.company, limits.need) if facts.company and limits.need else None
    candidates = [Candidate("requested", facts.requested_amount.amount)]
    if facts.supply_chain is not None:
        candidates.append(Candidate("confirmed_receivables", advance_of(facts, limits)))
    elif facts.company is not None:
        candidates += _company(facts.company, limits, inputs, need)
    if facts.small_firm is not None:
        turnover, existing = turnover_of(facts.small_firm) or NIL, facts.small_firm.existing_loans.amount
        by_sales = sales_ratio_limit(turnover, limits.sales_ratio[inputs.grade], existing)
        candidates.append(Candidate("sales_ratio", by_sales))
    if facts.person is not None:
        candidates += _person(facts.person, limits, inputs)
    candidates.append(_repayment_capacity(facts, limits, inputs))
    candidates += [
        Candidate(method, amount if is_covered else None)
        for method, amount in _amounts_of_policy(facts, policy, limits, inputs)
    ]
    candidates += _purpose(facts, policy, limits)
    return MeasuredLimit(lowest_of(candidates, limits.unit), need)


def _company(
    company: Company, limits: LimitPolicy, inputs: LimitInputs, measured: MeasuredNeed | None
) -> list[Candidate]:
    candidates = []
    if measured is not None:
        new_limit = measured.need.new_limit if measured.need else None
        candidates.append(Candidate("working_capital_need", new_limit))
    by_sales = sales_ratio_limit(
        company.latest.revenue.amount,
        limits.sales_ratio[inputs.grade],
        company.existing_working_capital_loans.amount,
    )
    candidates.append(Candidate("sales_ratio", by_sales))
    if limits.net_assets_multiple is not None:
        net_assets = max(company.latest.equity.amount, NIL)
        candidates.append(Candidate("net_assets", net_assets * limits.net_assets_multiple))
    return candidates


def _person(person: Person, limits: LimitPolicy, inputs: LimitInputs) -> list[Candidate]:
    by_income = sales_ratio_limit(
        person.monthly_income.amount * MONTHS, limits.sales_ratio[inputs.grade], person.debts.amount
    )
    return [Candidate("income_ratio", by_income)]


def _repayment_capacity(facts: ApplicationFacts, limits: LimitPolicy, inputs: LimitInputs) -> Candidate:
    cash = NIL
    if facts.company is not None:
        cash = company_cash_available(facts.company.latest)
    elif facts.small_firm is not None:
        cash = firm_cash_available(facts.small_firm, limits)
    elif facts.person is not None:
        cash = person_cash_available(facts.person)
    per_yuan = yearly_service_per_yuan(
        inputs.annual_rate_percent, facts.term_months, facts.repayment_method, limits.bullet_share
    )
    existing = existing_yearly_service(facts, limits)
    amount = largest_debt(cash, existing, per_yuan, limits.debt_service_cover_min)
    return Candidate("repayment_capacity", amount)


def _amounts_of_policy(
    facts: ApplicationFacts, policy: CreditPolicy, limits: LimitPolicy, inputs: LimitInputs
) -> list[tuple[str, Decimal]]:
    """Security, expected loss, concentration, product. Security counts on top of what the grade gets without any."""
    loss_share = inputs.pd_percent * inputs.lgd_percent / (HUNDRED * HUNDRED)
    caps = policy.concentration
    own = facts.other_exposure.amount if facts.other_exposure is not None else NIL
    found = [
        ("collateral", inputs.collateral_accepted + limits.unsecured_ceiling[inputs.grade]),
        ("expected_loss_budget", limits.expected_loss_budget / loss_share),
        ("single_borrower", single_borrower_room(caps.bank_net_capital, own, caps.single_borrower_percent)),
        ("product_maximum", limits.product_maximum),
    ]
    if caps.tier_one_capital is not None:
        found.append(("single_customer", room_below(caps.tier_one_capital, own, caps.single_customer_percent)))
        if facts.group_exposure is not None:
            of_all = own + facts.group_exposure.amount
            found.append(("group", room_below(caps.tier_one_capital, of_all, caps.group_percent)))
    return found


def _purpose(facts: ApplicationFacts, policy: CreditPolicy, limits: LimitPolicy) -> list[Candidate]:
    """What the contracts and invoices that were shown still need, or what may be lent without any if that is more.

    A policy without such an amount measures nothing where none was shown.
    """
    if not facts.evidence and limits.unevidenced_maximum is None:
        return []
    evidenced = sum((one.amount.amount for one in facts.evidence), NIL)
    financed = sum((min(one.financed.amount, one.amount.amount) for one in facts.evidence), NIL)
    share_of = policy.concentration.evidence_share_percent / HUNDRED
    shown = purpose_limit(evidenced, financed, share_of)
    return [Candidate("purpose", max(shown, limits.unevidenced_maximum or NIL))]
