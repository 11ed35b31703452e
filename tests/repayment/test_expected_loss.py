"""What risk measures is booked above the specific provisions, a branch as a whole, and goes back when it falls."""

from datetime import date
from typing import Any

from services.repayment.domain.expected_loss import expected_loss
from services.repayment.registry import books, entries
from services.repayment.subscriptions import book_measured_loss
from tests.repayment.bank import ONE_DAY, Bank, disbursed, measured
from tests.repayment.builders import DRAWN_ON

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)


def after(*messages: Any) -> list[Any]:
    state, events = None, list[Any]()
    for message in messages:
        new = expected_loss.decide(book_measured_loss(message), state)
        state = expected_loss.fold(new, state)
        events += new
    return events


def test_the_first_measurement_is_booked_whole_and_the_next_by_its_difference() -> None:
    first, second = after(measured("857.14", "0", "857.14", MARCH), measured("500.00", "200.00", "300.00", APRIL))
    impairment, allowance = (books().accounts[key].code for key in ("impairment", "expected_loss_allowance"))
    assert [(one.account, one.debit, one.credit) for one in entries(first)] == [
        (impairment, 85714, 0), (allowance, 0, 85714),
    ]  # fmt: skip
    assert [(one.account, one.debit, one.credit) for one in entries(second)] == [
        (allowance, 55714, 0), (impairment, 0, 55714),
    ]  # fmt: skip


def test_an_expected_loss_below_the_classes_takes_the_difference_back() -> None:
    [booked] = after(measured("100.00", "250.00", "-150.00", MARCH))
    impairment, allowance = (books().accounts[key].code for key in ("impairment", "expected_loss_allowance"))
    assert [(one.account, one.debit, one.credit) for one in entries(booked)] == [
        (allowance, 15000, 0), (impairment, 0, 15000),
    ]  # fmt: skip


def test_what_is_expected_of_undrawn_limits_is_a_provision_of_its_own() -> None:
    march = measured("857.14", "0", "857.14", MARCH, undrawn_loss="342.86")
    events = after(march, march, measured("857.14", "0", "857.14", APRIL))  # the second was measured without
    provision = books().accounts["commitment_provision"].code
    lines = [(one.debit, one.credit) for event in events for one in entries(event) if one.account == provision]
    assert lines == [(0, 34286), (34286, 0)]


def test_a_measurement_told_twice_or_late_changes_nothing() -> None:
    march, april = measured("857.14", "0", "857.14", MARCH), measured("900.00", "0", "900.00", APRIL)
    assert len(after(march, march, april, march, april)) == 2


def test_a_day_measured_again_is_corrected() -> None:
    first, again = after(measured("857.14", "0", "857.14", MARCH), measured("860.00", "0", "860.00", MARCH))
    assert again.top_up_change.minor == 286
    assert first.measured_on == again.measured_on


async def test_it_is_posted_in_the_books_of_its_branch(bank: Bank) -> None:
    await bank.hear(disbursed())
    await bank.hear(measured("857.14", "0", "857.14", DRAWN_ON, branch="BJ"), on=DRAWN_ON, branch="BJ")
    await bank.close_until(DRAWN_ON + ONE_DAY)
    shown = (await bank.get("/v1/trial-balance", branch="HQ", on=DRAWN_ON, by_branch=True)).json()
    assert shown["balanced"]
    [own] = [one for one in shown["currencies"] if one["branch"] == "BJ"]
    assert {one["account"]: one["balance"]["amount"] for one in own["accounts"]} == {
        "1304.02": "-857.14",
        "6702": "857.14",
    }
