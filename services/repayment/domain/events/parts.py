"""What several facts of the loan account are made of, and what each of them names."""

from datetime import date
from typing import Literal
from uuid import UUID

from services.repayment.domain.installment import Installment
from shared.messages import Event, Value
from shared.money import Money

Classification = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
"""The five classes (五级分类): 正常, 关注, 次级, 可疑, 损失."""

PaymentMode = Literal["entrusted", "self"]
"""受托支付: the loan went on to the borrower's payee; 自主支付: it stayed on the borrower's account."""


class AllocationLine(Value):
    """What one instalment received of a payment."""

    installment_no: int
    principal: Money
    interest: Money


class LoanOrigin(Value):
    """Where a loan comes from, for the services that know it by that."""

    contract_id: UUID
    application_id: UUID
    borrower_id: UUID


class Allocation(Value):
    """A payment applied to the debt, and what is owed after it.

    `penalty_accrued` and `compound_accrued` are the totals of the loan's life up to the payment: the
    point from which both run on. `overdue_after` includes both.
    """

    principal: Money
    interest: Money
    penalty: Money
    compound: Money
    lines: tuple[AllocationLine, ...]
    penalty_accrued: Money
    compound_accrued: Money
    outstanding_after: Money
    overdue_after: Money
    days_past_due_after: int
    credit_after: Money
    provision_change: Money


ScheduleCause = Literal[
    "booked", "early_repayment", "partial_early_repayment", "rate_reset", "rate_change", "drawdown", "extension",
    "rescheduling", "renewal", "restructuring", "reversal",
]  # fmt: skip
"""建账; 提前还款; 部分提前还款; 利率重定价; 利率变更; 追加放款; 展期; 重新安排; 续贷; 重组; 冲正."""


class ScheduleVersion(Value):
    """还款计划的一版: all rows from now on, those that are over and paid among them as they were.

    Number 1 is what the loan was booked with. What was paid of a row stays with the row of its number.
    """

    number: int
    cause: ScheduleCause
    decided_on: date
    installments: tuple[Installment, ...]


class LoanFact(Event):
    """A fact of one loan."""

    loan_id: UUID
