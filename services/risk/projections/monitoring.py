"""Facts → counters by segment and model version: bins of those who applied, cohorts of those who were paid out.

Every fact adds to a few counters, so that a report costs what there are months and bins, whatever the history.
"""

from datetime import date
from typing import Any

from services.risk.domain.asset_class import NON_PERFORMING
from services.risk.domain.events import CreditAssessed, LoanClassified, LoanEnteredClassification
from services.risk.domain.final_decision import FinalDecisionNoted
from services.risk.domain.monitoring import REFERENCE_DECISIONS
from shared.event_store import Recorded
from shared.projection import Projection

TABLES = """
create table monitored_applications (
    application_id uuid primary key,
    segment text not null,
    model_version text not null,
    grade text not null,
    pd_percent numeric not null,
    recommended text,
    override text
);
create table monitored_loans (
    loan_id uuid primary key,
    application_id uuid,
    paid_on date,
    bad_on date
);
create table model_decisions (
    segment text not null,
    model_version text not null,
    decisions bigint not null,
    primary key (segment, model_version)
);
create table bin_counts (
    segment text not null,
    model_version text not null,
    characteristic text not null,
    period text not null,
    bin text not null,
    cases bigint not null,
    primary key (segment, model_version, characteristic, period, bin)
);
create table cohorts (
    segment text not null,
    model_version text not null,
    grade text not null,
    paid_month date not null,
    loans bigint not null,
    pd_sum numeric not null,
    primary key (segment, model_version, grade, paid_month)
);
create table cohort_bads (
    segment text not null,
    model_version text not null,
    grade text not null,
    paid_month date not null,
    months_on_book integer not null,
    bad bigint not null,
    primary key (segment, model_version, grade, paid_month, months_on_book)
);
create table override_counts (
    segment text not null,
    model_version text not null,
    decided bigint not null,
    up bigint not null,
    down bigint not null,
    up_loans bigint not null,
    up_bad bigint not null,
    primary key (segment, model_version)
);
"""
REFERENCE = "reference"
SCORE = "score"
_BY_GRADE = {"approve": "approve", "decline": "decline", "decline_unless_guaranteed": "decline"}
"""What a grade recommends where the policy leaves the decision to people; others recommend neither."""


async def project_monitoring(db: Any, recorded: Recorded[Any]) -> None:
    """Counters of what was scored, decided by people, paid out, and went bad by itself."""
    match recorded.event:
        case CreditAssessed() as assessed:
            await _count_score(db, assessed)
        case FinalDecisionNoted(automatic=False) as noted:
            await _count_decision(db, noted)
        case LoanEnteredClassification() as entered:
            await db.execute(
                "insert into monitored_loans values ($1, $2, $3) on conflict (loan_id) do update"
                " set application_id = excluded.application_id, paid_on = excluded.paid_on",
                *(entered.loan_id, entered.application_id, entered.entered_on),
            )
            await _count_loan(db, entered)
            await _count_bad(db, entered.loan_id)
        case LoanClassified(by=None | "person") as classified if classified.classification in NON_PERFORMING:
            fresh = await db.fetchval(
                "insert into monitored_loans (loan_id, bad_on) values ($1, $2) on conflict (loan_id) do update"
                " set bad_on = excluded.bad_on where monitored_loans.bad_on is null returning true",
                *(classified.loan_id, classified.classified_on),
            )
            if fresh:
                await _count_bad(db, classified.loan_id)
        case _:
            pass


async def _count_score(db: Any, assessed: CreditAssessed) -> None:
    record = assessed.record
    segment, version, score = record.facts.segment, record.model_version, record.score
    recommended = _BY_GRADE.get(score.recommendation) if record.outcome == "refer" else record.outcome
    known = await db.fetchval(
        "insert into monitored_applications values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning true",
        *(assessed.application_id, segment, version, score.grade, score.pd_percent, recommended),
    )
    if not known:
        return
    decisions = await db.fetchval(
        "insert into model_decisions values ($1, $2, 1) on conflict (segment, model_version)"
        " do update set decisions = model_decisions.decisions + 1 returning decisions",
        *(segment, version),
    )
    period = REFERENCE if decisions <= REFERENCE_DECISIONS else f"{assessed.assessed_on:%Y-%m}"
    bins = [(SCORE, score.grade), *((one.feature, str(one.bin)) for one in score.bins)]
    await db.execute(
        "insert into bin_counts select $1, $2, characteristic, $3, bin, 1"
        " from unnest($4::text[], $5::text[]) counted(characteristic, bin)"
        " on conflict (segment, model_version, characteristic, period, bin)"
        " do update set cases = bin_counts.cases + 1",
        *(segment, version, period, [name for name, _ in bins], [one for _, one in bins]),
    )


async def _count_decision(db: Any, noted: FinalDecisionNoted) -> None:
    row = await db.fetchrow(
        "update monitored_applications set override = case"
        " when recommended = 'decline' and $2 = 'approve' then 'up'"
        " when recommended = 'approve' and $2 = 'decline' then 'down' end"
        " where application_id = $1 returning segment, model_version, override",
        *(noted.application_id, noted.decision),
    )
    if row is not None:
        up, down = row["override"] == "up", row["override"] == "down"
        await _add_overrides(db, row, 1, int(up), int(down), 0, 0)


async def _count_loan(db: Any, entered: LoanEnteredClassification) -> None:
    row = await db.fetchrow("select * from monitored_applications where application_id = $1", entered.application_id)
    if row is None:
        return
    await db.execute(
        "insert into cohorts values ($1, $2, $3, $4, 1, $5) on conflict (segment, model_version, grade, paid_month)"
        " do update set loans = cohorts.loans + 1, pd_sum = cohorts.pd_sum + excluded.pd_sum",
        *(row["segment"], row["model_version"], row["grade"], _month(entered.entered_on), row["pd_percent"]),
    )
    if row["override"] == "up":
        await _add_overrides(db, row, 0, 0, 0, 1, 0)


async def _count_bad(db: Any, loan_id: Any) -> None:
    """Once, when both the payout and the bad class have been heard of."""
    row = await db.fetchrow(
        "select * from monitored_loans join monitored_applications using (application_id)"
        " where loan_id = $1 and paid_on is not null and bad_on is not null",
        loan_id,
    )
    if row is None:
        return
    paid, bad = row["paid_on"], row["bad_on"]
    months = max(0, (bad.year - paid.year) * 12 + bad.month - paid.month - (bad.day < paid.day))
    await db.execute(
        "insert into cohort_bads values ($1, $2, $3, $4, $5, 1)"
        " on conflict (segment, model_version, grade, paid_month, months_on_book)"
        " do update set bad = cohort_bads.bad + 1",
        *(row["segment"], row["model_version"], row["grade"], _month(paid), months),
    )
    if row["override"] == "up":
        await _add_overrides(db, row, 0, 0, 0, 0, 1)


async def _add_overrides(db: Any, of: Any, *counts: int) -> None:
    await db.execute(
        "insert into override_counts values ($1, $2, $3, $4, $5, $6, $7) on conflict (segment, model_version)"
        " do update set decided = override_counts.decided + excluded.decided, up = override_counts.up + excluded.up,"
        " down = override_counts.down + excluded.down, up_loans = override_counts.up_loans + excluded.up_loans,"
        " up_bad = override_counts.up_bad + excluded.up_bad",
        *(of["segment"], of["model_version"], *counts),
    )


def _month(day: date) -> date:
    return day.replace(day=1)


monitoring = Projection(name="monitoring", tables=TABLES, project=project_monitoring)
