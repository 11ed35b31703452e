"""Fact → rows of the work list: whose use of money must be reported, looked at or judged. No payee stands in a row."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.disbursement.domain.events import LoanDisbursed
from services.disbursement.domain.fund_use import REPORT_DUE_DAYS
from services.disbursement.domain.fund_use_events import FundsMisused, FundUseChecked, FundUseReported, MisuseDismissed
from shared.event_store import Recorded

FUND_USES = """
create table fund_uses (
    drawdown_id uuid primary key,
    contract_id uuid not null,
    borrower_id uuid not null,
    branch text not null,
    currency text not null,
    amount_minor bigint not null,
    reported_minor bigint not null,
    status text not null check (status in ('not_asked', 'due', 'reported', 'to_check', 'proper', 'found', 'misused')),
    flags text[] not null,
    sampled boolean not null,
    due_on date not null,
    checked_by text,
    misused_minor bigint
);
create index on fund_uses (due_on, drawdown_id);
create index on fund_uses (status, due_on, drawdown_id);
"""


async def project_fund_uses(db: Any, recorded: Recorded[Any]) -> None:
    """`fund_uses`: one row a loan; entrusted money is `not_asked` after, but may be checked like any other."""
    match recorded.event:
        case LoanDisbursed() as disbursed:
            status = "not_asked" if disbursed.payment_mode == "entrusted" else "due"
            await db.execute(
                "insert into fund_uses values ($1, $2, $3, $4, $5, $6, 0, $7, '{}', false, $8, null, null)",
                *(disbursed.drawdown_id, disbursed.contract_id, disbursed.terms.borrower_id, recorded.meta.branch),
                *(disbursed.principal.currency, disbursed.principal.minor, status, _due(disbursed.disbursed_on)),
            )
        case FundUseReported() as reported:
            looked_at = bool(reported.flags) or reported.sampled
            await db.execute(
                "update fund_uses set reported_minor = $2, sampled = $3,"
                " flags = array(select distinct unnest(flags || $4::text[]) order by 1),"
                " status = case when status in ('found', 'misused') then status"
                " when $5 or flags <> '{}' then 'to_check' else 'reported' end where drawdown_id = $1",
                *(reported.drawdown_id, reported.total.minor, reported.sampled, list(reported.flags), looked_at),
            )
        case FundUseChecked() as checked:
            status = "proper" if checked.outcome == "proper" else "found"
            await _mark(db, checked.drawdown_id, status, checked.checked_by, checked.misused)
        case FundsMisused() as misused:
            await db.execute("update fund_uses set status = 'misused' where drawdown_id = $1", misused.drawdown_id)
        case MisuseDismissed() as dismissed:
            await _mark(db, dismissed.drawdown_id, "to_check", None, None)
        case _:
            pass


async def _mark(db: Any, drawdown_id: UUID, status: str, checked_by: str | None, misused: Any) -> None:
    await db.execute(
        "update fund_uses set status = $2, checked_by = $3, misused_minor = $4 where drawdown_id = $1",
        *(drawdown_id, status, checked_by, misused and misused.minor),
    )


def _due(disbursed_on: date) -> date:
    return disbursed_on + timedelta(days=REPORT_DUE_DAYS)
