"""What the accounts came to by day and branch, and the loans' sub-ledger; the cost does not grow with history.

Amounts are minor units, debit less credit where they are a balance.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from shared.database import fetch_one

TRIAL_BALANCE = """
select a.currency, case when $4 then a.branch end branch, a.account,
  sum(coalesce(before.balance, 0))::bigint opening,
  sum(coalesce(moved.debit, 0))::bigint debit, sum(coalesce(moved.credit, 0))::bigint credit,
  sum(coalesce(moved.transferred, 0))::bigint transferred
from ledger_accounts a
left join lateral (
  select closing balance from ledger_days d
  where (d.legal_entity, d.branch, d.currency, d.account) = (a.legal_entity, a.branch, a.currency, a.account)
    and d.day < $1 order by d.day desc limit 1) before on true
left join lateral (
  select sum(debit) debit, sum(credit) credit, sum(transferred) transferred from ledger_days d
  where (d.legal_entity, d.branch, d.currency, d.account) = (a.legal_entity, a.branch, a.currency, a.account)
    and d.day between $1 and $2) moved on true
where ($3::text[] is null or a.branch = any($3))
group by 1, 2, 3 having bool_or(before.balance is not null or moved.debit is not null) order by 1, 2, 3"""

ACCRUED = """
  left join accruing w using (loan_id)
  left join accruals n on n.part = l.part and n.loan_id = l.loan_id
    and n.accrued_on = (select max(night) from accrual_nights)
  cross join lateral (select
    case when n.loan_id is not null then n.interest_total when w.loan_id is null then l.interest_charged
      else coalesce((select interest_total from accruals b where b.part = l.part and b.loan_id = l.loan_id
        and b.accrued_on >= l.disbursed_on order by accrued_on desc limit 1), 0) end interest_accrued,
    case when n.loan_id is not null then n.penalty_total when w.loan_id is null then l.penalty_charged
      else coalesce((select penalty_total from accruals b where b.part = l.part and b.loan_id = l.loan_id
        and b.accrued_on >= l.disbursed_on order by accrued_on desc limit 1), 0) end penalty_accrued) accrued"""
# What a loan has accrued stands in its row of the last night; one that has left the nights accrued what it was charged.

_CONTROL = f"""
with loans_say as (
  select l.branch, l.currency, control, sum(minor)::bigint minor from loans l
  join loan_receivables using (loan_id) {ACCRUED}
  cross join lateral (values
    ('loan', outstanding),
    ('interest_receivable', interest_accrued - interest_taken),
    ('penalty_receivable', penalty_accrued - penalty_taken),
    ('held', -l.credit),
    ('written_off_claims', claim)) v(control, minor)
  where $1::text[] is null or l.branch = any($1) group by l.branch, l.currency, control),
ledger_says as (
  select branch, currency, c.key control, sum(last.balance)::bigint minor from ledger_accounts a
  join unnest($2::text[], $3::text[]) c(key, code) on c.code = a.account
  cross join lateral (
    select closing balance from ledger_days d
    where (d.legal_entity, d.branch, d.currency, d.account) = (a.legal_entity, a.branch, a.currency, a.account)
    order by d.day desc limit 1) last
  where $1::text[] is null or branch = any($1) group by branch, currency, control)
select branch, currency, control, coalesce(l.minor, 0) sub_ledger, coalesce(g.minor, 0) general_ledger
from loans_say l full join ledger_says g using (branch, currency, control)
where coalesce(l.minor, 0) <> 0 or coalesce(g.minor, 0) <> 0 order by currency, branch, control"""

_SUB_LEDGER = f"""
select l.loan_id, l.borrower_id, l.branch, l.currency, l.status, l.outstanding,
  interest_accrued - interest_taken interest, penalty_accrued - penalty_taken penalty, l.credit, l.claim, l.provision
from loans l join loan_receivables using (loan_id) {ACCRUED}
where ($1::text[] is null or l.branch = any($1)) and ($2::uuid is null or l.loan_id > $2)
order by l.loan_id limit $3"""

CONTROLS = ("loan", "interest_receivable", "penalty_receivable", "held", "written_off_claims")
"""The accounts of the chart that the loans explain, each to the fen."""


async def trial_balance(
    db: Any, first: date, last: date, *, branches: Sequence[str] | None, by_branch: bool
) -> list[dict[str, Any]]:
    """Each account that was ever posted: its opening on `first` and its movement until `last`, both included."""
    return [dict(row) for row in await db.fetch(TRIAL_BALANCE, first, last, branches, by_branch)]


async def control(
    db: Any, *, branches: Sequence[str] | None, codes: dict[str, str]
) -> tuple[bool, list[dict[str, Any]]]:
    """What the loans say beside what the ledger says, by branch; and whether both have read as far in the log."""
    async with db.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        level = await fetch_one(
            connection,
            "select count(distinct pos) = 1 and min(pos) = (select pos from log_head) level from checkpoints"
            " where name in ('loans', 'journal')",
        )
        rows = await connection.fetch(_CONTROL, branches, list(CONTROLS), [codes[key] for key in CONTROLS])
    return bool(level["level"]), [dict(row) for row in rows]


async def sub_ledger(
    db: Any, *, branches: Sequence[str] | None, after: tuple[UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """Each loan's part of the control accounts, in the order of their ids."""
    [loan_id] = after or (None,)
    return [dict(row) for row in await db.fetch(_SUB_LEDGER, branches, loan_id, limit)]
