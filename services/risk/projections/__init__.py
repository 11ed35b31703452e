"""Facts → the lists of risk: assessments by outcome and grade, loans by class."""

from typing import Any

from services.risk.domain.asset_class import NON_PERFORMING
from services.risk.domain.classification_events import (
    DebtorFloorApplied,
    ImprovementApproved,
    LoanRestructured,
    ObservationPassed,
)
from services.risk.domain.events import (
    AssessmentRequested,
    CreditAssessed,
    LoanClassified,
    LoanCured,
    LoanEnteredClassification,
    LoanFellBehind,
    LoanLeftClassification,
    LoanReturned,
    ShadowScored,
)
from services.risk.projections.monitoring import monitoring
from services.risk.projections.post_loan import inspections, warnings
from services.risk.projections.standings import standings
from shared.event_store import Recorded
from shared.projection import Projection

ASSESSMENTS = """
create table assessments (
    application_id uuid primary key,
    assessment_id uuid not null,
    borrower_id uuid not null,
    branch text not null,
    segment text not null,
    product_code text not null,
    currency text not null,
    requested_minor bigint not null,
    requested_on date not null,
    outcome text,
    grade text,
    score integer,
    pd_percent numeric,
    five_c_score numeric,
    limit_minor bigint,
    binding_limit text,
    annual_rate_percent numeric,
    model_version text,
    policy_version text,
    assessed_on date,
    expected_loss_minor bigint
);
create index on assessments (requested_on, application_id);
create index on assessments (assessed_on, application_id);
create index on assessments (outcome, grade, requested_on, application_id);
"""

CLASSIFICATIONS = """
create table classifications (
    loan_id uuid primary key,
    application_id uuid,
    borrower_id uuid,
    branch text not null,
    currency text,
    principal_minor bigint,
    classification text not null,
    provision_rate_percent numeric not null,
    stage integer not null,
    days_past_due integer not null,
    observed_until date,
    classified_on date not null,
    left_on date,
    written_off boolean not null,
    entered_on date,
    defaulted_on date
);
create index on classifications (application_id);
create index on classifications (classification, loan_id);
"""


SHADOW_SCORES = """
create table shadow_scores (
    application_id uuid not null,
    sha256 text not null,
    segment text not null,
    branch text not null,
    alias text not null,
    model_id text not null,
    pd_percent numeric not null,
    grade text not null,
    scored_on date not null,
    primary key (application_id, sha256)
);
create index on shadow_scores (scored_on, application_id, sha256);
"""


async def project_shadow_scores(db: Any, recorded: Recorded[Any]) -> None:
    """`shadow_scores`: one row for each model that has spoken of an application."""
    match recorded.event:
        case ShadowScored() as scored:
            await db.execute(
                "insert into shadow_scores values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                scored.application_id,
                scored.sha256,
                scored.segment,
                recorded.meta.branch,
                scored.alias,
                scored.model_id,
                scored.pd_percent,
                scored.grade,
                scored.scored_on,
            )
        case _:
            pass


async def project_assessments(db: Any, recorded: Recorded[Any]) -> None:
    """`assessments`: one row per application, waiting or decided."""
    match recorded.event:
        case AssessmentRequested() as requested:
            facts = requested.facts
            await db.execute(
                "insert into assessments (application_id, assessment_id, borrower_id, branch, segment, product_code,"
                " currency, requested_minor, requested_on) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                requested.application_id,
                requested.assessment_id,
                facts.borrower_id,
                recorded.meta.branch,
                facts.segment,
                facts.product_code,
                facts.requested_amount.currency,
                facts.requested_amount.minor,
                requested.requested_on,
            )
        case CreditAssessed() as assessed:
            record = assessed.record
            await db.execute(
                "update assessments set outcome = $2, grade = $3, score = $4, pd_percent = $5, five_c_score = $6,"
                " limit_minor = $7, binding_limit = $8, annual_rate_percent = $9, model_version = $10,"
                " policy_version = $11, assessed_on = $12, expected_loss_minor = $13 where application_id = $1",
                assessed.application_id,
                record.outcome,
                record.score.grade,
                record.score.score,
                record.score.pd_percent,
                record.score.five_c.total,
                record.limit.amount.minor,
                record.limit.binding,
                record.price.annual_rate_percent,
                record.model_version,
                record.policy_version,
                assessed.assessed_on,
                record.risk_price.expected_credit_loss.minor,
            )
        case _:
            pass


async def project_classifications(db: Any, recorded: Recorded[Any]) -> None:
    """`classifications`: one row per loan, from its first word on, whichever that is."""
    match recorded.event:
        case LoanEnteredClassification() as entered:
            await db.execute(
                "insert into classifications values"
                " ($1, $2, $3, $4, $5, $6, 'normal', 0, 1, 0, null, $7, null, false, $7, null)"
                " on conflict (loan_id) do update set application_id = excluded.application_id,"
                " borrower_id = excluded.borrower_id, currency = excluded.currency,"
                " principal_minor = excluded.principal_minor, entered_on = excluded.entered_on",
                entered.loan_id,
                entered.application_id,
                entered.borrower_id,
                recorded.meta.branch,
                entered.principal.currency,
                entered.principal.minor,
                entered.entered_on,
            )
        case LoanClassified() as classified:
            await db.execute(
                "insert into classifications values"
                " ($1, null, null, $2, null, null, $3, $4, $5, $6, null, $7, null, false, null, $8)"
                " on conflict (loan_id) do update set classification = excluded.classification,"
                " provision_rate_percent = excluded.provision_rate_percent, stage = excluded.stage,"
                " days_past_due = excluded.days_past_due, classified_on = excluded.classified_on,"
                " observed_until = case when $9 then null else classifications.observed_until end,"
                " defaulted_on = coalesce(classifications.defaulted_on, excluded.defaulted_on)",
                classified.loan_id,
                recorded.meta.branch,
                classified.classification.value,
                classified.provision_rate_percent,
                classified.stage,
                classified.days_past_due,
                classified.classified_on,
                classified.classified_on if classified.classification in NON_PERFORMING else None,
                classified.by is None,
            )
        case LoanCured() as cured:
            await _set_days(db, cured.loan_id, 0, cured.stage, cured.observed_until)
        case LoanRestructured() as eased:
            await _observe(db, eased.loan_id, eased.observed_until, eased.stage)
        case ImprovementApproved() | DebtorFloorApplied() as observed:
            await _observe(db, observed.loan_id, observed.observed_until, None)
        case ObservationPassed() as passed:
            await _set_days(db, passed.loan_id, 0, passed.stage, None)
        case LoanFellBehind() as behind:
            await _set_days(db, behind.loan_id, behind.days_past_due, behind.stage, None)
        case LoanReturned() as back:
            await db.execute("update classifications set left_on = null where loan_id = $1", back.loan_id)
            await _set_days(db, back.loan_id, back.days_past_due, back.stage, back.observed_until)
        case LoanLeftClassification() as left:
            await db.execute(
                "insert into classifications values"
                " ($1, null, null, $2, null, null, 'normal', 0, 1, 0, null, $3, $3, $4, null, $5)"
                " on conflict (loan_id) do update set left_on = excluded.left_on, written_off = excluded.written_off,"
                " defaulted_on = coalesce(classifications.defaulted_on, excluded.defaulted_on)",
                left.loan_id,
                recorded.meta.branch,
                left.left_on,
                left.written_off,
                left.left_on if left.written_off else None,
            )
        case _:
            pass


async def _observe(db: Any, loan_id: Any, observed_until: Any, stage: Any) -> None:
    """An observation begins; one that runs is left as it is where no end is told."""
    await db.execute(
        "update classifications set observed_until = coalesce($2, observed_until), stage = coalesce($3, stage)"
        " where loan_id = $1",
        loan_id,
        observed_until,
        stage,
    )


async def _set_days(db: Any, loan_id: Any, days_past_due: int, stage: int, observed_until: Any) -> None:
    await db.execute(
        "update classifications set days_past_due = $2, stage = $3, observed_until = $4 where loan_id = $1",
        loan_id,
        days_past_due,
        stage,
        observed_until,
    )


projections = (
    Projection(name="assessments", tables=ASSESSMENTS, project=project_assessments),
    Projection(name="shadow_scores", tables=SHADOW_SCORES, project=project_shadow_scores),
    Projection(name="classifications", tables=CLASSIFICATIONS, project=project_classifications),
    standings,
    warnings,
    inspections,
    monitoring,
)
