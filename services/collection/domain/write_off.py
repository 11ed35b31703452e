"""Write-off proposals (呆账核销): the grounds on which one may be made, and the second person who decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.collection.domain.commands import (
    ApproveWriteOff,
    Paper,
    RefuseWriteOff,
    RejectWriteOff,
)
from services.collection.domain.events import (
    Evidence,
    Ground,
    WriteOffProposalApproved,
    WriteOffProposalLapsed,
    WriteOffProposalRefused,
    WriteOffProposalRejected,
)
from services.collection.domain.strategy import LoanClass, Strategy
from shared.messages import Personal, Rejected


class ProposalStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    REFUSED = "refused"
    LAPSED = "lapsed"
    APPLIED = "applied"


@dataclass(frozen=True)
class Proposal:
    """One proposal of a case; `applied` once the loan account has written the loan off.

    `reason` is that of whoever decided, `refused_because` the code of the loan account's refusal.
    """

    proposal_id: UUID
    evidence: tuple[Evidence, ...]
    proposed_by: str
    status: ProposalStatus = ProposalStatus.PROPOSED
    reason: Personal[str] | None = None
    refused_because: str | None = None


Proposals = tuple[Proposal, ...]
Papers = Sequence[Evidence | Paper]
"""As they were recorded, or as they are given."""

PENDING = frozenset({ProposalStatus.PROPOSED, ProposalStatus.APPROVED})
"""Waiting for the second person, or for the loan account's answer."""


def grounds(classification: LoanClass, days_past_due: int, evidence: Papers, strategy: Strategy) -> tuple[Ground, ...]:
    """The conditions for a write-off that are met; one is enough, none means it may not be proposed.

    Class 可疑 or 损失, more than 360 days past due, or a paper of a listed kind: parameters of the
    strategy, after 财政部 金融企业呆账核销管理办法.
    """
    met: list[Ground] = []
    if classification in strategy.write_off_classes:
        met.append("loan_class")
    if days_past_due > strategy.write_off_days_past_due_over:
        met.append("days_past_due")
    if any(paper.kind in strategy.write_off_evidence for paper in evidence):
        met.append("evidence")
    return tuple(met)


def require_grounds(
    classification: LoanClass, days_past_due: int, evidence: Papers, strategy: Strategy
) -> tuple[Ground, ...]:
    """`grounds`, or Rejected when there are none."""
    met = grounds(classification, days_past_due, evidence, strategy)
    if not met:
        raise Rejected(
            "write_off_not_justified",
            f"class {classification} at {days_past_due} days past due needs a paper of one of the kinds "
            f"{', '.join(sorted(strategy.write_off_evidence))}",
            field="evidence",
        )
    return met


def require_none_pending(proposals: Proposals) -> None:
    """Only one proposal of a loan waits at a time. Raises Rejected."""
    for one in proposals:
        if one.status in PENDING:
            raise Rejected("proposal_pending", f"proposal {one.proposal_id} is {one.status}; decide it first")


def decidable(command: ApproveWriteOff | RejectWriteOff, proposals: Proposals, decided_by: str) -> Proposal:
    """The proposal to decide. Whoever proposed does not decide, neither way: four eyes, by person."""
    proposal = find(proposals, command.proposal_id)
    if proposal is None:
        raise Rejected("proposal_unknown", "the case has no such proposal", field="proposal_id")
    if proposal.status is not ProposalStatus.PROPOSED:
        raise Rejected("proposal_already_decided", f"the proposal is {proposal.status}")
    if proposal.proposed_by == decided_by:
        raise Rejected("same_person", "whoever proposed a write-off does not decide on it")
    return proposal


def approve(command: ApproveWriteOff, proposal: Proposal, borrower_id: UUID) -> WriteOffProposalApproved:
    return WriteOffProposalApproved(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        reason=Personal(subject_id=borrower_id, value=command.reason),
        proposed_by=proposal.proposed_by,
        approved_by=command.approved_by,
        approved_on=command.approved_on,
    )


def reject(command: RejectWriteOff, borrower_id: UUID) -> WriteOffProposalRejected:
    return WriteOffProposalRejected(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        reason=Personal(subject_id=borrower_id, value=command.reason),
        rejected_by=command.rejected_by,
        rejected_on=command.rejected_on,
    )


def refuse(command: RefuseWriteOff, proposals: Proposals) -> list[WriteOffProposalRefused]:
    """The loan account's refusal closes an approved proposal; told again, it changes nothing."""
    proposal = find(proposals, command.proposal_id)
    if proposal is None or proposal.status is ProposalStatus.PROPOSED:
        raise Rejected("proposal_not_approved", "a write-off was refused that nobody approved here")
    if proposal.status is not ProposalStatus.APPROVED:
        return []
    return [
        WriteOffProposalRefused(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            reason=command.reason,
            refused_on=command.refused_on,
        )
    ]


def lapse(loan_id: UUID, proposals: Proposals, lapsed_on: date) -> list[WriteOffProposalLapsed]:
    """The case ends, so what nobody decided lapses. What was approved waits for the loan account's answer."""
    return [
        WriteOffProposalLapsed(loan_id=loan_id, proposal_id=one.proposal_id, lapsed_on=lapsed_on)
        for one in proposals
        if one.status is ProposalStatus.PROPOSED
    ]


def find(proposals: Proposals, proposal_id: UUID) -> Proposal | None:
    return next((one for one in proposals if one.proposal_id == proposal_id), None)


def decided(
    proposals: Proposals, decision: WriteOffProposalApproved | WriteOffProposalRejected, status: ProposalStatus
) -> Proposals:
    """`proposals` with one of them approved or rejected, and why."""
    return tuple(
        replace(one, status=status, reason=decision.reason) if one.proposal_id == decision.proposal_id else one
        for one in proposals
    )


def refused(proposals: Proposals, refusal: WriteOffProposalRefused) -> Proposals:
    """`proposals` with one of them refused by the loan account, and why."""
    return tuple(
        replace(one, status=ProposalStatus.REFUSED, refused_because=refusal.reason)
        if one.proposal_id == refusal.proposal_id
        else one
        for one in proposals
    )


def with_status(proposals: Proposals, proposal_id: UUID, status: ProposalStatus) -> Proposals:
    """`proposals` with one of them lapsed or applied."""
    return tuple(replace(one, status=status) if one.proposal_id == proposal_id else one for one in proposals)
