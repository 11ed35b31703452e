"""A change of a loan's terms, followed: the class it brings, the observation it begins, the maturity it moves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.risk.domain import classification_events as did
from services.risk.domain.asset_class import AssetClass, Signs, floors
from services.risk.domain.classification_commands import FollowChangedTerms
from services.risk.domain.classified_loan import Classified
from services.risk.domain.events import LoanClassificationEvent, LoanClassified, LoanCured
from services.risk.domain.loan_classification import loan_classification
from services.risk.subscriptions import subscriptions
from shared.contracts import repayment
from tests.given import given
from tests.risk.announced import CONTRACT
from tests.risk.builders import APPLICATION, BORROWER, LOAN, TODAY, yuan
from tests.risk.test_loan_classification import behind, entered, left

CHANGE, SECOND = UUID(int=71), UUID(int=72)
FIRST_DUE = date(2026, 7, 1)


def announced(kind: type[Any] = repayment.LoanExtended, **told: Any) -> Any:
    dull: dict[str, Any] = {
        "loan_id": LOAN, "contract_id": CONTRACT, "application_id": APPLICATION, "borrower_id": BORROWER,
        "proposal_id": CHANGE, "maturity_on": date(2027, 6, 1), "previous_maturity_on": date(2026, 12, 1),
        "annual_rate_percent": "4.30", "first_due_on": FIRST_DUE, "repayment_period_months": 1, "restructured": False,
        "outstanding": yuan(100_000), "overdue": yuan(0), "overdue_penalty": yuan(0), "days_past_due": 0,
        "approved_by": "wang", "changed_on": TODAY,
    }  # fmt: skip
    own: dict[str, dict[str, Any]] = {
        "LoanExtended": {"months": 6, "operation_normal": True},
        "LoanRenewed": {"months": 6},
        "LoanRescheduled": {"capitalised": yuan(0)},
    }
    return kind(**dull | own[kind.__name__] | told)


def follow(kind: type[Any] = repayment.LoanExtended, **told: Any) -> FollowChangedTerms:
    [one] = [one for one in subscriptions if one.to is kind and one.decider.category == loan_classification.category]
    command: Any = one.then(announced(kind, **told))
    assert isinstance(command, FollowChangedTerms)
    return command


def what(command: FollowChangedTerms, *past: LoanClassificationEvent) -> tuple[list[str], Classified]:
    """The kinds of the facts that follow, and the loan after them."""
    loan = loan_classification.fold(past)
    happened = loan_classification.decide(command, loan)
    after = loan_classification.fold(happened, loan)
    assert isinstance(after, Classified)
    assert loan_classification.decide(command, after) == [], "told twice, it happened once"
    return [type(one).__name__ for one in happened], after


@pytest.mark.parametrize("kind", [repayment.LoanExtended, repayment.LoanRenewed, repayment.LoanRescheduled])
def test_terms_that_nobody_in_difficulty_changed_move_the_maturity_and_no_class(kind: type[Any]) -> None:
    happened, loan = what(follow(kind), entered())
    assert happened == ["MaturityMoved"]
    assert loan.asset_class == AssetClass.NORMAL


def test_an_extension_while_operation_is_not_normal_is_special_mention() -> None:
    happened, loan = what(follow(operation_normal=False), entered())
    assert happened == ["MaturityMoved", "SignNoted", "LoanClassified"]
    assert (loan.asset_class, loan.observed_until) == (AssetClass.SPECIAL_MENTION, None)
    assert floors(Signs(extended=True)) == {"extended": AssetClass.SPECIAL_MENTION}
    again = follow(operation_normal=False, proposal_id=SECOND)
    happened, _ = what(again, *_facts(follow(operation_normal=False)))
    assert happened == ["MaturityMoved"], "it is noted already"


@pytest.mark.parametrize(
    ("period", "until"),
    [(1, date(2027, 7, 1)), (6, date(2027, 7, 1)), (12, date(2028, 7, 1))],  # two periods, but a year at least
)
def test_a_restructured_loan_is_special_mention_and_observed_from_the_first_due_date(period: int, until: date) -> None:
    command = follow(repayment.LoanRescheduled, restructured=True, repayment_period_months=period)
    happened, loan = what(command, entered())
    assert happened == ["MaturityMoved", "LoanRestructured", "LoanClassified"]
    assert (loan.asset_class, loan.observed_until) == (AssetClass.SPECIAL_MENTION, until)


def test_restructured_again_inside_the_observation_it_is_substandard_and_the_clock_restarts() -> None:
    first = _facts(follow(restructured=True))
    later = follow(repayment.LoanRescheduled, restructured=True, proposal_id=SECOND, first_due_on=date(2026, 10, 1))
    _, loan = what(later, *first)
    assert (loan.asset_class, loan.observed_until) == (AssetClass.SUBSTANDARD, date(2027, 10, 1))


def test_arrears_that_were_put_off_are_cured_but_make_no_class_better() -> None:
    late = (entered(), behind(100, TODAY))
    substandard = LoanClassified(
        loan_id=LOAN, classification=AssetClass.SUBSTANDARD, previous=AssetClass.NORMAL, stage=3,
        provision_rate_percent=Decimal(25), days_past_due=100, classified_on=TODAY,
    )  # fmt: skip
    happened, loan = what(follow(repayment.LoanRescheduled, restructured=True), *late, substandard)
    assert happened == ["MaturityMoved", "LoanCured", "LoanRestructured"]
    assert (loan.asset_class, loan.days_past_due, loan.observed_until) == (
        AssetClass.SUBSTANDARD,
        0,
        date(2027, 7, 1),
    )
    kept, loan = what(follow(repayment.LoanRescheduled, restructured=True, days_past_due=100), *late, substandard)
    assert LoanCured.__name__ not in kept
    assert loan.observed_until is None, "observed from the day on which what is late has been paid"


def test_a_loan_that_has_left_is_not_classified_any_more() -> None:
    given(loan_classification, entered(), left(TODAY)).when(follow(restructured=True)).then_nothing()


def test_what_is_heard_before_the_payout_counts_all_the_same() -> None:
    happened, loan = what(follow(operation_normal=False))
    assert happened == ["MaturityMoved", "SignNoted", "LoanClassified"]
    assert loan.signs == {"extended"}


def _facts(command: FollowChangedTerms) -> tuple[LoanClassificationEvent, ...]:
    past = (entered(),)
    return (*past, *loan_classification.decide(command, loan_classification.fold(past)))


def test_the_fact_names_the_change_that_was_followed() -> None:
    [moved, *_] = loan_classification.decide(follow(), replace(Classified(), entered=True))
    assert moved == did.MaturityMoved(loan_id=LOAN, proposal_id=CHANGE, maturity_on=date(2027, 6, 1), moved_on=TODAY)
