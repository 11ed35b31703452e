"""A new rate on a live loan (利率变更): the rows from a day on, and what it makes of those that were billed before.

The row that runs keeps its principal and gains a stretch; later rows are worked out anew. A change that is dated back
never rewrites a row that was billed: the difference goes into the row that runs. Penalty and compound interest run on
at the new rate from the change, or from their last settlement where that is later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.repayment.domain.accrual import accrued, elapsed_days, rate_days
from services.repayment.domain.amortization import Drawdown, Grace, Plan, amortize
from services.repayment.domain.day_count import actual_days, months_and_odd_days
from services.repayment.domain.events import Repricing, ScheduleCause, ScheduleVersion
from services.repayment.domain.installment import Installment, Stretch
from services.repayment.domain.loan import OpenLoan, accrual_basis
from services.repayment.domain.penalty import penalty_rate_percent
from services.repayment.domain.periods import YEAR_MONTHS, Period
from shared.dates import add_months
from shared.money import Money

DAYS_OF_MONTH = 30


@dataclass(frozen=True)
class NewRate:
    """A rate in percent a year that is paid from a day on, decided on a day that is not before it."""

    percent: Decimal
    from_on: date
    decided_on: date


def repriced(loan: OpenLoan, new: NewRate, cause: ScheduleCause) -> tuple[Repricing, ScheduleVersion, Money]:
    """What the new rate makes of the loan, as facts carry it; and what is held for the payer in consequence."""
    rows, owing = _rows(loan, new)
    settled_on = max(loan.settled_on, new.from_on)
    settled = accrued(accrual_basis(loan), settled_on)
    credit = _beyond_running_row(loan, rows, owing, new)
    rows = _adjusted(rows, owing + credit, new.decided_on)
    repricing = Repricing(
        from_on=new.from_on,
        annual_rate_percent=new.percent,
        penalty_rate_percent=penalty_rate_percent(new.percent, loan.penalty_uplift_percent),
        penalty_accrued=settled.penalty,
        compound_accrued=settled.compound,
        settled_on=settled_on,
        adjustment=owing,
    )
    version = ScheduleVersion(
        number=loan.schedule_number + 1, cause=cause, decided_on=new.decided_on, installments=rows
    )
    return repricing, version, credit


def row_interest(row: Installment, stretches: Sequence[Stretch], day_count: str) -> Money:
    """The exact sum of a whole row's stretches, rounded half up once."""
    last = stretches[-1]
    before = rate_days(stretches, row.starts_on, row.due_on, last.starts_on, day_count)
    days = row_days(row.starts_on, row.due_on, day_count)
    days -= elapsed_days(row.starts_on, row.due_on, day_count, last.starts_on)
    product = before + last.balance.amount * last.annual_rate_percent * days
    return Money.round(product / 36000, row.interest.currency)


def row_days(starts_on: date, due_on: date, day_count: str) -> int:
    """Interest days of a whole row: under 30/360 a month from anchor to anchor has 30, whatever its end."""
    if day_count != "30/360":
        return actual_days(starts_on, due_on)
    months = _whole_months(starts_on, due_on)
    return months_and_odd_days(starts_on, due_on) if months is None else months * DAYS_OF_MONTH


def stretches_of(loan: OpenLoan, row: Installment) -> tuple[Stretch, ...]:
    """The stretches that a row has, or the one that it is."""
    base = loan.terms.principal if loan.terms.repayment_method == "flat" else row.balance
    rate = loan.terms.annual_rate_percent
    return row.stretches or (Stretch(starts_on=row.starts_on, balance=base, annual_rate_percent=rate),)


def _rows(loan: OpenLoan, new: NewRate) -> tuple[tuple[Installment, ...], Money]:
    """The rows at the new rate, those that were billed as they were; and what the latter were charged too little."""
    owing = Money(0, loan.credit.currency)
    kept: list[Installment] = []
    later: list[Installment] = []
    for state in loan.installments:
        row = state.row
        if row.due_on <= new.from_on:
            kept.append(row)
        elif state.billed:
            kept.append(row)
            owing += _charged_too_little(loan, row, new)
        elif row.starts_on < new.decided_on:
            kept.append(_priced(row, _at_rate(stretches_of(loan, row), new.from_on, new.percent), loan.terms.day_count))
        else:
            later.append(row)
    return (*kept, *_worked_out(loan, later, new.percent)), owing


def _charged_too_little(loan: OpenLoan, row: Installment, new: NewRate) -> Money:
    """The row at the new rate less the row at the rates known until now, to which it was billed or adjusted since."""
    known = stretches_of(loan, row)
    for step in loan.rates[1:]:
        if step.from_on < row.due_on:
            known = _at_rate(known, step.from_on, step.percent)
    anew, days = _at_rate(known, new.from_on, new.percent), loan.terms.day_count
    return row_interest(row, anew, days) - row_interest(row, known, days)


def _at_rate(stretches: Sequence[Stretch], from_on: date, percent: Decimal) -> tuple[Stretch, ...]:
    """The stretches up to a day as they were, and from there on at another rate."""
    before = [one for one in stretches if one.starts_on < from_on]
    after = [one.model_copy(update={"annual_rate_percent": percent}) for one in stretches if one.starts_on >= from_on]
    if before and (not after or after[0].starts_on > from_on):
        start = {"starts_on": from_on, "annual_rate_percent": percent}
        after.insert(0, before[-1].model_copy(update=start))
    return (*before, *after)


def _priced(row: Installment, stretches: tuple[Stretch, ...], day_count: str) -> Installment:
    interest = row_interest(row, stretches, day_count)
    adjusted = interest + row.adjustment if row.adjustment else interest
    return row.model_copy(update={"interest": adjusted, "stretches": stretches})


def _worked_out(loan: OpenLoan, rows: Sequence[Installment], percent: Decimal) -> list[Installment]:
    """Rows that have not begun: equal instalments are solved for anew, other methods keep their principal."""
    if (loan.changes.method or loan.terms.repayment_method) == "equal_instalments" and rows:
        plan = Plan(
            shape="equal_instalments",
            periods=[_period(row) for row in rows],
            drawdowns=[Drawdown(rows[0].starts_on, rows[0].balance)],
            annual_rate_percent=percent,
            day_count=loan.terms.day_count,
            grace=Grace(principal_periods=sum(not row.principal for row in rows)),
        )
        first = rows[0].no
        rows = [row.model_copy(update={"no": first + n}) for n, row in enumerate(amortize(plan))]
    found = []
    for row in rows:
        plain = row.model_copy(update={"stretches": (), "adjustment": None})
        [booked], whole = stretches_of(loan, plain), stretches_of(loan, row)[0]
        stretches = (whole.model_copy(update={"annual_rate_percent": percent}),)
        priced = _priced(plain, stretches, loan.terms.day_count)
        is_as_booked = (whole.balance, percent) == (booked.balance, booked.annual_rate_percent)
        found.append(priced.model_copy(update={"stretches": ()}) if is_as_booked else priced)
    return found


def _period(row: Installment) -> Period:
    months = _whole_months(row.starts_on, row.due_on)
    return Period(row.starts_on, row.due_on, row.due_on, None if months is None else Fraction(months, YEAR_MONTHS))


def _whole_months(starts_on: date, due_on: date) -> int | None:
    """How many months from anchor to anchor lie between two dates; None for a broken period.

    The anchor is the later of the two days of the month: 31 January to 28 February is one, and so to 31 March.
    """
    anchor = max(starts_on.day, due_on.day)
    months = (due_on.year - starts_on.year) * YEAR_MONTHS + due_on.month - starts_on.month
    ends = (add_months(starts_on, 0, anchor_day=anchor), add_months(starts_on, months, anchor_day=anchor))
    return months if ends == (starts_on, due_on) else None


def _running(rows: Sequence[Installment], on: date) -> Installment | None:
    return next((row for row in rows if row.starts_on <= on < row.due_on), None)


def _beyond_running_row(loan: OpenLoan, rows: Sequence[Installment], owing: Money, new: NewRate) -> Money:
    """What was charged too much and is more than has run in the row that runs: it is held for the payer."""
    nil = Money(0, owing.currency)
    running = _running(rows, new.decided_on)
    if running is None:
        return max(nil - owing, nil)
    product = rate_days(
        stretches_of(loan, running), running.starts_on, running.due_on, new.decided_on, loan.terms.day_count
    )
    has_run = Money.round(product / 36000, owing.currency) + (running.adjustment or nil)
    return max(nil - owing - has_run, nil)


def _adjusted(rows: Sequence[Installment], amount: Money, on: date) -> tuple[Installment, ...]:
    """The rows with `amount` in the interest of the row that runs; where none does, it is not charged."""
    running = _running(rows, on)
    if running is None or not amount:
        return tuple(rows)
    adjustment = running.adjustment + amount if running.adjustment else amount
    adjusted = running.model_copy(update={"interest": running.interest + amount, "adjustment": adjustment})
    return tuple(adjusted if row is running else row for row in rows)
