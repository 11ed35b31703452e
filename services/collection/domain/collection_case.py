"""The collection case (催收案件) of a loan: opened by arrears, worked by people, ended by money.

One stream per loan, and the case's id is the loan's. Arrears belong to a loan and a loan has one set of
arrears at a time, so two open cases of one loan would only be two opinions about one debt. A loan that is
cured and falls overdue again continues its stream as the next episode: what the debtor promised and broke
before is what the collector must see first, and no lookup from loan to current case can ever be stale.
"""

from collections.abc import Sequence
from typing import assert_never, get_args

from services.collection.domain.case_state import AnyCase, Case, CaseStatus, NoCase, evolve
from services.collection.domain.commands import (
    AgeCase,
    ApproveWriteOff,
    BreakPromises,
    CloseCase,
    CloseCaseWrittenOff,
    CollectionCaseCommand,
    CureCase,
    MakePromise,
    NoteClassification,
    OpenOrUpdateCase,
    ProposeWriteOff,
    RecordRecoveryOnCase,
    RecordRepaymentOnCase,
    RefuseWriteOff,
    RejectWriteOff,
    RescheduleCase,
)
from services.collection.domain.delinquency import stage_of
from services.collection.domain.events import (
    CaseAged,
    CaseOpened,
    CaseRescheduled,
    CaseWrittenOff,
    ClassificationNoted,
    CollectionCaseEvent,
    Evidence,
    InstallmentJoinedCase,
    WriteOffProposed,
)
from services.collection.domain.money_received import close, cure, record_money
from services.collection.domain.promise import broken_on, penalty_at_most, promise
from services.collection.domain.strategy import strategy_on
from services.collection.domain.write_off import (
    approve,
    decidable,
    refuse,
    reject,
    require_grounds,
    require_none_pending,
)
from shared.decider import Decider
from shared.messages import Personal, Rejected
from shared.money import Money


def decide(command: CollectionCaseCommand, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """What other services tell is taken as it is; what people ask must suit the case as it stands."""
    match command:
        case OpenOrUpdateCase() | AgeCase() | RescheduleCase():
            return follow_arrears(command, case)
        case RecordRepaymentOnCase() | RecordRecoveryOnCase():
            return record_money(command, case)
        case CureCase():
            return cure(command, case)
        case CloseCase():
            return close(command, case)
        case NoteClassification():
            return note_classification(command, case)
        case CloseCaseWrittenOff():
            return close_written_off(command, case)
        case RefuseWriteOff():
            return refuse(command, case.proposals if isinstance(case, Case) else ())
        case MakePromise():
            return make_promise(command, case)
        case BreakPromises():
            return [] if isinstance(case, NoCase) else broken_on(case.loan_id, case.promises, command.business_date)
        case ProposeWriteOff() | ApproveWriteOff() | RejectWriteOff():
            return decide_write_off(command, case)
        case _:
            assert_never(command)


def follow_arrears(
    command: OpenOrUpdateCase | AgeCase | RescheduleCase, case: AnyCase
) -> Sequence[CollectionCaseEvent]:
    match command:
        case OpenOrUpdateCase():
            return open_or_update(command, case)
        case AgeCase():
            return age(command, case)
        case RescheduleCase():
            return reschedule(command, case)


def open_or_update(command: OpenOrUpdateCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """Open the case if none is open, and let the instalment join it, once.

    The penalty interest is added: what was told with it, or else what is known of it. A loan that was written
    off is collected outside the stages: nothing joins it.
    """
    told = command.overdue_penalty
    match case:
        case Case(status=CaseStatus.OPEN) if command.installment_no in case.installments:
            return []
        case Case(status=CaseStatus.WRITTEN_OFF_RECOVERY):
            return []
        case Case(status=CaseStatus.OPEN):
            opening: list[CollectionCaseEvent] = []
            penalty = case.overdue_penalty if told is None else told
        case _:
            penalty = Money(0, command.overdue.currency) if told is None else told
            opening = [_open(command, case, command.overdue + penalty, penalty)]
    strategy, stage = strategy_on(command.as_of), stage_of(command.days_past_due)
    return [
        *opening,
        InstallmentJoinedCase(
            loan_id=command.loan_id,
            installment_no=command.installment_no,
            due_on=command.due_on,
            days_past_due=command.days_past_due,
            stage=stage,
            overdue=command.overdue + penalty,
            overdue_penalty=told,
            outstanding_principal=command.outstanding_principal,
            strategy_version=strategy.version,
            actions=strategy.plans[stage].actions,
            joined_on=command.as_of,
        ),
    ]


def age(command: AgeCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """Move the case to its stage, up or, after a part payment, back; open it if the ageing is told first."""
    match case:
        case Case(status=CaseStatus.WRITTEN_OFF_RECOVERY):
            return []
        case Case(status=CaseStatus.OPEN):
            strategy, stage = strategy_on(command.as_of), stage_of(command.days_past_due)
            return [
                CaseAged(
                    loan_id=command.loan_id,
                    days_past_due=command.days_past_due,
                    stage=stage,
                    overdue=command.overdue,
                    overdue_penalty=command.overdue_penalty,
                    outstanding_principal=command.outstanding_principal,
                    strategy_version=strategy.version,
                    actions=strategy.plans[stage].actions,
                    aged_on=command.as_of,
                )
            ]
        case _:
            return [_open(command, case, command.overdue, command.overdue_penalty)]


def _open(command: OpenOrUpdateCase | AgeCase, case: AnyCase, overdue: Money, overdue_penalty: Money) -> CaseOpened:
    strategy, stage = strategy_on(command.as_of), stage_of(command.days_past_due)
    return CaseOpened(
        loan_id=command.loan_id,
        borrower_id=command.borrower_id,
        episode=case.episode + 1 if isinstance(case, Case) else 1,
        days_past_due=command.days_past_due,
        stage=stage,
        overdue=overdue,
        overdue_penalty=overdue_penalty,
        outstanding_principal=command.outstanding_principal,
        strategy_version=strategy.version,
        actions=strategy.plans[stage].actions,
        opened_on=command.as_of,
    )


def note_classification(command: NoteClassification, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """Remember the class, also before there is a case: risk and repayment are not heard in a common order."""
    if command.classification == case.classification:
        return []
    return [
        ClassificationNoted(
            loan_id=command.loan_id,
            classification=command.classification,
            classified_on=command.classified_on,
        )
    ]


def reschedule(command: RescheduleCase, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """What was past due has been put off by agreement, in part at least; without an open case nothing is late."""
    if isinstance(case, NoCase) or case.status is not CaseStatus.OPEN or command.proposal_id in case.rescheduled:
        return []
    return [
        CaseRescheduled(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            overdue=command.overdue,
            overdue_penalty=command.overdue_penalty,
            outstanding_principal=command.outstanding_principal,
            days_past_due=command.days_past_due,
            stage=stage_of(command.days_past_due) if command.days_past_due else None,
            maturity_on=command.maturity_on,
            rescheduled_on=command.changed_on,
        )
    ]


def close_written_off(command: CloseCaseWrittenOff, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    """账销案存: the claim remains, so the case goes on as a recovery, open promises included."""
    if isinstance(case, NoCase):
        raise Rejected("no_case", "a loan was written off that collection never proposed")
    if case.status is CaseStatus.WRITTEN_OFF_RECOVERY:
        return []
    return [
        CaseWrittenOff(
            loan_id=command.loan_id,
            proposal_id=command.proposal_id,
            claim=command.claim,
            principal=command.principal,
            written_off_on=command.written_off_on,
        )
    ]


def make_promise(command: MakePromise, case: AnyCase) -> Sequence[CollectionCaseEvent]:
    if isinstance(case, NoCase) or not case.being_collected:
        raise Rejected("case_not_open", "nothing of this loan is being collected")
    strategy = strategy_on(command.made_on)
    accrues = case.status is CaseStatus.OPEN  # nothing more does in the books after a write-off
    penalty = penalty_at_most(case.overdue, case.amounts_on, command.due_on, strategy) if accrues else None
    return [promise(command, case.promises, case.overdue, strategy, penalty_to_come=penalty)]


def decide_write_off(
    command: ProposeWriteOff | ApproveWriteOff | RejectWriteOff, case: AnyCase
) -> Sequence[CollectionCaseEvent]:
    """Propose, approve or reject. The grounds must hold when it is proposed and still when it is approved."""
    if isinstance(case, NoCase) or case.status is not CaseStatus.OPEN:
        raise Rejected("case_not_open", "only a loan with an open case is written off")
    match command:
        case ProposeWriteOff():
            require_none_pending(case.proposals)
            return [propose_write_off(command, case)]
        case ApproveWriteOff():
            proposal = decidable(command, case.proposals, command.approved_by)
            strategy = strategy_on(command.approved_on)
            days = case.days_past_due(command.approved_on)
            require_grounds(case.classification, days, proposal.evidence, strategy)
            return [approve(command, proposal, case.borrower_id)]
        case RejectWriteOff():
            decidable(command, case.proposals, command.rejected_by)
            return [reject(command, case.borrower_id)]


def propose_write_off(command: ProposeWriteOff, case: Case) -> WriteOffProposed:
    strategy, days = strategy_on(command.proposed_on), case.days_past_due(command.proposed_on)
    return WriteOffProposed(
        loan_id=command.loan_id,
        proposal_id=command.proposal_id,
        grounds=require_grounds(case.classification, days, command.evidence, strategy),
        evidence=tuple(
            Evidence(kind=one.kind, reference=Personal(subject_id=case.borrower_id, value=one.reference))
            for one in command.evidence
        ),
        classification=case.classification,
        days_past_due=days,
        overdue=case.overdue,
        outstanding_principal=case.outstanding_principal,
        amounts_on=case.amounts_on,
        strategy_version=strategy.version,
        proposed_by=command.proposed_by,
        proposed_on=command.proposed_on,
    )


collection_case = Decider[AnyCase, CollectionCaseCommand, CollectionCaseEvent](
    category="collection_case",
    stream_id=lambda command: command.loan_id,
    initial=NoCase(),
    decide=decide,
    evolve=evolve,
    events=get_args(CollectionCaseEvent),
)
