"""Classes and provisions, write-off and recovery, with figures worked by hand (see builders)."""

from datetime import date
from decimal import Decimal

from services.repayment.domain import events
from services.repayment.domain.loan import accrued_before
from services.repayment.domain.loan_account import loan_account
from tests.given import given
from tests.repayment.builders import (
    DRAWN_ON,
    LOAN,
    ORIGIN,
    OTHER_PROPOSAL,
    PROPOSAL,
    SECOND_RECEIPT,
    account,
    after,
    age,
    book,
    open_account,
    pay_off,
    reclassify,
    recover,
    repay,
    write_off,
    yuan,
)

# --- classification and provision ---------------------------------------------------------------------


def test_a_class_sets_the_specific_provision_on_the_outstanding_principal() -> None:
    on = date(2026, 2, 11)
    given(loan_account, *after(book(), age(on))).when(reclassify("special_mention", "2", on=on)).then(
        events.LoanReclassified(
            loan_id=LOAN,
            classification="special_mention",
            provision_rate_percent=Decimal(2),
            provision=yuan(2000),
            provision_change=yuan(2000),
            classified_on=on,
        )
    )


def test_the_same_class_again_changes_nothing() -> None:
    on = date(2026, 2, 11)
    history = after(book(), age(on), reclassify("special_mention", "2", on=on))
    given(loan_account, *history).when(reclassify("special_mention", "2", on=on)).then_nothing()


def test_a_better_class_releases_provision() -> None:
    on = date(2026, 2, 11)
    loan = open_account(
        book(), age(on), reclassify("substandard", "25", on=on), reclassify("special_mention", "2", on=on)
    )
    assert loan.provision == yuan(2000)


def test_repaid_principal_releases_its_share_of_the_provision() -> None:
    on = date(2026, 4, 20)
    history = after(book(), age(on), reclassify("special_mention", "2", on=on))
    happened = loan_account.decide(repay("52121.58", on), loan_account.fold(history))
    (receipt,) = happened
    assert isinstance(receipt, events.RepaymentReceived)
    assert receipt.allocation.outstanding_after == yuan(50_000)
    assert receipt.allocation.provision_change == yuan(-1000)


def test_a_class_that_arrives_after_the_loan_is_settled_changes_nothing() -> None:
    history = after(book(), pay_off(100_000, DRAWN_ON))
    given(loan_account, *history).when(reclassify("loss", "100", on=DRAWN_ON)).then_nothing()


# --- write-off and recovery ---------------------------------------------------------------------------

LATE = date(2026, 4, 20)


def written_off(**changes: object) -> events.LoanWrittenOff:
    fact = events.LoanWrittenOff(
        loan_id=LOAN,
        origin=ORIGIN,
        proposal_id=PROPOSAL,
        principal=yuan(100_000),
        interest=yuan(1800),
        penalty=yuan("321.58"),
        provision_charged=yuan("102121.58"),
        interest_charged=yuan(1800),
        penalty_charged=yuan("321.58"),
        written_off_on=LATE,
    )
    return fact.model_copy(update=changes)


def test_an_approved_write_off_takes_the_whole_claim_off_the_books() -> None:
    given(loan_account, *after(book(), age(LATE))).when(write_off(LATE)).then(written_off())


def test_a_write_off_charges_only_what_the_provision_lacks() -> None:
    history = after(book(), age(LATE), reclassify("loss", "100", on=LATE))
    given(loan_account, *history).when(write_off(LATE)).then(written_off(provision_charged=yuan("2121.58")))


def test_an_approval_that_arrives_after_a_later_event_is_booked_on_that_day() -> None:
    given(loan_account, *after(book(), age(LATE))).when(write_off(date(2026, 4, 19))).then(written_off())


def test_the_same_proposal_writes_off_only_once() -> None:
    given(loan_account, *after(book(), age(LATE), write_off(LATE))).when(write_off(LATE)).then_nothing()


def refused(reason: str, *, proposal: object = PROPOSAL, on: date = LATE) -> events.WriteOffRefused:
    return events.WriteOffRefused(loan_id=LOAN, proposal_id=proposal, reason=reason, refused_on=on)  # type: ignore[arg-type]


def test_a_write_off_of_a_settled_loan_is_refused_and_said_once() -> None:
    history = after(book(), pay_off(100_000, DRAWN_ON))
    given(loan_account, *history).when(write_off(LATE)).then(refused("loan_settled"))
    given(loan_account, *history, refused("loan_settled")).when(write_off(LATE)).then_nothing()


def test_a_second_write_off_is_refused() -> None:
    history = after(book(), age(LATE), write_off(LATE))
    second = write_off(LATE, proposal=OTHER_PROPOSAL)
    given(loan_account, *history).when(second).then(refused("loan_written_off", proposal=OTHER_PROPOSAL))


def test_a_loan_that_was_cured_before_the_approval_came_is_not_written_off() -> None:
    on = date(2026, 2, 20)
    history = after(book(), age(on), repay("621.86", on))
    given(loan_account, *history).when(write_off(on)).then(refused("loan_not_delinquent", on=on))


def test_a_written_off_loan_accrues_no_more() -> None:
    loan = account(book(), age(LATE), write_off(LATE))
    assert accrued_before(loan, date(2027, 1, 1)).penalty == yuan("321.58")


def test_money_for_a_written_off_loan_is_a_recovery_and_not_a_repayment() -> None:
    history = after(book(), age(LATE), write_off(LATE))
    given(loan_account, *history).when(repay(100, LATE)).then_rejected("loan_written_off")
    given(loan_account, *history).when(recover(5000, LATE)).then(
        events.WrittenOffLoanRecovered(
            loan_id=LOAN,
            origin=ORIGIN,
            receipt_id=SECOND_RECEIPT,
            amount=yuan(5000),
            principal=yuan("2878.42"),
            interest=yuan(1800),
            penalty=yuan("321.58"),
            claim_principal_after=yuan("97121.58"),
            claim_interest_after=yuan(0),
            claim_penalty_after=yuan(0),
            received_on=LATE,
        )
    )


def test_the_same_recovery_is_applied_once() -> None:
    history = after(book(), age(LATE), write_off(LATE), recover(5000, LATE))
    given(loan_account, *history).when(recover(5000, LATE)).then_nothing()
    given(loan_account, *history).when(recover(5001, LATE)).then_rejected("receipt_used")


def test_a_recovery_above_the_claim_is_refused() -> None:
    history = after(book(), age(LATE), write_off(LATE))
    given(loan_account, *history).when(recover("102121.59", LATE)).then_rejected("recovery_exceeds_claim")


def test_a_recovery_of_nothing_is_refused() -> None:
    history = after(book(), age(LATE), write_off(LATE))
    given(loan_account, *history).when(recover(0, LATE)).then_rejected("amount_not_positive")


def test_a_recovery_of_a_loan_in_the_books_is_refused() -> None:
    given(loan_account, *after(book())).when(recover(1, DRAWN_ON)).then_rejected("loan_not_written_off")
