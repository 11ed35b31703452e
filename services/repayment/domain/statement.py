"""Papers for the borrower (还款计划表, 对账单, 结清证明): what each certifies, and the fact that one was issued.

A paper's hash is that of its figures, so paper, log and language of the print agree or do not. It certifies figures of
the loan as its facts were at one version, and can be made again from them at any time.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID, uuid5

import orjson
from pydantic import Field

from services.repayment.domain.day_count import DayCount
from services.repayment.domain.events import Figure, StatementIssued, StatementKind
from services.repayment.domain.installment import Installment, RepaymentMethod
from services.repayment.domain.loan import BookedLoan
from shared.decider import Decider
from shared.messages import Command, Value
from shared.money import Money

_STATEMENTS = UUID("3c0c5f8e-7f0b-5d5b-9a54-1d7a0c6f7b21")


class Subject(Value):
    """Whose loan it is and what was agreed. The borrower is known here by his number alone."""

    loan_id: UUID
    contract_id: UUID
    borrower_id: UUID
    legal_entity: str
    branch: str
    principal: Money
    annual_rate_percent: Decimal
    penalty_rate_percent: Decimal
    term_months: int
    repayment_method: RepaymentMethod
    day_count: DayCount
    disbursed_on: date


class SchedulePaper(Value):
    """还款计划表: the rows of one version of the schedule; `is_current` unless a later version had replaced it."""

    kind: Literal["schedule"] = "schedule"
    subject: Subject
    issued_on: date
    version: int
    is_current: bool
    rows: tuple[Installment, ...]


class Movement(Value):
    """One line of an account statement. `principal` is repaid where positive, `balance` the principal after it.

    `held` is what the bank holds for the payer more than before; `billed` what fell due, or less what was waived,
    which moves no money.
    """

    on: date
    fact: str
    drawn: Money
    received: Money
    principal: Money
    interest: Money
    penalty: Money
    held: Money
    billed: Money
    balance: Money


class AccountPaper(Value):
    """对账单: what moved from `from_on` to `until_on`, both included, and what was past due at the end."""

    kind: Literal["account"] = "account"
    subject: Subject
    issued_on: date
    from_on: date
    until_on: date
    opening: Money
    movements: tuple[Movement, ...]
    closing: Money
    held: Money
    past_due: Money


class SettlementPaper(Value):
    """结清证明: nothing is owed; what the loan has cost over its life."""

    kind: Literal["settlement"] = "settlement"
    subject: Subject
    issued_on: date
    settled_on: date
    early: bool
    interest_charged: Money
    penalty_charged: Money


Paper = Annotated[SchedulePaper | AccountPaper | SettlementPaper, Field(discriminator="kind")]


class IssueStatement(Command):
    """Record that a paper is handed out; `statement_id` follows from its hash, so the same paper is issued once."""

    statement_id: UUID
    loan_id: UUID
    kind: StatementKind
    sha256: str
    said: tuple[Figure, ...]
    loan_version: int
    from_on: date | None
    until_on: date | None
    schedule_version: int | None
    issued_on: date


def subject_of(loan: BookedLoan, *, legal_entity: str, branch: str) -> Subject:
    """The heading of every paper of a loan."""
    terms = loan.terms
    return Subject(
        loan_id=terms.loan_id,
        contract_id=terms.origin.contract_id,
        borrower_id=terms.origin.borrower_id,
        legal_entity=legal_entity,
        branch=branch,
        principal=terms.principal,
        annual_rate_percent=terms.annual_rate_percent,
        penalty_rate_percent=terms.penalty_rate_percent,
        term_months=terms.term_months,
        repayment_method=terms.repayment_method,
        day_count=terms.day_count,
        disbursed_on=terms.disbursed_on,
    )


def hash_of(paper: SchedulePaper | AccountPaper | SettlementPaper) -> str:
    """The SHA-256 of a paper's figures as JSON with sorted names, in hexadecimal."""
    return sha256(orjson.dumps(paper.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)).hexdigest()


def statement_id_of(sha256_hex: str) -> UUID:
    """The stream in which the log knows a paper by its hash."""
    return uuid5(_STATEMENTS, sha256_hex)


def said_by(paper: SchedulePaper | AccountPaper | SettlementPaper) -> tuple[Figure, ...]:
    """The main figures of a paper, for whoever holds it to compare."""
    lent = (
        Figure(name="principal", amount=paper.subject.principal),
        Figure(name="disbursed_on", on=paper.subject.disbursed_on),
    )
    match paper:
        case SchedulePaper():
            currency = paper.subject.principal.currency
            return (
                *lent,
                Figure(name="first_due_on", on=paper.rows[0].due_on),
                Figure(name="last_due_on", on=paper.rows[-1].due_on),
                Figure(name="total_interest", amount=Money.sum((row.interest for row in paper.rows), currency)),
                Figure(name="total", amount=Money.sum((row.total for row in paper.rows), currency)),
            )
        case AccountPaper():
            return (
                *lent,
                Figure(name="from_on", on=paper.from_on),
                Figure(name="until_on", on=paper.until_on),
                Figure(name="opening", amount=paper.opening),
                Figure(name="closing", amount=paper.closing),
                Figure(name="past_due", amount=paper.past_due),
            )
        case SettlementPaper():
            return (
                *lent,
                Figure(name="settled_on", on=paper.settled_on),
                Figure(name="interest_charged", amount=paper.interest_charged),
                Figure(name="penalty_charged", amount=paper.penalty_charged),
            )


def _decide(command: IssueStatement, issued: StatementIssued | None) -> Sequence[StatementIssued]:
    return [] if issued else [StatementIssued(**dict(command))]


def _evolve(_issued: StatementIssued | None, event: StatementIssued) -> StatementIssued:
    return event


statement = Decider[StatementIssued | None, IssueStatement, StatementIssued](
    category="statement",
    stream_id=lambda command: command.statement_id,
    initial=None,
    decide=_decide,
    evolve=_evolve,
    events=(StatementIssued,),
    of_bank=True,  # the loan's own branch is asked before; its paper may be printed wherever the loan may be seen
)
