"""Facts of the papers that a borrower is handed."""

from datetime import date
from typing import Literal
from uuid import UUID

from services.repayment.domain.events.parts import LoanFact
from shared.messages import Value
from shared.money import Money

StatementKind = Literal["schedule", "account", "settlement"]
"""还款计划表; 对账单 of a period; 结清证明."""


class Figure(Value):
    """One figure of a paper that a verification shows: an amount or a day, never who somebody is."""

    name: str
    amount: Money | None = None
    on: date | None = None


class StatementIssued(LoanFact):
    """出具: a paper was handed out. `sha256` is of its figures, `said` the main ones of them.

    It was made of the first `loan_version` facts of the loan and can be made of them again; `from_on`, `until_on` and
    `schedule_version` are what was asked of the kind that has them.
    """

    statement_id: UUID
    kind: StatementKind
    sha256: str
    said: tuple[Figure, ...]
    loan_version: int
    from_on: date | None
    until_on: date | None
    schedule_version: int | None
    issued_on: date
