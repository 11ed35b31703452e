"""审批结论: what policy decides alone, what it leaves to people, and why.

Automatic approval only for small, micro and personal loans under a cap; automatic decline only by coded
knock-out rules, with their reasons; everything else is a recommendation that people decide.
"""

from collections.abc import Iterator
from decimal import Decimal

from services.risk.domain.credit_limit import Limit, round_down
from services.risk.domain.credit_policy import CreditPolicy
from services.risk.domain.decision_record import Outcome, ReasonRecord
from services.risk.domain.facts import ApplicationFacts, Segment
from services.risk.domain.knock_outs import Finding
from services.risk.domain.master_scale import rank_of
from services.risk.domain.reasons import REFERRALS, reason
from services.risk.domain.source_answers import silences

REASONS_MAX = 4


def declines(findings: tuple[Finding, ...]) -> tuple[ReasonRecord, ...]:
    """The rules that decline by themselves, in the order of the table."""
    return tuple(_told(finding) for finding in findings if finding.result == "decline")


def referrals(
    facts: ApplicationFacts,
    policy: CreditPolicy,
    *,
    findings: tuple[Finding, ...],
    missing: tuple[str, ...],
    grade: str,
    views: tuple[str, str],
    limit: Limit,
    cycle_days: Decimal | None,
) -> tuple[ReasonRecord, ...]:
    """Every cause for which a person decides; `views` are the grades of the card and of the tree alone.

    Silent sources come first, so that no other cause keeps them from being announced.
    """
    causes = list(_causes(facts, policy, missing, grade, views, limit, cycle_days))
    return (
        *(reason(REFERRALS, cause) for cause in silences(facts.sources)),
        *(_told(finding) for finding in findings if finding.result == "refer"),
        *(reason(REFERRALS, cause) for cause in causes),
    )


def _causes(
    facts: ApplicationFacts,
    policy: CreditPolicy,
    missing: tuple[str, ...],
    grade: str,
    views: tuple[str, str],
    limit: Limit,
    cycle_days: Decimal | None,
) -> Iterator[str]:
    automatic, limits = policy.automatic[facts.segment], policy.limits[facts.segment]
    rank = rank_of(grade, policy.master_scale)
    requested = facts.requested_amount.amount
    if facts.size is not None and facts.size not in automatic.sizes:
        yield "size"
    if missing:
        yield "missing"
    if facts.currency != policy.currency:
        yield "currency"
    if limits.need is not None and (cycle_days is None or cycle_days <= 0):
        yield "cycle"
    if rank > rank_of(automatic.worst_grade, policy.master_scale):
        yield "grade"
    apart = abs(rank_of(views[0], policy.master_scale) - rank_of(views[1], policy.master_scale))
    if apart >= policy.disagreement_grades:
        yield "disagreement"
    if requested > automatic_cap(policy, facts.segment, grade):
        yield "cap"
    if limit.amount < round_down(requested, limits.unit) or limit.amount <= 0:
        yield "limit"


def automatic_cap(policy: CreditPolicy, segment: Segment, grade: str) -> Decimal:
    """The largest request of a grade that no person need decide, in yuan."""
    automatic = policy.automatic[segment]
    return min(automatic.cap, automatic.cap_by_grade.get(grade, automatic.cap))


def outcome(declined: tuple[ReasonRecord, ...], referred: tuple[ReasonRecord, ...]) -> Outcome:
    """Decline before refer before approve."""
    if declined:
        return "decline"
    return "refer" if referred else "approve"


def announced_reasons(
    declined: tuple[ReasonRecord, ...],
    referred: tuple[ReasonRecord, ...],
    of_score: tuple[ReasonRecord, ...],
) -> tuple[ReasonRecord, ...]:
    """At most four: of a decline the rules alone; else the causes of referral, then what lowers the score."""
    return (declined or (*referred, *of_score))[:REASONS_MAX]


def _told(finding: Finding) -> ReasonRecord:
    return ReasonRecord(code=finding.rule.code, zh=finding.rule.zh, en=finding.rule.en)
