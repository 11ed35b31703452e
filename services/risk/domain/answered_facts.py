"""核实: the facts that a decision stands on, once the sources have been asked.

An answer never makes a declaration better: of two figures for one thing the less favourable stands, and what nobody
declared is filled in. A source that was asked and said nothing changes no fact; it is a cause to refer.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from services.risk.domain.facts import ApplicationFacts, Bureau, Company, SmallFirm
from services.risk.domain.source_answers import (
    BureauAnswer,
    CourtsAnswer,
    RegistryAnswer,
    SourceAnswer,
    TaxAnswer,
    asked,
    months_since,
)
from shared.money import Money

Figure = TypeVar("Figure", int, bool, Money)
Firm = TypeVar("Firm", Company, SmallFirm)


def answered_facts(declared: ApplicationFacts, answers: Iterable[SourceAnswer], on: date) -> ApplicationFacts:
    """What was declared, as the sources correct it on the day they were asked; the same where nobody is."""
    heard = asked(answers)
    if not heard:
        return declared
    bureau, company, firm = declared.bureau, declared.company, declared.small_firm
    for one in heard:
        if one.bureau is not None:
            bureau = _by_bureau(bureau, one.bureau)
            company, firm = _company_with_loans(company, one.bureau), _firm_with_loans(firm, one.bureau)
        if one.courts is not None:
            bureau = _by_courts(bureau, one.courts)
        if one.registry is not None:
            company, firm = _by_registry(company, one.registry, on), _by_registry(firm, one.registry, on)
        if one.tax is not None:
            firm = _by_tax(firm, one.tax)
    return declared.model_copy(update={"bureau": bureau, "company": company, "small_firm": firm, "sources": heard})


def _by_bureau(declared: Bureau, answer: BureauAnswer) -> Bureau:
    return declared.model_copy(
        update={
            "overdue_count_24_months": _worse(declared.overdue_count_24_months, answer.overdue_count_24_months),
            "worst_days_past_due": _worse(declared.worst_days_past_due, answer.worst_days_past_due),
            "has_unpaid_default": _worse(declared.has_unpaid_default, answer.has_unpaid_default),
        }
    )


def _by_courts(declared: Bureau, answer: CourtsAnswer) -> Bureau:
    return declared.model_copy(update={"court_cases_open": _worse(declared.court_cases_open, answer.cases_open)})


def _company_with_loans(declared: Company | None, answer: BureauAnswer) -> Company | None:
    if declared is None:
        return None
    loans = _worse(declared.existing_working_capital_loans, answer.working_capital_loans)
    return declared.model_copy(update={"existing_working_capital_loans": loans})


def _firm_with_loans(declared: SmallFirm | None, answer: BureauAnswer) -> SmallFirm | None:
    if declared is None:
        return None
    return declared.model_copy(update={"existing_loans": _worse(declared.existing_loans, answer.working_capital_loans)})


def _by_registry(declared: Firm | None, answer: RegistryAnswer, on: date) -> Firm | None:
    """A firm is no older than its registration."""
    if declared is None:
        return None
    years = months_since(answer.established_on, on) // 12
    return declared.model_copy(update={"years_in_business": _worse(declared.years_in_business, years, min)})


def _by_tax(declared: SmallFirm | None, answer: TaxAnswer) -> SmallFirm | None:
    """Statements have many lines that belong together, so of a company only the rules look at what was taxed."""
    if declared is None:
        return None
    return declared.model_copy(
        update={
            "turnover_by_tax": _worse(declared.turnover_by_tax, answer.taxed_revenue, min),
            "turnover_by_invoices": _worse(declared.turnover_by_invoices, answer.invoiced_revenue, min),
        }
    )


def _worse(
    declared: Figure | None, answered: Figure | None, of: Callable[[Figure, Figure], Figure] = max
) -> Figure | None:
    """The less favourable of two figures, the higher one unless `of` says otherwise; what nobody told is none."""
    if declared is None or answered is None:
        return answered if declared is None else declared
    return of(declared, answered)
