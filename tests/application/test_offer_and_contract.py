"""From the offer to the contract, and what is heard of its loans afterwards."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.application.domain.application_state import NoApplication, status_of
from services.application.domain.events import ContractSigned
from services.application.domain.loan_application import loan_application
from services.application.domain.loan_product import COMPONENTS
from tests.application.asked import (
    accept,
    expire,
    record_disbursement,
    record_failure,
    record_settlement,
    record_write_off,
    sign,
    withdraw,
)
from tests.application.builders import (
    APPROVER,
    IN_REVIEW,
    LOAN,
    OFFERED,
    OFFICER,
    OTHER_LOAN,
    REVIEWER,
    SIGNED,
    accepted,
    approved,
    approved_by_people,
    assessed,
    declined,
    disbursed,
    disbursement_failed,
    offer_expired,
    offered,
    recommended,
    settled,
    signed,
    submitted,
    withdrawn,
    written_off,
)
from tests.given import given

ACCEPTED = (*OFFERED, accepted())


def status_after(*past: Any) -> str:
    state = loan_application.fold(past)
    assert not isinstance(state, NoApplication)
    return status_of(state)


LAST_DAY, DAY_AFTER = date(2026, 3, 16), date(2026, 3, 17)


def test_an_offer_is_accepted_on_its_last_day_and_not_after() -> None:
    given(loan_application, *OFFERED).when(accept(LAST_DAY)).then(accepted(LAST_DAY))
    given(loan_application, *OFFERED).when(accept(DAY_AFTER)).then_rejected("offer_expired")


def test_an_offer_is_accepted_once() -> None:
    given(loan_application, *ACCEPTED).when(accept()).then_rejected("wrong_status")


@pytest.mark.parametrize("past", [OFFERED, ACCEPTED])
def test_an_unsigned_offer_expires_when_its_last_day_has_passed(past: Any) -> None:
    given(loan_application, *past).when(expire(LAST_DAY)).then_nothing()
    given(loan_application, *past).when(expire(DAY_AFTER)).then(offer_expired())


@pytest.mark.parametrize("past", [(), (submitted(),), IN_REVIEW, SIGNED, (*OFFERED, offer_expired())])
def test_where_no_offer_is_open_none_expires(past: Any) -> None:
    given(loan_application, *past).when(expire(DAY_AFTER)).then_nothing()


def test_an_expired_offer_can_be_neither_accepted_nor_signed() -> None:
    past = (*ACCEPTED, offer_expired())
    given(loan_application, *past).when(accept()).then_rejected("offer_expired")
    given(loan_application, *past).when(sign()).then_rejected("offer_expired")


def test_a_contract_is_signed_for_what_was_offered_once_the_cost_is_confirmed() -> None:
    given(loan_application, *ACCEPTED).when(sign()).then(signed())
    given(loan_application, *ACCEPTED).when(sign(confirmed_annualised_rate_percent=Decimal("4.43"))).then_rejected(
        "cost_statement_not_confirmed"
    )


def test_a_contract_agrees_on_the_order_of_allocation_that_its_product_has() -> None:
    made = submitted(product_code="wc-term", product_version=2)
    past = (made, *(one for one in ACCEPTED if not isinstance(one, type(made))))
    principal_first = ("cost", "principal", "interest", "penalty", "compound")
    [contract] = loan_application.decide(sign(), loan_application.fold(past))
    assert isinstance(contract, ContractSigned)
    assert contract.allocation is not None
    assert (contract.allocation.order, contract.allocation.across) == (COMPONENTS, "component")
    assert contract.allocation.non_performing_order == principal_first


def test_a_contract_is_not_signed_before_acceptance_nor_after_the_last_day_nor_twice() -> None:
    given(loan_application, *OFFERED).when(sign()).then_rejected("wrong_status")
    given(loan_application, *ACCEPTED).when(sign(signed_on=DAY_AFTER)).then_rejected("offer_expired")
    given(loan_application, *SIGNED).when(sign()).then_rejected("wrong_status")


@pytest.mark.parametrize(("five_c", "average"), [("74.99", True), ("75", False)])
def test_credit_is_average_below_75_points(five_c: str, average: bool) -> None:
    past = (submitted(), assessed(five_c_score=Decimal(five_c)), approved(), offered(), accepted())
    given(loan_application, *past).when(sign(new_relation=False)).then(
        signed(average_credit=average, new_relation=False)
    )


def test_neither_who_asked_nor_who_decided_may_release_the_money() -> None:
    by_people = (*IN_REVIEW, recommended(), approved_by_people(), offered(), accepted())
    given(loan_application, *by_people).when(sign()).then(signed(approved_by=(OFFICER, REVIEWER, APPROVER)))
    given(loan_application, *ACCEPTED).when(sign()).then(signed(approved_by=(OFFICER,)))


def test_a_large_contract_can_be_drawn_for_a_year() -> None:
    past = (submitted(product_code="wc-term"), assessed(), approved(), offered(), accepted())
    given(loan_application, *past).when(sign()).then(signed(product_code="wc-term", available_until=date(2027, 3, 2)))


@pytest.mark.parametrize("past", [(submitted(),), IN_REVIEW, (*IN_REVIEW, recommended()), OFFERED, ACCEPTED])
def test_the_borrower_withdraws_until_he_has_signed(past: Any) -> None:
    given(loan_application, *past).when(withdraw()).then(withdrawn())


@pytest.mark.parametrize("past", [SIGNED, (submitted(), withdrawn()), (submitted(), assessed(), declined())])
def test_what_is_signed_or_closed_is_not_withdrawn(past: Any) -> None:
    given(loan_application, *past).when(withdraw()).then_rejected("wrong_status")


def test_nothing_that_is_not_there_is_withdrawn_accepted_or_signed() -> None:
    for asked in (withdraw(), accept(), sign()):
        given(loan_application).when(asked).then_rejected("no_such_application")


# --- the contract's loans -----------------------------------------------------------------------------


def test_the_contract_follows_its_loan_from_disbursement_to_settlement() -> None:
    given(loan_application, *SIGNED).when(record_disbursement()).then(disbursed())
    given(loan_application, *SIGNED, disbursed()).when(record_settlement()).then(settled())


def test_a_failed_disbursement_is_seen_and_another_may_follow() -> None:
    given(loan_application, *SIGNED).when(record_failure()).then(disbursement_failed())
    given(loan_application, *SIGNED, disbursement_failed()).when(record_disbursement(OTHER_LOAN)).then(
        disbursed(OTHER_LOAN)
    )


def test_a_contract_is_open_while_one_of_its_loans_is() -> None:
    past = (*SIGNED, disbursed(), disbursed(OTHER_LOAN))
    given(loan_application, *past).when(record_settlement()).then(settled(status="disbursed"))
    given(loan_application, *past).when(record_failure(UUID(int=9))).then(
        disbursement_failed(UUID(int=9), status="disbursed")
    )
    given(loan_application, *past, settled(status="disbursed")).when(record_write_off(OTHER_LOAN)).then(
        written_off(OTHER_LOAN)
    )


@pytest.mark.parametrize(
    ("past", "news"),
    [
        ((disbursed(),), record_disbursement()),
        ((disbursed(), settled()), record_disbursement()),
        ((disbursed(), settled()), record_settlement()),
        ((disbursed(), written_off()), record_write_off()),
        ((disbursement_failed(),), record_failure()),
        ((disbursed(),), record_failure()),  # it was paid after all: repeated news of an earlier attempt
    ],
)
def test_news_heard_twice_changes_nothing(past: Any, news: Any) -> None:
    given(loan_application, *SIGNED, *past).when(news).then_nothing()


def test_a_settlement_heard_before_its_disbursement_stands() -> None:
    given(loan_application, *SIGNED).when(record_settlement()).then(settled())
    given(loan_application, *SIGNED, settled()).when(record_disbursement()).then(disbursed(status="settled"))
    assert status_after(*SIGNED, settled(), disbursed(status="settled")) == "settled"


def test_a_written_off_loan_that_is_paid_after_all_is_settled() -> None:
    given(loan_application, *SIGNED, disbursed(), written_off()).when(record_settlement()).then(settled())


def test_news_of_another_contract_or_before_signing_cannot_be() -> None:
    given(loan_application, *SIGNED).when(record_disbursement(contract_id=LOAN)).then_rejected("contract_mismatch")
    given(loan_application, *ACCEPTED).when(record_disbursement()).then_rejected("wrong_status")


@pytest.mark.parametrize(
    ("past", "status"),
    [
        ((submitted(),), "submitted"),
        ((submitted(), assessed()), "submitted"),
        (IN_REVIEW, "in_review"),
        ((*IN_REVIEW, recommended()), "recommended"),
        ((submitted(), assessed(), approved()), "offered"),
        (OFFERED, "offered"),
        (ACCEPTED, "accepted"),
        (SIGNED, "signed"),
        ((*SIGNED, disbursement_failed()), "disbursement_failed"),
        ((*SIGNED, disbursed()), "disbursed"),
        ((*SIGNED, disbursed(), settled()), "settled"),
        ((*SIGNED, disbursed(), written_off()), "written_off"),
        ((submitted(), withdrawn()), "withdrawn"),
        ((submitted(), assessed(), declined()), "declined"),
        ((*OFFERED, offer_expired()), "offer_expired"),
    ],
)
def test_an_officer_sees_one_word(past: Any, status: str) -> None:
    assert status_after(*past) == status
