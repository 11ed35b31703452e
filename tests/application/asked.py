"""Commands of application with the same dull defaults as the facts that follow them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.application.domain import commands
from tests.application.builders import (
    APPLICATION,
    APPROVER,
    CONTRACT,
    LOAN,
    OFFICER,
    REVIEWER,
    TODAY,
    asked_for,
    found_out,
    person_facts,
    registered,
    yuan,
)


def register(**other: Any) -> commands.RegisterBorrower:
    return commands.RegisterBorrower(**(dict(registered()) | other))


def submit(**other: Any) -> commands.SubmitApplication:
    return commands.SubmitApplication(**asked_for({"borrower_segment": "company"} | other))


def submit_by_person(**other: Any) -> commands.SubmitApplication:
    own = {"borrower_segment": "person", "product_code": "personal-business", "company": None}
    return submit(**(own | {"person": person_facts(), "requested_amount": yuan(100_000)} | other))


def record_assessment(**other: Any) -> commands.RecordAssessment:
    return commands.RecordAssessment(**found_out(other))


def withdraw() -> commands.WithdrawApplication:
    return commands.WithdrawApplication(
        application_id=APPLICATION, reason="found_other_funding", withdrawn_by=OFFICER, withdrawn_on=TODAY
    )


def request_review() -> commands.RequestReview:
    return commands.RequestReview(application_id=APPLICATION, requested_on=TODAY)


def recommend(**other: Any) -> commands.RecommendDecision:
    asked: dict[str, Any] = {
        "application_id": APPLICATION,
        "recommendation": "approve",
        "opinion": "sound",
        "recommended_by": REVIEWER,
        "recommended_on": TODAY,
    }
    return commands.RecommendDecision(**(asked | other))


def decide(decision: str = "approve", **other: Any) -> commands.DecideReview:
    asked: dict[str, Any] = {
        "application_id": APPLICATION,
        "decision": decision,
        "authority": frozenset({"approver"}),
        "decided_by": APPROVER,
        "decided_on": TODAY,
    }
    return commands.DecideReview(**(asked | other))


def accept(on: date = TODAY) -> commands.AcceptOffer:
    return commands.AcceptOffer(application_id=APPLICATION, accepted_by=OFFICER, accepted_on=on)


def expire(business_date: date) -> commands.ExpireOffer:
    return commands.ExpireOffer(application_id=APPLICATION, business_date=business_date)


def sign(**other: Any) -> commands.SignContract:
    asked: dict[str, Any] = {
        "application_id": APPLICATION,
        "contract_id": CONTRACT,
        "confirmed_annualised_rate_percent": Decimal("4.44"),
        "new_relation": True,
        "signed_by": OFFICER,
        "signed_on": TODAY,
    }
    return commands.SignContract(**(asked | other))


_OF_LOAN: dict[str, Any] = {"application_id": APPLICATION, "contract_id": CONTRACT}


def record_disbursement(loan_id: UUID = LOAN, **other: Any) -> commands.RecordDisbursement:
    asked = _OF_LOAN | {"loan_id": loan_id, "principal": yuan(200_000), "disbursed_on": TODAY}
    return commands.RecordDisbursement(**(asked | other))


def record_failure(loan_id: UUID = LOAN) -> commands.RecordDisbursementFailure:
    return commands.RecordDisbursementFailure(
        **_OF_LOAN, loan_id=loan_id, amount=yuan(200_000), reason="account_closed", failed_on=TODAY
    )


def record_settlement(loan_id: UUID = LOAN) -> commands.RecordSettlement:
    return commands.RecordSettlement(**_OF_LOAN, loan_id=loan_id, early=False, settled_on=TODAY)


def record_write_off(loan_id: UUID = LOAN) -> commands.RecordWriteOff:
    return commands.RecordWriteOff(**_OF_LOAN, loan_id=loan_id, written_off_on=TODAY)
