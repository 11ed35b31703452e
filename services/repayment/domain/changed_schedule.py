"""The rows of a loan whose terms are changed (变更后的还款计划): prolonged from its maturity, or planned anew.

What is over stays as it was, but for principal that was not paid: a new plan takes it over. Interest, penalty and
compound interest that are due stay where they are.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.repayment.domain.accrual import rate_days
from services.repayment.domain.amortization import Drawdown, Grace, Plan, Shape, amortize
from services.repayment.domain.change_terms import PlanTerms
from services.repayment.domain.installment import Installment, Stretch
from services.repayment.domain.loan import InstallmentState, OpenLoan, SettledLoan, outstanding
from services.repayment.domain.periods import YEAR_MONTHS, Period, regular_periods, settlement_periods
from shared.dates import add_months
from shared.money import Money

_SHAPES: dict[str, Shape] = {
    "equal_instalments": "equal_instalments", "equal_principal": "equal_principal", "flat": "flat", "free": "given",
}  # fmt: skip
_PERIOD_MONTHS = {"interest_quarterly": 3}
PERCENT_DAYS = 36000


def method_of(loan: OpenLoan) -> str:
    """How the loan is repaid now."""
    return loan.changes.method or loan.terms.repayment_method


def maturity_of(loan: OpenLoan | SettledLoan) -> date:
    """When the loan is to be repaid by now."""
    return loan.changes.maturity_on or loan.terms.maturity_on


def rate_of(loan: OpenLoan, on: date | None = None) -> Decimal:
    """What is paid on a day, or in the last row: rows that are not at the booked rate say so themselves."""
    rows = [state.row for state in loan.installments]
    row = next((row for row in rows if on is not None and row.due_on > on), rows[-1])
    return row.stretches[-1].annual_rate_percent if row.stretches else loan.terms.annual_rate_percent


def period_months(loan: OpenLoan) -> int:
    """Between two due dates; the term where there is but one."""
    method = method_of(loan)
    if method == "one_payment":
        return loan.changes.term_months or loan.terms.term_months
    return loan.changes.every_months or _PERIOD_MONTHS.get(method, 1)


def prolonged(
    loan: OpenLoan, months: int, annual_rate_percent: Decimal, on: date
) -> tuple[Sequence[Installment], date, date]:
    """The rows once the loan matures `months` later, the first due date and the last of what is new.

    Principal that falls due at maturity is put off; where every instalment repays some, what follows the running
    period is shared out anew over the longer time, and a grace that runs, runs on. In the last period there is nothing
    else to put off than its own. New rows pay the rate, the running one what it did. ValueError when no row is left to
    run.
    """
    states = loan.installments
    running = next((n for n, state in enumerate(states) if state.row.due_on > on), None)
    if running is None:
        raise ValueError("the loan has matured")
    shape = _SHAPES.get(method_of(loan), "principal_last")
    if shape in {"principal_last", "given"} or running == len(states) - 1:
        kept = [*(state.row for state in states[:-1]), _emptied(states[-1])]
        moved, left, shape = states[-1:], 0, "principal_last" if shape == "given" else shape
    else:
        kept, moved = [state.row for state in states[: running + 1]], states[running + 1 :]
        left = len(moved) * (loan.changes.every_months or 1)
    begin = kept[-1].due_on
    plan = Plan(
        shape=shape,
        periods=_periods(loan, begin, left + months),
        drawdowns=[Drawdown(begin, _unpaid(loan, moved))],
        annual_rate_percent=annual_rate_percent,
        day_count=loan.terms.day_count,
        grace=Grace(principal_periods=0 if shape == "principal_last" else _grace_left(moved)),
    )
    new = _numbered(loan, amortize(plan), plan, after=kept[-1].no)
    return (*kept, *new), new[0].due_on, new[-1].due_on


def replanned(
    loan: OpenLoan, terms: PlanTerms, capitalised: Money, annual_rate_percent: Decimal, on: date
) -> tuple[Sequence[Installment], date, date]:
    """The rows once all that is outstanding, and what is capitalised, is repaid by another plan from `on`.

    The running period's interest so far goes into the first new row, whose interest is rounded once.
    """
    past = [_emptied(state) for state in loan.installments if state.row.due_on <= on]
    running = next((state for state in loan.installments if state.row.due_on > on), None)
    given = dict(enumerate(terms.principal, start=1)) if terms.principal is not None else None
    periods = regular_periods(on, terms.instalments, every=terms.every_months, first_due_on=terms.first_due_on)
    plan = Plan(
        shape=_SHAPES.get(terms.method, "principal_last"),
        periods=periods,
        drawdowns=[Drawdown(on, outstanding(loan) + capitalised)],
        annual_rate_percent=annual_rate_percent,
        day_count=loan.terms.day_count,
        given=given,
    )
    new = list(_numbered(loan, amortize(plan), plan, after=past[-1].no if past else 0))
    if running is not None and running.row.starts_on < on:
        new[0] = _with_elapsed(loan, running.row, new[0], annual_rate_percent, on)
    return (*past, *new), new[0].due_on, new[-1].due_on


def _with_elapsed(
    loan: OpenLoan, running: Installment, row: Installment, annual_rate_percent: Decimal, on: date
) -> Installment:
    """The first new row with what has run since the last due date, on the balance and at the rate of then."""
    booked, flat = loan.terms, loan.terms.repayment_method == "flat"
    before = running.stretches or (
        Stretch(
            starts_on=running.starts_on,
            balance=booked.principal if flat else running.balance,
            annual_rate_percent=booked.annual_rate_percent,
        ),
    )
    now = Stretch(starts_on=on, balance=row.balance, annual_rate_percent=annual_rate_percent)
    stretches = (*(one for one in before if one.starts_on < on), now)
    product = rate_days(stretches, running.starts_on, row.due_on, row.due_on, booked.day_count)
    interest = Money.round(product / PERCENT_DAYS, row.interest.currency)
    return row.model_copy(
        update={
            "starts_on": running.starts_on,
            "interest": interest + running.adjustment if running.adjustment else interest,
            "stretches": stretches,
            "adjustment": running.adjustment,
        }
    )


def _periods(loan: OpenLoan, starts_on: date, months: int) -> list[Period]:
    anchor = loan.terms.disbursed_on.day
    if add_months(starts_on, 0, anchor_day=anchor) != starts_on:
        anchor = starts_on.day  # a later plan falls due on another day of the month
    matures_on = add_months(starts_on, months, anchor_day=anchor)
    match method_of(loan):
        case "interest_monthly":
            return settlement_periods(starts_on, matures_on, 1)
        case "interest_quarterly":
            return settlement_periods(starts_on, matures_on, 3)
        case "one_payment":
            return [Period(starts_on, matures_on, matures_on, Fraction(months, YEAR_MONTHS))]
        case _:
            every = loan.changes.every_months or 1
            return regular_periods(starts_on, months // every, every=every, due_day=anchor)


def _numbered(loan: OpenLoan, rows: Iterable[Installment], plan: Plan, *, after: int) -> list[Installment]:
    """Rows numbered on, with what interest runs on where that is not what the loan was booked with."""
    flat, booked = loan.terms.repayment_method == "flat", loan.terms.annual_rate_percent
    numbered = []
    for row in rows:
        base = plan.drawdowns[0].amount if plan.shape == "flat" else row.balance
        told = Stretch(starts_on=row.starts_on, balance=base, annual_rate_percent=plan.annual_rate_percent)
        stretches = (told,) if flat or plan.annual_rate_percent != booked else ()
        numbered.append(row.model_copy(update={"no": row.no + after, "stretches": stretches}))
    return numbered


def _emptied(state: InstallmentState) -> Installment:
    """A row without the principal that was not paid of it."""
    return state.row.model_copy(update={"principal": state.principal_paid}) if state.unpaid_principal else state.row


def _grace_left(states: Sequence[InstallmentState]) -> int:
    return next((n for n, state in enumerate(states) if state.row.principal), 0)


def _unpaid(loan: OpenLoan, states: Iterable[InstallmentState]) -> Money:
    return Money.sum((state.unpaid_principal for state in states), loan.terms.principal.currency)
