"""What application and repayment announce → our commands.

RepaymentReceived is not heard: in this slice no product revolves, so a repayment restores nothing.
"""

from services.disbursement.domain.commands import OpenFacility, SettleDrawdown, WriteOffDrawdown
from services.disbursement.domain.events import AllocationTerms, FacilityTerms
from services.disbursement.domain.facility import facility
from shared.contracts.application import ContractSigned
from shared.contracts.repayment import LoanSettled, LoanWrittenOff
from shared.subscription import Subscription


def open_facility(message: ContractSigned) -> OpenFacility:
    return OpenFacility(
        contract_id=message.contract_id,
        terms=FacilityTerms(
            application_id=message.application_id,
            borrower_id=message.borrower_id,
            segment=message.segment,
            product_code=message.product_code,
            limit=message.limit,
            annual_rate_percent=message.annual_rate_percent,
            penalty_uplift_percent=message.penalty_uplift_percent,
            term_months=message.term_months,
            repayment_method=message.repayment_method,
            day_count=message.day_count,
            available_until=message.available_until,
            new_relation=message.new_relation,
            average_credit=message.average_credit,
            approved_by=message.approved_by,
            allocation=AllocationTerms(**dict(message.allocation)) if message.allocation else None,
        ),
        opened_on=message.signed_on,
    )


def settle_drawdown(message: LoanSettled) -> SettleDrawdown:
    return SettleDrawdown(contract_id=message.contract_id, drawdown_id=message.loan_id, settled_on=message.settled_on)


def write_off_drawdown(message: LoanWrittenOff) -> WriteOffDrawdown:
    return WriteOffDrawdown(
        contract_id=message.contract_id, drawdown_id=message.loan_id, written_off_on=message.written_off_on
    )


subscriptions = (
    Subscription(to=ContractSigned, then=open_facility, decider=facility),
    Subscription(to=LoanSettled, then=settle_drawdown, decider=facility),
    Subscription(to=LoanWrittenOff, then=write_off_drawdown, decider=facility),
)
