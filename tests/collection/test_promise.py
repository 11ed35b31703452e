"""Promises to pay: what may be promised, what keeps a promise, what breaks it."""

from datetime import date

import pytest

from services.collection.domain.collection_case import collection_case
from services.collection.domain.promise import Promise, PromiseStatus, credit
from shared.money import Money
from tests.collection.builders import (
    OTHER_PROMISE,
    PROMISE,
    TODAY,
    break_promises,
    broken,
    cured,
    kept,
    make_promise,
    noted,
    opened,
    promised,
    repay,
    yuan,
)
from tests.given import given


@pytest.mark.parametrize(
    ("due_on", "accepted"),
    [
        (date(2026, 3, 1), False),  # the day before it is made
        (date(2026, 3, 2), True),  # the same day
        (date(2026, 3, 16), True),  # 14 days later
        (date(2026, 3, 17), False),
    ],
)
def test_a_promise_is_due_within_fourteen_days(due_on: date, accepted: bool) -> None:
    asked = given(collection_case, opened()).when(make_promise(due_on=due_on))
    if accepted:
        asked.then(promised(due_on=due_on))
    else:
        asked.then_rejected("promise_date_out_of_range")


@pytest.mark.parametrize(
    ("amount", "accepted"),
    [("0.00", False), ("-0.01", False), ("0.01", True), ("10000.00", True), ("10000.01", False)],
)
def test_no_more_than_what_is_past_due_can_be_promised(amount: str, accepted: bool) -> None:
    asked = given(collection_case, opened()).when(make_promise(amount=amount, due_on=TODAY))
    if accepted:
        asked.then(promised(amount=amount, due_on=TODAY))
    else:
        asked.then_rejected("promise_exceeds_overdue")


@pytest.mark.parametrize(
    ("made_on", "due_on", "most"),
    [
        (date(2026, 3, 2), date(2026, 3, 3), "10006.67"),  # a day at 24 % a year
        (date(2026, 3, 22), date(2026, 3, 22), "10133.33"),  # twenty days since the amounts were told
        (date(2026, 3, 22), date(2026, 4, 1), "10200.00"),
    ],
)
def test_penalty_interest_until_the_promises_date_may_be_promised_with_it(
    made_on: date, due_on: date, most: str
) -> None:
    asked = make_promise(amount=most, on=made_on, due_on=due_on)
    given(collection_case, opened()).when(asked).then(promised(amount=most, on=made_on, due_on=due_on))
    more = make_promise(amount=yuan(most) + Money(1), on=made_on, due_on=due_on)
    given(collection_case, opened()).when(more).then_rejected("promise_exceeds_overdue")


def test_a_repayment_leaves_less_to_promise() -> None:
    on = date(2026, 3, 5)
    given(collection_case, opened(), noted(on=on)).when(make_promise(amount="7000.01", on=on, due_on=on)).then_rejected(
        "promise_exceeds_overdue"
    )


def test_what_one_open_promise_covers_cannot_be_promised_again() -> None:
    given(collection_case, opened(), promised(amount=7_000)).when(
        make_promise(promise_id=OTHER_PROMISE, amount="3000.01", due_on=TODAY)
    ).then_rejected("promise_exceeds_overdue")
    given(collection_case, opened(), promised(amount=7_000)).when(
        make_promise(promise_id=OTHER_PROMISE, amount=3_000)
    ).then(promised(promise_id=OTHER_PROMISE, amount=3_000))


def test_a_broken_promise_leaves_its_amount_free_to_be_promised_again() -> None:
    given(collection_case, opened(), promised(amount=10_000), broken(shortfall=10_000)).when(
        make_promise(promise_id=OTHER_PROMISE, amount=10_000)
    ).then(promised(promise_id=OTHER_PROMISE, amount=10_000))


def test_a_promise_is_in_the_currency_of_the_loan() -> None:
    given(collection_case, opened()).when(make_promise(amount=Money(100, "USD"))).then_rejected("currency_differs")


def test_nothing_is_promised_where_nothing_is_collected() -> None:
    given(collection_case).when(make_promise()).then_rejected("case_not_open")
    given(collection_case, opened(), cured()).when(make_promise()).then_rejected("case_not_open")


def test_enough_money_by_its_date_keeps_a_promise() -> None:
    on = date(2026, 3, 10)  # the due date itself
    given(collection_case, opened(), promised()).when(repay(on=on)).then(
        noted(towards=((PROMISE, 3_000),), on=on), kept(on=on)
    )


def test_two_part_payments_keep_a_promise_together() -> None:
    history = (
        opened(),
        promised(),
        noted(amount=1_000, overdue=9_000, towards=((PROMISE, 1_000),)),
    )
    given(collection_case, *history).when(repay(amount=2_000)).then(
        noted(amount=2_000, towards=((PROMISE, 2_000),)), kept()
    )


def test_less_than_promised_keeps_nothing_and_breaks_with_what_is_missing() -> None:
    given(collection_case, opened(), promised()).when(repay(amount="2999.99", overdue_after="7000.01")).then(
        noted(amount="2999.99", overdue="7000.01", towards=((PROMISE, "2999.99"),))
    )
    given(collection_case, opened(), promised(), noted(amount="2999.99", towards=((PROMISE, "2999.99"),))).when(
        break_promises()
    ).then(broken(shortfall="0.01"))


def test_money_after_its_date_does_not_keep_a_promise() -> None:
    on = date(2026, 3, 11)
    given(collection_case, opened(), promised()).when(repay(on=on)).then(noted(on=on))


def test_money_received_before_the_promise_was_made_does_not_keep_it() -> None:
    on = date(2026, 3, 1)
    given(collection_case, opened(), promised()).when(repay(on=on)).then(noted(on=on))


def test_one_receipt_serves_the_earlier_promise_first_and_counts_once() -> None:
    later = promised(promise_id=OTHER_PROMISE, amount=3_000, due_on=date(2026, 3, 12))
    given(collection_case, opened(), later, promised(amount=3_000)).when(repay(amount=4_000, overdue_after=6_000)).then(
        noted(amount=4_000, overdue=6_000, towards=((PROMISE, 3_000), (OTHER_PROMISE, 1_000))), kept()
    )


@pytest.mark.parametrize(
    ("business_date", "breaks"),
    [(date(2026, 3, 10), False), (date(2026, 3, 11), True), (date(2026, 6, 1), True)],
)
def test_a_promise_is_broken_when_the_day_after_its_date_begins(business_date: date, breaks: bool) -> None:
    swept = given(collection_case, opened(), promised()).when(break_promises(business_date))
    if breaks:
        swept.then(broken(on=business_date))
    else:
        swept.then_nothing()


def test_a_promise_is_broken_only_once_and_a_kept_one_never() -> None:
    given(collection_case, opened(), promised(), broken()).when(break_promises()).then_nothing()
    given(collection_case, opened(), promised(), kept()).when(break_promises()).then_nothing()
    given(collection_case).when(break_promises()).then_nothing()


def test_a_promise_broken_before_its_payment_was_told_is_kept_after_all() -> None:
    on = date(2026, 3, 10)
    given(collection_case, opened(), promised(), broken()).when(repay(on=on)).then(
        noted(towards=((PROMISE, 3_000),), on=on), kept(after_broken=True, on=on)
    )
    case = collection_case.fold([opened(), promised(), broken(), noted(), kept(after_broken=True)])
    assert getattr(case, "broken_promises", None) == 0


def test_credits_never_exceed_the_receipt_nor_a_promise() -> None:
    def one(number: int, amount: int, paid: int = 0) -> Promise:
        return Promise(
            promise_id=(PROMISE, OTHER_PROMISE)[number],
            amount=yuan(amount),
            due_on=date(2026, 3, 10 + number),
            made_on=date(2026, 3, 2),
            paid=yuan(paid),
            status=PromiseStatus.OPEN,
        )

    for received in range(0, 8_001, 500):
        credited = credit((one(0, 3_000, paid=500), one(1, 4_000)), yuan(received), received_on=date(2026, 3, 5))
        assert sum(part.amount.minor for part in credited) == min(received, 6_500) * 100
