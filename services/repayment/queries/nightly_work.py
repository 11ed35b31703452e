"""The work of the nightly run: which loans, in which chunks, who works on what, and how far it has come.

A chunk is a part of the portfolio in one night. It is claimed by a lease that runs out unless its holder renews it, so
the work of a process that died is taken up by the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

OPERATIONAL_TABLES = """
create table if not exists end_of_day_runs(
  business_date date primary key, client text, key text, opened_on date, closed_at timestamptz,
  started_at timestamptz not null default clock_timestamp(), unique (client, key));
create table if not exists end_of_day_chunks(
  business_date date, chunk int, legal_entity text not null, branch text not null, currency text not null,
  loans int not null,
  accrued int not null default 0, aged int not null default 0, billed int not null default 0,
  lease_until timestamptz, done_at timestamptz, primary key (business_date, chunk));
create table if not exists quarantined_loans(
  business_date date, loan_id uuid, step text, reason text not null,
  at timestamptz not null default clock_timestamp(), primary key (business_date, loan_id, step));
"""

LEASE_SECONDS = 15.0
"""A chunk whose holder has not renewed it for so long is anybody's; accrued twice it is not even then."""


@dataclass(frozen=True)
class Chunk:
    """A part of the portfolio, of one branch and one currency, worked on together; how many loans it had."""

    no: int
    legal_entity: str
    branch: str
    currency: str
    loans: int


async def plan(db: Any, on: date) -> None:
    """Put on the list, once for a night, every part with loans that accrue or have yet to reach their final target."""
    async with db.transaction():
        await keep_others_out(db)
        planned = await db.fetchval(
            "insert into end_of_day_runs(business_date) values ($1) on conflict do nothing returning true", on
        )
        if planned:
            await db.execute(
                "insert into end_of_day_chunks(business_date, chunk, legal_entity, branch, currency, loans)"
                " select $1, part, legal_entity, branch, currency, loans from loan_parts where loans > 0",
                on,
            )


async def keep_others_out(db: Any) -> None:
    """Until the transaction ends nobody else begins a night, or does for one loan what a night does for all."""
    await db.execute("select pg_advisory_xact_lock(hashtext('end of day:' || current_schema()))")


async def is_running(db: Any, on: date) -> bool:
    """Whether somebody has begun the night of `on` or a later one, and nobody has ended it."""
    running: bool = await db.fetchval(
        "select exists(select from end_of_day_runs where business_date >= $1 and closed_at is null)", on
    )
    return running


async def part_left_out(db: Any, loan_id: UUID, night: date) -> int | None:
    """The part of a loan that has yet to accrue for a night that was run; None where it has."""
    part: int | None = await db.fetchval(
        "select part from accruing a where loan_id = $1 and disbursed_on <= $2"
        " and exists(select from end_of_day_runs where business_date = $2 and closed_at is not null)"
        " and not exists(select from accruals b where b.part = a.part and b.loan_id = a.loan_id and b.accrued_on = $2)",
        loan_id,
        night,
    )
    return part


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
        "update end_of_day_chunks set lease_until = clock_timestamp() + make_interval(secs => $2)"
        " where (business_date, chunk) = (select business_date, chunk from end_of_day_chunks"
        " where business_date = $1 and done_at is null and coalesce(lease_until < clock_timestamp(), true)"
        " order by chunk limit 1 for update skip locked)"
        " returning chunk, legal_entity, branch, currency, loans",
        on,
        LEASE_SECONDS,
    )
    return Chunk(*row) if row else None


async def renew(db: Any, on: date, chunks: Sequence[int]) -> None:
    """Keep the leases of chunks that are still worked on."""
    await db.execute(
        "update end_of_day_chunks set lease_until = clock_timestamp() + make_interval(secs => $3)"
        " where business_date = $1 and chunk = any($2) and done_at is null",
        on,
        chunks,
        LEASE_SECONDS,
    )


async def done(db: Any, on: date, chunk: int, *, accrued: int, aged: int, billed: int) -> None:
    await db.execute(
        "update end_of_day_chunks set done_at = clock_timestamp(), accrued = $3, aged = $4, billed = $5"
        " where business_date = $1 and chunk = $2 and done_at is null",
        on,
        chunk,
        accrued,
        aged,
        billed,
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
        "select count(*)::int chunks, coalesce(sum(loans), 0)::int loans, coalesce(sum(accrued), 0)::int accrued,"
        " coalesce(sum(billed), 0)::int billed, coalesce(sum(aged), 0)::int aged"
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


async def progress(db: Any) -> dict[str, Any] | None:
    """How far the newest night has come; None when there was none yet."""
    row = await db.fetchrow(
        "select r.business_date, r.started_at, r.closed_at, coalesce(sum(c.loans), 0)::int loans,"
        " coalesce(sum(c.loans) filter (where done_at is not null), 0)::int loans_done, count(c.chunk)::int chunks,"
        " count(c.chunk) filter (where done_at is not null)::int chunks_done,"
        " extract(epoch from coalesce(closed_at, clock_timestamp()) - started_at)::float8 seconds"
        " from end_of_day_runs r left join end_of_day_chunks c using (business_date)"
        " where business_date = (select max(business_date) from end_of_day_runs)"
        " group by r.business_date, r.started_at, r.closed_at"
    )
    return dict(row) if row else None
