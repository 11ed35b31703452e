"""Everything a model, the 5C table or a knock-out rule may ask about an application, under one name each.

Numbers are Decimal with six places, categories are text, None is missing. Nothing here says who
the borrower is; age serves the knock-out rules only and no model is trained on it.
"""

from decimal import Decimal

from services.risk.domain.facts import ApplicationFacts, Bureau, Company, Person, SmallFirm, SupplyChain
from services.risk.domain.fractions import NIL, ONE, share, six_places
from services.risk.domain.proven_turnover import turnover_of
from services.risk.domain.ratios import financial_ratios
from services.risk.domain.repayment_capacity import (
    company_cash_available,
    debt_service_cover,
    person_cash_available,
)

FeatureValue = Decimal | str | None
FeatureValues = dict[str, FeatureValue]

BURDEN_HIGH = Decimal(10)
COVER_HIGH = Decimal(50)
NEW_FIRM_YEARS = 2
"""A firm of less than two years is new (as in the SBA's loan data)."""
RECORD_DAYS = 90
"""A worst delay of more than 90 days is a record of default (the border of a non-performing loan)."""


def application_features(
    facts: ApplicationFacts, *, collateral_accepted: Decimal, yearly_service: Decimal, firm_cash: Decimal = NIL
) -> FeatureValues:
    """All features of the application.

    `collateral_accepted`, `yearly_service` (principal and interest due within a year, the loan asked for included)
    and `firm_cash` (what a small firm's turnover is taken to leave in a year) are in yuan, as policy measures them.
    """
    requested = facts.requested_amount.amount
    shared: FeatureValues = {
        "purpose": facts.purpose,
        "term_months": six_places(Decimal(facts.term_months)),
        "collateral_coverage": share(collateral_accepted, requested),
        **bureau_features(facts.bureau),
    }
    if facts.company is not None:
        chain = _supply_chain(facts.supply_chain, requested) if facts.supply_chain is not None else {}
        return {**shared, **_company(facts.company, requested, yearly_service), **chain}
    if facts.small_firm is not None:
        return {**shared, **_small_firm(facts.small_firm, requested, yearly_service, firm_cash)}
    if facts.person is not None:
        return {**shared, **_person(facts.person, requested, facts.term_months, yearly_service)}
    raise ValueError("an application is a company's, a small firm's or a person's")


def bureau_features(bureau: Bureau) -> FeatureValues:
    return {
        "overdue_count_24_months": _whole(bureau.overdue_count_24_months),
        "worst_days_past_due": _whole(bureau.worst_days_past_due),
        "unpaid_default": _whole(bureau.has_unpaid_default),
        "court_cases_open": _whole(bureau.court_cases_open),
        "default_record": default_record(bureau.has_unpaid_default, bureau.worst_days_past_due),
    }


def default_record(has_unpaid_default: bool | None, worst_days_past_due: int | None) -> Decimal | None:
    """1 when a default is on record, 0 when none is, None unless both questions were answered."""
    if has_unpaid_default or (worst_days_past_due or 0) > RECORD_DAYS:
        return six_places(ONE)
    if has_unpaid_default is None or worst_days_past_due is None:
        return None
    return six_places(NIL)


def _company(company: Company, requested: Decimal, yearly_service: Decimal) -> FeatureValues:
    cash = company_cash_available(company.latest)
    return {
        **financial_ratios(company.latest, company.previous),
        "size": company.size,
        "industry": company.industry,
        "years_in_business": _whole(company.years_in_business),
        "largest_customer_share_percent": _percent(company.largest_customer_share_percent),
        "audited": _whole(company.audited),
        "net_assets": six_places(company.latest.equity.amount),
        "net_assets_to_request": share(company.latest.equity.amount, requested),
        "debt_service_cover": six_places(debt_service_cover(cash, yearly_service, COVER_HIGH)),
    }


def _small_firm(firm: SmallFirm, requested: Decimal, yearly_service: Decimal, cash: Decimal) -> FeatureValues:
    turnover = turnover_of(firm)
    owner = bureau_features(firm.owner)
    return {
        "size": firm.size,
        "industry": firm.industry,
        "years_in_business": _whole(firm.years_in_business),
        "is_new_firm": _whole(firm.years_in_business < NEW_FIRM_YEARS),
        "employees": _whole(firm.employees),
        "guaranteed_percent": _percent(firm.guaranteed_percent),
        "proven_turnover": None if turnover is None else six_places(turnover),
        "turnover_to_request": None if turnover is None else share(turnover, requested),
        "debt_service_cover": (
            None if turnover is None else six_places(debt_service_cover(cash, yearly_service, COVER_HIGH))
        ),
        **{f"owner_{name}": value for name, value in owner.items()},
    }


def _supply_chain(chain: SupplyChain, requested: Decimal) -> FeatureValues:
    confirmed = chain.confirmed_receivables
    return {
        "anchor_grade": _whole(int(chain.anchor_grade[1:])) if chain.anchor_grade else None,
        "receivables_to_request": share(confirmed.amount, requested) if confirmed is not None else None,
        "dilution_percent": _percent(chain.dilution_percent),
        "anchor_sales_share_percent": _percent(chain.anchor_sales_share_percent),
        "notice_given": _whole(chain.notice_given),
        "assigned": _whole(chain.assigned),
    }


def _person(person: Person, requested: Decimal, term_months: int, yearly_service: Decimal) -> FeatureValues:
    cash = person_cash_available(person)
    return {
        **person_ratios(
            income=person.monthly_income.amount,
            expenses=person.monthly_expenses.amount,
            assets=person.assets.amount,
            debts=person.debts.amount,
            requested=requested,
            term_months=term_months,
        ),
        "age": _whole(person.age),
        "age_at_maturity": six_places(person.age + Decimal(term_months) / 12),
        "seniority_years": _whole(person.seniority_years),
        "job": person.job,
        "home": person.home,
        "debt_service_cover": six_places(debt_service_cover(cash, yearly_service, COVER_HIGH)),
    }


def person_ratios(
    *,
    income: Decimal,
    expenses: Decimal,
    assets: Decimal,
    debts: Decimal,
    requested: Decimal,
    term_months: int,
) -> FeatureValues:
    """Ratios of a person's household to the loan, free of any currency. None where there is no income.

    `payment_burden` is the monthly principal over what income leaves after expenses; 10 at most,
    and where nothing is left.
    """
    left = income - expenses
    burden = requested / term_months / left if left > 0 else BURDEN_HIGH
    return {
        "expense_to_income": share(expenses, income),
        "amount_to_income": share(requested, income),
        "debt_to_income": share(debts, income),
        "assets_to_amount": share(assets, requested),
        "payment_burden": six_places(min(burden, BURDEN_HIGH)) if income > 0 else None,
    }


def _whole(value: int | bool | None) -> Decimal | None:
    return None if value is None else six_places(Decimal(int(value)))


def _percent(value: Decimal | None) -> Decimal | None:
    return None if value is None else six_places(value)
