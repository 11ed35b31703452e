"""Facts → the read models of collection: the work list of cases, promises, write-off proposals, contacts.

No row holds what people wrote: reasons and papers are read from the case itself. A case's stage and priority are as
of its last fact; what is shown of either is reckoned for the day it is read.
"""

from datetime import date
from typing import Any
from uuid import UUID

from services.collection.domain.delinquency import overdue_since, priority, stage_of
from services.collection.domain.events import (
    CaseAged,
    CaseClosed,
    CaseCured,
    CaseOpened,
    CaseRescheduled,
    CaseWrittenOff,
    ClassificationNoted,
    ContactRecorded,
    InstallmentJoinedCase,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    RepaymentNoted,
    WriteOffProposalApproved,
    WriteOffProposalLapsed,
    WriteOffProposalRefused,
    WriteOffProposalRejected,
    WriteOffProposed,
)
from services.collection.domain.strategy import Stage
from shared.event_store import Recorded
from shared.money import Money
from shared.projection import Projection

CASES = """
create table cases(
  loan_id uuid primary key, borrower_id uuid not null, branch text not null, episode int not null,
  status text not null, stage text, overdue_since date, currency text not null,
  overdue_minor bigint not null, outstanding_principal_minor bigint not null, amounts_on date not null,
  broken_promises int not null, priority int not null, opened_on date not null, closed_on date,
  written_off_on date, last_contacted_on date);
create index on cases (status, priority desc, loan_id);
create index on cases (overdue_since) where status = 'open';
create index on cases (borrower_id);
create table case_classifications(loan_id uuid primary key, classification text not null);
"""

PROMISES = """
create table promises(
  promise_id uuid primary key, loan_id uuid not null, currency text not null, amount_minor bigint not null,
  paid_minor bigint not null, made_on date not null, due_on date not null, status text not null, ended_on date);
create index on promises (due_on, loan_id) where status = 'open';
"""

WRITE_OFF_PROPOSALS = """
create table write_off_proposals(
  proposal_id uuid primary key, loan_id uuid not null, status text not null, grounds text[] not null,
  classification text not null, days_past_due int not null, currency text not null,
  overdue_minor bigint not null, outstanding_principal_minor bigint not null, amounts_on date,
  proposed_by text not null, proposed_on date not null, decided_by text, decided_on date, refused_because text);
create index on write_off_proposals (status, proposed_on, proposal_id);
"""

CONTACTS = """
create table contacts(
  contact_id uuid primary key, loan_id uuid not null, borrower_id uuid not null, direction text not null,
  channel text not null, result text not null, contacted_on date not null, local_time time not null,
  recorded_by text not null);
create index on contacts (loan_id, contacted_on desc, local_time desc, contact_id);
"""


async def project_cases(db: Any, recorded: Recorded[Any]) -> None:
    """`cases`: one row per loan that is or was past due, ranked for "whom do I call next?"."""
    match recorded.event:
        case ClassificationNoted() as noted:
            await db.execute(
                "insert into case_classifications values ($1, $2)"
                " on conflict (loan_id) do update set classification = excluded.classification",
                *(noted.loan_id, noted.classification),
            )
        case CaseOpened() as opened:
            await _open_case(db, opened, recorded.meta.branch)
        case (
            InstallmentJoinedCase(joined_on=as_of) | CaseAged(aged_on=as_of) | CaseRescheduled(rescheduled_on=as_of)
        ) as event:
            await db.execute(
                "update cases set stage = coalesce($2, stage), overdue_since = $3, overdue_minor = $4,"
                " outstanding_principal_minor = $5, amounts_on = $6 where loan_id = $1",
                *(event.loan_id, event.stage, overdue_since(event.days_past_due, as_of)),
                *(event.overdue.minor, event.outstanding_principal.minor, as_of),
            )
            await _rank(db, event.loan_id)
        case RepaymentNoted() as repaid:
            await _repay(db, repaid)
        case PromiseBroken() as broken:
            await _count_broken(db, broken.loan_id, 1)
        case PromiseKept(after_broken=True) as kept:
            await _count_broken(db, kept.loan_id, -1)
        case CaseCured() | CaseClosed() | CaseWrittenOff() as ended:
            await _end_case(db, ended)
        case ContactRecorded() as contact:
            await db.execute(
                "update cases set last_contacted_on = greatest(last_contacted_on, $2) where loan_id = $1",
                *(contact.loan_id, contact.contacted_on),
            )
        case _:
            pass


async def _open_case(db: Any, opened: CaseOpened, branch: str) -> None:
    """A new episode takes the row over; broken promises and the last contact are kept."""
    await db.execute(
        "insert into cases values ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10, 0, 0, $10, null, null, null)"
        " on conflict (loan_id) do update set episode = excluded.episode, status = 'open', stage = excluded.stage,"
        " overdue_since = excluded.overdue_since, overdue_minor = excluded.overdue_minor,"
        " outstanding_principal_minor = excluded.outstanding_principal_minor, amounts_on = excluded.amounts_on,"
        " opened_on = excluded.opened_on, closed_on = null, written_off_on = null",
        opened.loan_id,
        opened.borrower_id,
        branch,
        opened.episode,
        opened.stage,
        overdue_since(opened.days_past_due, opened.opened_on),
        opened.overdue.currency,
        opened.overdue.minor,
        opened.outstanding_principal.minor,
        opened.opened_on,
    )
    await _rank(db, opened.loan_id)


async def _repay(db: Any, repaid: RepaymentNoted) -> None:
    """What is left after it; how long past due and outstanding stay as they were where that was not told."""
    days, outstanding = repaid.days_past_due, repaid.outstanding_principal
    await db.execute(
        "update cases set overdue_minor = $2, amounts_on = $3,"
        " outstanding_principal_minor = coalesce($4, outstanding_principal_minor) where loan_id = $1",
        *(repaid.loan_id, repaid.overdue.minor, repaid.received_on),
        None if outstanding is None else outstanding.minor,
    )
    if days is not None:
        await db.execute(
            "update cases set overdue_since = $2, stage = coalesce($3, stage) where loan_id = $1",
            *(repaid.loan_id, overdue_since(days, repaid.received_on), stage_of(days) if days else None),
        )
    await _rank(db, repaid.loan_id)


async def _end_case(db: Any, ended: CaseCured | CaseClosed | CaseWrittenOff) -> None:
    match ended:
        case CaseCured():
            await db.execute(
                "update cases set status = 'cured', overdue_minor = 0, overdue_since = null, closed_on = $2,"
                " amounts_on = $2 where loan_id = $1",
                *(ended.loan_id, ended.cured_on),
            )
        case CaseClosed():
            await db.execute(
                "update cases set status = 'closed', overdue_minor = 0, outstanding_principal_minor = 0,"
                " overdue_since = null, closed_on = $2, amounts_on = $2 where loan_id = $1",
                *(ended.loan_id, ended.closed_on),
            )
        case CaseWrittenOff():
            await db.execute(
                "update cases set status = 'written_off_recovery', stage = null, overdue_minor = $2,"
                " outstanding_principal_minor = $3, amounts_on = $4, written_off_on = $4, closed_on = null"
                " where loan_id = $1",
                ended.loan_id,
                ended.claim.minor,
                ended.principal.minor,
                ended.written_off_on,
            )
    await _rank(db, ended.loan_id)


async def _count_broken(db: Any, loan_id: UUID, more: int) -> None:
    await db.execute("update cases set broken_promises = broken_promises + $2 where loan_id = $1", loan_id, more)
    await _rank(db, loan_id)


async def _rank(db: Any, loan_id: UUID) -> None:
    """Place the case anew in the work list; a case without anything to collect has no rank."""
    row = await db.fetchrow(
        "select status, stage, broken_promises, overdue_minor, currency from cases where loan_id = $1", loan_id
    )
    collected = row["status"] in {"open", "written_off_recovery"}
    stage = Stage(row["stage"]) if row["stage"] else None
    overdue = Money(row["overdue_minor"], row["currency"])
    rank = priority(stage, row["broken_promises"], overdue) if collected else 0
    await db.execute("update cases set priority = $2 where loan_id = $1", loan_id, rank)


async def project_promises(db: Any, recorded: Recorded[Any]) -> None:
    """`promises`: one row per promise, for "which ones are due?"."""
    match recorded.event:
        case PromiseMade() as made:
            await db.execute(
                "insert into promises values ($1, $2, $3, $4, 0, $5, $6, 'open', null)",
                made.promise_id,
                made.loan_id,
                made.amount.currency,
                made.amount.minor,
                made.made_on,
                made.due_on,
            )
        case RepaymentNoted() as repaid:
            for credit in repaid.promise_credits:
                await db.execute(
                    "update promises set paid_minor = paid_minor + $2 where promise_id = $1",
                    credit.promise_id,
                    credit.amount.minor,
                )
        case PromiseKept() as kept:
            await _end_promise(db, kept.promise_id, "kept", kept.kept_on)
        case PromiseBroken() as broken:
            await _end_promise(db, broken.promise_id, "broken", broken.broken_on)
        case _:
            pass


async def _end_promise(db: Any, promise_id: UUID, status: str, on: date) -> None:
    await db.execute("update promises set status = $2, ended_on = $3 where promise_id = $1", promise_id, status, on)


async def project_write_off_proposals(db: Any, recorded: Recorded[Any]) -> None:
    """`write_off_proposals`: one row per proposal, for "what waits for me to decide?"."""
    match recorded.event:
        case WriteOffProposed() as proposed:
            await db.execute(
                "insert into write_off_proposals values ($1, $2, 'proposed', $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                proposed.proposal_id,
                proposed.loan_id,
                list(proposed.grounds),
                proposed.classification,
                proposed.days_past_due,
                proposed.overdue.currency,
                proposed.overdue.minor,
                proposed.outstanding_principal.minor,
                proposed.amounts_on,
                proposed.proposed_by,
                proposed.proposed_on,
            )
        case WriteOffProposalApproved() as one:
            await _decide(db, one.proposal_id, "approved", one.approved_by, one.approved_on)
        case WriteOffProposalRejected() as one:
            await _decide(db, one.proposal_id, "rejected", one.rejected_by, one.rejected_on)
        case WriteOffProposalRefused() as one:
            await _move_proposal(db, one.proposal_id, "refused", one.reason)
        case WriteOffProposalLapsed() as one:
            await _move_proposal(db, one.proposal_id, "lapsed")
        case CaseWrittenOff() as one:
            await _move_proposal(db, one.proposal_id, "applied")
        case _:
            pass


async def _decide(db: Any, proposal_id: UUID, status: str, person: str, on: date) -> None:
    await db.execute(
        "update write_off_proposals set status = $2, decided_by = $3, decided_on = $4 where proposal_id = $1",
        *(proposal_id, status, person, on),
    )


async def _move_proposal(db: Any, proposal_id: UUID, status: str, refused_because: str | None = None) -> None:
    await db.execute(
        "update write_off_proposals set status = $2, refused_because = $3 where proposal_id = $1",
        *(proposal_id, status, refused_because),
    )


async def project_contacts(db: Any, recorded: Recorded[Any]) -> None:
    """`contacts`: one row per contact; what was said stays in the log, under the debtor's own key."""
    match recorded.event:
        case ContactRecorded() as contact:
            await db.execute(
                "insert into contacts values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                contact.contact_id,
                contact.loan_id,
                contact.borrower_id,
                contact.direction,
                contact.channel,
                contact.result,
                contact.contacted_on,
                contact.local_time,
                recorded.meta.actor,
            )
        case _:
            pass


projections = (
    Projection(name="cases", tables=CASES, project=project_cases),
    Projection(name="promises", tables=PROMISES, project=project_promises),
    Projection(name="write_off_proposals", tables=WRITE_OFF_PROPOSALS, project=project_write_off_proposals),
    Projection(name="contacts", tables=CONTACTS, project=project_contacts),
)
