"""The journal table (会计分录): which double entry each fact makes. One table, reviewed like code.

Accounts follow the bank's chart (会计科目); money from and to the borrower moves through the borrower's
deposit account. A pair has one amount for both sides, so every entry balances by construction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.repayment.domain.events import (
    BusinessDateClosed,
    BusinessDateOpened,
    CreditApplied,
    DelinquencyAged,
    DelinquencyCured,
    EarlyRepaymentAccepted,
    InstallmentBilled,
    InstallmentFellOverdue,
    InterestAccrued,
    LoanBooked,
    LoanReclassified,
    LoanSettled,
    LoanWrittenOff,
    RepaymentReceived,
    WriteOffRefused,
    WrittenOffLoanRecovered,
)
from shared.messages import Event
from shared.money import Money

LOAN = "1303.01"
IMPAIRED_LOAN = "1303.02"
ALLOWANCE = "1304"
INTEREST_RECEIVABLE = "1132.01"
PENALTY_RECEIVABLE = "1132.02"
DEPOSIT = "2011"
HELD = "2241"
CLEARING = "3001"
INTEREST_INCOME = "6011.01"
PENALTY_INCOME = "6011.02"
IMPAIRMENT = "6702"

CHART_OF_ACCOUNTS = {
    LOAN: "贷款—本金",
    IMPAIRED_LOAN: "贷款—已减值",
    ALLOWANCE: "贷款损失准备",
    INTEREST_RECEIVABLE: "应收利息",
    PENALTY_RECEIVABLE: "应收利息—罚息及复利",
    DEPOSIT: "吸收存款—借款人",
    HELD: "其他应付款—还款暂收",
    CLEARING: "清算资金往来",
    INTEREST_INCOME: "利息收入",
    PENALTY_INCOME: "利息收入—罚息及复利",
    IMPAIRMENT: "信用减值损失",
}


class Pair(NamedTuple):
    """Debit one account and credit another with the same amount; a negative amount turns the sides round."""

    debit: str
    credit: str
    amount: Callable[[Any], Money]


@dataclass(frozen=True)
class Entry:
    """One line of the journal, in minor units: one of `debit` and `credit` is positive, the other 0."""

    account: str
    debit: int
    credit: int
    currency: str


def _paid_on(event: LoanBooked) -> Money:
    """What went on from the borrower's account to his payee; the payee's bank is core banking's to settle with."""
    return event.principal if event.payment_mode == "entrusted" else Money(0, event.principal.currency)


def _penalty(event: RepaymentReceived | CreditApplied) -> Money:
    return event.allocation.penalty + event.allocation.compound


JOURNAL: dict[type[Event], tuple[Pair, ...]] = {
    # 放款: the borrower's account is credited with what the borrower now owes, and debited again where it is 受托支付.
    LoanBooked: (
        Pair(LOAN, DEPOSIT, lambda event: event.principal),
        Pair(DEPOSIT, CLEARING, _paid_on),
    ),
    # 计提: one entry for the chunk; what each loan accrued stands in its accrual rows.
    InterestAccrued: (
        Pair(INTEREST_RECEIVABLE, INTEREST_INCOME, lambda batch: batch.interest),
        Pair(PENALTY_RECEIVABLE, PENALTY_INCOME, lambda batch: batch.penalty),
    ),
    # 还款: the specific provision follows the principal.
    RepaymentReceived: (
        Pair(DEPOSIT, PENALTY_RECEIVABLE, _penalty),
        Pair(DEPOSIT, INTEREST_RECEIVABLE, lambda event: event.allocation.interest),
        Pair(DEPOSIT, LOAN, lambda event: event.allocation.principal),
        Pair(DEPOSIT, HELD, lambda event: event.unallocated),
        Pair(IMPAIRMENT, ALLOWANCE, lambda event: event.allocation.provision_change),
    ),
    # 暂收款抵扣: the money came in earlier.
    CreditApplied: (
        Pair(HELD, PENALTY_RECEIVABLE, _penalty),
        Pair(HELD, INTEREST_RECEIVABLE, lambda event: event.allocation.interest),
        Pair(HELD, LOAN, lambda event: event.allocation.principal),
        Pair(IMPAIRMENT, ALLOWANCE, lambda event: event.allocation.provision_change),
    ),
    # 五级分类: the specific provision follows the class.
    LoanReclassified: (Pair(IMPAIRMENT, ALLOWANCE, lambda event: event.provision_change),),
    # 核销: what the provision lacks is charged first, then it bears the whole claim.
    LoanWrittenOff: (
        Pair(IMPAIRMENT, ALLOWANCE, lambda event: event.provision_charged),
        Pair(ALLOWANCE, LOAN, lambda event: event.principal),
        Pair(ALLOWANCE, INTEREST_RECEIVABLE, lambda event: event.interest),
        Pair(ALLOWANCE, PENALTY_RECEIVABLE, lambda event: event.penalty),
    ),
    # 收回已核销贷款: what had left the books comes back through them to the allowance that bore it.
    WrittenOffLoanRecovered: (
        Pair(IMPAIRED_LOAN, ALLOWANCE, lambda event: event.principal),
        Pair(DEPOSIT, IMPAIRED_LOAN, lambda event: event.principal),
        Pair(INTEREST_RECEIVABLE, ALLOWANCE, lambda event: event.interest),
        Pair(DEPOSIT, INTEREST_RECEIVABLE, lambda event: event.interest),
        Pair(PENALTY_RECEIVABLE, ALLOWANCE, lambda event: event.penalty),
        Pair(DEPOSIT, PENALTY_RECEIVABLE, lambda event: event.penalty),
    ),
    # No money moves:
    InstallmentBilled: (),
    InstallmentFellOverdue: (),
    DelinquencyAged: (),
    DelinquencyCured: (),
    EarlyRepaymentAccepted: (),
    LoanSettled: (),
    WriteOffRefused: (),
    BusinessDateOpened: (),
    BusinessDateClosed: (),
}


def entries(event: Event) -> tuple[Entry, ...]:
    """The journal lines of a fact, debit before credit; none where no money moves."""
    lines: list[Entry] = []
    for pair in JOURNAL[type(event)]:
        money = pair.amount(event)
        if not money:
            continue
        debit, credit = (pair.debit, pair.credit) if money.minor > 0 else (pair.credit, pair.debit)
        lines.append(Entry(debit, abs(money.minor), 0, money.currency))
        lines.append(Entry(credit, 0, abs(money.minor), money.currency))
    return tuple(lines)
