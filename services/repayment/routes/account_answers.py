"""Schedules, pay-off quotes, history and accruals as the API shows them."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.repayment.domain.accrual_explained import ChargeKind, running
from services.repayment.domain.events import ScheduleCause, ScheduleVersion
from services.repayment.domain.loan import (
    InstallmentState,
    LoanAccount,
    NoLoan,
    OpenLoan,
    accrual_basis,
    accrued_before,
    owed_in_full,
)
from services.repayment.domain.repayments import payoff_amount
from services.repayment.registry import books, entries
from services.repayment.routes.loan_answers import Amounts, amounts
from shared.event_store import Recorded
from shared.messages import Event, Rejected
from shared.money import Money, MoneyText

RowStatus = Literal["scheduled", "billed", "overdue", "paid"]


class ScheduleRow(BaseModel):
    """One instalment: interest runs on `balance` from `starts_on` (included) to `due_on` (excluded)."""

    no: int
    starts_on: date
    due_on: date
    balance: MoneyText
    principal: MoneyText
    interest: MoneyText
    total: MoneyText
    principal_paid: MoneyText
    interest_paid: MoneyText
    interest_waived: MoneyText
    status: RowStatus


class Schedule(BaseModel):
    """The rows of a schedule and their totals."""

    items: list[ScheduleRow]
    total_principal: MoneyText
    total_interest: MoneyText


class VersionRow(BaseModel):
    """One instalment as a version of the schedule had it."""

    no: int
    starts_on: date
    due_on: date
    balance: MoneyText
    principal: MoneyText
    interest: MoneyText
    total: MoneyText


class ScheduleVersionAnswer(BaseModel):
    """One version of a schedule: why and when it was decided, and its rows."""

    number: int
    cause: ScheduleCause
    decided_on: date
    items: list[VersionRow]
    total_principal: MoneyText
    total_interest: MoneyText


class ScheduleVersions(BaseModel):
    """Every version of a loan's schedule, what was agreed first at the top."""

    items: list[ScheduleVersionAnswer]


def version_answer(version: ScheduleVersion) -> ScheduleVersionAnswer:
    currency = version.installments[0].principal.currency
    return ScheduleVersionAnswer(
        number=version.number,
        cause=version.cause,
        decided_on=version.decided_on,
        items=[VersionRow(**{name: getattr(row, name) for name in VersionRow.model_fields})
               for row in version.installments],
        total_principal=Money.sum((row.principal for row in version.installments), currency),
        total_interest=Money.sum((row.interest for row in version.installments), currency),
    )  # fmt: skip


def schedule_of_loan(loan: LoanAccount, on: date) -> Schedule:
    """The rows as they stand on `on`: one whose due date has come is billed, whatever the stream has recorded yet."""
    assert not isinstance(loan, NoLoan), "a stream with events is a booked loan"
    rows = []
    for state in loan.installments:
        status: RowStatus = "scheduled"
        if state.billed or state.row.due_on <= on:
            status = "paid" if state.is_paid else "overdue" if state.fell_overdue else "billed"
        rows.append(_schedule_row(state, status))
    return _schedule(rows, loan.terms.principal.currency)


def _schedule(rows: list[ScheduleRow], currency: str) -> Schedule:
    return Schedule(
        items=rows,
        total_principal=Money.sum((row.principal for row in rows), currency),
        total_interest=Money.sum((row.interest for row in rows), currency),
    )


def _schedule_row(state: InstallmentState, status: RowStatus) -> ScheduleRow:
    row = state.row
    return ScheduleRow(
        no=row.no,
        starts_on=row.starts_on,
        due_on=row.due_on,
        balance=row.balance,
        principal=row.principal,
        interest=row.interest,
        total=row.total,
        principal_paid=state.principal_paid,
        interest_paid=state.interest_paid,
        interest_waived=state.interest_waived or Money(0, row.interest.currency),
        status=status,
    )


class PayoffQuote(BaseModel):
    """What pays the loan off on `on`: `amount` is `owed` less the `credit` that is held."""

    loan_id: UUID
    on: date
    owed: Amounts
    credit: MoneyText
    amount: MoneyText


def payoff_body(loan: LoanAccount, on: date) -> PayoffQuote:
    """Rejected for a closed loan, and for a day before its last event."""
    if not isinstance(loan, OpenLoan):
        raise Rejected("loan_not_open", "A closed loan cannot be paid off.")
    if on < loan.last_event_on:
        raise Rejected("before_last_event", f"The last event of this loan was on {loan.last_event_on}.", field="on")
    return PayoffQuote(
        loan_id=loan.terms.loan_id,
        on=on,
        owed=amounts(owed_in_full(loan, on)),
        credit=loan.credit,
        amount=payoff_amount(loan, on),
    )


class JournalLine(BaseModel):
    """One side of a posting; the other of `debit` and `credit` is nil."""

    account: str
    account_name: str
    debit: MoneyText
    credit: MoneyText


class HistoryItem(BaseModel):
    """One fact: what it says, who did it, and how it was posted."""

    version: int
    fact: str
    details: dict[str, Any]
    business_date: date
    recorded_at: datetime
    actor: str
    event_id: UUID
    journal: list[JournalLine]


class HistoryPage(BaseModel):
    """A page of facts, oldest first."""

    items: list[HistoryItem]
    next: str | None


def history_item(recorded: Recorded[Any]) -> HistoryItem:
    return HistoryItem(
        version=recorded.version,
        fact=type(recorded.event).__name__,
        details=_amounts_as_text(recorded.event.model_dump(mode="json")),
        business_date=recorded.meta.business_date,
        recorded_at=recorded.at,
        actor=recorded.meta.actor,
        event_id=recorded.event_id,
        journal=journal_lines(recorded.event),
    )


def _amounts_as_text(stored: Any) -> Any:
    """Stored JSON as the API shows it: amounts as decimal text."""
    match stored:
        case {"currency": str(currency), "minor": int(minor), **rest} if not rest:
            return {"currency": currency, "amount": str(Money(minor, currency).amount)}
        case dict():
            return {name: _amounts_as_text(part) for name, part in stored.items()}
        case list():
            return [_amounts_as_text(part) for part in stored]
        case _:
            return stored


def journal_lines(event: Event) -> list[JournalLine]:
    return [
        JournalLine(
            account=line.account,
            account_name=books().chart[line.account].zh,
            debit=Money(line.debit, line.currency),
            credit=Money(line.credit, line.currency),
        )
        for line in entries(event)
    ]


class Accrual(BaseModel):
    """What one night accrued; negative where it corrected an earlier one. `penalty` includes compound interest.

    `…_so_far` is what the loan had earned in its life when the night was over: the night is what was missing to it.
    """

    accrued_on: date
    interest: MoneyText
    penalty: MoneyText
    interest_so_far: MoneyText
    penalty_so_far: MoneyText


class RunningCharge(BaseModel):
    """`balance` × `annual_rate_percent` × `days` / 36000, from `since` to the end of the night, of the row `due_on`."""

    kind: ChargeKind
    due_on: date
    balance: MoneyText
    annual_rate_percent: Decimal
    since: date
    days: int


class ExplainedAccrual(BaseModel):
    """What a night comes to: what the loan has earned at its end, less what it had earned when it began.

    Interest is rounded half up once a row, the other two once since they were last settled: a night is a difference.
    `penalty` includes compound interest.
    """

    night: date
    day_count: str
    interest: MoneyText
    penalty: MoneyText
    interest_so_far: MoneyText
    penalty_so_far: MoneyText
    charges: list[RunningCharge]


class Accruals(BaseModel):
    """A page of nights, the last first."""

    items: list[Accrual]
    next: str | None


def explained_accrual(loan: LoanAccount, night: date) -> ExplainedAccrual:
    """Of the loan as it was that night, or as it is now for a night to come."""
    assert not isinstance(loan, NoLoan), "a stream with events is a booked loan"
    before, after = accrued_before(loan, night), accrued_before(loan, night + timedelta(days=1))
    charges = running(accrual_basis(loan), night) if isinstance(loan, OpenLoan) else ()
    return ExplainedAccrual(
        night=night,
        day_count=loan.terms.day_count,
        interest=after.interest - before.interest,
        penalty=after.penalty + after.compound - before.penalty - before.compound,
        interest_so_far=after.interest,
        penalty_so_far=after.penalty + after.compound,
        charges=[RunningCharge(**asdict(one) | {"balance": one.balance}) for one in charges],
    )


def accrual(row: dict[str, Any]) -> Accrual:
    currency = row["currency"]
    return Accrual(
        accrued_on=row["accrued_on"],
        interest=Money(row["interest"], currency),
        penalty=Money(row["penalty"], currency),
        interest_so_far=Money(row["interest_total"], currency),
        penalty_so_far=Money(row["penalty_total"], currency),
    )
