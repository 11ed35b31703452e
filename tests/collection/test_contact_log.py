"""Contacts: the hours, the number a day, and what the debtor may always do."""

from datetime import date, time

import pytest

from services.collection.domain.contact_log import contact_log
from shared.messages import Personal
from tests.collection.builders import BORROWER, TODAY, contact, contacted
from tests.given import given


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (time(7, 59, 59), False),
        (time(8, 0), True),
        (time(21, 59, 59), True),
        (time(22, 0), False),  # the end of the hours is excluded
        (time(0, 0), False),
    ],
)
def test_a_debtor_is_contacted_from_eight_to_twenty_two_local_time(at: time, allowed: bool) -> None:
    asked = given(contact_log).when(contact(at=at))
    if allowed:
        asked.then(contacted(at=at))
    else:
        asked.then_rejected("contact_outside_hours")


def test_a_debtor_is_contacted_three_times_a_day_at_most() -> None:
    twice = (contacted(), contacted(channel="sms"))
    given(contact_log, *twice).when(contact()).then(contacted())
    given(contact_log, *twice, contacted()).when(contact()).then_rejected("contacts_per_day_reached")


def test_the_next_day_counts_from_nil() -> None:
    tomorrow = date(2026, 3, 3)
    given(contact_log, contacted(), contacted(), contacted()).when(contact(on=tomorrow, recorded_on=tomorrow)).then(
        contacted(on=tomorrow)
    )


def test_a_contact_recorded_later_counts_on_its_own_day() -> None:
    later = date(2026, 3, 4)
    given(contact_log, contacted(), contacted(), contacted()).when(contact(on=TODAY, recorded_on=later)).then_rejected(
        "contacts_per_day_reached"
    )


def test_a_debtor_may_call_at_any_hour_and_as_often_as_he_likes() -> None:
    called = contacted(direction="inbound", at=time(23, 30))
    given(contact_log, called, called, called).when(contact(direction="inbound", at=time(23, 30))).then(called)
    given(contact_log, called, called, called).when(contact()).then(contacted())


def test_a_contact_in_the_future_is_not_recorded() -> None:
    given(contact_log).when(contact(on=date(2026, 3, 3))).then_rejected("contact_in_the_future")


def test_nobody_is_contacted_about_a_loan_that_is_not_being_collected() -> None:
    given(contact_log).when(contact(being_collected=False)).then_rejected("case_not_open")
    given(contact_log).when(contact(being_collected=False, direction="inbound")).then(contacted(direction="inbound"))


def test_what_was_said_is_kept_as_the_debtors_personal_datum() -> None:
    given(contact_log).when(contact(note="he lost his biggest customer")).then(
        contacted(note=Personal[str](subject_id=BORROWER, value="he lost his biggest customer"))
    )
