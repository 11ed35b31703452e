"""贷后检查: one stream per loan: the next inspection and its due date, by class and amount, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, assert_never, get_args
from uuid import UUID

from services.risk.domain.asset_class import AssetClass, may_be_set
from services.risk.domain.post_loan_policy import policy_on, working_day_from
from shared.decider import Decider
from shared.messages import Command, Event, Personal, Rejected
from shared.money import Money

Result = Literal["satisfactory", "concern"]
Cause = Literal["first", "regular", "class", "concern"]


class PlanInspections(Command):
    """A loan was paid out."""

    loan_id: UUID
    borrower_id: UUID
    principal: Money
    disbursed_on: date


class ReviewInspections(Command):
    """The loan's class moved."""

    loan_id: UUID
    asset_class: AssetClass
    as_of: date


class CompleteInspection(Command):
    """An officer has inspected."""

    loan_id: UUID
    number: int
    result: Result
    finding: str
    done_by: str
    done_on: date


class EndInspections(Command):
    """Paid or written off."""

    loan_id: UUID
    ended_on: date


class ResumeInspections(Command):
    """What was paid off is owed again."""

    loan_id: UUID
    as_of: date


InspectionCommand = PlanInspections | ReviewInspections | CompleteInspection | EndInspections | ResumeInspections


class InspectionScheduled(Event):
    """The next inspection of the loan falls due, on a working day; one that was scheduled under `number` is moved."""

    loan_id: UUID
    borrower_id: UUID
    number: int
    cause: Cause
    asset_class: AssetClass
    large: bool
    due_on: date
    policy_version: str
    scheduled_on: date


class InspectionDone(Event):
    """An officer has inspected, in time or not."""

    loan_id: UUID
    borrower_id: UUID
    number: int
    result: Result
    finding: Personal[str]
    due_on: date
    done_by: str
    done_on: date


class InspectionsEnded(Event):
    """Nothing is left to inspect; what was scheduled lapses."""

    loan_id: UUID
    ended_on: date


InspectionEvent = InspectionScheduled | InspectionDone | InspectionsEnded


@dataclass(frozen=True)
class Inspections:
    """What is scheduled. Before the payout was heard of only the class is known, with `has_ended` where that is."""

    borrower_id: UUID | None = None
    large: bool = False
    asset_class: AssetClass = AssetClass.NORMAL
    number: int = 0
    due_on: date | None = None
    has_ended: bool = False


def decide(command: InspectionCommand, plan: Inspections) -> Sequence[InspectionEvent]:
    match command:
        case PlanInspections():
            return [] if plan.has_ended or plan.borrower_id else [first(command)]
        case ReviewInspections():
            return review(command, plan)
        case CompleteInspection():
            return complete(command, plan)
        case EndInspections():
            return [] if plan.has_ended else [InspectionsEnded(loan_id=command.loan_id, ended_on=command.ended_on)]
        case ResumeInspections():
            return resume(command, plan)
        case _:
            assert_never(command)


def resume(command: ResumeInspections, plan: Inspections) -> Sequence[InspectionEvent]:
    """The inspection that lapsed with the loan is due again, at the interval of the class it had."""
    if not plan.has_ended or plan.borrower_id is None:
        return []
    due_on = next_due(plan.asset_class, plan.large, command.as_of)
    return [scheduled(command.loan_id, plan, "regular", plan.asset_class, plan.number, due_on, command.as_of)]


def first(command: PlanInspections) -> InspectionScheduled:
    """Within a set number of days after the payout, by its amount in its own currency."""
    policy = policy_on(command.disbursed_on)
    due_on = working_day_from(command.disbursed_on + timedelta(days=policy.first_inspection_days))
    return InspectionScheduled(
        loan_id=command.loan_id,
        borrower_id=command.borrower_id,
        number=1,
        cause="first",
        asset_class=AssetClass.NORMAL,
        large=command.principal.amount >= policy.large_from,
        due_on=due_on,
        policy_version=policy.version,
        scheduled_on=command.disbursed_on,
    )


def review(command: ReviewInspections, plan: Inspections) -> Sequence[InspectionEvent]:
    """A worse class brings the next inspection forward; a better one counts from the one after it."""
    if plan.has_ended or plan.borrower_id is None or command.asset_class == plan.asset_class:
        return []
    due_on = plan.due_on
    earlier = next_due(command.asset_class, plan.large, command.as_of)
    if may_be_set(command.asset_class, plan.asset_class) and (due_on is None or earlier < due_on):
        due_on = earlier
    assert due_on is not None, "an inspection is always scheduled while a loan is in the books"
    return [scheduled(command.loan_id, plan, "class", command.asset_class, plan.number, due_on, command.as_of)]


def complete(command: CompleteInspection, plan: Inspections) -> Sequence[InspectionEvent]:
    """Close the inspection that is scheduled, and schedule the next one."""
    if plan.borrower_id is None or plan.due_on is None or plan.has_ended:
        raise Rejected("no_inspection_scheduled", "nothing of this loan is to be inspected")
    if command.number != plan.number:
        raise Rejected("inspection_not_scheduled", f"number {plan.number} is the one to be done", field="number")
    done = InspectionDone(
        loan_id=command.loan_id,
        borrower_id=plan.borrower_id,
        number=plan.number,
        result=command.result,
        finding=Personal(subject_id=plan.borrower_id, value=command.finding),
        due_on=plan.due_on,
        done_by=command.done_by,
        done_on=command.done_on,
    )
    due_on = next_due(plan.asset_class, plan.large, command.done_on)
    cause: Cause = "regular"
    if command.result == "concern":
        days = policy_on(command.done_on).inspection_days_after_concern
        soon = working_day_from(command.done_on + timedelta(days=days))
        due_on, cause = min(due_on, soon), "concern"
    number, on = plan.number + 1, command.done_on
    return [done, scheduled(command.loan_id, plan, cause, plan.asset_class, number, due_on, on)]


def next_due(asset_class: AssetClass, large: bool, after: date) -> date:
    """The interval of the class, half of it for a large loan, moved to a working day."""
    days = policy_on(after).inspection_days[asset_class]
    return working_day_from(after + timedelta(days=days // 2 if large else days))


def scheduled(
    loan_id: UUID, plan: Inspections, cause: Cause, asset_class: AssetClass, number: int, due_on: date, on: date
) -> InspectionScheduled:
    assert plan.borrower_id is not None, "planned"
    return InspectionScheduled(
        loan_id=loan_id,
        borrower_id=plan.borrower_id,
        number=number,
        cause=cause,
        asset_class=asset_class,
        large=plan.large,
        due_on=due_on,
        policy_version=policy_on(on).version,
        scheduled_on=on,
    )


def evolve(plan: Inspections, event: InspectionEvent) -> Inspections:
    match event:
        case InspectionScheduled():
            return replace(
                plan,
                borrower_id=event.borrower_id,
                large=event.large,
                asset_class=event.asset_class,
                number=event.number,
                due_on=event.due_on,
                has_ended=False,
            )
        case InspectionDone():
            return replace(plan, due_on=None)
        case InspectionsEnded():
            return replace(plan, has_ended=True)
        case _:
            assert_never(event)


inspection_plan = Decider[Inspections, InspectionCommand, InspectionEvent](
    category="inspection_plan",
    stream_id=lambda command: command.loan_id,
    initial=Inspections(),
    decide=decide,
    evolve=evolve,
    events=get_args(InspectionEvent),
)
