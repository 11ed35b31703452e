"""Which loans there are, and what they owe on a date."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

_LOANS = """
select l.loan_id, l.contract_id, l.application_id, l.borrower_id, l.branch, l.currency, l.principal, l.outstanding,
  l.credit, l.claim, l.rate_percent annual_rate_percent,
  l.repayment_method, l.disbursed_on, l.maturity_on, l.status, l.closed_on,
  l.classification, l.provision, coalesce(late.principal, 0) overdue_principal, coalesce(late.interest, 0)
  overdue_interest, coalesce($1 - late.since, 0) days_past_due, next.due_on next_due_on
from loans l
left join lateral (
  select sum(principal - principal_paid)::bigint principal, sum(interest - interest_paid)::bigint interest,
    min(due_on) since
  from installments i where i.loan_id = l.loan_id and not paid and due_on < $1) late on l.status = 'open'
left join lateral (
  select min(due_on) due_on from installments i where i.loan_id = l.loan_id and not paid and due_on >= $1) next
  on l.status = 'open'
where ($2::text[] is null or l.branch = any($2))
  and ($3::text is null or l.status = $3)
  and ($4::uuid is null or l.borrower_id = $4)
  and ($5::bool is null or (late.since is not null) = $5)
  and ($6::date is null or (l.disbursed_on, l.loan_id) > ($6, $7::uuid))
order by l.disbursed_on, l.loan_id limit $8"""


async def loans(
    db: Any,
    *,
    on: date,
    branches: Sequence[str] | None,
    status: str | None,
    borrower_id: UUID | None,
    overdue: bool | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Loans by drawdown date; what is overdue is as of `on`: an instalment due on that day is not."""
    drawn_on, loan_id = after or (None, None)
    rows = await db.fetch(_LOANS, on, branches, status, borrower_id, overdue, drawn_on, loan_id, limit)
    return [dict(row) for row in rows]


async def accruals(
    db: Any, loan_id: UUID, *, branches: Sequence[str] | None, after: tuple[date] | None, limit: int
) -> list[dict[str, Any]]:
    """What a loan accrued night by night, the last night first."""
    loan = await db.fetchrow(
        "select part, currency, disbursed_on from loans"
        " where loan_id = $1 and ($2::text[] is null or branch = any($2))",
        loan_id,
        branches,
    )
    if loan is None:
        return []
    (before,) = after or (date.max,)
    # The days as text of the query: then only the partitions since the drawdown are planned for and looked at.
    rows = await db.fetch(
        f"select accrued_on, interest, penalty, interest_total, penalty_total, $3::text currency from accruals"
        f" where part = $2 and loan_id = $1 and accrued_on >= date '{loan['disbursed_on']}'"
        f" and accrued_on < date '{before}' order by accrued_on desc limit $4",
        loan_id, loan["part"], loan["currency"], limit,
    )  # fmt: skip
    return [dict(row) for row in rows]
