"""A contract after signing: what other services say of its loans, once each, in whatever order."""

from collections.abc import Sequence
from uuid import UUID

from services.application.domain.application_state import (
    Contracted,
    LoanEvent,
    LoanStatus,
    contract_status,
    disbursed_loan_status,
)
from services.application.domain.commands import (
    LoanNews,
    RecordDisbursement,
    RecordDisbursementFailure,
    RecordSettlement,
    RecordWriteOff,
)
from services.application.domain.events import (
    ContractStatus,
    DisbursementFailed,
    LoanDisbursed,
    LoanSettled,
    LoanWrittenOff,
)
from shared.messages import Rejected


def record_news(command: LoanNews, contracted: Contracted) -> Sequence[LoanEvent]:
    """Note what became of a loan; the same news again changes nothing.

    Two services tell it, so a settlement may be heard before the disbursement that it ends.
    """
    if command.contract_id != contracted.contract.contract_id:
        raise Rejected("contract_mismatch", f"the application's contract is {contracted.contract.contract_id}")
    loan_id, known = command.loan_id, contracted.loans.get(command.loan_id)
    match command:
        case RecordDisbursement():
            if loan_id in contracted.disbursed:
                return []
            after = _after(contracted, loan_id, disbursed_loan_status(known))
            return [LoanDisbursed(**dict(command), contract_status=after)]
        case RecordDisbursementFailure():
            if known:
                return []
            after = _after(contracted, loan_id, "failed")
            return [DisbursementFailed(**dict(command), contract_status=after)]
        case RecordSettlement():
            if known == "settled":
                return []
            return [LoanSettled(**dict(command), contract_status=_after(contracted, loan_id, "settled"))]
        case RecordWriteOff():
            if known == "written_off":
                return []
            after = _after(contracted, loan_id, "written_off")
            return [LoanWrittenOff(**dict(command), contract_status=after)]


def _after(contracted: Contracted, loan_id: UUID, status: LoanStatus) -> ContractStatus:
    return contract_status({**contracted.loans, loan_id: status})
