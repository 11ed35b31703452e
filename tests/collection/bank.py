"""The collection service, and what repayment and risk tell it."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.collection.main import service
from shared.contracts import repayment, risk
from tests.collection.builders import BORROWER, DUE_ON, LOAN, TODAY, yuan
from tests.shared.running_service import RunningService


class Bank(RunningService):
    """Called by a collector unless a test says otherwise."""

    service = service
    opening_date = TODAY
    roles = "collector"


def overdue(
    *, loan_id: UUID = LOAN, borrower_id: UUID = BORROWER, amount: int = 10_000, days: int = 1
) -> repayment.InstallmentOverdue:
    return repayment.InstallmentOverdue(
        loan_id=loan_id,
        contract_id=uuid4(),
        application_id=uuid4(),
        borrower_id=borrower_id,
        installment_no=1,
        due_on=DUE_ON,
        overdue_principal=yuan(amount - 1_000),
        overdue_interest=yuan(1_000),
        outstanding_principal=yuan(100_000),
        days_past_due=days,
        as_of=TODAY,
    )


def delinquent(days: int, *, on: date, loan_id: UUID = LOAN) -> repayment.DelinquencyAged:
    return repayment.DelinquencyAged(
        loan_id=loan_id,
        borrower_id=BORROWER,
        days_past_due=days,
        overdue_principal=yuan(9_000),
        overdue_interest=yuan(1_000),
        overdue_penalty=yuan(50),
        outstanding_principal=yuan(100_000),
        as_of=on,
    )


def received(
    amount: int,
    *,
    on: date,
    overdue_after: int,
    days_after: int | None = None,
    outstanding_after: int | None = None,
    loan_id: UUID = LOAN,
) -> repayment.RepaymentReceived:
    return repayment.RepaymentReceived(
        receipt_id=uuid4(),
        loan_id=loan_id,
        contract_id=uuid4(),
        borrower_id=BORROWER,
        amount=yuan(amount),
        principal=yuan(amount),
        interest=yuan(0),
        penalty=yuan(0),
        unallocated=yuan(0),
        overdue_after=yuan(overdue_after),
        outstanding_after=None if outstanding_after is None else yuan(outstanding_after),
        days_past_due_after=days_after,
        received_on=on,
    )


def recovered(amount: int, *, on: date, claim_after: int) -> repayment.RecoveryReceived:
    return repayment.RecoveryReceived(
        receipt_id=uuid4(),
        loan_id=LOAN,
        borrower_id=BORROWER,
        amount=yuan(amount),
        claim_after=yuan(claim_after),
        received_on=on,
    )


def classified_as(classification: Any, *, on: date = TODAY) -> risk.LoanClassified:
    return risk.LoanClassified.model_validate(
        {
            "loan_id": LOAN,
            "classification": classification,
            "previous": "normal",
            "provision_rate_percent": "50",
            "days_past_due": 1,
            "classified_on": on,
        }
    )
