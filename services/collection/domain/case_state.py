"""The state of a collection case, and what each fact makes of it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from services.collection.domain.delinquency import days_past_due, overdue_since, stage_of
from services.collection.domain.events import (
    CaseAged,
    CaseClosed,
    CaseCured,
    CaseOpened,
    CaseRescheduled,
    CaseWrittenOff,
    ClassificationNoted,
    CollectionCaseEvent,
    InstallmentJoinedCase,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    RepaymentNoted,
    WriteOffProposalApproved,
    WriteOffProposalLapsed,
    WriteOffProposalRefused,
    WriteOffProposalRejected,
    WriteOffProposed,
)
from services.collection.domain.promise import Promise, Promises, PromiseStatus, credited
from services.collection.domain.promise import with_status as promise_with_status
from services.collection.domain.strategy import LoanClass, Stage
from services.collection.domain.write_off import Proposal, Proposals, ProposalStatus, decided, refused
from services.collection.domain.write_off import with_status as proposal_with_status
from shared.money import Money


class CaseStatus(StrEnum):
    """Where a case stands: open, cured or closed, and, after a write-off, collected as a recovery."""

    OPEN = "open"
    CURED = "cured"
    CLOSED = "closed"
    WRITTEN_OFF_RECOVERY = "written_off_recovery"


@dataclass(frozen=True)
class NoCase:
    """The loan has never been past due, as far as collection was told; its class may be known."""

    classification: LoanClass = "normal"


@dataclass(frozen=True)
class Case:
    """A loan that is or was past due.

    The amounts are those told for `amounts_on`, penalty interest included in `overdue`; after a write-off that is the
    claim. Days past due and stage follow, for any day, from the oldest unpaid due date, `overdue_since`.
    """

    loan_id: UUID
    borrower_id: UUID
    episode: int
    status: CaseStatus
    opened_on: date
    overdue_since: date | None
    overdue: Money
    overdue_penalty: Money
    outstanding_principal: Money
    amounts_on: date
    classification: LoanClass
    installments: frozenset[int] = frozenset()
    promises: Promises = ()
    proposals: Proposals = ()
    broken_promises: int = 0
    rescheduled: frozenset[UUID] = frozenset()
    closed_on: date | None = None
    written_off_on: date | None = None

    def days_past_due(self, on: date) -> int:
        """On a day; none once nothing is past due, and no more after a write-off."""
        return days_past_due(self.overdue_since, min(on, self.written_off_on or on))

    def stage(self, on: date) -> Stage | None:
        """On a day; a loan that is not past due, or was written off, has none."""
        days = self.days_past_due(on)
        return stage_of(days) if days and self.status is CaseStatus.OPEN else None

    @property
    def being_collected(self) -> bool:
        """Whether the debtor owes something that collection works on, before or after a write-off."""
        return self.status in {CaseStatus.OPEN, CaseStatus.WRITTEN_OFF_RECOVERY}


AnyCase = NoCase | Case

_Proposal = (
    WriteOffProposed
    | WriteOffProposalApproved
    | WriteOffProposalRejected
    | WriteOffProposalRefused
    | WriteOffProposalLapsed
)


def evolve(case: AnyCase, event: CollectionCaseEvent) -> AnyCase:
    """What `event` means. Only the opening and the class of a loan can come before there is a case."""
    match event:
        case CaseOpened():
            return _opened(case, event)
        case ClassificationNoted():
            return replace(case, classification=event.classification)
        case _ if isinstance(case, NoCase):
            return case  # read as of a date, a history may lack its opening: the tellers' dates differ for a moment
        case _:
            pass
    match event:
        case InstallmentJoinedCase() | CaseAged():
            return _in_arrears(case, event)
        case RepaymentNoted():
            return _repaid(case, event)
        case CaseRescheduled():
            return replace(
                case,
                overdue_since=overdue_since(event.days_past_due, event.rescheduled_on),
                overdue=event.overdue,
                overdue_penalty=event.overdue_penalty,
                outstanding_principal=event.outstanding_principal,
                amounts_on=event.rescheduled_on,
                rescheduled=case.rescheduled | {event.proposal_id},
            )
        case PromiseMade() | PromiseKept() | PromiseBroken():
            return _promised(case, event)
        case CaseCured() | CaseClosed() | CaseWrittenOff():
            return _ended(case, event)
        case (
            WriteOffProposed()
            | WriteOffProposalApproved()
            | WriteOffProposalRejected()
            | WriteOffProposalRefused()
            | WriteOffProposalLapsed()
        ):
            return replace(case, proposals=_proposals(case.proposals, event))
        case _:
            assert_never(event)


def _opened(case: AnyCase, event: CaseOpened) -> Case:
    """A new episode begins without instalments; promises and proposals of earlier ones stay on record."""
    earlier = case if isinstance(case, Case) else None
    return Case(
        loan_id=event.loan_id,
        borrower_id=event.borrower_id,
        episode=event.episode,
        status=CaseStatus.OPEN,
        opened_on=event.opened_on,
        overdue_since=overdue_since(event.days_past_due, event.opened_on),
        overdue=event.overdue,
        overdue_penalty=event.overdue_penalty,
        outstanding_principal=event.outstanding_principal,
        amounts_on=event.opened_on,
        classification=case.classification,
        promises=earlier.promises if earlier else (),
        proposals=earlier.proposals if earlier else (),
        broken_promises=earlier.broken_promises if earlier else 0,
    )


def _in_arrears(case: Case, event: InstallmentJoinedCase | CaseAged) -> Case:
    on = event.joined_on if isinstance(event, InstallmentJoinedCase) else event.aged_on
    aged = replace(
        case,
        overdue_since=overdue_since(event.days_past_due, on),
        overdue=event.overdue,
        overdue_penalty=case.overdue_penalty if event.overdue_penalty is None else event.overdue_penalty,
        outstanding_principal=event.outstanding_principal,
        amounts_on=on,
    )
    if isinstance(event, InstallmentJoinedCase):
        return replace(aged, installments=case.installments | {event.installment_no})
    return aged


def _repaid(case: Case, event: RepaymentNoted) -> Case:
    days, outstanding = event.days_past_due, event.outstanding_principal
    return replace(
        case,
        overdue_since=case.overdue_since if days is None else overdue_since(days, event.received_on),
        overdue=event.overdue,
        overdue_penalty=event.overdue_penalty,
        outstanding_principal=case.outstanding_principal if outstanding is None else outstanding,
        amounts_on=event.received_on,
        promises=credited(case.promises, event.promise_credits),
    )


def _promised(case: Case, event: PromiseMade | PromiseKept | PromiseBroken) -> Case:
    match event:
        case PromiseMade():
            made = Promise(
                promise_id=event.promise_id,
                amount=event.amount,
                due_on=event.due_on,
                made_on=event.made_on,
                paid=Money(0, event.amount.currency),
            )
            return replace(case, promises=(*case.promises, made))
        case PromiseKept():
            was_broken = any(
                one.promise_id == event.promise_id and one.status is PromiseStatus.BROKEN for one in case.promises
            )
            return replace(
                case,
                promises=promise_with_status(case.promises, event.promise_id, PromiseStatus.KEPT),
                broken_promises=case.broken_promises - int(was_broken),
            )
        case PromiseBroken():
            return replace(
                case,
                promises=promise_with_status(case.promises, event.promise_id, PromiseStatus.BROKEN),
                broken_promises=case.broken_promises + 1,
            )


def _ended(case: Case, event: CaseCured | CaseClosed | CaseWrittenOff) -> Case:
    nil = Money(0, case.overdue.currency)
    match event:
        case CaseCured():
            return replace(
                case,
                status=CaseStatus.CURED,
                closed_on=event.cured_on,
                overdue_since=None,
                overdue=nil,
                overdue_penalty=nil,
                amounts_on=event.cured_on,
            )
        case CaseClosed():
            return replace(
                case,
                status=CaseStatus.CLOSED,
                closed_on=event.closed_on,
                overdue_since=None,
                overdue=nil,
                overdue_penalty=nil,
                outstanding_principal=nil,
                amounts_on=event.closed_on,
            )
        case CaseWrittenOff():
            return replace(
                case,
                status=CaseStatus.WRITTEN_OFF_RECOVERY,
                closed_on=None,
                written_off_on=event.written_off_on,
                overdue=event.claim,
                outstanding_principal=event.principal,
                amounts_on=event.written_off_on,
                proposals=proposal_with_status(case.proposals, event.proposal_id, ProposalStatus.APPLIED),
            )


def _proposals(proposals: Proposals, event: _Proposal) -> Proposals:
    match event:
        case WriteOffProposed():
            return (*proposals, Proposal(event.proposal_id, event.evidence, event.proposed_by))
        case WriteOffProposalApproved():
            return decided(proposals, event, ProposalStatus.APPROVED)
        case WriteOffProposalRejected():
            return decided(proposals, event, ProposalStatus.REJECTED)
        case WriteOffProposalRefused():
            return refused(proposals, event)
        case WriteOffProposalLapsed():
            return proposal_with_status(proposals, event.proposal_id, ProposalStatus.LAPSED)
