"""What others announce becomes our commands; what we announce says what it must, and only that."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.repayment.domain import events
from services.repayment.domain.allocation import PRINCIPAL_FIRST, AllocationTerms
from services.repayment.domain.commands import BookLoan, ReclassifyLoan, WriteOffLoan
from services.repayment.domain.commitment import EndCommitment, commitment
from services.repayment.domain.events import BusinessDateClosed
from services.repayment.domain.loan_account import loan_account
from services.repayment.publications import announces, to_integration_event
from services.repayment.subscriptions import subscriptions
from shared.contracts import application, repayment
from shared.event_store import Metadata, Recorded
from shared.messages import Command, IntegrationEvent
from shared.money import Money
from tests.repayment.bank import classified, disbursed, write_off_approved
from tests.repayment.builders import (
    APPLICATION,
    BORROWER,
    CONTRACT,
    DRAWN_ON,
    FIRST_DUE,
    LOAN,
    OTHER_PROPOSAL,
    PROPOSAL,
    RECEIPT,
    SECOND_DUE,
    after,
    age,
    book,
    pay_off,
    reclassify,
    recover,
    repay,
    write_off,
    yuan,
)
from tests.repayment.changing import CHANGE, decide, extension, plan, propose, renewal
from tests.repayment.test_rates import approve
from tests.repayment.test_rates import propose as propose_rate
from tests.repayment.test_reversals import Life

LATE = date(2026, 4, 20)
META = Metadata("chen", "tests", "LD01", "SH", LATE, uuid4())
EVENT_ID = UUID(int=99)


def heard(message: IntegrationEvent) -> Command | None:
    """What it asks of the loan account; a commitment hears of a disbursement too."""
    [one] = [one for one in subscriptions if one.to is type(message) and one.decider is loan_account]
    then: Any = one.then
    command: Command | None = then(message)
    return command


def announced(event: Any) -> IntegrationEvent | None:
    at = datetime(2026, 4, 20, 8, tzinfo=UTC)
    return to_integration_event(Recorded(1, "loan_account-1", 1, EVENT_ID, event, META, at))


def test_a_disbursed_loan_is_booked_under_the_drawdowns_id() -> None:
    command = heard(disbursed())
    assert command == book()
    assert isinstance(command, BookLoan)
    assert command.loan_id == LOAN


def test_an_order_of_allocation_that_the_contract_tells_is_booked_with_the_loan() -> None:
    agreed = AllocationTerms(across="installment", non_performing_order=PRINCIPAL_FIRST)
    message = disbursed().model_copy(update={"allocation": application.AllocationTerms(**dict(agreed))})
    command = heard(type(message).model_validate_json(message.model_dump_json()))
    assert command == book().model_copy(update={"allocation": agreed})


def test_an_approved_write_off_and_a_class_are_taken_over() -> None:
    assert heard(write_off_approved(LATE)) == WriteOffLoan(loan_id=LOAN, proposal_id=PROPOSAL, approved_on=LATE)
    assert isinstance(heard(classified("loss", "100", LATE)), ReclassifyLoan)


def test_a_repayment_is_announced_with_its_allocation() -> None:
    receipt = after(book(), age(LATE), repay(1000, LATE))[-1]
    assert announced(receipt) == repayment.RepaymentReceived(
        receipt_id=RECEIPT,
        loan_id=LOAN,
        contract_id=CONTRACT,
        borrower_id=BORROWER,
        amount=yuan(1000),
        principal=yuan(0),
        interest=yuan("678.42"),
        penalty=yuan("321.58"),  # with compound interest
        unallocated=yuan(0),
        overdue_after=yuan("101121.58"),
        received_on=LATE,
        outstanding_after=yuan(100_000),
        days_past_due_after=41,
    )


def test_held_money_that_pays_an_instalment_moves_from_unallocated_without_money_coming_in() -> None:
    held, *_, applied = after(book(), age(FIRST_DUE), repay(1000, FIRST_DUE), age(SECOND_DUE))[2:]
    first, second = announced(held), announced(applied)
    assert isinstance(first, repayment.RepaymentReceived)
    assert isinstance(second, repayment.RepaymentReceived)
    assert (first.amount, first.unallocated) == (yuan(1000), yuan(380))
    assert (second.amount, second.interest, second.unallocated) == (Money(0), yuan(380), yuan(-380))
    assert second.receipt_id == EVENT_ID
    for message in (first, second):
        parts = message.principal + message.interest + message.penalty + message.unallocated
        assert parts == message.amount


def test_a_recovery_is_announced_with_the_claim_that_remains() -> None:
    recovery = HISTORIES["written off"][-1]
    assert announced(recovery) == repayment.RecoveryReceived(
        receipt_id=recovery.receipt_id,
        loan_id=LOAN,
        borrower_id=BORROWER,
        amount=yuan(5000),
        claim_after=yuan("97121.58"),
        received_on=LATE,
        principal_after=yuan("97121.58"),
    )
    assert announced(recovery.model_copy(update={"origin": None})) is None  # as recorded before it was announced


def put_right() -> tuple[Any, ...]:
    """A payment that is taken back, so that the loan is behind."""
    life = Life().do(book(), age(FIRST_DUE), repay(620, FIRST_DUE))
    life.reverse(RECEIPT, date(2026, 2, 15))
    return tuple(life.past)


HISTORIES = {
    "put right": put_right(),
    "repriced": after(
        book(),
        propose_rate("3.6", DRAWN_ON, today=FIRST_DUE),
        approve(today=FIRST_DUE),
    ),
    "paid off": after(book(), repay(1000, FIRST_DUE), pay_off(99_920, date(2026, 2, 25), receipt=LOAN)),
    "cured": after(book(), age(date(2026, 2, 20)), repay("621.86", date(2026, 2, 20))),
    "written off": after(
        book(),
        age(LATE),
        reclassify("loss", "100", on=LATE),
        write_off(LATE),
        write_off(LATE, proposal=OTHER_PROPOSAL),
        recover(5000, LATE),
    ),
    "extended": after(book(), propose(extension(), DRAWN_ON), decide(DRAWN_ON)),
    "renewed": after(book(), propose(renewal(), DRAWN_ON), decide(DRAWN_ON)),
    "replanned": after(book(), age(LATE), propose(plan(date(2026, 5, 20), capitalise="interest"), LATE), decide(LATE)),
    "left as it is": after(book(), propose(extension(), DRAWN_ON), decide(DRAWN_ON, approve=False)),
}


def test_changed_terms_are_announced_with_what_is_owed_after_them_and_nobodys_words() -> None:
    message = announced(HISTORIES["replanned"][-1])
    assert message == repayment.LoanRescheduled(
        loan_id=LOAN,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        proposal_id=CHANGE,
        maturity_on=date(2026, 7, 20),
        previous_maturity_on=date(2026, 4, 10),
        annual_rate_percent=Decimal("7.2"),
        first_due_on=date(2026, 5, 20),
        repayment_period_months=1,
        restructured=True,
        outstanding=yuan(101_800),
        overdue=yuan("321.58"),
        overdue_penalty=yuan("321.58"),
        days_past_due=0,
        approved_by="wang",
        changed_on=LATE,
        capitalised=yuan(1800),
    )


@pytest.mark.parametrize("name", HISTORIES)
def test_what_is_announced_can_be_read_by_who_hears_it(name: str) -> None:
    for event in HISTORIES[name]:
        message = announced(event)
        if message is not None:
            assert type(message) in announces
            assert type(message).model_validate_json(message.model_dump_json()) == message


def test_each_contract_has_a_fact_that_is_announced_with_it() -> None:
    facts = [event for history in HISTORIES.values() for event in history]
    facts.append(BusinessDateClosed(closed_on=DRAWN_ON, opened_on=FIRST_DUE))
    facts += commitment.decide(EndCommitment(contract_id=CONTRACT, ended_on=DRAWN_ON), None)
    assert {type(message) for event in facts if (message := announced(event))} == set(announces)


def test_what_concerns_nobody_else_stays_private() -> None:
    private = {type(event) for history in HISTORIES.values() for event in history if announced(event) is None}
    assert private == {
        events.LoanBooked,
        events.InstallmentBilled,
        events.EarlyRepaymentAccepted,
        events.LoanReclassified,
        events.AccountChangeProposed,
        events.RateChanged,
        events.ReversalProposed,
        events.LoanChangeProposed,
        events.LoanChangeRejected,
    }
