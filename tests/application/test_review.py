"""Review by two people: who may recommend, who may decide, and for how much."""

from decimal import Decimal
from typing import Any

import pytest

from services.application.domain.loan_application import loan_application
from services.application.domain.loan_product import PRODUCTS
from services.application.domain.review import authority_for
from shared.money import Money
from tests.application.asked import decide, recommend
from tests.application.builders import (
    APPROVER,
    IN_REVIEW,
    OFFERED,
    OFFICER,
    REVIEWER,
    approved_by_people,
    assessed,
    declined,
    no_capacity,
    offered,
    personal,
    recommended,
    recommended_to_decline,
    returned,
    review_opened,
    submitted,
    yuan,
)
from tests.given import given

RECOMMENDED = (*IN_REVIEW, recommended())
SENIOR = frozenset({"senior_approver"})


def large(amount: int, **other: Any) -> tuple[Any, ...]:
    """A company's application of `amount` in review, with a limit of ten million."""
    asked = submitted(product_code="wc-term", requested_amount=yuan(amount))
    found = assessed(outcome="refer", limit=yuan(10_000_000))
    return asked, found, review_opened(), recommended(amount=yuan(amount), **other)


def test_a_reviewer_recommends_what_was_assessed_unless_he_says_otherwise() -> None:
    given(loan_application, *IN_REVIEW).when(recommend()).then(recommended())


def test_a_reviewer_may_recommend_less_at_a_higher_rate() -> None:
    asked = {"amount": yuan(200_000), "annual_rate_percent": Decimal("5.5")}
    given(loan_application, *IN_REVIEW).when(recommend(**asked)).then(recommended(**asked))


def test_who_submitted_may_not_recommend() -> None:
    given(loan_application, *IN_REVIEW).when(recommend(recommended_by=OFFICER)).then_rejected("four_eyes")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"amount": Money.of("500000.01")}, "amount_above_requested"),
        ({"amount": Money.of(1_000, "USD")}, "amount_above_requested"),
        ({"amount": Money.of("9999.99")}, "amount_outside_product"),
        ({"annual_rate_percent": Decimal("2.9999")}, "rate_below_floor"),
        ({"annual_rate_percent": Decimal("16.0001")}, "cost_above_cap"),
        ({"recommendation": "decline"}, "reasons_missing"),
    ],
)
def test_a_recommendation_outside_the_rules_is_refused(asked: dict[str, Any], code: str) -> None:
    given(loan_application, *IN_REVIEW).when(recommend(**asked)).then_rejected(code)


def test_more_than_the_limit_needs_a_reason_and_a_senior() -> None:
    past = (submitted(), assessed(outcome="refer", limit=yuan(100_000)), review_opened())
    asked: dict[str, Any] = {"amount": yuan(100_001)}
    given(loan_application, *past).when(recommend(**asked)).then_rejected("override_reason_missing")
    given(loan_application, *past).when(recommend(**asked, override_reason="a guarantee")).then(
        recommended(**asked, override_reason=personal("a guarantee"), authority="senior_approver")
    )


def test_without_a_measured_limit_an_amount_must_be_named() -> None:
    past = (submitted(), assessed(outcome="refer", limit=yuan(0)), review_opened())
    given(loan_application, *past).when(recommend()).then_rejected("amount_outside_product")


def test_a_reviewer_recommends_once() -> None:
    given(loan_application, *RECOMMENDED).when(recommend(recommended_by="zhou")).then_rejected("wrong_status")


def test_a_second_person_approves_and_the_offer_is_made() -> None:
    given(loan_application, *RECOMMENDED).when(decide()).then(approved_by_people(), offered())


def test_an_approver_may_grant_less_but_never_more() -> None:
    given(loan_application, *RECOMMENDED).when(decide(amount=yuan(400_000))).then(
        approved_by_people(amount=yuan(400_000)), offered(amount=400_000)
    )
    for more in (Money.of("500000.01"), Money.of(1_000, "USD")):
        given(loan_application, *RECOMMENDED).when(decide(amount=more)).then_rejected("amount_above_recommended")
    given(loan_application, *RECOMMENDED).when(decide(amount=yuan(9_999))).then_rejected("amount_outside_product")


@pytest.mark.parametrize("person", [OFFICER, REVIEWER])
@pytest.mark.parametrize("decision", ["approve", "decline", "return"])
def test_neither_who_submitted_nor_who_recommended_decides(person: str, decision: str) -> None:
    asked = decide(decision, decided_by=person, note="no", authority=frozenset({"approver", "senior_approver"}))
    given(loan_application, *RECOMMENDED).when(asked).then_rejected("four_eyes")


def test_nobody_decides_before_a_recommendation() -> None:
    given(loan_application, *IN_REVIEW).when(decide()).then_rejected("wrong_status")


def test_what_was_recommended_to_decline_is_not_approved() -> None:
    past = (*IN_REVIEW, recommended_to_decline())
    given(loan_application, *past).when(decide()).then_rejected("not_recommended")


def test_a_refusal_takes_the_recommended_reasons_or_the_approvers_own() -> None:
    people = {"automatic": False, "recommended_by": REVIEWER, "declined_by": APPROVER}
    given(loan_application, *IN_REVIEW).when(
        recommend(recommendation="decline", decline_codes=("repayment_capacity",))
    ).then(recommended_to_decline())
    given(loan_application, *IN_REVIEW, recommended_to_decline()).when(decide("decline")).then(
        declined(reasons=(no_capacity(),), **people)
    )
    given(loan_application, *RECOMMENDED).when(decide("decline")).then_rejected("reasons_missing")
    given(loan_application, *RECOMMENDED).when(
        decide("decline", decline_codes=("repayment_capacity",), note="thin margins")
    ).then(declined(reasons=(no_capacity(),), note=personal("thin margins"), **people))


def test_a_returned_recommendation_is_given_anew_and_says_what_was_missing() -> None:
    given(loan_application, *RECOMMENDED).when(decide("return")).then_rejected("note_missing")
    given(loan_application, *RECOMMENDED).when(decide("return", note="visit the warehouse")).then(returned())
    given(loan_application, *RECOMMENDED, returned()).when(recommend()).then(recommended())


def test_who_recommended_before_a_return_does_not_decide_after_it() -> None:
    past = (*RECOMMENDED, returned(), recommended(recommended_by="zhou"))
    given(loan_application, *past).when(decide(decided_by=REVIEWER)).then_rejected("four_eyes")
    given(loan_application, *past).when(decide()).then(approved_by_people(recommended_by="zhou"), offered())


@pytest.mark.parametrize(
    ("amount", "rate", "authority"),
    [
        (5_000_000, "4.35", "approver"),  # the border itself
        (5_000_001, "4.35", "senior_approver"),
        (5_000_000, "4.10", "approver"),  # the risk-based rate itself
        (5_000_000, "4.0999", "senior_approver"),
    ],
)
def test_authority_follows_the_amount_and_the_rate(amount: int, rate: str, authority: str) -> None:
    found = assessed(limit=yuan(10_000_000))
    assert authority_for(yuan(amount), Decimal(rate), found, PRODUCTS[0]) == authority


def test_a_large_loan_needs_a_senior_approver() -> None:
    past = large(6_000_000, authority="senior_approver")
    given(loan_application, *past).when(decide()).then_rejected("authority_too_low")
    given(loan_application, *past).when(decide(authority=frozenset())).then_rejected("authority_too_low")
    [approval, _] = loan_application.decide(decide(authority=SENIOR), loan_application.fold(past))
    assert approval == approved_by_people(amount=yuan(6_000_000))


def test_a_rate_below_the_price_books_floor_needs_the_next_authority() -> None:
    found = assessed(risk_based_rate_percent=Decimal("2.90"), floor_percent=Decimal("3.20"))
    rates = (Decimal("3.19"), Decimal("3.20"))
    needed = [authority_for(yuan(100_000), rate, found, PRODUCTS[0]) for rate in rates]
    assert needed == ["senior_approver", "approver"]


def test_an_approver_may_decide_alone_once_the_amount_is_within_his_authority() -> None:
    past = large(6_000_000, authority="senior_approver")
    [approval, _] = loan_application.decide(decide(amount=yuan(5_000_000)), loan_application.fold(past))
    assert approval == approved_by_people(amount=yuan(5_000_000))


def test_a_senior_approver_may_decide_what_an_approver_may() -> None:
    given(loan_application, *RECOMMENDED).when(decide(authority=SENIOR)).then(approved_by_people(), offered())


@pytest.mark.parametrize("past", [(submitted(),), OFFERED])
def test_what_is_not_in_review_is_neither_recommended_nor_decided(past: Any) -> None:
    given(loan_application, *past).when(recommend()).then_rejected("wrong_status")
    given(loan_application, *past).when(decide()).then_rejected("wrong_status")
    given(loan_application).when(recommend()).then_rejected("no_such_application")
