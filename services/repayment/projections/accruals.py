"""`accruals`, what each loan earned each night, a partition a day; and `accruing`, what the next night works from.

A row of `accruing` says in one place all that the night asks of a loan whose interest runs in the plain way: which
row of the schedule runs, from when, on what, at which rate. It follows from `loans` and `installments` alone and is
made anew after each fact, so that a night reads a million narrow rows and not their schedules. Each loan belongs to a
part of the portfolio for life; a part is worked on as a whole, and its rows of a night lie side by side.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.repayment.domain.accrual import MONTH_DAYS_MAX
from services.repayment.domain.events import InstallmentsBilled, InterestAccrued
from shared.event_store import Metadata

PART_SIZE = 2000
RATE_SCALE = 10_000
"""Rates are kept as whole numbers of a ten-thousandth of a percent."""
PRODUCT_MAX = 4 * 10**18
"""Balance × rate × days stays below this, so that a sum of two fits a bigint; a loan above it is not `plain`."""

ACCRUALS = """
create table loan_parts (
  part int primary key, legal_entity text not null, branch text not null, currency text not null, loans int not null);
create table accruing (
  loan_id uuid primary key, part int not null, disbursed_on date not null, closed bool not null, plain bool not null,
  interest_before bigint not null, penalty_before bigint not null,
  row_no int, begins_on date, due_on date, interest bigint, adjustment bigint,
  runs_from date, balance bigint, rate bigint, product bigint, by_months bool,
  unpaid_since date, unmarked_since date, settled_on date not null, penalty_rate bigint,
  days_past_due int not null, credit bigint not null, billed_until date not null,
  next_reset_on date) with (fillfactor = 80);
create index on accruing (part);
create index on accruing (part) where closed;
create table accruals (
  loan_id uuid not null, accrued_on date not null, interest bigint not null, penalty bigint not null,
  interest_total bigint not null, penalty_total bigint not null, part int not null) partition by range (accrued_on);
create index on accruals (part);
create table accrual_nights (night date primary key);
create function add_night(night date) returns void language plpgsql security definer set search_path from current as $$
declare name text := format('%I.%I', current_schema(), 'accruals_' || to_char(night, 'YYYYMMDD'));
begin
  if to_regclass(name) is null then
    execute format('create table %s (like %I.accruals including indexes)', name, current_schema());
    execute format('alter table %I.accruals attach partition %s for values from (%L) to (%L)',
      current_schema(), name, night, night + 1);
  end if;
end $$;
"""

_PLACE = """
with found as (select min(part) part from loan_parts
  where (legal_entity, branch, currency) = ($2, $3, $4) and loans < $5),
begun as (
  insert into loan_parts select coalesce(max(part), 0) + 1, $2, $3, $4, 0 from loan_parts
  having not exists (select from found where part is not null) returning part)
update loans set part = coalesce((select part from found), (select part from begun)) where loan_id = $1"""

_COLUMNS = """loan_id, part, disbursed_on, closed, plain, interest_before, penalty_before,
  row_no, begins_on, due_on, interest, adjustment, runs_from, balance, rate, product, by_months,
  unpaid_since, unmarked_since, settled_on, penalty_rate, days_past_due, credit, billed_until, next_reset_on"""
_NAMES = [name.strip() for name in _COLUMNS.split(",")]

_COUNTED = """update loan_parts p set loans = p.loans + n.n
from (select part, count(*) n from put where is_new group by part) n where p.part = n.part"""

_OPEN = f"""
with asked as materialized (
  select l.*, greatest(coalesce(a.billed_until, l.disbursed_on), $2) billed_until
  from loans l left join accruing a using (loan_id) where l.loan_id = any($1) and l.status = 'open'),
running as (
  select l.*, r.no, r.starts_on, r.due_on, r.interest, r.adjustment,
    coalesce(s.runs_from, r.starts_on) runs_from, coalesce(s.product, 0) product,
    coalesce(s.balance, case when l.repayment_method = 'flat' then l.principal else r.balance end) balance,
    coalesce(s.rate, l.annual_rate_percent) * {RATE_SCALE} rate, l.penalty_rate_percent * {RATE_SCALE} penalty_rate,
    l.day_count = '30/360' and r.due_on - r.starts_on > {MONTH_DAYS_MAX} by_months,
    coalesce(s.whole, true) whole, s.runs_from is not null staged, d.interest_before, d.unpaid_since, d.unmarked_since
  from asked l
  left join lateral (select * from installments i where i.loan_id = l.loan_id and i.due_on > l.billed_until
    order by i.no limit 1) r on true
  left join lateral (
    select max(begun) runs_from, (array_agg(balance order by n desc))[1] balance,
      (array_agg(rate order by n desc))[1] rate,
      sum(case when next is not null then balance * rate * {RATE_SCALE} * (next - begun) end) product,
      bool_and(rate * {RATE_SCALE} = trunc(rate * {RATE_SCALE})) whole
    from (select n, (part->>0)::date begun, (part->>1)::numeric balance, (part->>2)::numeric rate,
        lead((part->>0)::date) over (order by n) next
      from jsonb_array_elements(r.stretches) with ordinality parts(part, n)) stretch) s on r.stretches is not null
  cross join lateral (select coalesce(sum(interest) filter (where due_on <= l.billed_until), 0) interest_before,
    min(due_on) filter (where not paid) unpaid_since, min(due_on) filter (where not paid and not fell_overdue)
    unmarked_since from installments i where i.loan_id = l.loan_id) d),
judged as (
  select *, whole and not (staged and coalesce(by_months, false)) and rate between 0 and 10000000
    and penalty_rate between 0 and 10000000 and rate = trunc(rate) and penalty_rate = trunc(penalty_rate)
    and product + balance * rate * (due_on - starts_on + 31) < {PRODUCT_MAX} fits from running),
put as (
insert into accruing as old ({_COLUMNS})
select loan_id, part, disbursed_on, false,
  case when no is null then penalty_rate between 0 and 10000000 and penalty_rate = trunc(penalty_rate) else fits end,
  interest_before, penalty_settled + compound_settled, no, starts_on, due_on, interest, adjustment, runs_from, balance,
  case when fits then rate end, case when fits then product end, by_months, unpaid_since, unmarked_since, settled_on,
  case when penalty_rate between 0 and 10000000 then penalty_rate end, days_past_due, credit, billed_until,
  next_reset_on
from judged
on conflict (loan_id) do update set {", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])}
returning part, xmax = 0 as is_new)
{_COUNTED}"""

_CLOSED = f"""
with put as (
insert into accruing (loan_id, part, disbursed_on, closed, plain, interest_before, penalty_before, settled_on,
  days_past_due, credit, billed_until)
select loan_id, part, disbursed_on, true, true, interest_charged, penalty_charged, settled_on, 0, 0, settled_on
from loans where loan_id = any($1) and status <> 'open'
on conflict (loan_id) do update set closed = true, plain = true, row_no = null, due_on = null, unpaid_since = null,
  unmarked_since = null, interest_before = excluded.interest_before, penalty_before = excluded.penalty_before
returning part, xmax = 0 as is_new)
{_COUNTED}"""

_NEXT_ROW = f"""
update accruing a set billed_until = $1, interest_before = a.interest_before + a.interest,
  row_no = next.no, begins_on = next.starts_on, due_on = next.due_on, interest = next.interest, adjustment = 0,
  runs_from = next.starts_on, product = 0, balance = next.balance
from unnest(('{{' || $2 || '}}')::uuid[], ('{{' || $3 || '}}')::int[]) due(loan_id, no)
cross join lateral (select * from installments i where i.loan_id = due.loan_id and i.no > due.no
  order by i.no limit 1) next
join loans l on l.loan_id = due.loan_id
where a.loan_id = due.loan_id and a.row_no = due.no and a.plain and next.due_on > $1 and next.stretches is null
  and next.adjustment = 0 and l.repayment_method <> 'flat' and a.rate = l.annual_rate_percent * {RATE_SCALE}
  and not a.by_months and next.due_on - next.starts_on <= {MONTH_DAYS_MAX} and next.balance <= a.balance"""

_LEFT = "select loan_id from accruing where loan_id = any(('{' || $1 || '}')::uuid[]) and billed_until < $2"

_NIGHT = """
insert into accruals (loan_id, accrued_on, interest, penalty, interest_total, penalty_total, part)
select loan_id, $1, interest, penalty, interest_total, penalty_total, $2
from unnest(('{' || $3 || '}')::uuid[], ('{' || $4 || '}')::bigint[], ('{' || $5 || '}')::bigint[],
  ('{' || $6 || '}')::bigint[], ('{' || $7 || '}')::bigint[])
  a(loan_id, interest, penalty, interest_total, penalty_total)"""

_OLD_NIGHT = """
insert into accruals (loan_id, accrued_on, interest, penalty, interest_total, penalty_total, part)
select a.loan_id, $1, a.interest, a.penalty, a.interest + coalesce(b.interest_total, 0),
  a.penalty + coalesce(b.penalty_total, 0), l.part
from unnest(('{' || $2 || '}')::uuid[], ('{' || $3 || '}')::bigint[], ('{' || $4 || '}')::bigint[])
  a(loan_id, interest, penalty)
join loans l using (loan_id)
left join lateral (select interest_total, penalty_total from accruals b where b.part = l.part
  and b.loan_id = a.loan_id order by accrued_on desc limit 1) b on true"""

_FINISHED = """
with gone as (
  delete from accruing a using accruals n where a.closed and a.part = any($1) and n.part = a.part
    and n.accrued_on = date '{night}' and n.loan_id = a.loan_id
    and (n.interest_total, n.penalty_total) = (a.interest_before, a.penalty_before) returning a.part)
update loan_parts p set loans = p.loans - g.n from (select part, count(*) n from gone group by part) g
where g.part = p.part"""


async def place(db: Any, loan_id: UUID, meta: Metadata, currency: str) -> None:
    """Give a loan that was booked its part: the first of its branch and currency that has room."""
    await db.execute(_PLACE, loan_id, meta.legal_entity, meta.branch, currency, PART_SIZE)


async def refresh(db: Any, loan_ids: Sequence[UUID], on: date) -> None:
    """Say anew what the next night has to know of these loans, after a fact of business date `on`.

    What is due on that date counts as billed: it is, as soon as the date has come.
    """
    await db.execute(_OPEN, loan_ids, on)
    await db.execute(_CLOSED, loan_ids)


async def work_off(db: Any, event: InterestAccrued | InstallmentsBilled) -> None:
    """What a fact of a part of the portfolio does to its loans."""
    await (_accrue(db, event) if isinstance(event, InterestAccrued) else _bill(db, event))


async def _accrue(db: Any, event: InterestAccrued) -> None:
    """A row for each line. A closed loan that has reached its final target leaves the night's work."""
    lines, night = event.lines, event.accrued_on
    await db.execute("select add_night($1)", night)
    await db.execute("insert into accrual_nights values ($1) on conflict do nothing", night)
    told = [lines.loan_ids, lines.interest, lines.penalty]
    if lines.interest_so_far is None or lines.penalty_so_far is None:
        await db.execute(_OLD_NIGHT, night, *told)
        parts = [row[0] for row in await db.fetch("select distinct part from accruing where closed")]
    else:
        await db.execute(_NIGHT, night, event.chunk, *told, lines.interest_so_far, lines.penalty_so_far)
        parts = [event.chunk]
    if await db.fetchval("select exists(select from accruing where closed and part = any($1))", parts):
        await db.execute(_FINISHED.format(night=night), parts)


async def _bill(db: Any, event: InstallmentsBilled) -> None:
    """The next row of each of these schedules runs from now on; in the plain way where it can, else made anew."""
    await db.execute(_NEXT_ROW, event.billed_on, event.loan_ids, event.installment_nos)
    if left := [row[0] for row in await db.fetch(_LEFT, event.loan_ids, event.billed_on)]:
        await refresh(db, left, event.billed_on)
