"""What other services announce, with dull defaults."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.risk.domain.facts import ApplicationFacts
from shared.contracts import application, disbursement, repayment
from tests.risk.builders import APPLICATION, BORROWER, LOAN, TODAY, company_facts, yuan

CONTRACT = UUID("40000000-0000-0000-0000-000000000001")
RECEIPT = UUID("50000000-0000-0000-0000-000000000001")


def submitted(facts: ApplicationFacts | None = None) -> application.ApplicationSubmitted:
    return application.ApplicationSubmitted.model_validate(facts or company_facts(), from_attributes=True)


def disbursed(loan_id: UUID = LOAN, on: date = TODAY) -> disbursement.LoanDisbursed:
    return disbursement.LoanDisbursed(
        loan_id=loan_id,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        principal=yuan(100_000),
        annual_rate_percent=Decimal("4.30"),
        penalty_uplift_percent=Decimal(50),
        term_months=12,
        repayment_method="interest_only",
        day_count="30/360",
        disbursed_on=on,
        core_reference="CB-1",
    )


def misused(on: date = TODAY, loan_id: UUID = LOAN) -> disbursement.FundsMisused:
    return disbursement.FundsMisused(
        loan_id=loan_id,
        contract_id=CONTRACT,
        misused=yuan(30_000),
        misused_from=TODAY,
        confirmed_by="approver-sun",
        confirmed_on=on,
    )


def overdue(days: int = 1, on: date = TODAY, loan_id: UUID = LOAN) -> repayment.InstallmentOverdue:
    return repayment.InstallmentOverdue(
        loan_id=loan_id,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        installment_no=1,
        due_on=TODAY,
        overdue_principal=yuan(0),
        overdue_interest=yuan(400),
        outstanding_principal=yuan(100_000),
        days_past_due=days,
        as_of=on,
    )


def aged(days: int, on: date, loan_id: UUID = LOAN) -> repayment.DelinquencyAged:
    return repayment.DelinquencyAged(
        loan_id=loan_id,
        borrower_id=BORROWER,
        days_past_due=days,
        overdue_principal=yuan(0),
        overdue_interest=yuan(400),
        overdue_penalty=yuan(1),
        outstanding_principal=yuan(100_000),
        as_of=on,
    )


def cured(on: date, loan_id: UUID = LOAN) -> repayment.InstallmentCured:
    return repayment.InstallmentCured(loan_id=loan_id, borrower_id=BORROWER, cured_on=on)


def received(on: date, *, overdue_after: int = 0, loan_id: UUID = LOAN) -> repayment.RepaymentReceived:
    nothing: dict[str, Any] = {name: yuan(0) for name in ("principal", "penalty", "unallocated")}
    return repayment.RepaymentReceived(
        receipt_id=RECEIPT,
        loan_id=loan_id,
        contract_id=CONTRACT,
        borrower_id=BORROWER,
        amount=yuan(400),
        interest=yuan(400),
        overdue_after=yuan(overdue_after),
        received_on=on,
        **nothing,
    )


def reversed_payoff(on: date, *, days: int, outstanding: int, loan_id: UUID = LOAN) -> repayment.RepaymentReversed:
    return repayment.RepaymentReversed(
        receipt_id=RECEIPT,
        loan_id=loan_id,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        amount=yuan(outstanding),
        reopened=True,
        overdue_principal=yuan(0),
        overdue_interest=yuan(400 if days else 0),
        overdue_penalty=yuan(0),
        outstanding_principal=yuan(outstanding),
        days_past_due=days,
        as_of=on,
    )


def settled(on: date, loan_id: UUID = LOAN) -> repayment.LoanSettled:
    return repayment.LoanSettled(
        loan_id=loan_id,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        settled_on=on,
        early=False,
    )


def written_off(on: date, loan_id: UUID = LOAN) -> repayment.LoanWrittenOff:
    return repayment.LoanWrittenOff(
        loan_id=loan_id,
        contract_id=CONTRACT,
        application_id=APPLICATION,
        borrower_id=BORROWER,
        proposal_id=RECEIPT,
        principal=yuan(100_000),
        interest=yuan(400),
        penalty=yuan(1),
        written_off_on=on,
    )
