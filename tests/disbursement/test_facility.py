"""The limit of a contract: what may be drawn of it, how, until when, and when it ends."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.disbursement.domain.commands import FacilityCommand
from services.disbursement.domain.facility import Facility, facility
from shared.command_handler import CommandHandler
from shared.event_store import Metadata
from shared.messages import Rejected
from shared.money import Money
from tests.disbursement.builders import (
    AVAILABLE_UNTIL,
    BORROWER_ACCOUNT,
    CONTRACT,
    DRAWDOWN,
    OTHER_DRAWDOWN,
    TODAY,
    cancel,
    cancelled,
    closed,
    confirm,
    confirm_resolution,
    disbursed,
    doubt,
    fail,
    failed,
    instructed,
    lapse,
    open_facility,
    opened,
    outcome_unknown,
    payee,
    propose,
    release,
    request,
    requested,
    settle,
    settled,
    write_off,
    written_off,
    yuan,
)
from tests.given import given
from tests.shared.memory_event_store import InMemoryEventStore

EARLY = date(2026, 4, 4)


def test_a_signed_contract_opens_its_facility() -> None:
    given(facility).when(open_facility()).then(opened())


def test_the_same_contract_opens_its_facility_only_once() -> None:
    given(facility, opened()).when(open_facility()).then_nothing()


def test_nothing_is_drawn_without_a_contract() -> None:
    given(facility).when(request()).then_rejected("facility_unknown")


def test_a_drawdown_reserves_its_amount() -> None:
    given(facility, opened()).when(request()).then(requested())


def test_the_same_request_reserves_only_once() -> None:
    given(facility, opened(), requested()).when(request()).then_nothing()


def test_an_id_belongs_to_one_drawdown() -> None:
    given(facility, opened(), requested()).when(request(amount=1)).then_rejected("drawdown_exists")


def test_the_whole_limit_may_be_drawn_but_not_a_fen_more() -> None:
    given(facility, opened()).when(request(amount="1000000.00")).then(requested(amount="1000000.00"))
    given(facility, opened()).when(request(amount="1000000.01")).then_rejected("limit_exceeded")


@pytest.mark.parametrize(
    ("past", "left"),
    [
        ((requested(),), 600_000),  # reserved
        ((requested(), instructed()), 600_000),  # being paid
        ((requested(), instructed(), outcome_unknown()), 600_000),  # perhaps paid
        ((requested(), instructed(), disbursed()), 600_000),  # drawn
        (
            (requested(), instructed(), disbursed(), settled(on=EARLY)),
            600_000,
        ),  # paid back: a term loan restores nothing
        ((requested(), instructed(), disbursed(), written_off(on=EARLY)), 600_000),  # nor does a write-off
        ((requested(), cancelled()), 1_000_000),  # given back
        ((requested(), instructed(), failed()), 1_000_000),  # not paid: given back
    ],
)
def test_what_is_left_of_the_limit(past: tuple[Any, ...], left: int) -> None:
    so_far = given(facility, opened(), *past)
    so_far.when(request(drawdown_id=OTHER_DRAWDOWN, amount=left)).then(
        requested(drawdown_id=OTHER_DRAWDOWN, amount=left)
    )
    so_far.when(request(drawdown_id=OTHER_DRAWDOWN, amount=f"{left}.01")).then_rejected("limit_exceeded")


def test_money_is_drawn_on_the_last_available_day_but_not_after_it() -> None:
    given(facility, opened()).when(request(requested_on=AVAILABLE_UNTIL)).then(requested(requested_on=AVAILABLE_UNTIL))
    given(facility, opened()).when(request(requested_on=date(2026, 6, 1))).then_rejected("availability_ended")


def test_a_closed_facility_lends_no_more() -> None:
    past = (opened(), requested(amount=1_000_000), instructed(), disbursed(), settled(on=EARLY), closed(on=EARLY))
    given(facility, *past).when(request(drawdown_id=OTHER_DRAWDOWN, amount=1)).then_rejected("facility_closed")


def test_a_drawdown_is_in_the_currency_of_the_facility() -> None:
    given(facility, opened()).when(request(amount=Money.of(1, "USD"))).then_rejected("currency_mismatch")


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_drawdown_is_of_more_than_nothing(amount: str) -> None:
    given(facility, opened()).when(request(amount=amount)).then_rejected("amount_not_positive")


def test_a_large_payment_to_a_known_payee_is_not_handed_to_the_borrower() -> None:
    large: dict[str, Any] = {"amount": "10000000.01", "payment_mode": "self"}
    given(facility, opened(limit=yuan(20_000_000))).when(request(**large)).then_rejected("entrusted_payment_required")
    given(facility, opened(limit=yuan(20_000_000))).when(request(**large, payee=None)).then(
        requested(**large, payee=None)
    )


def test_the_rule_that_asked_for_entrusted_payment_is_recorded() -> None:
    new: dict[str, Any] = {"new_relation": True, "average_credit": True}
    given(facility, opened(**new)).when(request()).then(requested(because="new_relation_average_credit"))


def test_a_person_is_not_handed_what_a_fixed_payee_is_owed() -> None:
    given(facility, opened(segment="person")).when(request(payment_mode="self")).then_rejected(
        "entrusted_payment_required"
    )


def test_entrusted_payment_needs_a_payee_and_the_contract_it_is_paid_for() -> None:
    given(facility, opened()).when(request(payee=None)).then_rejected("payee_required")
    given(facility, opened()).when(request(trade_contract=None)).then_rejected("trade_contract_required")
    given(facility, opened()).when(request(trade_contract="")).then_rejected("trade_contract_required")


def test_entrusted_payment_does_not_go_back_to_the_borrower() -> None:
    given(facility, opened()).when(request(payee=payee(BORROWER_ACCOUNT))).then_rejected("payee_is_borrower")


@pytest.mark.parametrize("command", [release(), cancel(), confirm(), fail(), doubt(), propose(), confirm_resolution()])
def test_nothing_happens_to_a_drawdown_that_nobody_requested(command: FacilityCommand) -> None:
    given(facility, opened()).when(command).then_rejected("drawdown_unknown")


# --- the end of its loans -----------------------------------------------------------------------------


def test_the_facility_closes_with_the_last_of_its_loans() -> None:
    given(facility, opened(), requested(), instructed(), disbursed()).when(settle()).then(settled(), closed())


def test_a_written_off_loan_closes_the_facility_as_well() -> None:
    on = date(2028, 3, 4)
    given(facility, opened(), requested(), instructed(), disbursed()).when(write_off(on=on)).then(
        written_off(on=on), closed(on=on)
    )


def test_while_another_loan_runs_the_facility_stays_open() -> None:
    other: dict[str, Any] = {"drawdown_id": OTHER_DRAWDOWN, "amount": 600_000}
    two = (requested(), requested(**other), instructed(), instructed(**other), disbursed(), disbursed(**other))
    given(facility, opened(), *two).when(settle()).then(settled())
    given(facility, opened(), *two, settled()).when(settle(drawdown_id=OTHER_DRAWDOWN)).then(
        settled(drawdown_id=OTHER_DRAWDOWN), closed()
    )


def test_while_the_rest_may_be_drawn_the_facility_stays_open() -> None:
    past = (opened(), requested(), instructed(), disbursed())
    given(facility, *past).when(settle(on=AVAILABLE_UNTIL)).then(settled(on=AVAILABLE_UNTIL))
    given(facility, *past).when(settle(on=date(2026, 6, 1))).then(
        settled(on=date(2026, 6, 1)), closed(on=date(2026, 6, 1))
    )


def test_a_fully_drawn_facility_closes_early() -> None:
    whole: dict[str, Any] = {"amount": 1_000_000}
    past = (opened(), requested(**whole), instructed(**whole), disbursed(**whole))
    given(facility, *past).when(settle(on=EARLY)).then(settled(on=EARLY), closed(on=EARLY))


def test_a_payment_under_way_keeps_the_facility_open_until_it_fails() -> None:
    other: dict[str, Any] = {"drawdown_id": OTHER_DRAWDOWN, "amount": 600_000}
    late: dict[str, Any] = {"requested_on": AVAILABLE_UNTIL}
    under_way = (requested(**late), instructed(instructed_on=date(2026, 6, 1)), outcome_unknown())
    past = (opened(), requested(**other), instructed(**other), disbursed(**other), *under_way)
    given(facility, *past).when(settle(drawdown_id=OTHER_DRAWDOWN)).then(settled(drawdown_id=OTHER_DRAWDOWN))
    given(facility, *past, settled(drawdown_id=OTHER_DRAWDOWN)).when(fail()).then(
        failed(on=date(2026, 6, 1)), closed(on=date(2026, 6, 1))
    )


def test_a_loan_ends_only_once() -> None:
    past = (opened(), requested(), instructed(), disbursed())
    given(facility, *past, settled(), closed()).when(settle()).then_nothing()
    given(facility, *past, settled(), closed()).when(write_off()).then_nothing()
    given(facility, *past, written_off(), closed()).when(write_off()).then_nothing()


def test_a_loan_that_was_written_off_may_still_be_paid_back() -> None:
    past = (opened(), requested(), instructed(), disbursed(), written_off(), closed())
    given(facility, *past).when(settle(on=date(2029, 1, 4))).then(settled(on=date(2029, 1, 4)))


def test_only_a_disbursed_loan_can_end() -> None:
    given(facility, opened(), requested()).when(settle()).then_rejected("loan_not_disbursed")


def test_an_unused_facility_lapses_after_its_last_available_day() -> None:
    given(facility, opened()).when(lapse(AVAILABLE_UNTIL)).then_nothing()
    given(facility, opened()).when(lapse(date(2026, 6, 1))).then(closed(on=date(2026, 6, 1)))
    given(facility, opened(), closed()).when(lapse(date(2026, 6, 2))).then_nothing()


def test_a_facility_with_money_out_does_not_lapse() -> None:
    given(facility, opened(), requested(), instructed(), disbursed()).when(lapse(date(2026, 6, 1))).then_nothing()
    given(facility, opened(), requested()).when(lapse(date(2026, 6, 1))).then_nothing()


def test_nothing_is_left_reserved_when_a_late_request_is_cancelled() -> None:
    on = date(2026, 6, 1)
    given(facility, opened(), requested()).when(cancel(on=on)).then(cancelled(on=on), closed(on=on))


# --- never above the limit ----------------------------------------------------------------------------

IDS = (DRAWDOWN, OTHER_DRAWDOWN, UUID("d0000000-0000-4000-8000-000000000003"))


def _of(drawdown_id: UUID) -> st.SearchStrategy[FacilityCommand]:
    """Any command on one drawdown, in any order, by anyone."""
    people = st.sampled_from(["officer-li", "releaser-zhou", "operator-wu", "approver-sun"])
    outcomes = st.sampled_from(["paid", "not_paid"])
    on = st.sampled_from([TODAY, AVAILABLE_UNTIL, date(2026, 6, 1)])
    proposals = st.sampled_from([UUID(int=1), UUID(int=2)])
    anything: st.SearchStrategy[FacilityCommand] = st.one_of(
        st.builds(lambda fen, on: request(amount=Money(fen), requested_on=on), st.integers(-1, 100_000_001), on),
        st.builds(lambda by, on: release(by=by, on=on), people, on),
        st.builds(lambda on: cancel(on=on), on),
        st.builds(confirm, st.sampled_from(["CB1", "CB2"])),
        st.just(fail()),
        st.just(doubt()),
        st.builds(lambda outcome, by, no: propose(outcome, by=by, proposal_id=no), outcomes, people, proposals),
        st.builds(lambda by, no: confirm_resolution(by=by, proposal_id=no), people, proposals),
        st.just(settle()),
        st.just(write_off()),
    )
    return anything.map(lambda command: command.model_copy(update={"drawdown_id": drawdown_id}))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@for_all(st.lists(st.sampled_from(IDS).flatmap(_of), max_size=30))
def test_no_sequence_of_commands_takes_more_than_the_limit(sequence: list[FacilityCommand]) -> None:
    state = facility.fold([opened()])
    for command in sequence:
        assert isinstance(state, Facility)
        before = state
        try:
            state = facility.fold(facility.decide(command, state), state)
        except Rejected:
            state = before
        assert isinstance(state, Facility)
        assert yuan(0) <= state.available
        assert state.reserved + state.drawn <= state.terms.limit
        again = None
        try:
            again = facility.decide(command, state)
        except Rejected:
            continue
        assert not [event for event in again if type(event).__name__ == "LoanDisbursed"], "a repetition paid again"


async def test_of_many_who_ask_for_the_last_yuan_exactly_one_gets_it() -> None:
    handler = CommandHandler(InMemoryEventStore())
    await handler.handle(facility, open_facility(limit=yuan(1)), METADATA, command_id=uuid4())

    async def ask() -> str:
        drawdown_id = uuid4()
        command = request(drawdown_id=drawdown_id, amount=1)
        try:
            await handler.handle(facility, command, METADATA, command_id=uuid4())
        except Rejected as rejected:
            return rejected.code
        return "reserved"

    answers = sorted(await asyncio.gather(*(ask() for _ in range(100))))
    assert answers == ["limit_exceeded"] * 99 + ["reserved"]
    state = (await handler.load(facility, CONTRACT)).state
    assert isinstance(state, Facility)
    assert (state.reserved, state.available) == (yuan(1), yuan(0))


METADATA = Metadata("officer-li", "console", "LD01", "BJ01", TODAY, UUID(int=7))
