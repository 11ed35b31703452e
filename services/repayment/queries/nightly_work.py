"""The work of the nightly run: which loans, in which chunks, who works on what, and what each loan accrues from.

A chunk is claimed by a lease that runs out, so the work of a process that died is taken up by the next.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from services.repayment.domain.accrual import AccrualBasis, AccrualRow
from services.repayment.domain.ageing import DELINQUENCY_BORDERS
from services.repayment.domain.installment import Stretch
from shared.money import Money

OPERATIONAL_TABLES = """
create table if not exists end_of_day_runs(
  business_date date primary key, client text, key text, opened_on date, closed_at timestamptz,
  started_at timestamptz not null default clock_timestamp(), unique (client, key));
create table if not exists end_of_day_chunks(
  business_date date, chunk int, legal_entity text not null, branch text not null, currency text not null,
  loan_ids uuid[] not null, accrued int not null default 0, aged int not null default 0,
  lease_until timestamptz, done_at timestamptz, primary key (business_date, chunk));
create table if not exists quarantined_loans(
  business_date date, loan_id uuid, step text, reason text not null,
  at timestamptz not null default clock_timestamp(), primary key (business_date, loan_id, step));
"""

LEASE = "15 seconds"
"""Far longer than a chunk takes; a chunk that is worked on twice all the same is accrued once."""


@dataclass(frozen=True)
class Chunk:
    """Loans of one branch and one currency, worked on together."""

    no: int
    legal_entity: str
    branch: str
    currency: str
    loan_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Accruable:
    """A loan's accrual so far, and what its target follows from.

    A loan that has left the books has no `basis` any more but a fixed target `charged`
    (interest, penalty with compound).
    """

    loan_id: UUID
    interest_accrued: int
    penalty_accrued: int
    basis: AccrualBasis | None
    charged: tuple[int, int] = (0, 0)

    @classmethod
    def read(cls, loan: Any, rows: Sequence[Any]) -> "Accruable":
        """From the loan's row and its instalments'; ValueError where they make no sense."""
        booked = (loan["loan_id"], loan["interest_accrued"], loan["penalty_accrued"])
        if loan["status"] != "open":
            return cls(*booked, None, (loan["interest_charged"], loan["penalty_charged"]))
        return cls(*booked, _basis(loan, rows))


async def plan(db: Any, on: date, chunk_size: int) -> None:
    """Share out, once for a night, every loan that accrues or has yet to reach its final target."""
    async with db.transaction():
        planned = await db.fetchval(
            "insert into end_of_day_runs(business_date) values ($1) on conflict do nothing returning true", on
        )
        if not planned:
            return
        await db.execute(
            "insert into end_of_day_chunks(business_date, chunk, legal_entity, branch, currency, loan_ids)"
            " select $1, row_number() over (order by legal_entity, branch, currency, part), legal_entity, branch,"
            " currency, loan_ids from (select legal_entity, branch, currency, part, array_agg(loan_id) loan_ids"
            " from (select loan_id, legal_entity, branch, currency, (row_number() over"
            " (partition by legal_entity, branch, currency order by loan_id) - 1) / $2::int part from loans"
            " where status = 'open' or (interest_accrued, penalty_accrued) <> (interest_charged, penalty_charged)"
            " ) numbered group by 1, 2, 3, 4) shared",
            on,
            chunk_size,
        )


async def remember_key(db: Any, on: date, client: str, key: str) -> None:
    """The request that asked for this night: asked again, it is told of the same night."""
    await db.execute(
        "update end_of_day_runs set client = $2, key = $3 where business_date = $1 and key is null", on, client, key
    )


async def night_of_key(db: Any, client: str, key: str) -> date | None:
    night: date | None = await db.fetchval(
        "select business_date from end_of_day_runs where client = $1 and key = $2", client, key
    )
    return night


async def claim(db: Any, on: date) -> Chunk | None:
    """A chunk that nobody works on, leased; None when there is none at this moment."""
    row = await db.fetchrow(
        "update end_of_day_chunks set lease_until = clock_timestamp() + $2::text::interval"
        " where (business_date, chunk) = (select business_date, chunk from end_of_day_chunks"
        " where business_date = $1 and done_at is null and coalesce(lease_until < clock_timestamp(), true)"
        " order by chunk limit 1 for update skip locked) returning *",
        on,
        LEASE,
    )
    if row is None:
        return None
    return Chunk(row["chunk"], row["legal_entity"], row["branch"], row["currency"], tuple(row["loan_ids"]))


async def done(db: Any, on: date, chunk: int, *, accrued: int, aged: int) -> None:
    await db.execute(
        "update end_of_day_chunks set done_at = clock_timestamp(), accrued = $3, aged = $4"
        " where business_date = $1 and chunk = $2",
        on,
        chunk,
        accrued,
        aged,
    )


async def unfinished(db: Any, on: date) -> int:
    """How many chunks of the night are not done, whoever works on them."""
    count: int = await db.fetchval(
        "select count(*) from end_of_day_chunks where business_date = $1 and done_at is null", on
    )
    return count


async def finish(db: Any, on: date, opened_on: date) -> None:
    await db.execute(
        "update end_of_day_runs set opened_on = $2, closed_at = clock_timestamp()"
        " where business_date = $1 and closed_at is null",
        on,
        opened_on,
    )


async def quarantine(db: Any, on: date, loan_id: UUID, step: str, reason: str) -> None:
    await db.execute(
        "insert into quarantined_loans(business_date, loan_id, step, reason) values ($1, $2, $3, $4)"
        " on conflict (business_date, loan_id, step) do update set reason = excluded.reason",
        on,
        loan_id,
        step,
        reason,
    )


async def report(db: Any, on: date) -> dict[str, Any] | None:
    """Counts of the night, and the loans that could not be worked on; None when it was never run."""
    run = await db.fetchrow("select business_date, opened_on from end_of_day_runs where business_date = $1", on)
    if run is None:
        return None
    counts = await db.fetchrow(
        "select count(*)::int chunks, coalesce(sum(cardinality(loan_ids)), 0)::int loans,"
        " coalesce(sum(accrued), 0)::int accrued, coalesce(sum(aged), 0)::int aged"
        " from end_of_day_chunks where business_date = $1",
        on,
    )
    quarantined = await db.fetch(
        "select loan_id, step, reason from quarantined_loans where business_date = $1 order by loan_id, step", on
    )
    return {**dict(run), **dict(counts), "quarantined": [dict(row) for row in quarantined]}


async def last_closed(db: Any) -> date | None:
    night: date | None = await db.fetchval("select max(business_date) from end_of_day_runs where closed_at is not null")
    return night


async def to_age(db: Any, loan_ids: Sequence[UUID], as_of: date) -> list[UUID]:
    """The loans that will bill, be repriced, fall overdue or cross a border by `as_of`; the others say nothing."""
    rows = await db.fetch(
        "select loan_id from loans l where loan_id = any($1) and status = 'open' and ("
        " exists (select from installments i where i.loan_id = l.loan_id"
        " and ((due_on <= $2 and not billed) or (due_on < $2 and not paid and not fell_overdue)))"
        " or next_reset_on <= $2"
        " or width_bucket((select $2 - min(due_on) from installments i where i.loan_id = l.loan_id and not paid"
        " and due_on < $2), $3::int[]) > width_bucket(days_past_due, $3::int[]))",
        loan_ids,
        as_of,
        list(DELINQUENCY_BORDERS),
    )
    return [row["loan_id"] for row in rows]


async def accrual_rows(db: Any, loan_ids: Sequence[UUID], until: date) -> list[tuple[Any, list[Any]]]:
    """Each loan's row and those of its instalments that matter before `until`, in one snapshot."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        loans = await db.fetch(
            "select l.*, coalesce((select sum(interest) from installments i where i.loan_id = l.loan_id and paid"
            " and due_on <= $2), 0)::bigint interest_before from loans l where loan_id = any($1)",
            loan_ids,
            until,
        )
        rows = await db.fetch(
            "select * from installments where loan_id = any($1) and starts_on < $2 and not (paid and due_on <= $2)",
            loan_ids,
            until,
        )
    by_loan: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_loan[row["loan_id"]].append(row)
    return [(loan, by_loan[loan["loan_id"]]) for loan in loans]


def _basis(loan: Any, rows: Sequence[Any]) -> AccrualBasis:
    def money(minor: int) -> Money:
        return Money(minor, loan["currency"])

    return AccrualBasis(
        annual_rate_percent=loan["annual_rate_percent"],
        penalty_rate_percent=loan["penalty_rate_percent"],
        interest_before=money(loan["interest_before"]),
        rows=tuple(
            AccrualRow(
                starts_on=row["starts_on"],
                due_on=row["due_on"],
                balance=money(row["balance"]),
                interest=money(row["interest"]),
                unpaid_principal=money(row["principal"] - row["principal_paid"]),
                unpaid_interest=money(row["interest"] - row["interest_paid"]),
                stretches=_stretches(row["stretches"], money),
                adjustment=money(row["adjustment"]) if row["adjustment"] else None,
            )
            for row in rows
        ),
        penalty_settled=money(loan["penalty_settled"]),
        compound_settled=money(loan["compound_settled"]),
        settled_on=loan["settled_on"],
        day_count=loan["day_count"],
        flat_on=money(loan["principal"]) if loan["repayment_method"] == "flat" else None,
    )


def _stretches(kept: str | None, money: Callable[[int], Money]) -> tuple[Stretch, ...]:
    """The stretches of a row from their JSON: [first day, balance in minor units, rate in percent] each."""
    return tuple(
        Stretch(starts_on=date.fromisoformat(on), balance=money(balance), annual_rate_percent=Decimal(rate))
        for on, balance, rate in (orjson.loads(kept) if kept else ())
    )
