"""What terms may be agreed (变更的条件): each refusal names the field and the rule. Limits are versioned data."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.repayment.domain.change_terms import ChangeTerms, ExtensionTerms, PlanTerms, RenewalTerms
from services.repayment.domain.changed_schedule import maturity_of
from services.repayment.domain.extension import ExtensionRule, extension_months_max
from services.repayment.domain.loan import OpenLoan, outstanding, past_due
from services.repayment.domain.rate_resets import ALL_IN_CAP_PERCENT, is_above_cap
from shared.dates import add_months
from shared.messages import Rejected
from shared.money import Money

FIRST_DUE_MONTHS_MAX = 12
INSTALMENTS_MAX = 360
PERIOD_MONTHS_MAX = 12


@dataclass(frozen=True)
class ChangeRules:
    """One version of the bank's limits.

    Penalty interest bears none (银发〔2003〕251号, from general knowledge), so it does not become principal unless the
    bank says so. Renewal: 金规〔2024〕13号, small firms; those of middle size for three years from 2024-09-24, as
    generally known.
    """

    version: str
    extension: ExtensionRule
    penalty_may_be_capitalised: bool
    renewal_months_max: int
    renewal_of_medium_until: date


RULES = ChangeRules(
    version="2024-1",
    extension="2024",
    penalty_may_be_capitalised=False,
    renewal_months_max=36,
    renewal_of_medium_until=date(2027, 9, 23),
)


def require_lawful(
    terms: ChangeTerms, loan: OpenLoan, on: date, *, consented: bool, rules: ChangeRules = RULES
) -> None:
    """Rejected where these terms may not be agreed on `on`; the loan has been brought to that day."""
    if terms.guaranteed and not consented:
        raise Rejected(
            "guarantor_consent_missing", "The guarantor has to consent in writing.", field="guarantor_consent"
        )
    if terms.annual_rate_percent is not None:
        _rate(terms.annual_rate_percent, loan)
    match terms:
        case ExtensionTerms():
            _extension(terms, loan, on, rules)
        case RenewalTerms():
            _renewal(terms, loan, on, rules)
        case PlanTerms():
            _plan(terms, loan, on, rules)
        case _:
            assert_never(terms)


def _rate(percent: Decimal, loan: OpenLoan) -> None:
    """A floating rate is the LPR's to set; any other keeps, with its penalty, below the cap (民法典 680)."""
    if loan.terms.floating is not None:
        detail = "The rate floats with the LPR: the next reset would set it again."
        raise Rejected("rate_floats", detail, field="annual_rate_percent")
    if percent < 0 or is_above_cap(percent, loan.penalty_uplift_percent):
        detail = f"A rate is 0 or more and, with its penalty, at most {ALL_IN_CAP_PERCENT} percent a year."
        raise Rejected("rate_outside_band", detail, field="annual_rate_percent")


def _extension(terms: ExtensionTerms, loan: OpenLoan, on: date, rules: ChangeRules) -> None:
    """Asked and decided before maturity, all extensions together within the law (R13)."""
    _before_maturity(loan, on, "extension_after_maturity", "An extension")
    _whole_periods(terms.months, loan)
    most = extension_months_max(loan.changes.term_months or loan.terms.term_months, rules.extension)
    if loan.changes.extended_months + terms.months > most:
        left = max(most - loan.changes.extended_months, 0)
        detail = f"All extensions of this loan together are {most} months at most: {left} are left."
        raise Rejected("extension_too_long", detail, field="months")


def _renewal(terms: RenewalTerms, loan: OpenLoan, on: date, rules: ChangeRules) -> None:
    """Nothing is unpaid, the class is normal, and every condition was found to hold. Source: 金规〔2024〕13号."""
    _before_maturity(loan, on, "renewal_after_maturity", "A renewal")
    _whole_periods(terms.months, loan)
    if terms.months > rules.renewal_months_max:
        detail = f"A renewal is for {rules.renewal_months_max} months at most."
        raise Rejected("renewal_too_long", detail, field="months")
    if past_due(loan, on).total:
        raise Rejected("renewal_with_arrears", "Nothing may be past due when a loan is renewed.", field="kind")
    if loan.classification != "normal":
        detail = f"Only a loan of class normal is renewed; this one is {loan.classification}."
        raise Rejected("renewal_of_worse_class", detail, field="kind")
    too_large = terms.borrower_size == "large" or (
        terms.borrower_size == "medium" and on > rules.renewal_of_medium_until
    )
    if too_large:
        raise Rejected("renewal_not_for_size", "Renewal is for small firms.", field="borrower_size")
    for condition in ("compliant", "stable_operation", "no_misuse", "meets_standard"):
        if not getattr(terms, condition):
            raise Rejected("renewal_condition_not_met", "Every condition of a renewal has to hold.", field=condition)


def _plan(terms: PlanTerms, loan: OpenLoan, on: date, rules: ChangeRules) -> None:
    latest = add_months(on, FIRST_DUE_MONTHS_MAX)
    if not on < terms.first_due_on <= latest:
        detail = f"The first instalment falls due after {on}, by {latest}."
        raise Rejected("first_due_on_outside", detail, field="first_due_on")
    if not 1 <= terms.instalments <= INSTALMENTS_MAX:
        raise Rejected("instalments_outside", f"A plan has 1 to {INSTALMENTS_MAX} instalments.", field="instalments")
    if not 1 <= terms.every_months <= PERIOD_MONTHS_MAX:
        raise Rejected("period_outside", f"A period has 1 to {PERIOD_MONTHS_MAX} months.", field="every_months")
    if terms.capitalise == "interest_and_penalty" and not rules.penalty_may_be_capitalised:
        detail = "Penalty and compound interest bear no interest, so they do not become principal."
        raise Rejected("penalty_not_capitalised", detail, field="capitalise")
    last_on = add_months(terms.first_due_on, (terms.instalments - 1) * terms.every_months)
    if last_on > maturity_of(loan) and not is_restructured(terms, loan, on):
        detail = f"A plan that ends after {maturity_of(loan)} is an extension, unless the debtor is in difficulty."
        raise Rejected("plan_beyond_maturity", detail, field="instalments")
    _adds_up(terms, loan, on)


def _adds_up(terms: PlanTerms, loan: OpenLoan, on: date) -> None:
    if (terms.method == "free") != (terms.principal is not None):
        raise Rejected("principal_of_free_plan", "A free plan tells its principal, no other does.", field="principal")
    if terms.principal is None:
        return
    owed = outstanding(loan) + to_capitalise(terms, loan, on)
    if len(terms.principal) != terms.instalments:
        raise Rejected("principal_not_per_instalment", "Tell one amount for each instalment.", field="principal")
    if any(one.currency != owed.currency or one.minor < 0 for one in terms.principal):
        raise Rejected("principal_negative", f"Each amount is of {owed.currency}, nil or more.", field="principal")
    told = Money.sum(terms.principal, owed.currency)
    if told != owed:
        raise Rejected("principal_not_adding_up", f"{owed} is to be repaid, {told} is planned.", field="principal")


def _before_maturity(loan: OpenLoan, on: date, code: str, what: str) -> None:
    if on >= maturity_of(loan):
        detail = f"{what} is agreed before the loan matures, which it did on {maturity_of(loan)}: restructure it."
        raise Rejected(code, detail, field="kind")


def _whole_periods(months: int, loan: OpenLoan) -> None:
    every = loan.changes.every_months or 1
    if months < 1 or months % every:
        raise Rejected("months_not_whole_periods", f"A multiple of {every}, at least that.", field="months")


def is_restructured(terms: ChangeTerms, loan: OpenLoan, on: date) -> bool:
    """Whether these terms ease the debt of a debtor in difficulty: told so, past due already, or non-performing.

    Source: 2023 办法, art. 17 and 18, from general knowledge of their text.
    """
    told = terms.kind == "restructuring" or (isinstance(terms, ExtensionTerms) and terms.financial_difficulty)
    late = past_due(loan, on)
    return told or bool(late.principal or late.interest) or loan.classification not in {"normal", "special_mention"}


def to_capitalise(terms: PlanTerms, loan: OpenLoan, on: date) -> Money:
    """What becomes principal of the interest that is due: normal interest, or penalty and compound interest too."""
    late = past_due(loan, on)
    match terms.capitalise:
        case "nothing":
            return Money(0, late.interest.currency)
        case "interest":
            return late.interest
        case "interest_and_penalty":
            return late.interest + late.penalty + late.compound
