"""Read-model rows → work lists, contacts and promises that fell due; folded cases → their views."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.collection.domain.case_state import AnyCase, Case, CaseStatus
from services.collection.domain.commands import RecordContact
from services.collection.domain.contact_log import ContactLog
from services.collection.domain.events import Evidence
from services.collection.domain.promise import PromiseStatus
from services.collection.domain.strategy import Action, LoanClass, Stage
from services.collection.domain.write_off import ProposalStatus
from shared.command_handler import Outcome
from shared.event_store import Recorded
from shared.money import Money, MoneyText
from shared.problem_details import FieldProblem, Problem

_FOLDED = ConfigDict(from_attributes=True)
"""A view that is read off the folded state, name by name."""


class PromiseView(BaseModel):
    model_config = _FOLDED
    promise_id: UUID
    amount: MoneyText
    paid: MoneyText
    made_on: date
    due_on: date
    status: PromiseStatus


class ProposalView(BaseModel):
    model_config = _FOLDED
    proposal_id: UUID
    evidence: list[Evidence]
    proposed_by: str
    status: ProposalStatus


class CaseView(BaseModel):
    """催收案件: a loan that is or was past due, with what was promised and proposed, over all its episodes."""

    model_config = _FOLDED
    loan_id: UUID
    borrower_id: UUID
    episode: int
    status: CaseStatus
    stage: Stage
    days_past_due: int
    overdue: MoneyText
    overdue_penalty: MoneyText
    outstanding_principal: MoneyText
    classification: LoanClass
    installments: list[int]
    broken_promises: int
    strategy_version: str
    actions: list[Action]
    promises: list[PromiseView]
    proposals: list[ProposalView]
    opened_on: date
    closed_on: date | None


class ContactView(BaseModel):
    contact_id: UUID
    loan_id: UUID
    borrower_id: UUID
    contacted_on: date
    contacts_that_day: int


class HistoryEntry(BaseModel):
    """One fact of the case: what, when, by whom, and what it said."""

    version: int
    type: str
    business_date: date
    at: datetime
    actor: str
    data: dict[str, Any]


class CaseHistory(BaseModel):
    loan_id: UUID
    items: list[HistoryEntry]


class CaseRow(BaseModel):
    """One line of the work list. `priority` reads: stage, broken promises, digits of the overdue amount."""

    loan_id: UUID
    borrower_id: UUID
    branch: str
    episode: int
    status: str
    stage: str | None
    days_past_due: int
    overdue: MoneyText
    outstanding_principal: MoneyText
    classification: str
    broken_promises: int
    priority: int
    actions: list[str]
    opened_on: date
    as_of: date
    closed_on: date | None
    last_contacted_on: date | None


class ProposalRow(BaseModel):
    """One line of the work list of those who decide on write-offs."""

    proposal_id: UUID
    loan_id: UUID
    borrower_id: UUID
    branch: str
    status: str
    grounds: list[str]
    classification: str
    days_past_due: int
    overdue: MoneyText
    outstanding_principal: MoneyText
    proposed_by: str
    proposed_on: date
    decided_by: str | None
    decided_on: date | None
    reason: str | None


class ContactRow(BaseModel):
    """One contact; `local_time` is the time where the debtor is."""

    contact_id: UUID
    loan_id: UUID
    direction: str
    channel: str
    result: str
    contacted_on: date
    local_time: time
    recorded_by: str


class DuePromises(BaseModel):
    """The open promises of one loan that fell due, and the branch of its case."""

    loan_id: UUID
    branch: str
    promise_ids: list[UUID]


async def cases_by_priority(
    db: Any,
    *,
    branches: Sequence[str] | None,
    status: str | None,
    stage: str | None,
    borrower_id: UUID | None,
    after: tuple[str, ...] | None,
    limit: int,
) -> list[CaseRow]:
    """Up to `limit` cases behind `after` (priority, loan_id), the most urgent first."""
    priority, loan_id = _place(after, int, UUID)
    rows = await db.fetch(
        "select c.*, coalesce(k.classification, 'normal') as classification"
        " from cases c left join case_classifications k using (loan_id)"
        " where ($1::text[] is null or branch = any($1)) and ($2::text is null or status = $2)"
        " and ($3::text is null or stage = $3) and ($4::uuid is null or borrower_id = $4)"
        " and ($5::bigint is null or priority < $5 or (priority = $5 and loan_id > $6::uuid))"
        " order by priority desc, loan_id limit $7",
        *(branches, status, stage, borrower_id, priority, loan_id, limit),
    )
    return [CaseRow(**row, **_money(row)) for row in rows]


async def write_off_proposals(
    db: Any, *, branches: Sequence[str] | None, status: str | None, after: tuple[str, ...] | None, limit: int
) -> list[ProposalRow]:
    """Up to `limit` proposals behind `after` (proposed_on, proposal_id), the oldest first."""
    proposed_on, proposal_id = _place(after, date.fromisoformat, UUID)
    rows = await db.fetch(
        "select p.*, c.borrower_id, c.branch from write_off_proposals p join cases c using (loan_id)"
        " where ($1::text[] is null or c.branch = any($1)) and ($2::text is null or p.status = $2)"
        " and ($3::date is null or (p.proposed_on, p.proposal_id) > ($3, $4::uuid))"
        " order by p.proposed_on, p.proposal_id limit $5",
        *(branches, status, proposed_on, proposal_id, limit),
    )
    return [ProposalRow(**row, **_money(row)) for row in rows]


async def contacts_about(db: Any, loan_id: UUID, *, after: tuple[str, ...] | None, limit: int) -> list[ContactRow]:
    """Up to `limit` contacts about a loan behind `after` (contacted_on, local_time, contact_id), the latest first."""
    on, at, contact_id = _place(after, date.fromisoformat, time.fromisoformat, UUID)
    rows = await db.fetch(
        "select * from contacts where loan_id = $1"
        " and ($2::date is null or (contacted_on, local_time, contact_id) < ($2, $3::time, $4::uuid))"
        " order by contacted_on desc, local_time desc, contact_id desc limit $5",
        *(loan_id, on, at, contact_id, limit),
    )
    return [ContactRow(**row) for row in rows]


async def open_promises_due_before(
    db: Any, business_date: date, *, after: UUID | None, limit: int
) -> list[DuePromises]:
    """Up to `limit` loans behind `after`, in the order of their ids, with open promises due before `business_date`."""
    rows = await db.fetch(
        "select p.loan_id, c.branch, array_agg(p.promise_id order by p.promise_id) as promise_ids"
        " from promises p join cases c using (loan_id)"
        " where p.status = 'open' and p.due_on < $1 and ($2::uuid is null or p.loan_id > $2)"
        " group by p.loan_id, c.branch order by p.loan_id limit $3",
        *(business_date, after, limit),
    )
    return [DuePromises(**row) for row in rows]


def _money(row: Any) -> dict[str, Any]:
    return {
        "overdue": Money(row["overdue_minor"], row["currency"]),
        "outstanding_principal": Money(row["outstanding_principal_minor"], row["currency"]),
    }


def _place(after: tuple[str, ...] | None, *parts: Callable[[str], Any]) -> tuple[Any, ...]:
    """The typed cursor, or a None for each part on the first page; 422 for a cursor that no page gave out."""
    if after is None:
        return (None,) * len(parts)
    try:
        return tuple(read(text) for read, text in zip(parts, after, strict=True))
    except ValueError as error:
        field = FieldProblem(field="after", rule="cursor", detail="use the value of `next` unchanged")
        raise Problem(422, "invalid-request", "Correct: after", errors=[field]) from error


def case_of(outcome: Outcome[AnyCase, Any]) -> Case:
    """The case, or 404 for a loan of which only the class is known."""
    if not isinstance(outcome.state, Case):
        raise Problem(404, "not-found", "There is no case of this loan.")
    return outcome.state


def promise_view_of(promise_id: UUID) -> Callable[[Outcome[AnyCase, Any]], PromiseView]:
    """The answer that shows one promise of the case."""
    return lambda outcome: next(
        PromiseView.model_validate(one) for one in case_of(outcome).promises if one.promise_id == promise_id
    )


def proposal_view_of(proposal_id: UUID) -> Callable[[Outcome[AnyCase, Any]], ProposalView]:
    """The answer that shows one proposal of the case."""
    return lambda outcome: next(
        ProposalView.model_validate(one) for one in case_of(outcome).proposals if one.proposal_id == proposal_id
    )


def contact_view_of(command: RecordContact) -> Callable[[Outcome[ContactLog, Any]], ContactView]:
    """The answer that shows one contact, and how many the bank made that day."""
    return lambda outcome: ContactView(
        contact_id=command.contact_id,
        loan_id=command.loan_id,
        borrower_id=command.borrower_id,
        contacted_on=command.contacted_on,
        contacts_that_day=outcome.state.outbound.get(command.contacted_on, 0),
    )


def case_history(loan_id: UUID, past: Sequence[Recorded[Any]]) -> CaseHistory:
    """The facts of a case as they were recorded, money as text."""
    entries = [
        HistoryEntry(
            version=recorded.version,
            type=type(recorded.event).__name__,
            business_date=recorded.meta.business_date,
            at=recorded.at,
            actor=recorded.meta.actor,
            data=_amounts_as_text(recorded.event.model_dump(mode="json")),
        )
        for recorded in past
    ]
    return CaseHistory(loan_id=loan_id, items=entries)


def _amounts_as_text(node: Any) -> Any:
    if isinstance(node, dict) and set(node) == {"currency", "minor"}:
        return {"currency": node["currency"], "amount": str(Money(**node).amount)}
    if isinstance(node, dict):
        return {name: _amounts_as_text(value) for name, value in node.items()}
    return [_amounts_as_text(one) for one in node] if isinstance(node, list) else node
