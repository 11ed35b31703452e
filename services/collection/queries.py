"""Read-model rows → work lists, contacts, and promises that fell due."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.collection.domain.delinquency import days_past_due, due_dates_of, stage_of
from services.collection.domain.strategy import Stage, strategy_on
from shared.money import Money, MoneyText


class CaseRow(BaseModel):
    """One line of the work list. `priority` reads: stage, broken promises, digits of the overdue amount.

    Days past due, stage and actions are those of `as_of`, the bank's date; the amounts those told for
    `amounts_as_of`, since when penalty interest has run on.
    """

    loan_id: UUID
    borrower_id: UUID
    branch: str
    episode: int
    status: str
    stage: str | None
    days_past_due: int
    overdue_since: date | None
    as_of: date
    overdue: MoneyText
    outstanding_principal: MoneyText
    amounts_as_of: date
    classification: str
    broken_promises: int
    priority: int
    actions: list[str]
    opened_on: date
    closed_on: date | None
    last_contacted_on: date | None


class ProposalRow(BaseModel):
    """One line of the work list of those who decide on write-offs.

    Class and days past due are as they were on `as_of`, when it was proposed; the amounts as told for
    `amounts_as_of`. The case shows them as they are now, and the reason of a decision.
    """

    proposal_id: UUID
    loan_id: UUID
    borrower_id: UUID
    branch: str
    status: str
    grounds: list[str]
    classification: str
    days_past_due: int
    as_of: date
    overdue: MoneyText
    outstanding_principal: MoneyText
    amounts_as_of: date | None
    proposed_by: str
    proposed_on: date
    decided_by: str | None
    decided_on: date | None
    refused_because: str | None


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
    on: date,
    status: str | None,
    stage: Stage | None,
    borrower_id: UUID | None,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[CaseRow]:
    """Up to `limit` cases behind `after` (priority, loan_id), the most urgent first, as they stand `on` a day."""
    due_from, due_to = due_dates_of(stage, on) if stage else (None, None)
    priority, loan_id = after or (None, None)
    rows = await db.fetch(
        "select c.*, coalesce(k.classification, 'normal') as classification"
        " from cases c left join case_classifications k using (loan_id)"
        " where ($1::text[] is null or branch = any($1)) and ($2::text is null or status = $2)"
        " and ($3::date is null or overdue_since >= $3)"
        " and ($4::date is null or (status = 'open' and overdue_since <= $4))"
        " and ($5::uuid is null or borrower_id = $5)"
        " and ($6::bigint is null or priority < $6 or (priority = $6 and loan_id > $7::uuid))"
        " order by priority desc, loan_id limit $8",
        *(branches, status, due_from, due_to, borrower_id, priority, loan_id, limit),
    )
    return [CaseRow(**(dict(row) | _money(row) | _standing(row, on))) for row in rows]


async def write_off_proposals(
    db: Any, *, branches: Sequence[str] | None, status: str | None, after: tuple[date, UUID] | None, limit: int
) -> list[ProposalRow]:
    """Up to `limit` proposals behind `after` (proposed_on, proposal_id), the oldest first."""
    proposed_on, proposal_id = after or (None, None)
    rows = await db.fetch(
        "select p.*, c.borrower_id, c.branch from write_off_proposals p join cases c using (loan_id)"
        " where ($1::text[] is null or c.branch = any($1)) and ($2::text is null or p.status = $2)"
        " and ($3::date is null or (p.proposed_on, p.proposal_id) > ($3, $4::uuid))"
        " order by p.proposed_on, p.proposal_id limit $5",
        *(branches, status, proposed_on, proposal_id, limit),
    )
    return [ProposalRow(**row, **_money(row), as_of=row["proposed_on"]) for row in rows]


async def contacts_about(
    db: Any, loan_id: UUID, *, after: tuple[date, time, UUID] | None, limit: int
) -> list[ContactRow]:
    """Up to `limit` contacts about a loan behind `after` (contacted_on, local_time, contact_id), the latest first."""
    on, at, contact_id = after or (None, None, None)
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


def _standing(row: Any, on: date) -> dict[str, Any]:
    """How long past due, and what is to be done: `Case` reckons the same from its facts."""
    days = days_past_due(row["overdue_since"], min(on, row["written_off_on"] or on))
    stage = stage_of(days) if days and row["status"] == "open" else None
    actions = list(strategy_on(on).plans[stage].actions) if stage else []
    return {"as_of": on, "days_past_due": days, "stage": stage, "actions": actions}


def _money(row: Any) -> dict[str, Any]:
    return {
        "amounts_as_of": row["amounts_on"],
        "overdue": Money(row["overdue_minor"], row["currency"]),
        "outstanding_principal": Money(row["outstanding_principal_minor"], row["currency"]),
    }
