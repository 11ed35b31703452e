"""What others may know: that money went out, or that it did not. Nothing else leaves, and no person does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.disbursement.publications import to_integration_event
from services.disbursement.subscriptions import open_facility
from shared.contracts.application import AllocationTerms
from shared.contracts.disbursement import DisbursementFailed, FacilityClosed, FundsMisused, LoanDisbursed
from shared.event_store import Metadata, Recorded
from shared.messages import Event
from tests.disbursement.bank import contract_signed
from tests.disbursement.builders import (
    APPLICATION,
    BORROWER,
    CONTRACT,
    CORE_REFERENCE,
    DRAWDOWN,
    TODAY,
    cancelled,
    closed,
    contradicted,
    disbursed,
    failed,
    instructed,
    opened,
    outcome_unknown,
    proposed,
    requested,
    resolution_confirmed,
    settled,
    written_off,
    yuan,
)
from tests.disbursement.test_fund_use import checked, misused, payment, reported


def recorded(event: Event) -> Recorded[Any]:
    meta = Metadata("releaser-zhou", "console", "LD01", "BJ01", TODAY, UUID(int=1))
    return Recorded(1, f"facility-{CONTRACT}", 1, UUID(int=2), event, meta, datetime(2026, 3, 4, tzinfo=UTC))


def test_a_paid_drawdown_is_announced_as_a_loan_with_its_terms() -> None:
    assert to_integration_event(recorded(disbursed())) == LoanDisbursed(
        loan_id=DRAWDOWN,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        principal=yuan(400_000),
        annual_rate_percent=Decimal("4.35"),
        penalty_uplift_percent=Decimal(50),
        term_months=12,
        repayment_method="equal_instalments",
        day_count="30/360",
        disbursed_on=TODAY,
        core_reference=CORE_REFERENCE,
        payment_mode="entrusted",
        retail=False,
        limit=yuan(1_000_000),
    )


def test_a_contracts_order_of_allocation_goes_on_with_the_loan() -> None:
    agreed = AllocationTerms(order=("cost", "principal", "interest", "penalty", "compound"), across="installment")
    opening = open_facility(contract_signed(allocation=agreed))
    message = to_integration_event(recorded(disbursed(allocation=opening.terms.allocation)))
    assert isinstance(message, LoanDisbursed)
    assert message.allocation == agreed


def test_a_failed_disbursement_is_announced() -> None:
    assert to_integration_event(recorded(failed())) == DisbursementFailed(
        loan_id=DRAWDOWN,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        amount=yuan(400_000),
        reason="refused",
        failed_on=TODAY,
    )


@pytest.mark.parametrize(
    "fact",
    [
        opened(),
        requested(),
        cancelled(),
        instructed(),
        outcome_unknown(),
        proposed(),
        resolution_confirmed(),
        contradicted(),
        settled(),
        written_off(),
    ],
)
def test_everything_else_stays_private(fact: Event) -> None:
    assert to_integration_event(recorded(fact)) is None


def test_the_end_of_a_facility_is_announced_so_that_no_commitment_stays_in_the_books() -> None:
    told = to_integration_event(recorded(closed()))
    assert told == FacilityClosed(contract_id=closed().contract_id, closed_on=closed().closed_on)


def test_misuse_is_announced_once_a_second_person_has_confirmed_it_and_not_before() -> None:
    assert to_integration_event(recorded(misused())) == FundsMisused(
        loan_id=DRAWDOWN,
        contract_id=CONTRACT,
        misused=yuan(100_000),
        misused_from=TODAY,
        confirmed_by="approver-sun",
        confirmed_on=TODAY + timedelta(days=3),
    )
    for private in (reported(payment()), checked()):
        assert to_integration_event(recorded(private)) is None
