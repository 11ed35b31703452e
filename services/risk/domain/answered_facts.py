"""核实: the facts that a decision stands on, once the sources have been asked.

An answer never makes a declaration better: of two figures for one thing the less favourable stands, and what nobody
declared is filled in. A source that was asked and said nothing changes no fact; it is a cause to refer.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from services.risk.domain.facts import ApplicationFacts, Bureau, Company
from services.risk.domain.source_answers import (
    BureauAnswer,
    CourtsAnswer,
    RegistryAnswer,
    SourceAnswer,
    asked,
    months_since,
)
from shared.money import Money

Figure = TypeVar("Figure", int, bool, Money)


def answered_facts(declared: ApplicationFacts, answers: Iterable[SourceAnswer], on: date) -> ApplicationFacts:
    """What was declared, as the sources correct it on the day they were asked; the same where nobody is."""
    heard = asked(answers)
    bureau, company = declared.bureau, declared.company
    for one in heard:
        if one.bureau is not None:
            bureau, company = _by_bureau(bureau, one.bureau), _with_loans(company, one.bureau)
        if one.courts is not None:
            bureau = _by_courts(bureau, one.courts)
        if one.registry is not None:
            company = _by_registry(company, one.registry, on)
    return declared.model_copy(update={"bureau": bureau, "company": company, "sources": heard}) if heard else declared


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


def _with_loans(declared: Company | None, answer: BureauAnswer) -> Company | None:
    if declared is None:
        return None
    loans = _worse(declared.existing_working_capital_loans, answer.working_capital_loans)
    return declared.model_copy(update={"existing_working_capital_loans": loans})


def _by_registry(declared: Company | None, answer: RegistryAnswer, on: date) -> Company | None:
    """A company is no older than its registration."""
    if declared is None:
        return None
    years = months_since(answer.established_on, on) // 12
    return declared.model_copy(update={"years_in_business": _worse(declared.years_in_business, years, min)})


def _worse(
    declared: Figure | None, answered: Figure | None, of: Callable[[Figure, Figure], Figure] = max
) -> Figure | None:
    """The less favourable of two figures, the higher one unless `of` says otherwise; what nobody told is none."""
    if declared is None or answered is None:
        return answered if declared is None else declared
    return of(declared, answered)
