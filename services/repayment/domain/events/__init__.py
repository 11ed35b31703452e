"""Facts of the loan account, of the nightly accrual and of the business date. Each carries its results."""

from services.repayment.domain.events.changes import (
    LoanChangeProposed,
    LoanChangeRejected,
    LoanExtended,
    LoanRenewed,
    LoanRescheduled,
)
from services.repayment.domain.events.corrections import (
    CorrectionDeclined,
    CreditRefunded,
    RecoveryReversed,
    RefundProposed,
    RepaymentReversed,
    ReversalProposed,
)
from services.repayment.domain.events.delinquency import (
    DelinquencyAged,
    DelinquencyCured,
    InstallmentBilled,
    InstallmentFellOverdue,
)
from services.repayment.domain.events.lending import LoanBooked
from services.repayment.domain.events.nights import (
    AccrualLine,
    AccrualLines,
    BusinessDateClosed,
    BusinessDateOpened,
    InstallmentsBilled,
    InterestAccrued,
)
from services.repayment.domain.events.parts import (
    Allocation,
    AllocationLine,
    Classification,
    LoanOrigin,
    PaymentMode,
    ScheduleCause,
    ScheduleVersion,
)
from services.repayment.domain.events.payments import (
    CreditApplied,
    EarlyRepaymentAccepted,
    Keeps,
    LoanPrepaid,
    LoanSettled,
    RepaymentReceived,
    WrittenOffLoanRecovered,
)
from services.repayment.domain.events.quality import LoanReclassified, LoanWrittenOff, WriteOffRefused
from services.repayment.domain.events.rates import (
    AccountChange,
    AccountChangeProposed,
    AccountChangeRejected,
    ChargesWaived,
    FloatingRate,
    LprEvent,
    LprProposed,
    LprPublished,
    LprRate,
    LprRejected,
    RateChanged,
    RateReset,
    RateTerms,
    Repricing,
    WaiverTerms,
)
from services.repayment.domain.events.receipts import (
    CoreReceiptEvent,
    ReceiptFileEvent,
    ReceiptFileTaken,
    ReceiptPosted,
    ReceiptRowsPosted,
    ReceiptRowsTaken,
    ReceiptSuspended,
    SuspenseMatched,
    SuspenseProposalDeclined,
    SuspenseProposed,
    SuspenseReturned,
)
from services.repayment.domain.events.statements import Figure, StatementIssued, StatementKind

LoanAccountEvent = (
    LoanBooked
    | InstallmentBilled
    | CreditApplied
    | RepaymentReceived
    | InstallmentFellOverdue
    | DelinquencyAged
    | DelinquencyCured
    | EarlyRepaymentAccepted
    | LoanPrepaid
    | RateReset
    | RateChanged
    | AccountChangeProposed
    | AccountChangeRejected
    | ChargesWaived
    | LoanSettled
    | LoanReclassified
    | LoanWrittenOff
    | WriteOffRefused
    | WrittenOffLoanRecovered
    | ReversalProposed
    | RefundProposed
    | CorrectionDeclined
    | CreditRefunded
    | RepaymentReversed
    | RecoveryReversed
    | LoanChangeProposed
    | LoanChangeRejected
    | LoanExtended
    | LoanRenewed
    | LoanRescheduled
)
BusinessDateEvent = BusinessDateOpened | BusinessDateClosed

__all__ = [
    "AccountChange",
    "AccountChangeProposed",
    "AccountChangeRejected",
    "AccrualLine",
    "AccrualLines",
    "Allocation",
    "AllocationLine",
    "BusinessDateClosed",
    "BusinessDateEvent",
    "BusinessDateOpened",
    "ChargesWaived",
    "Classification",
    "CoreReceiptEvent",
    "CorrectionDeclined",
    "CreditApplied",
    "CreditRefunded",
    "DelinquencyAged",
    "DelinquencyCured",
    "EarlyRepaymentAccepted",
    "Figure",
    "FloatingRate",
    "InstallmentBilled",
    "InstallmentFellOverdue",
    "InstallmentsBilled",
    "InterestAccrued",
    "Keeps",
    "LoanAccountEvent",
    "LoanBooked",
    "LoanChangeProposed",
    "LoanChangeRejected",
    "LoanExtended",
    "LoanOrigin",
    "LoanPrepaid",
    "LoanReclassified",
    "LoanRenewed",
    "LoanRescheduled",
    "LoanSettled",
    "LoanWrittenOff",
    "LprEvent",
    "LprProposed",
    "LprPublished",
    "LprRate",
    "LprRejected",
    "PaymentMode",
    "RateChanged",
    "RateReset",
    "RateTerms",
    "ReceiptFileEvent",
    "ReceiptFileTaken",
    "ReceiptPosted",
    "ReceiptRowsPosted",
    "ReceiptRowsTaken",
    "ReceiptSuspended",
    "RecoveryReversed",
    "RefundProposed",
    "RepaymentReceived",
    "RepaymentReversed",
    "Repricing",
    "ReversalProposed",
    "ScheduleCause",
    "ScheduleVersion",
    "StatementIssued",
    "StatementKind",
    "SuspenseMatched",
    "SuspenseProposalDeclined",
    "SuspenseProposed",
    "SuspenseReturned",
    "WaiverTerms",
    "WriteOffRefused",
    "WrittenOffLoanRecovered",
]
