"""What warns of a debtor, and what officers do about it."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import assert_never
from uuid import UUID, uuid5

from services.risk.domain.debtor_commands import (
    AcknowledgeWarning,
    CloseWarning,
    ReportConcern,
    ReportCovenant,
    ReportLitigation,
    ReportTurnover,
    WatchCommand,
)
from services.risk.domain.debtor_events import (
    ClaimMeasured,
    ClaimReturned,
    ClaimTakenOn,
    DebtorEvent,
    EarlyWarningAcknowledged,
    EarlyWarningClosed,
    EarlyWarningRaised,
)
from services.risk.domain.debtor_state import Debtor
from services.risk.domain.early_warning import (
    Signal,
    covenant_signal,
    find,
    is_news,
    litigation_signal,
    may_acknowledge,
    may_close,
    overdue_signal,
    turnover_signal,
    utilisation_signal,
)
from services.risk.domain.fractions import six_places
from services.risk.domain.post_loan_policy import policy_on
from shared.messages import Personal, Rejected
from shared.money import Money


def decide_watch(command: WatchCommand, debtor: Debtor) -> Sequence[DebtorEvent]:
    """A report raises what its rule finds, of a debtor who owes something; a warning is taken up and closed."""
    match command:
        case AcknowledgeWarning():
            may_acknowledge(find(debtor.warnings, command.warning_id))
            return [
                EarlyWarningAcknowledged(
                    borrower_id=command.borrower_id,
                    warning_id=command.warning_id,
                    note=Personal(subject_id=command.borrower_id, value=command.note),
                    acknowledged_by=command.acknowledged_by,
                    acknowledged_on=command.acknowledged_on,
                )
            ]
        case CloseWarning():
            may_close(find(debtor.warnings, command.warning_id), command.closed_by)
            return [
                EarlyWarningClosed(
                    borrower_id=command.borrower_id,
                    warning_id=command.warning_id,
                    finding=Personal(subject_id=command.borrower_id, value=command.finding),
                    closed_by=command.closed_by,
                    closed_on=command.closed_on,
                )
            ]
        case _:
            if not debtor.in_books():
                return []
            return raised(command.borrower_id, debtor, [reported_signal(command)], command.reported_on)


def reported_signal(report: ReportLitigation | ReportTurnover | ReportCovenant | ReportConcern) -> Signal | None:
    """What the policy's rule makes of a report."""
    policy = policy_on(report.reported_on)
    match report:
        case ReportLitigation():
            return litigation_signal(report.cases)
        case ReportTurnover():
            if report.before.currency != report.now.currency:
                raise Rejected("one_currency", "both turnovers are in one currency", field="now")
            return turnover_signal(report.before.amount, report.now.amount, policy)
        case ReportCovenant():
            return covenant_signal(report.actual, report.bound, at_least=report.at_least, policy=policy)
        case ReportConcern():
            return Signal("inspection", "yellow", Decimal(1), Decimal(0), report.loan_id)
        case _:
            assert_never(report)


def signals_of(event: DebtorEvent, debtor: Debtor) -> Sequence[EarlyWarningRaised]:
    """What a fact of the books warns of, `debtor` as he is after it."""
    match event:
        case ClaimMeasured():
            on = event.measured_on
            signal = overdue_signal(event.loan_id, event.days_past_due, policy_on(on))
        case ClaimReturned():
            on = event.returned_on
            signal = overdue_signal(event.loan_id, event.days_past_due, policy_on(on))
        case ClaimTakenOn():
            on, signal = event.taken_on, drawn_signal(event, debtor)
        case _:
            return []
    return raised(event.borrower_id, debtor, [signal], on)


def drawn_signal(event: ClaimTakenOn, debtor: Debtor) -> Signal | None:
    """A further drawdown under one contract, against its limit where that is known."""
    same = [one for one in debtor.in_books().values() if one.application_id == event.application_id]
    if event.limit is None or len(same) == 1:
        return None
    owed = [one.outstanding for one in same if one.outstanding and one.outstanding.currency == event.limit.currency]
    total = Money.sum(owed, event.limit.currency)
    return utilisation_signal(event.loan_id, total.amount, event.limit.amount, policy_on(event.taken_on))


def raised(
    borrower_id: UUID, debtor: Debtor, signals: Iterable[Signal | None], on: date
) -> Sequence[EarlyWarningRaised]:
    """The signals that nothing open says already, numbered in the order of the debtor's warnings."""
    news = [one for one in signals if one is not None and is_news(one, debtor.warnings)]
    return [
        EarlyWarningRaised(
            borrower_id=borrower_id,
            warning_id=uuid5(borrower_id, f"warning {number}"),
            kind=one.kind,
            severity=one.severity,
            measured=six_places(one.measured),
            border=one.border,
            loan_id=one.loan_id,
            policy_version=policy_on(on).version,
            raised_on=on,
        )
        for number, one in enumerate(news, start=len(debtor.warnings))
    ]
