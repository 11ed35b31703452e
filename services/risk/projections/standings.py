"""Facts → how each loan stood on each day: one row per change, from its day on until the next one's."""

from datetime import date
from typing import Any
from uuid import UUID

from services.risk.domain.classification_events import LoanRestructured, MaturityMoved, ObservationPassed
from services.risk.domain.debtor_events import ClaimMeasured, ClaimRecovered, ClaimReturned, ClaimTakenOn
from services.risk.domain.events import (
    CreditAssessed,
    LoanClassified,
    LoanCured,
    LoanEnteredClassification,
    LoanFellBehind,
    LoanLeftClassification,
    LoanReturned,
)
from services.risk.domain.undrawn_limit import UndrawnLimitMoved
from shared.dates import add_months
from shared.event_store import Recorded
from shared.projection import Projection

TABLES = """
create table application_risks (
    application_id uuid primary key,
    grade text not null,
    pd_percent numeric not null,
    lgd_percent numeric not null,
    annual_rate_percent numeric not null,
    term_months integer not null
);
create table undrawn_limits (
    contract_id uuid not null,
    from_on date not null,
    until_on date,
    application_id uuid,
    branch text not null,
    currency text not null,
    undrawn_minor bigint not null,
    primary key (contract_id, from_on)
);
create table loan_terms (
    loan_id uuid primary key,
    application_id uuid,
    borrower_id uuid,
    branch text not null,
    currency text,
    annual_rate_percent numeric,
    repayment_method text,
    matures_on date,
    left_on date
);
create index on loan_terms (application_id);
create table standings (
    loan_id uuid not null,
    from_on date not null,
    until_on date,
    asset_class text not null,
    stage integer not null,
    days_past_due integer not null,
    outstanding_minor bigint not null,
    primary key (loan_id, from_on)
);
create index on standings (from_on);
create table recoveries (
    loan_id uuid not null,
    receipt_id uuid not null,
    branch text not null,
    currency text not null,
    amount_minor bigint not null,
    recovered_on date not null,
    primary key (loan_id, receipt_id)
);
"""

_TERMS = (
    "insert into loan_terms (loan_id, branch, application_id, borrower_id, currency, matures_on, annual_rate_percent,"
    " repayment_method) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (loan_id) do update set"
    " application_id = coalesce(excluded.application_id, loan_terms.application_id),"
    " borrower_id = coalesce(excluded.borrower_id, loan_terms.borrower_id),"
    " currency = coalesce(excluded.currency, loan_terms.currency),"
    " matures_on = coalesce(excluded.matures_on, loan_terms.matures_on),"
    " annual_rate_percent = coalesce(excluded.annual_rate_percent, loan_terms.annual_rate_percent),"
    " repayment_method = coalesce(excluded.repayment_method, loan_terms.repayment_method)"
)
_PUT = (
    "insert into standings values ($1, $2, null, $3, $4, $5, $6) on conflict (loan_id, from_on) do update set"
    " asset_class = excluded.asset_class, stage = excluded.stage, days_past_due = excluded.days_past_due,"
    " outstanding_minor = excluded.outstanding_minor, until_on = null"
)


async def project_standings(db: Any, recorded: Recorded[Any]) -> None:
    """`standings` and what goes with them: the terms of the loan, the risk of its application, what was recovered."""
    match recorded.event:
        case CreditAssessed() as assessed:
            score = assessed.record.score
            await db.execute(
                "insert into application_risks values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                *(assessed.application_id, score.grade, score.pd_percent, assessed.record.risk_price.lgd_percent),
                *(assessed.record.price.annual_rate_percent, assessed.record.facts.term_months),
            )
        case LoanEnteredClassification() as entered:
            matures_on = add_months(entered.entered_on, entered.term_months)
            await _know(db, recorded, entered, currency=entered.principal.currency, matures_on=matures_on)
            await _first(db, entered.loan_id, entered.entered_on, entered.principal.minor)
        case ClaimTakenOn() as taken:
            await _know(
                db, recorded, taken, currency=taken.principal.currency, rate=taken.annual_rate_percent,
                method=taken.repayment_method,
            )  # fmt: skip
        case ClaimMeasured() as measured:
            await _know(db, recorded, measured, currency=measured.outstanding.currency)
            minor = measured.outstanding.minor
            await _move(db, measured.loan_id, measured.measured_on, outstanding_minor=minor)
        case ClaimReturned() as returned:
            await _return(db, returned.loan_id, returned.returned_on, outstanding_minor=returned.outstanding.minor)
        case UndrawnLimitMoved() as limit:
            await _move_limit(db, recorded.meta.branch, limit)
        case ClaimRecovered() as recovered:
            await db.execute(
                "insert into recoveries values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                *(recovered.loan_id, recovered.receipt_id, recorded.meta.branch, recovered.amount.currency),
                *(recovered.amount.minor, recovered.recovered_on),
            )
        case _:
            await _project_class(db, recorded)


async def _project_class(db: Any, recorded: Recorded[Any]) -> None:
    match recorded.event:
        case LoanClassified() as classified:
            await _know(db, recorded, classified)
            await _move(
                db, classified.loan_id, classified.classified_on, asset_class=classified.classification.value,
                stage=classified.stage, days_past_due=classified.days_past_due,
            )  # fmt: skip
        case LoanCured() as cured:
            await _move(db, cured.loan_id, cured.cured_on, stage=cured.stage, days_past_due=0)
        case LoanFellBehind() as behind:
            await _move(db, behind.loan_id, behind.as_of, stage=behind.stage, days_past_due=behind.days_past_due)
        case LoanReturned() as back:
            await _return(db, back.loan_id, back.returned_on, stage=back.stage, days_past_due=back.days_past_due)
        case MaturityMoved() as moved:
            await _know(db, recorded, moved, matures_on=moved.maturity_on)
        case LoanRestructured() as eased:
            await _move(db, eased.loan_id, eased.restructured_on, stage=eased.stage)
        case ObservationPassed() as passed:
            await _move(db, passed.loan_id, passed.passed_on, stage=passed.stage)
        case LoanLeftClassification() as left:
            await _know(db, recorded, left)
            await db.execute("update loan_terms set left_on = $2 where loan_id = $1", left.loan_id, left.left_on)
            await db.execute(
                "update standings set until_on = greatest(from_on, $2) where loan_id = $1 and until_on is null",
                left.loan_id,
                left.left_on,
            )
        case _:
            pass


async def _know(
    db: Any, recorded: Recorded[Any], told: Any, *, currency: Any = None, matures_on: Any = None, rate: Any = None,
    method: Any = None,
) -> None:  # fmt: skip
    of_whom = (getattr(told, "application_id", None), getattr(told, "borrower_id", None))
    await db.execute(_TERMS, told.loan_id, recorded.meta.branch, *of_whom, currency, matures_on, rate, method)


async def _first(db: Any, loan_id: UUID, on: date, principal_minor: int) -> None:
    """The loan as it begins, unless something was heard of it before; then only the balance, where none was told."""
    if await db.fetchrow("select from standings where loan_id = $1", loan_id) is None:
        await _move(db, loan_id, on, outstanding_minor=principal_minor)
        return
    await db.execute(
        "update standings set outstanding_minor = $2 where loan_id = $1 and outstanding_minor = 0",
        loan_id,
        principal_minor,
    )


async def _move(db: Any, loan_id: UUID, on: date, **changes: Any) -> None:
    """The loan from `on`, or from its latest day where that is later, with these changes; nothing once it has left."""
    if await db.fetchval("select left_on from loan_terms where loan_id = $1", loan_id) is not None:
        return
    latest = await db.fetchrow("select * from standings where loan_id = $1 order by from_on desc limit 1", loan_id)
    before = dict(latest) if latest else {}
    dull = {"asset_class": "normal", "stage": 1, "days_past_due": 0, "outstanding_minor": 0}
    row = dull | {name: before[name] for name in dull if name in before} | changes
    since = max(on, before.get("from_on", on))
    if latest and since > before["from_on"]:
        await db.execute(
            "update standings set until_on = $3 where loan_id = $1 and from_on = $2 and until_on is null",
            *(loan_id, before["from_on"], since),
        )
    await db.execute(
        _PUT, loan_id, since, row["asset_class"], row["stage"], row["days_past_due"], row["outstanding_minor"]
    )


async def _move_limit(db: Any, branch: str, moved: UndrawnLimitMoved) -> None:
    """The limit from its day, or from the latest one that was told where that is later."""
    latest = await db.fetchval("select max(from_on) from undrawn_limits where contract_id = $1", moved.contract_id)
    since = max(moved.moved_on, latest or moved.moved_on)
    await db.execute(
        "update undrawn_limits set until_on = $2 where contract_id = $1 and until_on is null and from_on < $2",
        moved.contract_id,
        since,
    )
    await db.execute(
        "insert into undrawn_limits values ($1, $2, null, $3, $4, $5, $6) on conflict (contract_id, from_on) do update"
        " set undrawn_minor = excluded.undrawn_minor, application_id ="
        " coalesce(excluded.application_id, undrawn_limits.application_id)",
        *(moved.contract_id, since, moved.application_id, branch, moved.undrawn.currency, moved.undrawn.minor),
    )


async def _return(db: Any, loan_id: UUID, on: date, **changes: Any) -> None:
    """The loan stands again from `on`: between its leaving and that day it did not."""
    await db.execute("update loan_terms set left_on = null where loan_id = $1", loan_id)
    await _move(db, loan_id, on, **changes)


standings = Projection(name="standings", tables=TABLES, project=project_standings)
