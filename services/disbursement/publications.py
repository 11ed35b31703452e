"""Our fact → announcement: what became of a payment, and a limit's end. Requests, releases and doubts stay private."""

from typing import Any

from services.disbursement.domain import events, fund_use_events
from shared.contracts.application import AllocationTerms
from shared.contracts.disbursement import DisbursementFailed, FacilityClosed, FundsMisused, LoanDisbursed
from shared.event_store import Recorded
from shared.messages import IntegrationEvent

announces = (LoanDisbursed, DisbursementFailed, FacilityClosed, FundsMisused)


def to_integration_event(recorded: Recorded[Any]) -> IntegrationEvent | None:
    match recorded.event:
        case events.LoanDisbursed() as disbursed:
            return LoanDisbursed(
                loan_id=disbursed.drawdown_id,
                contract_id=disbursed.contract_id,
                application_id=disbursed.terms.application_id,
                borrower_id=disbursed.terms.borrower_id,
                principal=disbursed.principal,
                annual_rate_percent=disbursed.terms.annual_rate_percent,
                penalty_uplift_percent=disbursed.terms.penalty_uplift_percent,
                term_months=disbursed.terms.term_months,
                repayment_method=disbursed.terms.repayment_method,
                day_count=disbursed.terms.day_count,
                disbursed_on=disbursed.disbursed_on,
                core_reference=disbursed.core_reference,
                payment_mode=disbursed.payment_mode,
                retail=disbursed.terms.segment == "person",
                limit=disbursed.terms.limit,
                allocation=_allocation(disbursed.terms),
            )
        case events.DisbursementFailed() as failed:
            return DisbursementFailed(
                loan_id=failed.drawdown_id,
                contract_id=failed.contract_id,
                application_id=failed.application_id,
                amount=failed.amount,
                reason=failed.reason,
                failed_on=failed.failed_on,
            )
        case events.FacilityClosed() as closed:
            return FacilityClosed(contract_id=closed.contract_id, closed_on=closed.closed_on)
        case fund_use_events.FundsMisused() as spent:
            return FundsMisused(
                loan_id=spent.drawdown_id,
                contract_id=spent.contract_id,
                misused=spent.misused,
                misused_from=spent.misused_from,
                confirmed_by=spent.confirmed_by,
                confirmed_on=spent.confirmed_on,
            )
        case _:
            return None


def _allocation(terms: events.FacilityTerms) -> AllocationTerms | None:
    return AllocationTerms(**dict(terms.allocation)) if terms.allocation else None
