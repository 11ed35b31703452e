"""What others announce becomes our commands, and what we announce carries what the loan account needs."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from services.collection.publications import to_integration_event
from services.collection.subscriptions import subscriptions
from shared.contracts import collection, repayment, risk
from shared.event_store import Metadata, Recorded
from shared.messages import Command, Event, IntegrationEvent
from tests.collection import builders
from tests.collection.builders import (
    BORROWER,
    DUE_ON,
    LOAN,
    PROPOSAL,
    RECEIPT,
    TODAY,
    age,
    classify,
    close,
    close_written_off,
    cure,
    open_or_update,
    opened,
    recover,
    refuse_write_off,
    repay,
    write_off_approved,
    yuan,
)

CONTRACT, APPLICATION = uuid4(), uuid4()
NOW = datetime(2027, 3, 2, 8, tzinfo=UTC)
META = Metadata("wang", "tests", "LD01", "SH", date(2027, 3, 2), uuid4())


def heard(message: IntegrationEvent) -> Command | None:
    [then] = [one.then for one in subscriptions if one.to is type(message)]
    translate: Callable[[Any], Command | None] = then
    return translate(message)


def test_an_overdue_instalment_opens_or_updates_a_case_with_principal_and_interest() -> None:
    assert heard(
        repayment.InstallmentOverdue(
            loan_id=LOAN,
            contract_id=CONTRACT,
            application_id=APPLICATION,
            borrower_id=BORROWER,
            installment_no=1,
            due_on=DUE_ON,
            overdue_principal=yuan(9_000),
            overdue_interest=yuan(1_000),
            outstanding_principal=yuan(100_000),
            days_past_due=1,
            as_of=TODAY,
        )
    ) == open_or_update(overdue=10_000)


def test_ageing_carries_the_penalty_as_part_of_what_is_overdue() -> None:
    told = repayment.DelinquencyAged(
        loan_id=LOAN,
        borrower_id=BORROWER,
        days_past_due=31,
        overdue_principal=yuan(9_000),
        overdue_interest=yuan(1_000),
        overdue_penalty=yuan(50),
        outstanding_principal=yuan(100_000),
        as_of=date(2026, 4, 1),
    )
    assert heard(told) == age(days=31, overdue=10_050, penalty=50)
    assert heard(told.model_copy(update={"days_past_due": 0})) is None


def test_a_receipt_is_recorded_with_what_is_left_overdue() -> None:
    assert heard(
        repayment.RepaymentReceived(
            receipt_id=RECEIPT,
            loan_id=LOAN,
            contract_id=CONTRACT,
            borrower_id=BORROWER,
            amount=yuan(3_000),
            principal=yuan(1_900),
            interest=yuan(1_000),
            penalty=yuan(100),
            unallocated=yuan(0),
            overdue_after=yuan(7_000),
            received_on=date(2026, 3, 5),
        )
    ) == repay(penalty=100)


def test_a_recovery_is_recorded_with_the_claim_that_remains() -> None:
    assert (
        heard(
            repayment.RecoveryReceived(
                receipt_id=RECEIPT,
                loan_id=LOAN,
                borrower_id=BORROWER,
                amount=yuan(3_000),
                claim_after=yuan(107_050),
                received_on=date(2027, 4, 1),
            )
        )
        == recover()
    )


def test_a_cure_and_a_settlement_end_the_case() -> None:
    on = date(2026, 3, 5)
    assert heard(repayment.InstallmentCured(loan_id=LOAN, borrower_id=BORROWER, cured_on=on)) == cure()
    assert (
        heard(
            repayment.LoanSettled(
                loan_id=LOAN,
                contract_id=CONTRACT,
                application_id=APPLICATION,
                borrower_id=BORROWER,
                settled_on=on,
                early=False,
            )
        )
        == close()
    )


def test_a_class_is_noted() -> None:
    assert heard(
        risk.LoanClassified.model_validate(
            {
                "loan_id": LOAN,
                "classification": "doubtful",
                "previous": "substandard",
                "provision_rate_percent": "50",
                "days_past_due": 271,
                "classified_on": TODAY,
            }
        )
    ) == classify("doubtful")


def test_a_write_off_leaves_the_whole_claim_and_a_refusal_its_reason() -> None:
    assert (
        heard(
            repayment.LoanWrittenOff(
                loan_id=LOAN,
                contract_id=CONTRACT,
                application_id=APPLICATION,
                borrower_id=BORROWER,
                proposal_id=PROPOSAL,
                principal=yuan(100_000),
                interest=yuan(10_000),
                penalty=yuan(50),
                written_off_on=date(2027, 3, 3),
            )
        )
        == close_written_off()
    )
    assert (
        heard(
            repayment.WriteOffRefused(
                loan_id=LOAN, proposal_id=PROPOSAL, reason="loan_settled", refused_on=date(2027, 3, 3)
            )
        )
        == refuse_write_off()
    )


def announced(event: Event) -> IntegrationEvent | None:
    return to_integration_event(Recorded(1, "collection_case-x", 1, UUID(int=1), event, META, NOW))


def test_only_an_approved_write_off_is_announced_with_both_persons() -> None:
    assert announced(write_off_approved()) == collection.WriteOffApproved(
        proposal_id=PROPOSAL,
        case_id=LOAN,
        loan_id=LOAN,
        proposed_by="li",
        approved_by="wang",
        approved_on=date(2027, 3, 2),
    )
    for private in (opened(), builders.promised(), builders.contacted(), builders.write_off_proposed()):
        assert announced(private) is None
