"""A chunk of the night in one statement: what its loans accrue, which instalments fall due, who is to be aged.

The arithmetic is that of `domain.accrual`, in whole numbers: minor units × ten-thousandths of a percent × days, halves
away from nil, as a row whose interest was adjusted may owe less than nothing of it. Tests
hold it equal to the pure function on portfolios drawn at random. What a plain statement cannot say (a row of several
months with stretches, a rate of more places) is left to the pure function by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.repayment.domain.ageing import DELINQUENCY_BORDERS
from services.repayment.domain.day_count import months_and_odd_days
from services.repayment.domain.events import AccrualLines

ONE_DAY = timedelta(days=1)
YEAR = 100 * 360 * 10_000
"""What balance × rate × days is divided by: percent, days of the year, and places of the rate."""

_LINES = """
with worked as materialized (
  select a.*, b.interest_total, b.penalty_total, a.interest_before + case
      when a.due_on is null or a.begins_on >= {until} then 0
      when a.due_on <= {until} then a.interest
      when a.runs_from > {until} then null
      else least(a.interest, a.adjustment + (a.product + a.balance * a.rate
        * (case when a.by_months then m.days else {until} - a.runs_from end) + {half}) / {year}) end interest_target,
    a.penalty_before + case when a.unpaid_since < {until} then (
      select coalesce(div(principal * a.penalty_rate + {half}, {year})
        + sign(interest) * div(abs(interest) * a.penalty_rate + {half}, {year}), 0)::bigint
      from (select sum((principal - principal_paid)::numeric * late) principal,
          sum((interest - interest_paid)::numeric * late) interest
        from (select *, greatest(0, {until} - greatest(a.settled_on, due_on)) late from installments i
          where i.loan_id = a.loan_id and not paid and due_on < {until}) i) late_days) else 0 end penalty_target,
    a.plain and (a.due_on is null or a.due_on >= {until})
      and (b.loan_id is not null or a.disbursed_on >= {night}) is_plain
  from accruing a
  left join accruals b on b.part = $1 and b.loan_id = a.loan_id and b.accrued_on = {before}
  left join unnest($2::date[], $3::int[]) m(begins_on, days) on a.by_months and m.begins_on = a.begins_on
  where a.part = $1),
lines as materialized (
  select loan_id, row_no, coalesce(is_plain and interest_target + penalty_target is not null, false) is_plain,
    interest_target, penalty_target, interest_target - coalesce(interest_total, 0) interest,
    penalty_target - coalesce(penalty_total, 0) penalty,
    not closed and coalesce(due_on < {until} or next_reset_on <= {until} or unmarked_since < {until}
      or (credit > 0 and unpaid_since <= {until})
      or width_bucket({until} - unpaid_since, $4::int[]) > width_bucket(days_past_due, $4::int[]), false) is_to_age,
    not closed and due_on = {until} is_due
  from worked)
select count(*) filter (where is_plain)::int count, string_agg(loan_id::text, ',') filter (where is_plain) loan_ids,
  string_agg(interest::text, ',') filter (where is_plain) interest,
  string_agg(penalty::text, ',') filter (where is_plain) penalty,
  string_agg(interest_target::text, ',') filter (where is_plain) interest_so_far,
  string_agg(penalty_target::text, ',') filter (where is_plain) penalty_so_far,
  coalesce(sum(interest) filter (where is_plain), 0)::bigint interest_sum,
  coalesce(sum(penalty) filter (where is_plain), 0)::bigint penalty_sum,
  count(*) filter (where is_plain and (interest <> 0 or penalty <> 0))::int earning,
  array_agg(loan_id) filter (where not is_plain) others, array_agg(loan_id) filter (where is_to_age) to_age,
  count(*) filter (where is_due and not is_to_age)::int billed,
  string_agg(loan_id::text, ',') filter (where is_due and not is_to_age) billed_loan_ids,
  string_agg(row_no::text, ',') filter (where is_due and not is_to_age) billed_nos
from lines"""


@dataclass(frozen=True)
class ChunkLines:
    """What a chunk comes to: `lines` of the loans worked out here, of which `earning` accrued something.

    `others` are left to the pure function; `to_age` have more to say than that an instalment falls due.
    """

    lines: AccrualLines
    earning: int
    others: tuple[UUID, ...] = ()
    to_age: tuple[UUID, ...] = ()
    billed: int = 0
    billed_loan_ids: str = ""
    billed_nos: str = ""


@dataclass
class NightDays:
    """Interest days until the end of a night by a row's first day, for rows that count whole months."""

    until: date
    days: dict[date, int] = field(default_factory=dict)

    @classmethod
    async def read(cls, db: Any, night: date) -> "NightDays":
        """Of every such row that runs in this night: some hundreds of days, reckoned by the domain's function."""
        until = night + ONE_DAY
        begun = await db.fetch("select distinct begins_on from accruing where by_months and begins_on < $1", until)
        return cls(until, {row[0]: months_and_odd_days(row[0], until) for row in begun})


async def chunk_lines(db: Any, part: int, days: NightDays) -> ChunkLines:
    """A part of the portfolio as the read model has it at this moment.

    The dates stand in the statement as text: then only one day's partition is planned for and looked at.
    """
    until, night = days.until, days.until - ONE_DAY
    row: Mapping[str, Any] = await db.fetchrow(
        _LINES.format(until=f"date '{until}'", night=f"date '{night}'", before=f"date '{night - ONE_DAY}'",
                      year=YEAR, half=YEAR // 2),
        part, list(days.days), list(days.days.values()), list(DELINQUENCY_BORDERS),
    )  # fmt: skip
    told = {name: row[name] if row[name] is not None else "" for name in AccrualLines.model_fields}
    return ChunkLines(
        lines=AccrualLines.model_validate(told),
        earning=row["earning"],
        others=tuple(row["others"] or ()),
        to_age=tuple(row["to_age"] or ()),
        billed=row["billed"],
        billed_loan_ids=row["billed_loan_ids"] or "",
        billed_nos=row["billed_nos"] or "",
    )
