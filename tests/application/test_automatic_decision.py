"""Risk has spoken: approved by policy, declined with reasons, or left to people."""

from decimal import Decimal
from typing import Any

import pytest

from services.application.domain.loan_application import loan_application
from tests.application.asked import record_assessment, request_review
from tests.application.builders import (
    IN_REVIEW,
    KNOCKED_OUT,
    OFFERED,
    SIGNED,
    approved,
    assessed,
    declined,
    offered,
    review_opened,
    submitted,
    submitted_by_person,
    withdrawn,
    yuan,
)
from tests.given import given


def test_a_small_loan_within_the_cap_is_approved_and_offered_at_once() -> None:
    given(loan_application, submitted()).when(record_assessment()).then(assessed(), approved(), offered())


def test_no_more_is_approved_than_the_limit() -> None:
    given(loan_application, submitted()).when(record_assessment(limit=yuan(300_000))).then(
        assessed(limit=yuan(300_000)), approved(amount=yuan(300_000)), offered(amount=300_000)
    )


def test_no_more_is_approved_than_was_asked_for() -> None:
    given(loan_application, submitted(requested_amount=yuan(20_000))).when(record_assessment()).then(
        assessed(), approved(amount=yuan(20_000)), offered(amount=20_000)
    )


def test_a_refusal_of_policy_keeps_its_reasons() -> None:
    facts: dict[str, Any] = {"outcome": "decline", "reasons": (KNOCKED_OUT,)}
    given(loan_application, submitted()).when(record_assessment(**facts)).then(assessed(**facts), declined())


def test_a_refusal_without_reasons_goes_to_people() -> None:
    given(loan_application, submitted()).when(record_assessment(outcome="decline")).then(
        assessed(outcome="decline"), review_opened("declined_without_reasons")
    )


@pytest.mark.parametrize(
    ("asked", "found", "cause"),
    [
        ({}, {"outcome": "refer"}, "referred_by_risk"),
        ({"product_code": "wc-term"}, {}, "people_decide_this_product"),
        ({"other_exposure": yuan("500000.01")}, {}, "above_automatic_cap"),  # 1,000,000 in all
        ({}, {"limit": yuan("9999.99")}, "limit_below_product"),
        ({}, {"limit": yuan(0)}, "limit_below_product"),
        ({}, {"annual_rate_percent": Decimal("2.99")}, "rate_below_floor"),
        ({}, {"annual_rate_percent": Decimal("16.01")}, "cost_above_cap"),  # × 1.5 = 24.015 %
    ],
)
def test_what_policy_may_not_decide_alone_goes_to_people(
    asked: dict[str, Any], found: dict[str, Any], cause: str
) -> None:
    given(loan_application, submitted(**asked)).when(record_assessment(**found)).then(
        assessed(**found), review_opened(cause)
    )


def test_the_cap_and_the_dearest_rate_themselves_are_still_automatic() -> None:
    given(loan_application, submitted(other_exposure=yuan(500_000))).when(
        record_assessment(annual_rate_percent=Decimal(16))
    ).then(
        assessed(annual_rate_percent=Decimal(16)),
        approved(annual_rate_percent=Decimal(16)),
        offered(rate="16"),
    )


def test_every_cause_is_told() -> None:
    found = {"outcome": "refer", "limit": yuan(0)}
    given(loan_application, submitted(product_code="wc-term")).when(record_assessment(**found)).then(
        assessed(**found), review_opened("referred_by_risk", "people_decide_this_product", "limit_below_product")
    )


@pytest.mark.parametrize(
    "past",
    [IN_REVIEW, OFFERED, SIGNED, (submitted(), withdrawn()), (submitted(), assessed(), declined())],
)
def test_an_assessment_heard_twice_or_too_late_changes_nothing(past: Any) -> None:
    given(loan_application, *past).when(record_assessment()).then_nothing()


def test_an_assessment_of_no_application_cannot_be() -> None:
    given(loan_application).when(record_assessment()).then_rejected("no_such_application")


def test_a_person_may_have_people_look_at_an_automatic_refusal() -> None:
    past = (submitted_by_person(), assessed(outcome="decline"), declined())
    given(loan_application, *past).when(request_review()).then(review_opened("automated_decision_refused"))


def test_companies_and_what_people_have_decided_are_not_looked_at_again() -> None:
    given(loan_application, submitted(), assessed(), declined()).when(request_review()).then_rejected("wrong_status")
    by_people = declined(automatic=False, recommended_by="li", declined_by="wang")
    past = (submitted_by_person(), *IN_REVIEW[1:], by_people)
    given(loan_application, *past).when(request_review()).then_rejected("decided_by_people")
    given(loan_application, *OFFERED).when(request_review()).then_rejected("wrong_status")
