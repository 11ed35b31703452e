"""The versions of a loan's schedule (还款计划的历次版本): what was agreed first, and each time that it was changed."""

from collections.abc import Iterable
from datetime import date

from services.repayment.domain.events import EarlyRepaymentAccepted, LoanBooked, ScheduleCause, ScheduleVersion
from services.repayment.domain.installment import Installment
from shared.messages import Event


def schedule_versions(past: Iterable[Event]) -> list[ScheduleVersion]:
    """Every version that the facts of a loan made, the first one first."""
    versions: list[ScheduleVersion] = []

    def add(cause: ScheduleCause, decided_on: date, rows: tuple[Installment, ...]) -> None:
        number = len(versions) + 1
        versions.append(ScheduleVersion(number=number, cause=cause, decided_on=decided_on, installments=rows))

    for event in past:
        match event:
            case LoanBooked():
                add("booked", event.disbursed_on, event.installments)
            case EarlyRepaymentAccepted():
                add("early_repayment", event.accepted_on, event.installments)
            case _:
                versions.extend(_carried(event))
    return versions


def _carried(event: Event) -> tuple[ScheduleVersion, ...]:
    """The version that a fact carries, where it changed the schedule."""
    version = getattr(event, "schedule", None)
    return (version,) if isinstance(version, ScheduleVersion) else ()
